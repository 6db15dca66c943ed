"""Requests: a small head that changes, the application's bytes that never do, a message for each reply."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core import clock
from chalicelib.core.crypto import data_key, seal, seal_json, unseal, unseal_json
from chalicelib.core.tables import Table, Together, find, read_cursor, table_name, translated, write_cursor
from chalicelib.privacy import Kept, kept_until
from chalicelib.requests.lifecycle import FINAL, Progress, State
from chalicelib.requests.model import Attachment, Head, Message, Whole

_HEAD = "head"
_APPLICATION = "application"
_NUMBER = "number"
_MESSAGE = "message#"
_RECEIPT = "receipt"


class RequestsOfCitizen(GlobalSecondaryIndex["HeadTable"]):  # type: ignore[no-untyped-call] # PynamoDB's own hook
    """The heads of one citizen's requests, by the time of sending."""

    class Meta:
        """Which index."""

        index_name = "by-citizen"
        projection = AllProjection()

    citizen_id = UnicodeAttribute(hash_key=True)
    submitted_at = UnicodeAttribute(range_key=True)


class HeadTable(Table):
    """The head: what lists show, under 1 KB."""

    thing = "requests"

    class Meta:
        """Where it lies."""

        table_name = table_name("requests")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_HEAD)
    citizen_id = UnicodeAttribute()
    registration_number = UnicodeAttribute()
    service_id = UnicodeAttribute()
    service_version = NumberAttribute()
    service_title = UnicodeAttribute()
    provider = UnicodeAttribute()
    provider_name = UnicodeAttribute()
    state = UnicodeAttribute()
    submitted_at = UnicodeAttribute()
    received_at = UnicodeAttribute(null=True)
    answered_at = UnicodeAttribute(null=True)
    application_sha256 = UnicodeAttribute()
    application_size = NumberAttribute()
    expires_at = NumberAttribute(null=True)
    schema = UnicodeAttribute(default="1")
    by_citizen = RequestsOfCitizen()


class ContentTable(Table):
    """The application (`application`) or a message (`message#…`), sealed under the citizen's data key."""

    thing = "requests"

    class Meta:
        """Where it lies."""

        table_name = table_name("requests")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    sealed = BinaryAttribute(legacy_encoding=False)
    sealed_facts = BinaryAttribute(legacy_encoding=False, null=True)
    sha256 = UnicodeAttribute()
    envelope_sha256 = UnicodeAttribute(null=True)
    kind = UnicodeAttribute(null=True)
    received_at = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    schema = UnicodeAttribute(default="1")


class NumberTable(Table):
    """A registration number belongs to one request."""

    thing = "requests"

    class Meta:
        """Where it lies."""

        table_name = table_name("requests")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_NUMBER)
    request_id = UnicodeAttribute()
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


def seal_application(citizen_id: str, request_id: str, content: bytes) -> bytes:
    """Return an application's bytes sealed for their place in the request that they will become."""
    return seal(data_key(citizen_id), content, _APPLICATION, request_id)


def unseal_application(citizen_id: str, request_id: str, sealed: bytes) -> bytes:
    """Return an application's bytes. Raises Unreadable."""
    return unseal(data_key(citizen_id), sealed, _APPLICATION, request_id)


def add_request(together: Together, head: Head, sealed_application: bytes) -> None:
    """Add a new request: `head`, `application` and the uniqueness of its `number`."""
    together.create("head", _head_item(head))
    content = ContentTable(
        pk=head.request_id, sk=_APPLICATION, sealed=sealed_application, sha256=head.application_sha256
    )
    together.create("application", content)
    number = NumberTable(
        pk=f"number#{head.registration_number}",
        request_id=head.request_id,
        expires_at=clock.epoch(kept_until(Kept.REGISTRATION_NUMBER, head.submitted_at)),
    )
    together.create("number", number)


