"""Drafts: a small head that lists show, and apart from it what was filled in.

The content is the answers, or after check-your-answers the application's bytes, sealed under the citizen's key.
"""

import json
from typing import Any

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException

from chalicelib.core import clock
from chalicelib.core.crypto import data_key, seal_json, unseal_json
from chalicelib.core.tables import Table, Together, find_both, read_cursor, table_name, translated, write_cursor
from chalicelib.requests.application import answers_in
from chalicelib.requests.model import Bilingual, Checked, Draft
from chalicelib.requests.repository import unseal_application

DRAFT_PREFIX = "drf"
_FILTERED_PAGE = 100


class DraftTable(Table):
    """The head of a citizen's draft."""

    thing = "drafts"

    class Meta:
        """Where it lies."""

        table_name = table_name("drafts")

    citizen_id = UnicodeAttribute(hash_key=True)
    draft_id = UnicodeAttribute(range_key=True)
    service_id = UnicodeAttribute()
    service_version = NumberAttribute()
    service_title = UnicodeAttribute()
    assurance = UnicodeAttribute()
    needs_signature = BooleanAttribute()
    addressee = UnicodeAttribute(null=True)
    addressee_name = UnicodeAttribute(null=True)
    request_id = UnicodeAttribute(null=True)
    application_sha256 = UnicodeAttribute(null=True)
    application_size = NumberAttribute(null=True)
    page = UnicodeAttribute(null=True)
    version = NumberAttribute()
    updated_at = UnicodeAttribute()
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


class DraftContentTable(Table):
    """What was filled in: answers, or after the check the application."""

    thing = "drafts"

    class Meta:
        """Where it lies."""

        table_name = table_name("drafts")

    citizen_id = UnicodeAttribute(hash_key=True)
    draft_id = UnicodeAttribute(range_key=True)
    sealed = BinaryAttribute(legacy_encoding=False)
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


def add_draft(together: Together, draft: Draft) -> None:
    """Add a new draft."""
    together.create("draft", _item(draft))
    together.put("content", _content(draft))


def save_draft(draft: Draft, expected_version: int) -> None:
    """Write a changed draft. Raises Refused when it was changed or sent meanwhile."""
    together = Together()
    together.replace("draft", _item(draft), DraftTable.version == expected_version)
    together.put("content", _content(draft))
    together.commit()


def delete_draft(draft: Draft) -> None:
    """Delete a draft. Raises Refused when it was changed meanwhile."""
    together = Together()
    add_removal(together, draft)
    together.commit()


def add_removal(together: Together, draft: Draft) -> None:
    """Add the removal of a draft; one that was changed since is refused (`draft`)."""
    item = DraftTable(citizen_id=draft.citizen_id, draft_id=draft.draft_id)
    together.remove("draft", item, DraftTable.version == draft.version)
    content = DraftContentTable(citizen_id=draft.citizen_id, draft_id=_content_id(draft.draft_id))
    together.remove("content", content, DraftContentTable.citizen_id.exists())


def find_draft(citizen_id: str, draft_id: str, *, opened: bool = True) -> Draft | None:
    """Return a draft. Its answers are read only where `opened`; sending needs none."""
    item, content = find_both(
        (DraftTable, citizen_id, draft_id), (DraftContentTable, citizen_id, _content_id(draft_id))
    )
    if item is None or content is None or clock.has_passed(item.expires_at):
        return None
    return _draft(item, content.sealed, _answers(item, content.sealed) if opened else {})


def drafts_of(
    citizen_id: str, limit: int, cursor: str | None = None, service_id: str | None = None
) -> tuple[list[Draft], str | None]:
    """Return a page of a citizen's drafts, without answers, newest first, and the token of the next page."""
    start = read_cursor(cursor, {"citizen_id": citizen_id}, ["draft_id"])
    try:
        found = DraftTable.query(
            citizen_id,
            DraftTable.draft_id.startswith(f"{DRAFT_PREFIX}_"),
            filter_condition=DraftTable.service_id == service_id if service_id else None,
            scan_index_forward=False,
            limit=limit,
            page_size=_FILTERED_PAGE if service_id else limit,
            last_evaluated_key=start,
        )
        drafts = [_draft(item, None, {}) for item in found if not clock.has_passed(item.expires_at)]
        return drafts, write_cursor(found.last_evaluated_key)
    except PynamoDBException as error:
        raise translated(error) from error


def _content(draft: Draft) -> DraftContentTable:
    sealed = draft.checked.sealed if draft.checked else None
    if sealed is None:
        key = data_key(draft.citizen_id)
        sealed = seal_json(key, draft.answers, "answers", draft.citizen_id, draft.draft_id)
    return DraftContentTable(
        citizen_id=draft.citizen_id,
        draft_id=_content_id(draft.draft_id),
        sealed=sealed,
        expires_at=clock.epoch(draft.expires_at),
    )


def _content_id(draft_id: str) -> str:
    return f"content#{draft_id}"


def _item(draft: Draft) -> DraftTable:
    checked = draft.checked
    return DraftTable(
        citizen_id=draft.citizen_id,
        draft_id=draft.draft_id,
        service_id=draft.service_id,
        service_version=draft.service_version,
        service_title=json.dumps(draft.service_title, ensure_ascii=False),
        assurance=draft.assurance,
        needs_signature=draft.needs_signature,
        addressee=draft.addressee,
        addressee_name=json.dumps(draft.addressee_name, ensure_ascii=False) if draft.addressee_name else None,
        request_id=checked.request_id if checked else None,
        application_sha256=checked.sha256 if checked else None,
        application_size=checked.size if checked else None,
        page=draft.page,
        version=draft.version,
        updated_at=clock.iso(draft.updated_at),
        expires_at=clock.epoch(draft.expires_at),
    )


def _draft(item: DraftTable, sealed: bytes | None, answers: dict[str, Any]) -> Draft:
    """Return the draft of a head; without its content it says whether it was checked, but not as what."""
    name: Bilingual | None = json.loads(item.addressee_name) if item.addressee_name else None
    return Draft(
        draft_id=item.draft_id,
        citizen_id=item.citizen_id,
        service_id=item.service_id,
        service_version=int(item.service_version),
        service_title=json.loads(item.service_title),
        assurance=item.assurance,
        needs_signature=item.needs_signature,
        addressee=item.addressee,
        addressee_name=name,
        answers=answers,
        page=item.page,
        version=int(item.version),
        updated_at=clock.parse(item.updated_at),
        expires_at=clock.from_epoch(item.expires_at),
        checked=_checked(item, sealed or b"", name),
    )


def _checked(item: DraftTable, sealed: bytes, name: Bilingual | None) -> Checked | None:
    if item.request_id is None:
        return None
    return Checked(
        request_id=item.request_id,
        addressee=item.addressee,
        addressee_name=name or {},
        sealed=sealed,
        sha256=item.application_sha256,
        size=int(item.application_size),
    )


def _answers(item: DraftTable, sealed: bytes) -> dict[str, Any]:
    if item.request_id is not None:
        return answers_in(unseal_application(item.citizen_id, item.request_id, sealed))
    key = data_key(item.citizen_id)
    answers: dict[str, Any] = unseal_json(key, sealed, "answers", item.citizen_id, item.draft_id)
    return answers
