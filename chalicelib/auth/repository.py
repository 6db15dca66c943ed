"""Accounts, operators, sessions, and the counters of failed attempts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core import clock, outbox
from chalicelib.core.ids import new_id, new_token, token_hash
from chalicelib.core.tables import Refused, Table, Together, change, find, remove, replace, table_name, translated

CredentialKind = Literal["one-time", "password"]
_ACCOUNT = "account"


class AccountTable(Table):
    """How a citizen signs in: one credential, and the version of the terms that was accepted."""

    thing = "citizens"

    class Meta:
        """Where it lies."""

        table_name = table_name("citizens")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_ACCOUNT)
    credential_kind = UnicodeAttribute()
    credential_hash = UnicodeAttribute()
    one_time_until = NumberAttribute(null=True)
    terms_version = UnicodeAttribute(null=True)
    version = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    registered_by = UnicodeAttribute()
    schema = UnicodeAttribute(default="1")


class OperatorTable(Table):
    """A clerk who registers people. `pk` is the lookup name of the e-mail."""

    thing = "operators"

    class Meta:
        """Where it lies."""

        table_name = table_name("operators")

    pk = UnicodeAttribute(hash_key=True)
    operator_id = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    password_hash = UnicodeAttribute()
    last_step = NumberAttribute(default=0)
    created_at = UnicodeAttribute()
    schema = UnicodeAttribute(default="1")


class SessionsOfSubject(GlobalSecondaryIndex["SessionTable"]):  # type: ignore[no-untyped-call] # PynamoDB's own hook
    """The sessions of one person."""

    class Meta:
        """Which index."""

        index_name = "by-subject"
        projection = KeysOnlyProjection()

    subject = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class SessionTable(Table):
    """A session, under the SHA-256 of its token."""

    thing = "sessions"

    class Meta:
        """Where it lies."""

        table_name = table_name("sessions")

    token_hash = UnicodeAttribute(hash_key=True)
    subject = UnicodeAttribute()
    role = UnicodeAttribute()
    state = UnicodeAttribute()
    assurance = UnicodeAttribute()
    created_at = UnicodeAttribute()
    seen_at = NumberAttribute()
    credential_version = NumberAttribute(default=0)
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")
    by_subject = SessionsOfSubject()


class ThrottleTable(Table):
    """How many attempts of one scope failed in a row, and until when the next one waits."""

    thing = "throttles"

    class Meta:
        """Where it lies."""

        table_name = table_name("throttles")

    scope = UnicodeAttribute(hash_key=True)
    attempts = NumberAttribute(default=0)
    blocked_until = NumberAttribute(default=0)
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


@dataclass(frozen=True)
class Account:
    """A citizen's account as the rules see it."""

    citizen_id: str
    credential_kind: CredentialKind
    credential_hash: str
    one_time_until: datetime | None
    terms_version: str | None
    version: int


@dataclass(frozen=True)
class Operator:
    """A clerk's account as the rules see it; `sealed` holds e-mail and TOTP key."""

    name: str
    operator_id: str
    sealed: bytes
    password_hash: str


@dataclass(frozen=True)
class Session:
    """A session as the rules see it; `seen_at` is the last time its person did something."""

    session_hash: str
    subject: str
    role: str
    state: str
    assurance: str
    seen_at: datetime
    expires_at: datetime


def find_account(citizen_id: str) -> Account | None:
    """Return a citizen's account."""
    item = find(AccountTable, citizen_id, _ACCOUNT)
    if item is None:
        return None
    until = item.one_time_until
    return Account(
        citizen_id=citizen_id,
        credential_kind=item.credential_kind,  # type: ignore[arg-type] # only this module writes it
        credential_hash=item.credential_hash,
        one_time_until=clock.from_epoch(until) if until else None,
        terms_version=item.terms_version,
        version=int(item.version),
    )


def add_account(
    together: Together, citizen_id: str, one_time_hash: str, until: datetime, operator_id: str
) -> None:
    """Add a new account with a one-time password to the writes of a registration."""
    item = AccountTable(
        pk=citizen_id,
        credential_kind="one-time",
        credential_hash=one_time_hash,
        one_time_until=clock.epoch(until),
        created_at=clock.iso(clock.now()),
        registered_by=operator_id,
    )
    together.create("account", item)


def set_credential(
    together: Together, account: Account, kind: CredentialKind, credential_hash: str, until: datetime | None
) -> None:
    """Add the change of the one credential of an account, and the end of sessions that an older one opened.

    An older reading of the account is refused (`account`).
    """
    actions = [
        AccountTable.credential_kind.set(kind),
        AccountTable.credential_hash.set(credential_hash),
        AccountTable.one_time_until.set(clock.epoch(until)) if until else AccountTable.one_time_until.remove(),
        AccountTable.version.set(account.version + 1),
    ]
    item = AccountTable(pk=account.citizen_id)
    together.change("account", item, actions, AccountTable.version == account.version)
    moment = clock.now()
    outbox.add(
        together,
        outbox.Due(
            outbox_id=new_id("evt", moment),
            channel="sessions",
            destination="sessions",
            subject=account.citizen_id,
            about=str(account.version + 1),
            created_at=moment,
        ),
    )


