"""Changes of contact data by the citizen (R2.5)."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib import auth, notifications
from chalicelib.core import clock, idempotency
from chalicelib.core.crypto import data_key
from chalicelib.core.errors import FieldError
from chalicelib.core.principal import Principal
from chalicelib.core.tables import Refused, Together
from chalicelib.privacy import Kept, kept_until
from chalicelib.profiles import repository
from chalicelib.profiles.errors import EmailCodeWrong, EmailTaken, ProfileChanged
from chalicelib.profiles.person import Person, normalised_email

CODE_TRIES = 5
_CODE_DIGITS = 6
_FREE_CHANGES = 5
_OPERATION = "email-change"
_CONFIRMATION = "confirm-email-change"


def change_contact(citizen_id: str, expected_version: int, changed: Mapping[str, Any]) -> Person:
    """Write a new mobile number or language. Raises ProfileChanged for an older reading."""
    person = repository.person_of(citizen_id)
    if person.version != expected_version:
        raise ProfileChanged
    try:
        return repository.save_contact(replace(person, **changed), expected_version)
    except Refused as refused:
        raise ProfileChanged from refused


def ask_email_change(
    principal: Principal, key: str, new_email: str, current_password: str | None
) -> Mapping[str, Any]:
    """Mail a code to a new address, which counts once the code is entered.

    Raises EmailTaken, TooManyAttempts where letters are asked for without end, and what `auth.prove_anew_as`
    raises.
    """
    citizen_id = principal.subject
    address = normalised_email(new_email)
    body = {"new_email": address}
    replayed = idempotency.replay(citizen_id, key, _OPERATION, body)
    if replayed:
        return _answer(address, clock.parse(replayed["expires_at"]))
    scope = f"email-change#{citizen_id}"
    auth.refuse_while_waiting(scope)
    auth.prove_anew_as(principal, current_password)
    _, owner = repository.email_owner(address)
    if owner is not None:
        raise EmailTaken(errors=[FieldError("/new_email", "taken")])
    moment = clock.now()
    until = kept_until(Kept.EMAIL_CHANGE, moment)
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}d}"
    together = Together()
    repository.start_email_change(together, citizen_id, address, code, until)
    notifications.add_notice(
        together,
        data_key(citizen_id),
        citizen_id,
        "email-code",
        {"code": code},
        mail=True,
        listed=False,
        address=address,
    )
    kept = {"expires_at": clock.iso(until)}
    idempotency.remember(together, citizen_id, key, _OPERATION, body, kept)
    try:
        together.commit()
    except Refused:
        return ask_email_change(principal, key, new_email, current_password)
    auth.count_towards_waiting(scope, _FREE_CHANGES)
    return _answer(address, until)


def confirm_email_change(citizen_id: str, key: str, code: str) -> Person:
    """Make the waiting address the username; the old one is told. Raises EmailCodeWrong, EmailTaken."""
    body = {"code": code}
    if idempotency.replay(citizen_id, key, _CONFIRMATION, body) is not None:
        return repository.person_of(citizen_id)
    try:
        return _confirm(citizen_id, key, body)
    except (EmailCodeWrong, ProfileChanged):
        # The same confirmation may have come in at the same time.
        if idempotency.replay(citizen_id, key, _CONFIRMATION, body) is not None:
            return repository.person_of(citizen_id)
        raise


def _confirm(citizen_id: str, key: str, body: Mapping[str, str]) -> Person:
    waiting = repository.pending_email_change(citizen_id)
    try:
        right = waiting is not None and repository.spend_email_code_try(citizen_id, body["code"], CODE_TRIES)
    except Refused as refused:
        raise _wrong_code() from refused
    if waiting is None or not right:
        raise _wrong_code()
    person = repository.person_of(citizen_id)
    if person.email == waiting[0]:
        raise ProfileChanged
    together = Together()
    saved = repository.finish_email_change(together, person, waiting[0])
    notifications.add_notice(
        together, data_key(citizen_id), citizen_id, "email-changed", {}, mail=True, address=person.email
    )
    idempotency.remember(together, citizen_id, key, _CONFIRMATION, body, {})
    try:
        together.commit()
    except Refused as refused:
        if refused.labels == {"email"}:
            raise EmailTaken(errors=[FieldError("/new_email", "taken")]) from refused
        raise ProfileChanged from refused
    return saved


def _wrong_code() -> EmailCodeWrong:
    return EmailCodeWrong(errors=[FieldError("/code", "wrong")])


def _answer(new_email: str, until: datetime) -> Mapping[str, Any]:
    return {"new_email": new_email, "expires_at": clock.iso(until)}
