"""Sessions of browsers, and the challenges of those that are about to sign in with the card."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core import clock
from chalicelib.core.ids import new_token, token_hash
from chalicelib.core.tables import Refused, Table, Together, change, create, find, remove, table_name, translated

_CHALLENGE = "challenge#"


class SessionsOfSubject(GlobalSecondaryIndex["SessionTable"]):  # type: ignore[no-untyped-call] # PynamoDB's own hook
    """The sessions of one person."""

    class Meta:
        """Which index."""

        index_name = "by-subject"
        projection = KeysOnlyProjection()

    subject = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)


class SessionTable(Table):
    """A session, under the SHA-256 of its token; of a newcomer it also holds who they are, sealed.

    `proved_at` is absent where it is `created_at`.
    """

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
    proved_at = UnicodeAttribute(null=True)
    seen_at = NumberAttribute()
    credential_version = NumberAttribute(default=0)
    wrapped_key = BinaryAttribute(null=True, legacy_encoding=False)
    sealed = BinaryAttribute(null=True, legacy_encoding=False)
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")
    by_subject = SessionsOfSubject()


class ChallengeTable(Table):
    """A challenge that waits for its answer, under a name that no session has."""

    thing = "sessions"

    class Meta:
        """Where it lies."""

        table_name = table_name("sessions")

    token_hash = UnicodeAttribute(hash_key=True)
    nonce = UnicodeAttribute()
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


@dataclass(frozen=True)
class Newcomer:
    """Somebody who has shown a card and is not registered: who they are, sealed, and the wrapped key to it."""

    wrapped_key: bytes
    sealed: bytes


@dataclass(frozen=True)
class Session:
    """A session as the rules see it; `seen_at` is the last time its person did something.

    `newcomer` is whom it waits to register, None where it does not.
    """

    session_hash: str
    subject: str
    role: str
    state: str
    assurance: str
    proved_at: datetime
    seen_at: datetime
    expires_at: datetime
    newcomer: Newcomer | None = None


@dataclass(frozen=True)
class Opening:
    """A session that begins; `credential_version` is that of the account, `proved_at` None for now."""

    subject: str
    role: str
    state: str
    assurance: str
    lifetime: timedelta
    credential_version: int = 0
    proved_at: datetime | None = None
    newcomer: Newcomer | None = None


def open_session(opening: Opening) -> str:
    """Start a session and return its token, the only time that it is seen."""
    together = Together()
    token = add_session(together, opening)
    together.commit()
    return token


def add_session(together: Together, opening: Opening) -> str:
    """Add a session to the writes that let somebody in, and return its token."""
    token, moment = new_token(), clock.now()
    item = SessionTable(
        token_hash=token_hash(token),
        subject=opening.subject,
        role=opening.role,
        state=opening.state,
        assurance=opening.assurance,
        created_at=clock.iso(moment),
        proved_at=clock.iso(opening.proved_at) if opening.proved_at else None,
        seen_at=clock.epoch(moment),
        credential_version=opening.credential_version,
        wrapped_key=opening.newcomer.wrapped_key if opening.newcomer else None,
        sealed=opening.newcomer.sealed if opening.newcomer else None,
        expires_at=clock.epoch(moment + opening.lifetime),
    )
    together.create("session", item)
    return token


def find_session(token: str) -> Session | None:
    """Return the session of a token, whatever its age."""
    return session_named(token_hash(token))


def session_named(session_hash: str) -> Session | None:
    """Return the session that is kept under this hash, whatever its age."""
    item = find(SessionTable, session_hash)
    if item is None:
        return None
    return Session(
        session_hash=item.token_hash,
        subject=item.subject,
        role=item.role,
        state=item.state,
        assurance=item.assurance,
        proved_at=clock.parse(item.proved_at or item.created_at),
        seen_at=clock.from_epoch(item.seen_at),
        expires_at=clock.from_epoch(item.expires_at),
        newcomer=Newcomer(item.wrapped_key, item.sealed) if item.sealed else None,
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


def settle_session(together: Together, session_hash: str, opening: Opening) -> None:
    """Add what makes a newcomer's session that of a citizen; a second time is refused (`session`)."""
    begun = opening.proved_at or clock.now()
    actions = [
        SessionTable.subject.set(opening.subject),
        SessionTable.state.set(opening.state),
        SessionTable.credential_version.set(opening.credential_version),
        SessionTable.expires_at.set(clock.epoch(begun + opening.lifetime)),
        SessionTable.wrapped_key.remove(),
        SessionTable.sealed.remove(),
    ]
    together.change("session", SessionTable(token_hash=session_hash), actions, SessionTable.sealed.exists())


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


def keep_challenge(nonce: str, until: datetime) -> str:
    """Keep a challenge and return the token that answers for it, the only time that it is seen."""
    token = new_token()
    create(ChallengeTable(token_hash=_challenge_name(token), nonce=nonce, expires_at=clock.epoch(until)))
    return token


def use_challenge(token: str) -> str | None:
    """Return the nonce of a challenge and end it; None for one that is over, used or was never given.

    Of several who use it at once, one gets it.
    """
    item = find(ChallengeTable, _challenge_name(token))
    if item is None:
        return None
    try:
        remove(item, ChallengeTable.token_hash.exists())
    except Refused:
        return None
    nonce: str = item.nonce
    return None if clock.has_passed(item.expires_at) else nonce


def _challenge_name(token: str) -> str:
    return f"{_CHALLENGE}{token_hash(token)}"
