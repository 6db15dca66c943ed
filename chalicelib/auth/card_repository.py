"""What a sign-in with the card keeps: challenges for a few minutes, and whose certificates count."""

from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.ids import new_token, token_hash
from chalicelib.core.tables import Refused, Table, create, find, remove, replace, table_name

_CHALLENGE = "challenge#"


class ChallengeTable(Table):
    """A challenge that waits for its answer. No session's hash begins as its name does, and none has `nonce`."""

    thing = "sessions"

    class Meta:
        """Where it lies."""

        table_name = table_name("sessions")

    token_hash = UnicodeAttribute(hash_key=True)
    nonce = UnicodeAttribute()
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


class TrustTable(Table):
    """A published list of authorities, for one purpose; `entries` is JSON as `infra.trust` was given it."""

    thing = "trust"

    class Meta:
        """Where it lies."""

        table_name = table_name("trust")

    purpose = UnicodeAttribute(hash_key=True)
    entries = UnicodeAttribute()
    version = NumberAttribute()
    published_at = UnicodeAttribute()
    schema = UnicodeAttribute(default="1")


@dataclass(frozen=True)
class Trust:
    """A published list, and its version, which counts the publications."""

    entries: str
    version: int


def keep_challenge(nonce: str, until: datetime) -> str:
    """Keep a challenge and return the token that answers for it, the only time that it is seen."""
    token = new_token()
    create(ChallengeTable(token_hash=_name(token), nonce=nonce, expires_at=clock.epoch(until)))
    return token


def use_challenge(token: str) -> str | None:
    """Return the nonce of a challenge and end it; None for one that is over, used or was never given.

    Of several who use it at once, one gets it.
    """
    item = find(ChallengeTable, _name(token))
    if item is None:
        return None
    try:
        remove(item, ChallengeTable.token_hash.exists())
    except Refused:
        return None
    nonce: str = item.nonce
    return nonce if item.expires_at > clock.epoch(clock.now()) else None


def find_trust(purpose: str) -> Trust | None:
    """Return the list that counts for a purpose."""
    item = find(TrustTable, purpose)
    return Trust(item.entries, int(item.version)) if item else None


def publish_trust(purpose: str, entries: str, known: Trust | None) -> None:
    """Replace the list that was `known`. Raises Refused where another was published meanwhile."""
    item = TrustTable(
        purpose=purpose,
        entries=entries,
        version=known.version + 1 if known else 1,
        published_at=clock.iso(clock.now()),
    )
    same = TrustTable.version == known.version if known else TrustTable.purpose.does_not_exist()
    replace(item, same)


def _name(token: str) -> str:
    return f"{_CHALLENGE}{token_hash(token)}"
