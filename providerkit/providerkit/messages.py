"""CloudEvents 1.0 between the portal and a provider: what comes in, what goes out. No input or output here.

The portal's messages carry their content as base64 with its SHA-256, so that no program on the way can change
a byte unnoticed. `parse` hands out content only after it has checked the digest.
"""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

SUBMITTED = "ge.karibche.request.submitted.v1"
RECEIVED = "ge.karibche.request.received.v1"
ANSWERED = "ge.karibche.request.answered.v1"
REFUSED = "ge.karibche.reply.refused.v1"

INLINE_LIMIT = 262_144
"""Decoded bytes that the body and the attachments of one answer may have together."""

_READABLE_ID = re.compile(r"[A-Za-z0-9._:-]{1,256}")


class UnreadableMessageError(Exception):
    """A message that is not what the portal promises, or whose content does not fit its digest."""


@dataclass(frozen=True)
class Submitted:
    """A citizen's request. `application` holds the bytes that the citizen sent, checked against `sha256`."""

    event_id: str
    request_id: str
    registration_number: str
    service_id: str
    service_version: int
    submitted_at: str
    application: bytes
    sha256: str


@dataclass(frozen=True)
class Refused:
    """The portal did not take a reply; `reply_id` is None where it could not read one."""

    event_id: str
    reply_id: str | None
    reason: str
    detail: str


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an answer, delivered to the citizen byte for byte."""

    name: str
    media_type: str
    content: bytes


def parse(body: str) -> Submitted | Refused:
    """Read one message of the request queue; raise UnreadableMessageError with a reason that quotes nothing."""
    event = _decoded(body)
    if event.get("specversion") != "1.0":
        raise UnreadableMessageError("not a CloudEvent of version 1.0")
    kind = event.get("type")
    if kind == SUBMITTED:
        return _submitted(event)
    if kind == REFUSED:
        return _refused(event)
    raise UnreadableMessageError("a type of event that this version does not know")


def received(request: Submitted, *, provider: str, reply_id: str, at: str) -> str:
    """Build the receipt: it names the digest of the bytes that arrived."""
    data = {"request_id": request.request_id, "sha256": hashlib.sha256(request.application).hexdigest()}
    return _event(RECEIVED, provider=provider, reply_id=reply_id, subject=request.request_id, at=at, data=data)


def answered(  # noqa: PLR0913 - an answer has these parts
    request_id: str, *, provider: str, reply_id: str, at: str, text: str, attachments: tuple[Attachment, ...] = ()
) -> str:
    """Build an answer. Its size is for the caller to keep below INLINE_LIMIT; the portal refuses more."""
    data = {
        "request_id": request_id,
        "body": {"media_type": "text/plain", **_content(text.encode())},
        "attachments": [
            {"name": file.name, "media_type": file.media_type, **_content(file.content)} for file in attachments
        ],
    }
    return _event(ANSWERED, provider=provider, reply_id=reply_id, subject=request_id, at=at, data=data)


def derived_reply_id(event_id: str, step: str) -> str:
    """Return the id of the reply to `event_id` at `step`: the same whenever and wherever it is asked for."""
    return "rpl_" + hashlib.sha256(f"{event_id}\0{step}".encode()).hexdigest()[:32]


def _event(kind: str, *, provider: str, reply_id: str, subject: str, at: str, data: dict[str, Any]) -> str:  # noqa: PLR0913
    event = {
        "specversion": "1.0",
        "id": reply_id,
        "source": f"urn:karibche:provider:{provider}",
        "type": kind,
        "subject": subject,
        "time": at,
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _content(content: bytes) -> dict[str, Any]:
    return {
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content_base64": base64.b64encode(content).decode("ascii"),
    }


def _decoded(body: str) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except ValueError:
        raise UnreadableMessageError("not JSON") from None
    if not isinstance(event, dict):
        raise UnreadableMessageError("not a JSON object")
    return event


def _submitted(event: dict[str, Any]) -> Submitted:
    data = _member(event, "data", dict)
    application = _member(data, "application", dict)
    content = _checked(application)
    return Submitted(
        event_id=_identifier(event, "id"),
        request_id=_identifier(data, "request_id"),
        registration_number=_member(data, "registration_number", str),
        service_id=_member(data, "service_id", str),
        service_version=_member(data, "service_version", int),
        submitted_at=_member(data, "submitted_at", str),
        application=content,
        sha256=_member(application, "sha256", str),
    )


def _refused(event: dict[str, Any]) -> Refused:
    data = _member(event, "data", dict)
    return Refused(
        event_id=_identifier(event, "id"),
        reply_id=None if data.get("reply_id") is None else _identifier(data, "reply_id"),
        reason=_identifier(data, "reason"),
        detail=_member(data, "detail", str),
    )


def _checked(part: dict[str, Any]) -> bytes:
    try:
        content = base64.b64decode(_member(part, "content_base64", str), validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableMessageError("content_base64 is not base64") from None
    if len(content) != _member(part, "size", int):
        raise UnreadableMessageError("the size does not fit the content")
    if hashlib.sha256(content).hexdigest() != _member(part, "sha256", str):
        raise UnreadableMessageError("the sha256 does not fit the content")
    return content


def _identifier(source: dict[str, Any], name: str) -> str:
    value: str = _member(source, name, str)
    if not _READABLE_ID.fullmatch(value):
        raise UnreadableMessageError(f"{name} is not an identifier")
    return value


def _member(source: dict[str, Any], name: str, kind: type) -> Any:
    value = source.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UnreadableMessageError(f"{name} is missing or of the wrong kind")
    return value
