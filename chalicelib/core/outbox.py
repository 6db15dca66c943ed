"""The outbox: what must happen elsewhere, written in the transaction of the change that causes it.

An item holds ids only. The stream carries it on at once; the sweeper finds what the stream missed, by the
sparse index `due`. Each item keeps its attempts and its next time, so one that fails never holds up another.
An item that was sent leaves the index and lives 30 days more, for those who ask what happened.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core import clock
from chalicelib.core.tables import Refused, Table, Together, change, find, table_name, translated

Channel = Literal["provider", "mail", "sessions"]

GRACE = timedelta(seconds=60)
KEPT = timedelta(days=30)
_SHARDS = 8
_FIRST_DELAYS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


@dataclass(frozen=True)
class Due:
    """Something to send: over which channel, to whom, about what. Ids only."""

    outbox_id: str
    channel: Channel
    destination: str
    subject: str
    about: str
    created_at: datetime


Sender = Callable[[Due], None]
_senders: dict[Channel, Sender] = {}


class OutboxDue(GlobalSecondaryIndex["OutboxTable"]):  # type: ignore[no-untyped-call] # PynamoDB's own hook
    """Items that were not sent yet, by the time at which they are due."""

    class Meta:
        """Which index."""

        index_name = "due"
        projection = AllProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    next_at = UnicodeAttribute(range_key=True)


class OutboxTable(Table):
    """An effect to come, or one that has happened (`sent_at`)."""

    thing = "outbox"

    class Meta:
        """Where it lies."""

        table_name = table_name("outbox")

    outbox_id = UnicodeAttribute(hash_key=True)
    channel = UnicodeAttribute()
    destination = UnicodeAttribute()
    subject = UnicodeAttribute()
    about = UnicodeAttribute()
    created_at = UnicodeAttribute()
    attempts = NumberAttribute(default=0)
    due_shard = UnicodeAttribute(null=True)
    next_at = UnicodeAttribute(null=True)
    sent_at = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    schema = UnicodeAttribute(default="1")
    due = OutboxDue()


def register(senders: Mapping[Channel, Sender]) -> None:
    """Say what carries each channel. The application calls this once."""
    _senders.update(senders)


def add(together: Together, due: Due) -> None:
    """Add the effect to the writes of the change that causes it."""
    together.create(
        f"outbox:{due.channel}",
        OutboxTable(
            outbox_id=due.outbox_id,
            channel=due.channel,
            destination=due.destination,
            subject=due.subject,
            about=due.about,
            created_at=clock.iso(due.created_at),
            due_shard=_shard(due.outbox_id),
            next_at=clock.iso(due.created_at + GRACE),
        ),
    )


def relay(outbox_id: str) -> bool:
    """Send one item and mark it. Return False for one that was sent before.

    Raises whatever the channel raises; the item then stays due, later each time.
    """
    item = find(OutboxTable, outbox_id)
    if item is None or item.sent_at is not None:
        return False
    try:
        due = _due(item)
        _senders[due.channel](due)
    except Exception:
        _postpone(item)
        raise
    _mark_sent(item)
    return True


def due_now(limit: int) -> list[str]:
    """Return the ids of items that are due, `limit` of each shard at most, longest first."""
    moment = clock.iso(clock.now())
    try:
        found = [
            (item.next_at, item.outbox_id)
            for shard in range(_SHARDS)
            for item in OutboxTable.due.query(f"due#{shard}", OutboxTable.next_at <= moment, limit=limit)
        ]
    except PynamoDBException as error:
        raise translated(error) from error
    return [outbox_id for _, outbox_id in sorted(found)]


def _shard(outbox_id: str) -> str:
    """Return the part of the index in which an item waits: one part would be one hot key."""
    return f"due#{hashlib.sha256(outbox_id.encode()).digest()[0] % _SHARDS}"


def _due(item: OutboxTable) -> Due:
    return Due(
        outbox_id=item.outbox_id,
        channel=item.channel,  # type: ignore[arg-type] # only `add` writes it
        destination=item.destination,
        subject=item.subject,
        about=item.about,
        created_at=clock.parse(item.created_at),
    )


def _mark_sent(item: OutboxTable) -> None:
    moment = clock.now()
    actions = [
        OutboxTable.sent_at.set(clock.iso(moment)),
        OutboxTable.expires_at.set(clock.epoch(moment + KEPT)),
        OutboxTable.due_shard.remove(),
        OutboxTable.next_at.remove(),
    ]
    try:
        change(item, actions, OutboxTable.sent_at.does_not_exist())
    except Refused:
        return


def _postpone(item: OutboxTable) -> None:
    delay = _FIRST_DELAYS[min(int(item.attempts), len(_FIRST_DELAYS) - 1)]
    moment = clock.now()
    actions = [
        OutboxTable.attempts.add(1),
        OutboxTable.next_at.set(clock.iso(moment + timedelta(seconds=delay))),
    ]
    try:
        # What the stream tries before an item is due must not use up the sweeper's patience.
        change(item, actions, OutboxTable.sent_at.does_not_exist() & (OutboxTable.next_at <= clock.iso(moment)))
    except Refused:
        return