def set_terms_version(together: Together, citizen_id: str, version: str) -> None:
    """Add the mark that a version of the terms was accepted."""
    item = AccountTable(pk=citizen_id)
    together.change("account", item, [AccountTable.terms_version.set(version)], AccountTable.pk.exists())


def add_operator(together: Together, operator: Operator) -> None:
    """Add a new operator's account; one with this name is refused (`operator`)."""
    item = OperatorTable(
        pk=operator.name,
        operator_id=operator.operator_id,
        sealed=operator.sealed,
        password_hash=operator.password_hash,
        created_at=clock.iso(clock.now()),
    )
    together.create("operator", item)


def find_operator(name: str) -> Operator | None:
    """Return the operator whose e-mail has this lookup name."""
    item = find(OperatorTable, name)
    return Operator(item.pk, item.operator_id, item.sealed, item.password_hash) if item else None


def use_step(operator: Operator, step: int) -> bool:
    """Mark a step of the time-based code as used; return False for one that was, or that is older."""
    item = OperatorTable(pk=operator.name)
    try:
        change(item, [OperatorTable.last_step.set(step)], OperatorTable.last_step < step)
    except Refused:
        return False
    return True


def open_session(subject: str, role: str, state: str, assurance: str, lifetime: timedelta) -> str:
    """Start a session and return its token, the only time that it is seen."""
    token, together = new_token(), Together()
    together.create("session", _session(token, subject, role, state, assurance, lifetime))
    together.commit()
    return token


def open_session_of(account: Account, role: str, state: str, assurance: str, lifetime: timedelta) -> str:
    """Start a session of a citizen. Raises Refused where the credential was replaced since it was proved."""
    token, together = new_token(), Together()
    session = _session(token, account.citizen_id, role, state, assurance, lifetime)
    session.credential_version = account.version
    together.create("session", session)
    together.check("account", AccountTable(pk=account.citizen_id), AccountTable.version == account.version)
    together.commit()
    return token


def _session(  # noqa: PLR0913, PLR0917 - a session has this many facts
    token: str, subject: str, role: str, state: str, assurance: str, lifetime: timedelta
) -> SessionTable:
    moment = clock.now()
    return SessionTable(
        token_hash=token_hash(token),
        subject=subject,
        role=role,
        state=state,
        assurance=assurance,
        created_at=clock.iso(moment),
        seen_at=clock.epoch(moment),
        expires_at=clock.epoch(moment + lifetime),
    )


def find_session(token: str) -> Session | None:
    """Return the session of a token, whatever its age."""
    item = find(SessionTable, token_hash(token))
    if item is None:
        return None
    return Session(
        session_hash=item.token_hash,
        subject=item.subject,
        role=item.role,
        state=item.state,
        assurance=item.assurance,
        seen_at=clock.from_epoch(item.seen_at),
        expires_at=clock.from_epoch(item.expires_at),
    )


def touch_session(session: Session) -> None:
    """Record that the person is there; a session that ended meanwhile stays ended."""
    item = SessionTable(token_hash=session.session_hash)
    try:
        change(item, [SessionTable.seen_at.set(clock.epoch(clock.now()))], SessionTable.token_hash.exists())
    except Refused:
        return


def set_session_state(together: Together, session_hash: str, state: str) -> None:
    """Add the change of what a session may do."""
    item = SessionTable(token_hash=session_hash)
    together.change("session", item, [SessionTable.state.set(state)], SessionTable.token_hash.exists())


def end_session(session_hash: str) -> None:
    """End one session."""
    try:
        SessionTable(token_hash=session_hash).delete()
    except PynamoDBException as error:
        raise translated(error) from error


def end_sessions(subject: str, credential_version: int) -> None:
    """End every session of a person that was opened with an older credential than this version."""
    try:
        found = list(SessionTable.by_subject.query(subject))
    except PynamoDBException as error:
        raise translated(error) from error
    for item in found:
        try:
            remove(SessionTable(token_hash=item.token_hash), SessionTable.credential_version < credential_version)
        except Refused:
            continue


@dataclass(frozen=True)
class Attempts:
    """The failed attempts of a scope so far, and until when the next one waits."""

    count: int
    blocked_until: int


def attempts_of(scope: str) -> Attempts:
    """Return the attempts that still count."""
    item = find(ThrottleTable, scope)
    if item is None or clock.has_passed(item.expires_at):
        return Attempts(0, 0)
    return Attempts(int(item.attempts), int(item.blocked_until))


def reserve_attempt(scope: str, read: Attempts, blocked_until: datetime, kept: timedelta) -> None:
    """Count an attempt before it is made, and let the next one wait. Raises Refused where another came first."""
    moment = clock.now()
    item = ThrottleTable(
        scope=scope,
        attempts=read.count + 1,
        blocked_until=clock.epoch(blocked_until),
        expires_at=clock.epoch(moment + kept),
    )
    over = ThrottleTable.scope.does_not_exist() | (ThrottleTable.expires_at <= clock.epoch(moment))
    replace(item, ThrottleTable.attempts == read.count if read.count else over)


def forget_attempts(scope: str) -> None:
    """Start a scope anew, after a success."""
    try:
        ThrottleTable(scope=scope).delete()
    except PynamoDBException as error:
        raise translated(error) from error
