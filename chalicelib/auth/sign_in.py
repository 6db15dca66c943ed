"""How a citizen comes in: by e-mail and password, one-time or own (R2.1, R2.2)."""

from dataclasses import dataclass, replace

from chalicelib import notifications, profiles
from chalicelib.auth import passwords, repository, sessions, throttle
from chalicelib.auth.errors import CurrentPasswordWrong, PasswordState, SignInFailed
from chalicelib.auth.repository import Account
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


@dataclass(frozen=True)
class Entered:
    """A session that has begun: whose, in which state, and the cookie that carries it."""

    citizen_id: str
    state: str
    assurance: str
    cookie: str


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
        return _enter(account)
    except Refused as refused:
        raise SignInFailed from refused


def choose_password(principal: Principal, new_password: str, current_password: str | None) -> Entered:
    """Replace the credential and rotate the session; every other session of the citizen ends.

    Raises PasswordState, CurrentPasswordWrong, ValidationFailed.
    """
    account = repository.find_account(principal.subject)
    if account is None:
        raise PasswordState
    # A session of a one-time password that has been replaced since proves nothing.
    if principal.state != sessions.NEW_PASSWORD or account.credential_kind != "one-time":
        confirm_password(account, current_password)
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
    repository.end_sessions(person.citizen_id, renewed.version)
    try:
        return _enter(renewed)
    except Refused as refused:
        raise PasswordState from refused


def confirm_password(account: Account | None, password: str | None) -> None:
    """Check the password that a sensitive change is proved with. Raises CurrentPasswordWrong."""
    if account is None or account.credential_kind != "password" or password is None:
        raise PasswordState
    with throttle.attempt(f"confirm#{account.citizen_id}"):
        if not passwords.matches(account.credential_hash, password):
            raise CurrentPasswordWrong(errors=[FieldError("/current_password", "wrong")])


def confirm_password_of(citizen_id: str, password: str) -> None:
    """Check a citizen's password. Raises CurrentPasswordWrong."""
    confirm_password(repository.find_account(citizen_id), password)


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
    repository.end_sessions(due.subject, int(due.about))


def _enter(account: Account) -> Entered:
    state = _state(account)
    cookie = sessions.start_of(account, state, sessions.LOW)
    return Entered(account.citizen_id, state, sessions.LOW, cookie)


def _state(account: Account) -> str:
    if account.credential_kind == "one-time":
        return sessions.NEW_PASSWORD
    return sessions.READY if account.terms_version == current_version() else sessions.TERMS
