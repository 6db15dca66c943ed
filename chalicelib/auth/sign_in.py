"""How a citizen comes in: by e-mail and password, one-time or own (R2.1, R2.2)."""

from dataclasses import replace
from datetime import datetime

from chalicelib import notifications, profiles
from chalicelib.auth import passwords, repository, session_repository, sessions, throttle
from chalicelib.auth.errors import CurrentPasswordWrong, FreshSignInRequired, PasswordState, SignInFailed
from chalicelib.auth.repository import Account
from chalicelib.auth.sessions import Entered
from chalicelib.core import clock
from chalicelib.core.crypto import data_key
from chalicelib.core.errors import FieldError, ValidationFailed
from chalicelib.core.outbox import Due
from chalicelib.core.principal import Principal
from chalicelib.core.tables import Refused, Together
from chalicelib.privacy import Kept
from chalicelib.terms import current_version

ONE_TIME_TRIES = 5
_NOBODY = "cit_nobody"


def sign_in(email: str, password: str, network: str) -> Entered:
    """Start a session. Unknown and known accounts cost the same work: the same reads, one verification.

    Raises SignInFailed whatever was wrong, TooManyAttempts when guessing.
    """
    name, owner = profiles.email_owner(profiles.normalised_email(email))
    of_account = throttle.attempt(f"account#{name}", throttle.FREE_ATTEMPTS_OF_ACCOUNT)
    with throttle.attempt(f"sign-in#{name}#{network}"), of_account:
        account = repository.find_account(owner or _NOBODY)
        version = account.version if account else 0
        if not _proved(account, f"one-time#{name}#{network}#{version}", password):
            raise SignInFailed
    assert account is not None  # noqa: S101 - `_proved` is never true without one
    try:
        return sessions.start_of(account, next_step(account, sessions.LOW), sessions.LOW)
    except Refused as refused:
        raise SignInFailed from refused


def choose_password(principal: Principal, new_password: str, current_password: str | None) -> Entered:
    """Replace the credential and rotate the session; every other session of the citizen ends.

    Raises PasswordState, CurrentPasswordWrong, FreshSignInRequired, ValidationFailed.
    """
    account = repository.find_account(principal.subject)
    if account is None:
        raise PasswordState
    # A session of a one-time password that has been replaced since proves nothing.
    if principal.state != sessions.NEW_PASSWORD or account.credential_kind != "one-time":
        prove_anew(principal, account, current_password)
    person = profiles.person_of(principal.subject)
    personal = [person.email.split("@")[0], person.personal_number, person.first_name, person.last_name]
    errors = passwords.password_errors(new_password, personal, "/new_password")
    if errors:
        raise ValidationFailed(errors=errors)
    if account.credential_kind == "password" and current_password == new_password:
        raise ValidationFailed(errors=[FieldError("/new_password", "same-as-before")])
    together = Together()
    repository.set_credential(together, account, "password", passwords.hashed(new_password), None)
    key = data_key(person.citizen_id)
    notifications.add_notice(together, key, person.citizen_id, "password-changed", {}, mail=True)
    try:
        together.commit()
    except Refused as refused:
        raise PasswordState from refused
    renewed = replace(account, credential_kind="password", version=account.version + 1)
    session_repository.end_sessions(person.citizen_id, renewed.version)
    try:
        state = next_step(renewed, principal.assurance)
        return sessions.start_of(renewed, state, principal.assurance, proved_at=_still_proved_at(principal))
    except Refused as refused:
        raise PasswordState from refused


def prove_anew(principal: Principal, account: Account | None, password: str | None) -> None:
    """Check what a sensitive change is proved with: the password, or a card sign-in of the last minutes.

    Raises CurrentPasswordWrong, FreshSignInRequired; PasswordState where neither is at hand.
    """
    if account is not None and account.credential_kind == "password" and password is not None:
        with throttle.attempt(f"confirm#{account.citizen_id}"):
            if not passwords.matches(account.credential_hash, password):
                raise CurrentPasswordWrong(errors=[FieldError("/current_password", "wrong")])
        return
    if account is None or principal.assurance != sessions.HIGH:
        raise PasswordState
    if not sessions.is_fresh(principal):
        raise FreshSignInRequired


def prove_anew_as(principal: Principal, password: str | None) -> None:
    """Check what a sensitive change of the caller is proved with. Raises as `prove_anew` does."""
    prove_anew(principal, repository.find_account(principal.subject), password)


def has_password(citizen_id: str) -> bool:
    """Tell whether a citizen has chosen a password."""
    account = repository.find_account(citizen_id)
    return account is not None and account.credential_kind == "password"


def _proved(account: Account | None, scope: str, password: str) -> bool:
    """Tell whether the credential is right. Each call counts a try and verifies one hash, known or not."""
    one_time = account is not None and account.credential_kind == "one-time"
    typed = passwords.typed_one_time_password(password) if one_time else password
    tries = throttle.reserve(scope, kept=Kept.ONE_TIME_PASSWORD_TRIES.value)
    right = passwords.matches(account.credential_hash if account else None, typed)
    if not right or account is None:
        return False
    live = account.one_time_until is not None and account.one_time_until > clock.now()
    if one_time and not (live and tries <= ONE_TIME_TRIES):
        return False
    repository.forget_attempts(scope)
    return True


def end_older_sessions(due: Due) -> None:
    """End the sessions that an older credential opened: the certain way, after the quick one."""
    session_repository.end_sessions(due.subject, int(due.about))


def next_step(account: Account, assurance: str) -> str:
    """Return the state in which a session of an account begins; whoever has shown a card needs no password."""
    if account.credential_kind == "one-time" and assurance != sessions.HIGH:
        return sessions.NEW_PASSWORD
    return sessions.READY if account.terms_version == current_version() else sessions.TERMS


def _still_proved_at(principal: Principal) -> datetime | None:
    """Return when a card was shown: a new password does not show it again."""
    return principal.proved_at if principal.assurance == sessions.HIGH else None
