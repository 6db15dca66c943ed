"""Drafts and requests as the rules see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.requests.lifecycle import Progress

Bilingual = Mapping[str, str]


@dataclass(frozen=True)
class Checked:
    """What the citizen saw at check-your-answers: the sealed bytes, and the request that they will become."""

    request_id: str
    addressee: str
    addressee_name: Bilingual
    sealed: bytes
    sha256: str
    size: int


@dataclass(frozen=True)
class Draft:
    """An application that was not sent. `checked` is None after every change of an answer."""

    draft_id: str
    citizen_id: str
    service_id: str
    service_version: int
    service_title: Bilingual
    assurance: str
    needs_signature: bool
    addressee: str | None
    addressee_name: Bilingual | None
    answers: Mapping[str, Any]
    page: str | None
    version: int
    updated_at: datetime
    expires_at: datetime
    checked: Checked | None


@dataclass(frozen=True)
class Head:
    """A request without its contents."""

    request_id: str
    citizen_id: str
    registration_number: str
    service_id: str
    service_version: int
    service_title: Bilingual
    provider: str
    provider_name: Bilingual
    submitted_at: datetime
    application_sha256: str
    application_size: int
    progress: Progress


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message; it lies in the vault as `document_id`."""

    document_id: str
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Message:
    """An institution's message, its body exactly as it came."""

    message_id: str
    kind: str
    received_at: datetime
    media_type: str
    content: bytes
    sha256: str
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True)
class Whole:
    """A request with the application's bytes and its messages."""

    head: Head
    application: bytes
    messages: tuple[Message, ...]

    def attachment(self, message_id: str, index: str) -> Attachment | None:
        """Return the attachment that an address names, None where there is none."""
        for message in self.messages:
            if message.message_id == message_id and index.isdecimal() and int(index) < len(message.attachments):
                return message.attachments[int(index)]
        return None
