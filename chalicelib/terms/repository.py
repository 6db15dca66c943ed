"""Acceptances: which citizen accepted which version, and when."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.tables import Table, Together, table_name


class AcceptanceTable(Table):
    """One acceptance; it is never changed."""

    thing = "citizens"

    class Meta:
        """Where it lies."""

        table_name = table_name("citizens")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    accepted_at = UnicodeAttribute()
    language = UnicodeAttribute()
    schema = UnicodeAttribute(default="1")


def add_acceptance(together: Together, citizen_id: str, version: str, language: str) -> None:
    """Add the record that a citizen accepted a version, read in `language`."""
    item = AcceptanceTable(
        pk=citizen_id, sk=f"acceptance#{version}", accepted_at=clock.iso(clock.now()), language=language
    )
    together.create("acceptance", item)
