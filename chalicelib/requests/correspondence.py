"""What an institution says about a request: it has it, it answers (R5.1, R5.2). Each is recorded once."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from chalicelib import notifications
from chalicelib.core import clock
from chalicelib.core.crypto import data_key
from chalicelib.core.tables import Refused, Together
from chalicelib.requests import repository
from chalicelib.requests.lifecycle import NotPossible, Step, advance
from chalicelib.requests.model import Attachment, Head, Message
from chalicelib.requests.views import notice_params

_RACES = 4


class Outcome(Enum):
    """What came of a message."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    ALREADY_ANSWERED = "already-answered"
    ID_REUSED = "message-id-reused"


@dataclass(frozen=True)
class Given:
    """An institution's message: its id among the portal's, and the digest of the envelope it came in."""

    message_id: str
    envelope_sha256: str


def record_receipt(head: Head, given: Given) -> Outcome:
    """Record that the institution has the application; a second receipt tells nothing new."""
    return _record(head, given, Step.RECEIPT, None)


def record_answer(  # noqa: PLR0913, PLR0917 - an answer has this many parts
    head: Head,
    given: Given,
    media_type: str,
    content: bytes,
    sha256: str,
    file_attachments: Callable[[], tuple[Attachment, ...]],
) -> Outcome:
    """Record the answer, exactly as it came, and tell the citizen.

    `file_attachments` is called only for an answer that can be recorded: of any other nothing is kept.
    """

    def compose() -> Message:
        return Message(
            message_id=given.message_id,
            kind="answer",
            received_at=clock.now(),
            media_type=media_type,
            content=content,
            sha256=sha256,
            attachments=file_attachments(),
        )

    return _record(head, given, Step.ANSWER, compose)


def _outcome_before(head: Head, given: Given, step: Step) -> Outcome | None:
    """Return what came of a message that can't be recorded any more, None for one that can."""
    try:
        advance(head.progress, step, clock.now())
    except NotPossible:
        last = Outcome.REPEATED if step is Step.RECEIPT else Outcome.ALREADY_ANSWERED
        return _known(head, given) or last
    return None


def _record(head: Head, given: Given, step: Step, compose: Callable[[], Message] | None) -> Outcome:
    message: Message | None = None
    for _ in range(_RACES):
        known = _outcome_before(head, given, step)
        if known is not None:
            return known
        if compose and message is None:
            message = compose()
        together = Together()
        repository.add_progress(together, head, advance(head.progress, step, clock.now()))
        if message is None:
            repository.add_receipt(together, head, given.message_id, given.envelope_sha256, clock.now())
        else:
            repository.add_message(together, head, message, given.envelope_sha256)
        _tell(together, head, step)
        try:
            together.commit()
        except Refused:
            known = _known(head, given)
            if known is not None:
                return known
            head = repository.find_head(head.request_id) or head
        else:
            return Outcome.RECORDED
    raise RuntimeError("the head of a request changed too often")


def _known(head: Head, given: Given) -> Outcome | None:
    before = repository.envelope_of(head.request_id, given.message_id)
    if before is None:
        return None
    return Outcome.REPEATED if before == given.envelope_sha256 else Outcome.ID_REUSED


def _tell(together: Together, head: Head, step: Step) -> None:
    kind: notifications.Kind = "request-received" if step is Step.RECEIPT else "request-answered"
    sealing = data_key(head.citizen_id)
    mail = step is Step.ANSWER
    notifications.add_notice(together, sealing, head.citizen_id, kind, notice_params(head), mail=mail)
