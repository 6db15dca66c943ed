"""Whose certificates count, as it was published."""

from dataclasses import dataclass

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.tables import Table, find, replace, table_name


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