def find_head(request_id: str) -> Head | None:
    """Return a request's head."""
    item = find(HeadTable, request_id, _HEAD)
    return _head(item) if item and not _over(item) else None


def find_application(head: Head) -> bytes:
    """Return the bytes of a request's application. Raises KeyError, Unreadable."""
    item = find(ContentTable, head.request_id, _APPLICATION)
    if item is None:
        raise KeyError(_APPLICATION)
    return unseal_application(head.citizen_id, head.request_id, item.sealed)


def find_whole(citizen_id: str, request_id: str) -> Whole | None:
    """Return a request of this citizen with its contents; another's is not found."""
    items = _items(request_id)
    head_item = items.get(_HEAD)
    if head_item is None:
        return None
    head = _head(_as(HeadTable, head_item))
    if head.citizen_id != citizen_id or _over(_as(HeadTable, head_item)):
        return None
    application = unseal_application(citizen_id, request_id, _as(ContentTable, items[_APPLICATION]).sealed)
    contents = [_as(ContentTable, raw) for sk, raw in items.items() if sk.startswith(_MESSAGE)]
    messages = [_message(head, content) for content in contents if content.kind != _RECEIPT]
    return Whole(head, application, tuple(sorted(messages, key=lambda message: message.received_at)))


def heads_of(citizen_id: str, limit: int, cursor: str | None = None) -> tuple[list[Head], str | None]:
    """Return a page of a citizen's requests, newest first, and the token of the next page."""
    start = read_cursor(cursor, {"citizen_id": citizen_id}, ["pk", "sk", "submitted_at"])
    try:
        found = HeadTable.by_citizen.query(
            citizen_id, scan_index_forward=False, limit=limit, last_evaluated_key=start
        )
        heads = [_head(item) for item in found if not _over(item)]
        return heads, write_cursor(found.last_evaluated_key)
    except PynamoDBException as error:
        raise translated(error) from error


def add_progress(together: Together, head: Head, progress: Progress) -> None:
    """Add a step of the life of a request; an older reading of it is refused (`head`)."""
    actions = [HeadTable.state.set(progress.state.value)]
    for attribute, moment in (
        (HeadTable.received_at, progress.received_at),
        (HeadTable.answered_at, progress.answered_at),
    ):
        if moment is not None:
            actions.append(attribute.set(clock.iso(moment)))
    if progress.state in FINAL and head.progress.state not in FINAL:
        actions.append(HeadTable.expires_at.set(_closed_until()))
        content = ContentTable(pk=head.request_id, sk=_APPLICATION)
        expiry = [ContentTable.expires_at.set(_closed_until())]
        together.change("application", content, expiry, ContentTable.pk.exists())
    together.change("head", HeadTable(pk=head.request_id), actions, _as_read(head.progress))


def add_message(together: Together, head: Head, message: Message, envelope_sha256: str) -> None:
    """Add a message to a request; one with the same id is refused (`message`)."""
    key = data_key(head.citizen_id)
    facts = {
        "media_type": message.media_type,
        "attachments": [asdict(attachment) for attachment in message.attachments],
    }
    sk = _message_key(message.message_id)
    item = ContentTable(
        pk=head.request_id,
        sk=sk,
        sealed=seal(key, message.content, sk, head.request_id),
        sealed_facts=seal_json(key, facts, f"{sk}#facts", head.request_id),
        sha256=message.sha256,
        envelope_sha256=envelope_sha256,
        kind=message.kind,
        received_at=clock.iso(message.received_at),
        expires_at=_closed_until(),
    )
    together.create("message", item)


def add_receipt(together: Together, head: Head, message_id: str, envelope_sha256: str, moment: datetime) -> None:
    """Add the trace of a receipt, so that its repeat is known."""
    item = ContentTable(
        pk=head.request_id,
        sk=_message_key(message_id),
        sealed=b"",
        sha256=head.application_sha256,
        envelope_sha256=envelope_sha256,
        kind=_RECEIPT,
        received_at=clock.iso(moment),
        expires_at=clock.epoch(kept_until(Kept.RECEIPT, moment)),
    )
    together.create("message", item)


