"""Notices: those of the inbox (`ntc_`) are listed, those that are only mailed (`mail_`) are not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, outbox
from chalicelib.core.crypto import data_key, seal_json, unseal_json
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import new_id
from chalicelib.core.tables import (
    Refused,
    Table,
    Together,
    change,
    find,
    read_cursor,
    table_name,
    translated,
    write_cursor,
)
from chalicelib.notifications.notices import Kind, Notice
from chalicelib.privacy import Kept, kept_until

_INBOX = "ntc"
_MAIL_ONLY = "mail"
_COUNTED = 50


class NoticeTable(Table):
    """A notice; what fills its text is sealed under the citizen's data key."""

    thing = "notices"

    class Meta:
        """Where it lies."""

        table_name = table_name("notices")

    citizen_id = UnicodeAttribute(hash_key=True)
    notice_id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    created_at = UnicodeAttribute()
    read_at = UnicodeAttribute(null=True)
    mailing_until = NumberAttribute(null=True)
    mailed_at = UnicodeAttribute(null=True)
    sealed = BinaryAttribute(legacy_encoding=False)
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


@dataclass(frozen=True)
class Letter:
    """A notice to be mailed; `address` is None where it goes to the citizen's own."""

    notice: Notice
    address: str | None
    mailed: bool


def add_notice(  # noqa: PLR0913 - each says one thing about the notice
    together: Together,
    key: bytes,
    citizen_id: str,
    kind: Kind,
    params: Mapping[str, Any],
    *,
    mail: bool,
    listed: bool = True,
    address: str | None = None,
) -> None:
    """Add a notice, and its letter where `mail`, to the writes of the change it tells of.

    `address` sends the letter elsewhere than to the citizen's own.
    """
    moment = clock.now()
    prefix = _INBOX if listed else _MAIL_ONLY
    notice_id = new_id(prefix, moment)
    together.create(
        "notice",
        NoticeTable(
            citizen_id=citizen_id,
            notice_id=notice_id,
            kind=kind,
            created_at=clock.iso(moment),
            sealed=seal_json(key, {"params": params, "address": address}, "notice", citizen_id, notice_id),
            expires_at=clock.epoch(kept_until(Kept.NOTICE if listed else Kept.MAIL, moment)),
        ),
    )
    if mail:
        outbox.add(
            together,
            outbox.Due(
                outbox_id=new_id("evt", moment),
                channel="mail",
                destination="mail",
                subject=citizen_id,
                about=notice_id,
                created_at=moment,
            ),
        )


def find_letter(citizen_id: str, notice_id: str) -> Letter | None:
    """Return a notice as it is to be mailed."""
    item = find(NoticeTable, citizen_id, notice_id)
    if item is None or clock.has_passed(item.expires_at):
        return None
    opened = unseal_json(data_key(citizen_id), item.sealed, "notice", citizen_id, notice_id)
    return Letter(_notice(item, opened["params"]), opened["address"], item.mailed_at is not None)


def claim_letter(citizen_id: str, notice_id: str, lease: timedelta) -> bool:
    """Keep other workers from a letter until it is mailed, for so long at most.

    Return False where another worker's claim lives, and where there is nothing to be mailed any more.
    """
    moment = clock.now()
    free = NoticeTable.mailing_until.does_not_exist() | (NoticeTable.mailing_until <= clock.epoch(moment))
    item = NoticeTable(citizen_id=citizen_id, notice_id=notice_id)
    try:
        change(item, [NoticeTable.mailing_until.set(clock.epoch(moment + lease))], _to_be_mailed() & free)
    except Refused:
        return False
    return True


def mark_mailed(citizen_id: str, notice_id: str) -> None:
    """Record that the letter left; of a notice that was deleted meanwhile nothing is written."""
    item = NoticeTable(citizen_id=citizen_id, notice_id=notice_id)
    actions = [NoticeTable.mailed_at.set(clock.iso(clock.now())), NoticeTable.mailing_until.remove()]
    try:
        change(item, actions, _to_be_mailed())
    except Refused:
        return


def newest_notices(citizen_id: str, limit: int, cursor: str | None = None) -> tuple[list[Notice], str | None]:
    """Return a page of the inbox, newest first, and the token of the next page."""
    start = read_cursor(cursor, {"citizen_id": citizen_id}, ["notice_id"])
    try:
        found = NoticeTable.query(
            citizen_id,
            NoticeTable.notice_id.startswith(f"{_INBOX}_"),
            scan_index_forward=False,
            limit=limit,
            last_evaluated_key=start,
        )
        items = [item for item in found if not clock.has_passed(item.expires_at)]
        following = write_cursor(found.last_evaluated_key)
    except PynamoDBException as error:
        raise translated(error) from error
    key = data_key(citizen_id)
    opened = [unseal_json(key, item.sealed, "notice", citizen_id, item.notice_id)["params"] for item in items]
    return [_notice(item, params) for item, params in zip(items, opened, strict=True)], following


def count_unread(citizen_id: str) -> int:
    """Return how many of the newest notices were not read, 50 at most."""
    try:
        found = NoticeTable.query(
            citizen_id,
            NoticeTable.notice_id.startswith(f"{_INBOX}_"),
            scan_index_forward=False,
            limit=_COUNTED,
            attributes_to_get=["notice_id", "read_at", "expires_at"],
        )
        return sum(1 for item in found if item.read_at is None and not clock.has_passed(item.expires_at))
    except PynamoDBException as error:
        raise translated(error) from error


def mark_read(citizen_id: str, notice_id: str) -> None:
    """Record that the citizen saw a notice; a second time changes nothing. Raises NotFound."""
    item = find(NoticeTable, citizen_id, notice_id)
    if item is None or clock.has_passed(item.expires_at) or not notice_id.startswith(f"{_INBOX}_"):
        raise NotFound
    try:
        change(item, [NoticeTable.read_at.set(clock.iso(clock.now()))], NoticeTable.read_at.does_not_exist())
    except Refused:
        return


def _to_be_mailed() -> Condition:
    """Return the condition that a notice is still there and its letter was not mailed."""
    condition: Condition = NoticeTable.kind.exists() & NoticeTable.mailed_at.does_not_exist()
    return condition


def _notice(item: NoticeTable, params: Mapping[str, Any]) -> Notice:
    return Notice(
        notice_id=item.notice_id,
        citizen_id=item.citizen_id,
        kind=item.kind,  # type: ignore[arg-type] # only `add_notice` writes it
        created_at=_moment(item.created_at),
        read_at=_moment(item.read_at) if item.read_at else None,
        params=params,
    )


def _moment(text: str) -> datetime:
    return clock.parse(text)
