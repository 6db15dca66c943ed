"""Drafts and requests as the site and the notices get them, with the schemas that say so."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core import clock
from chalicelib.core.schema import (
    BILINGUAL,
    MOMENT,
    OPEN_OBJECT,
    Schema,
    array,
    one_of,
    or_null,
    record,
    string,
)
from chalicelib.requests.lifecycle import State
from chalicelib.requests.model import Draft, Head, Message, Whole

_INTEGER: Schema = {"type": "integer", "minimum": 0}
_APPLICATION = record({"text": {"type": "string"}, "sha256": string(64), "size": _INTEGER})
_DRAFT_HEAD: dict[str, Schema] = {
    "draft_id": string(40),
    "service_id": string(80),
    "service_title": BILINGUAL,
    "addressee": or_null(string(80)),
    "addressee_name": or_null(BILINGUAL),
    "page": or_null(string(80)),
    "updated_at": MOMENT,
    "expires_at": MOMENT,
}
_HEAD: dict[str, Schema] = {
    "request_id": string(40),
    "registration_number": string(20),
    "service_id": string(80),
    "service_title": BILINGUAL,
    "addressee": string(80),
    "addressee_name": BILINGUAL,
    "state": one_of(*(state.value for state in State)),
    "submitted_at": MOMENT,
    "received_at": or_null(MOMENT),
    "answered_at": or_null(MOMENT),
}
_ATTACHMENT = record(
    {
        "index": _INTEGER,
        "name": string(255),
        "media_type": string(100),
        "size": _INTEGER,
        "sha256": string(64),
    }
)
_MESSAGE = record(
    {
        "message_id": string(40),
        "kind": one_of("answer"),
        "received_at": MOMENT,
        "media_type": string(100),
        "text": {"type": "string"},
        "sha256": string(64),
        "attachments": array(_ATTACHMENT),
    }
)
DRAFT_HEAD = record(_DRAFT_HEAD)
DRAFT = record({**_DRAFT_HEAD, "answers": OPEN_OBJECT, "service": OPEN_OBJECT, "applicant": OPEN_OBJECT})
CHECKED = record(
    {
        "draft_id": string(40),
        "application": _APPLICATION,
        "answers": OPEN_OBJECT,
        "applicant": OPEN_OBJECT,
        "addressee_name": BILINGUAL,
    }
)
HEAD = record(_HEAD)
WHOLE = record({**_HEAD, "application": _APPLICATION, "messages": array(_MESSAGE), "service": OPEN_OBJECT})


def draft_head_json(draft: Draft) -> dict[str, Any]:
    """Return a draft without its answers."""
    return {
        "draft_id": draft.draft_id,
        "service_id": draft.service_id,
        "service_title": draft.service_title,
        "addressee": draft.addressee,
        "addressee_name": draft.addressee_name,
        "page": draft.page,
        "updated_at": clock.iso(draft.updated_at),
        "expires_at": clock.iso(draft.expires_at),
    }


def draft_json(draft: Draft, definition: Mapping[str, Any], applicant: Mapping[str, str]) -> dict[str, Any]:
    """Return a draft with all that its form needs."""
    return {
        **draft_head_json(draft),
        "answers": dict(draft.answers),
        "service": dict(definition),
        "applicant": dict(applicant),
    }


def head_json(head: Head) -> dict[str, Any]:
    """Return a request as lists show it."""
    progress = head.progress
    return {
        "request_id": head.request_id,
        "registration_number": head.registration_number,
        "service_id": head.service_id,
        "service_title": head.service_title,
        "addressee": head.provider,
        "addressee_name": head.provider_name,
        "state": progress.state.value,
        "submitted_at": clock.iso(head.submitted_at),
        "received_at": clock.iso(progress.received_at) if progress.received_at else None,
        "answered_at": clock.iso(progress.answered_at) if progress.answered_at else None,
    }


def notice_params(head: Head) -> dict[str, Any]:
    """Return what a notice says of the request it is about."""
    return {
        "request_id": head.request_id,
        "registration_number": head.registration_number,
        "service_title": head.service_title,
    }


def whole_json(whole: Whole, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with its contents."""
    return {
        **head_json(whole.head),
        "application": application_json(whole.application, whole.head.application_sha256),
        "messages": [_message_json(message) for message in whole.messages],
        "service": dict(definition),
    }


def application_json(content: bytes, sha256: str) -> dict[str, Any]:
    """Return the application's bytes as text, with their digest."""
    return {"text": content.decode(), "sha256": sha256, "size": len(content)}


def _message_json(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "kind": message.kind,
        "received_at": clock.iso(message.received_at),
        "media_type": message.media_type,
        "text": message.content.decode(),
        "sha256": message.sha256,
        "attachments": [
            {
                "index": index,
                "name": attachment.name,
                "media_type": attachment.media_type,
                "size": attachment.size,
                "sha256": attachment.sha256,
            }
            for index, attachment in enumerate(message.attachments)
        ],
    }
