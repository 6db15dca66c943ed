"""Replies: checked, recorded once, filed as they came; what can't be accepted is refused at once, aloud."""

import hashlib

from chalicelib import requests, vault
from chalicelib.core import clock, observability
from chalicelib.core.ids import derived_id
from chalicelib.providers import messages, sqs
from chalicelib.providers.messages import NotAccepted, Part, Reply
from chalicelib.requests import Attachment, Given, Head, Outcome

_REFUSED_BODY_BYTES = 1000 * 1024
_DETAILS = {
    Outcome.ALREADY_ANSWERED: "The request has been answered before.",
    Outcome.ID_REUSED: "Another message came with this id before.",
}


def take(provider: str, transport_id: str, sent_at_ms: int, body: str) -> None:
    """Take one message of a provider. `provider` is the owner of the queue it came from, nothing else."""
    try:
        outcome = _accept(provider, body)
    except NotAccepted as refusal:
        _refuse(provider, transport_id, sent_at_ms, body, refusal)
    else:
        observability.log("reply.taken", provider=provider, message=transport_id, outcome=outcome.value)


def _accept(provider: str, body: str) -> Outcome:
    reply = messages.parse_reply(body)
    head = requests.find_head(reply.request_id)
    if head is None or head.provider != provider:
        raise NotAccepted("unknown-request", "There is no such request of yours.", reply.event_id)
    given = Given(
        message_id=requests.message_id_of(provider, reply.event_id),
        envelope_sha256=hashlib.sha256(body.encode()).hexdigest(),
    )
    outcome = _record(head, given, reply)
    if outcome is Outcome.ALREADY_ANSWERED:
        raise NotAccepted("already-answered", _DETAILS[outcome], reply.event_id)
    if outcome is Outcome.ID_REUSED:
        raise NotAccepted("message-id-reused", _DETAILS[outcome], reply.event_id)
    return outcome


def _record(head: Head, given: Given, reply: Reply) -> Outcome:
    if reply.body is None:
        if reply.received_sha256 != head.application_sha256:
            detail = "The SHA-256 is not that of the application that was sent."
            raise NotAccepted("digest-mismatch", detail, reply.event_id)
        return requests.record_receipt(head, given)
    body = reply.body
    return requests.record_answer(
        head,
        given,
        body.media_type,
        body.content,
        body.sha256,
        lambda: tuple(_filed(head, given, index, part) for index, part in enumerate(reply.attachments)),
    )


def _filed(head: Head, given: Given, index: int, part: Part) -> Attachment:
    document_id = vault.document_id_of(f"{given.message_id}#{given.envelope_sha256}", index)
    vault.store(head.citizen_id, document_id, head.request_id, part.name, part.media_type, part.content)
    return Attachment(document_id, part.name, part.media_type, len(part.content), part.sha256)


def _refuse(provider: str, transport_id: str, sent_at_ms: int, body: str, refusal: NotAccepted) -> None:
    """Keep a refused message for people to look at, and tell its sender; a repeat has the same event id."""
    kept = body if len(body.encode()) <= _REFUSED_BODY_BYTES else "too large to keep"
    facts = {"reason": refusal.reason, "provider": provider, "message_id": transport_id}
    sqs.keep_refused(kept or "empty", facts)
    received_at = clock.from_epoch(sent_at_ms / 1000)
    data = {
        "provider": provider,
        "reply_id": refusal.reply_id,
        "reason": refusal.reason,
        "detail": refusal.detail,
        "received_at": clock.iso(received_at),
    }
    event_id = derived_id("evt", received_at, provider, transport_id)
    sqs.send(provider, messages.event(messages.REFUSED, event_id, None, clock.iso(clock.now()), data))
    observability.log("reply.refused", provider=provider, message=transport_id, reason=refusal.reason)