def envelope_of(request_id: str, message_id: str) -> str | None:
    """Return the digest of the envelope in which a message with this id came before."""
    item = find(ContentTable, request_id, _message_key(message_id))
    return item.envelope_sha256 if item else None


def message_id_of(provider: str, event_id: str) -> str:
    """Return the portal's id of a provider's message: the same for the same event of the same provider."""
    return "msg_" + hashlib.sha256(f"{provider}\0{event_id}".encode()).hexdigest()[:32]


def _items(request_id: str) -> dict[str, dict[str, Any]]:
    """Return the raw items of a request by range key: heads and contents have different models."""
    items: dict[str, dict[str, Any]] = {}
    start: Mapping[str, Any] | None = None
    connection = HeadTable._get_connection()  # noqa: SLF001 - two models share this table
    try:
        while True:
            page = connection.query(request_id, exclusive_start_key=start, consistent_read=True)
            items.update({raw["sk"]["S"]: raw for raw in page["Items"]})
            start = page.get("LastEvaluatedKey")
            if not start:
                return items
    except PynamoDBException as error:
        raise translated(error) from error


def _as(model: Any, raw: Mapping[str, Any]) -> Any:
    return model.from_raw_data(dict(raw))


def _head_item(head: Head) -> HeadTable:
    return HeadTable(
        pk=head.request_id,
        citizen_id=head.citizen_id,
        registration_number=head.registration_number,
        service_id=head.service_id,
        service_version=head.service_version,
        service_title=json.dumps(head.service_title, ensure_ascii=False),
        provider=head.provider,
        provider_name=json.dumps(head.provider_name, ensure_ascii=False),
        state=head.progress.state.value,
        submitted_at=clock.iso(head.submitted_at),
        application_sha256=head.application_sha256,
        application_size=head.application_size,
    )


def _head(item: HeadTable) -> Head:
    return Head(
        request_id=item.pk,
        citizen_id=item.citizen_id,
        registration_number=item.registration_number,
        service_id=item.service_id,
        service_version=int(item.service_version),
        service_title=json.loads(item.service_title),
        provider=item.provider,
        provider_name=json.loads(item.provider_name),
        submitted_at=clock.parse(item.submitted_at),
        application_sha256=item.application_sha256,
        application_size=int(item.application_size),
        progress=Progress(
            state=State(item.state),
            received_at=clock.parse(item.received_at) if item.received_at else None,
            answered_at=clock.parse(item.answered_at) if item.answered_at else None,
        ),
    )


def _message(head: Head, item: ContentTable) -> Message:
    key = data_key(head.citizen_id)
    facts = unseal_json(key, item.sealed_facts, f"{item.sk}#facts", head.request_id)
    return Message(
        message_id=item.sk.removeprefix(_MESSAGE),
        kind=item.kind,
        received_at=clock.parse(item.received_at),
        media_type=facts["media_type"],
        content=unseal(key, item.sealed, item.sk, head.request_id),
        sha256=item.sha256,
        attachments=tuple(Attachment(**attachment) for attachment in facts["attachments"]),
    )


def _as_read(progress: Progress) -> Any:
    """Return the condition that nothing was recorded since `progress` was read."""
    condition = HeadTable.state == progress.state.value
    for attribute, moment in (
        (HeadTable.received_at, progress.received_at),
        (HeadTable.answered_at, progress.answered_at),
    ):
        condition &= attribute.does_not_exist() if moment is None else attribute == clock.iso(moment)
    return condition


def _message_key(message_id: str) -> str:
    return f"{_MESSAGE}{message_id}"


def _closed_until() -> int:
    return clock.epoch(kept_until(Kept.CLOSED_REQUEST, clock.now()))


def _over(item: HeadTable) -> bool:
    return item.expires_at is not None and clock.has_passed(item.expires_at)
