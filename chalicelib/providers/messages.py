"""Messages between portal and providers: CloudEvents 1.0 in structured JSON. Plain data in and out."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from chalicelib.core.validation import field_errors

SOURCE = "urn:karibche:portal"
SUBMITTED = "ge.karibche.request.submitted.v1"
REFUSED = "ge.karibche.reply.refused.v1"
RECEIVED = "ge.karibche.request.received.v1"
ANSWERED = "ge.karibche.request.answered.v1"
MAX_INLINE_BYTES = 256 * 1024

Reason = Literal[
    "malformed",
    "unknown-request",
    "already-answered",
    "message-id-reused",
    "too-large",
    "digest-mismatch",
    "not-utf8",
    "unsupported-type",
]
_SCHEMAS = {
    RECEIVED: "request.received.v1.schema.json",
    ANSWERED: "request.answered.v1.schema.json",
}
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_MAX_DETAIL = 300
_FOLDER = Path(__file__).parent / "schemas"


class NotAccepted(Exception):
    """A reply that the portal refuses, and why. `reply_id` is None where none could be read."""

    def __init__(self, reason: Reason, detail: str, reply_id: str | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.reply_id = reply_id


@dataclass(frozen=True)
class Part:
    """Bytes that came in a message; `name` is empty for the body."""

    name: str
    media_type: str
    content: bytes
    sha256: str


@dataclass(frozen=True)
class Reply:
    """What a provider says: a receipt has `received_sha256`, an answer has a body and attachments."""

    event_id: str
    request_id: str
    received_sha256: str | None
    body: Part | None
    attachments: tuple[Part, ...]


def event(event_type: str, event_id: str, subject: str | None, time: str, data: Mapping[str, Any]) -> str:
    """Return a CloudEvent of the portal as the body of a message."""
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": event_type,
        "time": time,
        "datacontenttype": "application/json",
        "data": dict(data),
    }
    if subject is not None:
        document["subject"] = subject
    return json.dumps(document, ensure_ascii=False)


def inline(content: bytes, sha256: str, media_type: str) -> dict[str, Any]:
    """Return bytes as a message carries them: no envelope can re-serialise base64."""
    return {
        "media_type": media_type,
        "size": len(content),
        "sha256": sha256,
        "content_base64": base64.b64encode(content).decode(),
    }


def parse_reply(body: str) -> Reply:
    """Return what a provider's message says. Raises NotAccepted."""
    document = _document(body)
    reply_id = _identifier(document.get("id"))
    event_type = document.get("type")
    if not isinstance(event_type, str) or event_type not in _SCHEMAS:
        raise NotAccepted("malformed", "The type of the event is not one that the portal takes.", reply_id)
    try:
        errors = field_errors(_schema(event_type), document)
    except ValueError as error:
        raise NotAccepted("malformed", "The message is nested too deeply.", reply_id) from error
    if errors:
        wrong = ", ".join(f"{error.pointer} ({error.code})" for error in errors[:5])
        raise NotAccepted("malformed", f"These fields are wrong: {ascii(wrong)[:_MAX_DETAIL]}.", reply_id)
    data = document["data"]
    if event_type == RECEIVED:
        return Reply(document["id"], data["request_id"], data["sha256"], None, ())
    parts = [_part(part, document["id"]) for part in (data["body"], *data["attachments"])]
    if sum(len(part.content) for part in parts) > MAX_INLINE_BYTES:
        detail = f"Body and attachments may have {MAX_INLINE_BYTES} bytes together."
        raise NotAccepted("too-large", detail, document["id"])
    _refuse_other_text(parts[0], document["id"])
    return Reply(document["id"], data["request_id"], None, parts[0], tuple(parts[1:]))


def _document(body: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotAccepted("malformed", "The message is not JSON in UTF-8.", None) from error
    if not isinstance(document, dict):
        raise NotAccepted("malformed", "The message is not a JSON object.", None)
    return document


def _identifier(value: Any) -> str | None:
    """Return an id that can be told back; another is none."""
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else None


def _part(part: Mapping[str, Any], reply_id: str) -> Part:
    name = str(part.get("name", ""))
    try:
        content = base64.b64decode(part["content_base64"], validate=True)
    except binascii.Error as error:
        raise NotAccepted("malformed", f"The base64 of {name or 'the body'} is wrong.", reply_id) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != part["sha256"] or len(content) != part["size"]:
        detail = f"Size or SHA-256 of {name or 'the body'} does not fit its bytes."
        raise NotAccepted("digest-mismatch", detail, reply_id)
    return Part(name, str(part["media_type"]), content, digest)


def _refuse_other_text(body: Part, reply_id: str) -> None:
    if body.media_type != "text/plain":
        raise NotAccepted("unsupported-type", "The body has to be text/plain.", reply_id)
    try:
        body.content.decode()
    except UnicodeDecodeError as error:
        raise NotAccepted("not-utf8", "The body has to be UTF-8.", reply_id) from error


@cache
def _schema(event_type: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((_FOLDER / _SCHEMAS[event_type]).read_bytes())
    return schema
