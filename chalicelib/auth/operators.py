"""Operators: clerks who register people. They sign in with e-mail, password and a time-based code (RFC 6238)."""

import secrets
from dataclasses import dataclass

from chalicelib.auth import passwords, repository, sessions, throttle
from chalicelib.auth.errors import OperatorSignInFailed
from chalicelib.auth.repository import Operator
from chalicelib.core import clock
from chalicelib.core.crypto import data_key, lookup_name, new_data_key, seal_json, unseal_json
from chalicelib.core.ids import new_id
from chalicelib.core.tables import Together
from chalicelib.profiles import normalised_email

ISSUER = "Karibche"
_STEP_SECONDS = 30
_PASSWORD_BYTES = 18


@dataclass(frozen=True)
class NewOperator:
    """What a new operator is given, once."""

    operator_id: str
    password: str
    totp_key: str
    otpauth_uri: str


def create_operator(email: str) -> NewOperator:
    """Make an operator's account. Raises Refused for an address that has one."""
    import pyotp

    address = normalised_email(email)
    moment = clock.now()
    operator_id = new_id("opr", moment)
    password, totp_key = secrets.token_urlsafe(_PASSWORD_BYTES), pyotp.random_base32()
    key, key_item = new_data_key(operator_id)
    together = Together()
    together.create("key", key_item)
    operator = Operator(
        name=lookup_name("operator", address),
        operator_id=operator_id,
        sealed=seal_json(key, {"email": address, "totp_key": totp_key}, "operator", operator_id),
        password_hash=passwords.hashed(password),
    )
    repository.add_operator(together, operator)
    together.commit()
    uri = pyotp.TOTP(totp_key).provisioning_uri(name=address, issuer_name=ISSUER)
    return NewOperator(operator_id, password, totp_key, uri)


def sign_in(email: str, password: str, code: str, network: str) -> str:
    """Start an operator's session and return its cookie. Raises OperatorSignInFailed, TooManyAttempts.

    A code is good once: the last step that was used is kept.
    """
    name = lookup_name("operator", normalised_email(email))
    with throttle.attempt(f"operator#{name}#{network}"):
        operator = repository.find_operator(name)
        right = passwords.matches(operator.password_hash if operator else None, password)
        step = _step_of(operator, code) if operator else None
        if not right or operator is None or step is None or not repository.use_step(operator, step):
            raise OperatorSignInFailed
    return sessions.start_of_operator(operator.operator_id)


def _step_of(operator: Operator, code: str) -> int | None:
    """Return the step that a code is of. The work is the same whether the password was right or not."""
    import pyotp

    opened = unseal_json(data_key(operator.operator_id), operator.sealed, "operator", operator.operator_id)
    totp = pyotp.TOTP(opened["totp_key"])
    this_step = clock.epoch(clock.now()) // _STEP_SECONDS
    for step in (this_step - 1, this_step, this_step + 1):
        if secrets.compare_digest(totp.at(step * _STEP_SECONDS).encode(), code.encode()):
            return step
    return None
