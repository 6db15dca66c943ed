"""Registration at the counter: an operator registers a person and hands over a one-time password (R2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib import profiles
from chalicelib.auth import passwords, repository, session_repository
from chalicelib.auth.errors import PersonExists
from chalicelib.core import clock, idempotency
from chalicelib.core.crypto import new_data_key
from chalicelib.core.errors import FieldError, NotFound
from chalicelib.core.ids import new_id
from chalicelib.core.tables import Refused, Together
from chalicelib.privacy import Kept, kept_until

_GUARDED = ("personal_number", "email")
_REGISTER = "register-citizen"
_ISSUE = "issue-one-time-password"


@dataclass(frozen=True)
class Issued:
    """A one-time password to hand over; None when the same key has been answered before."""

    citizen_id: str
    one_time_password: str | None
    expires_at: str


def register(operator_id: str, key: str, fields: Mapping[str, Any]) -> Issued:
    """Register a person. Raises PersonExists, naming the field that belongs to somebody already."""
    replayed = idempotency.replay(operator_id, key, _REGISTER, fields)
    if replayed:
        return _repeated(replayed)
    moment = clock.now()
    citizen_id = new_id("cit", moment)
    until = kept_until(Kept.ONE_TIME_PASSWORD, moment)
    one_time_password = passwords.new_one_time_password()
    data_key, key_item = new_data_key(citizen_id)
    together = Together()
    together.create("key", key_item)
    profiles.add_profile(together, data_key, _person(citizen_id, fields))
    repository.add_account(together, citizen_id, passwords.hashed(one_time_password), until, operator_id)
    answer = {"citizen_id": citizen_id, "expires_at": clock.iso(until)}
    idempotency.remember(together, operator_id, key, _REGISTER, fields, answer)
    try:
        together.commit()
    except Refused as refused:
        return _explained(refused, operator_id, key, fields)
    return Issued(citizen_id, one_time_password, clock.iso(until))


def find_registered(personal_number: str) -> tuple[profiles.Person, bool]:
    """Return a registered person, and whether a one-time password waits for them. Raises NotFound."""
    citizen_id = profiles.personal_number_owner(personal_number)
    account = repository.find_account(citizen_id) if citizen_id else None
    if citizen_id is None or account is None:
        raise NotFound
    return profiles.person_of(citizen_id), _waits(account, clock.now())


def issue_again(operator_id: str, key: str, citizen_id: str) -> Issued:
    """Give a registered person another one-time password; what they had before no longer works."""
    body = {"citizen_id": citizen_id}
    replayed = idempotency.replay(operator_id, key, _ISSUE, body)
    if replayed:
        return _repeated(replayed)
    account = repository.find_account(citizen_id)
    if account is None:
        raise NotFound
    until = kept_until(Kept.ONE_TIME_PASSWORD, clock.now())
    one_time_password = passwords.new_one_time_password()
    together = Together()
    repository.set_credential(together, account, "one-time", passwords.hashed(one_time_password), until)
    answer = {"citizen_id": citizen_id, "expires_at": clock.iso(until)}
    idempotency.remember(together, operator_id, key, _ISSUE, body, answer)
    try:
        together.commit()
    except Refused:
        return issue_again(operator_id, key, citizen_id)
    session_repository.end_sessions(citizen_id, account.version + 1)
    return Issued(citizen_id, one_time_password, clock.iso(until))


def _waits(account: repository.Account, moment: datetime) -> bool:
    return account.one_time_until is not None and account.one_time_until > moment


def _person(citizen_id: str, fields: Mapping[str, Any]) -> profiles.Person:
    return profiles.Person(
        citizen_id=citizen_id,
        first_name=fields["first_name"],
        last_name=fields["last_name"],
        personal_number=fields["personal_number"],
        email=profiles.normalised_email(fields["email"]),
        mobile=fields["mobile"],
        language="ka",
        version=1,
    )


def _repeated(answer: Mapping[str, Any]) -> Issued:
    return Issued(answer["citizen_id"], None, answer["expires_at"])


def _explained(refused: Refused, operator_id: str, key: str, fields: Mapping[str, Any]) -> Issued:
    """Answer a registration that was refused: by its first answer, or by naming whose fields these are."""
    if idempotency.LABEL in refused.labels:
        replayed = idempotency.replay(operator_id, key, _REGISTER, fields)
        if replayed:
            return _repeated(replayed)
    taken = [name for name in _GUARDED if name in refused.labels]
    raise PersonExists(errors=[FieldError(f"/{name}", "taken") for name in taken]) from refused
