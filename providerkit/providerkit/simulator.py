"""A provider for trials: it acknowledges each request, waits a little and answers in Georgian.

It can also misbehave in the ways that the portal must refuse, so that a developer sees each refusal.
"""

import hashlib
import heapq
import itertools
import json
import mimetypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from providerkit import messages
from providerkit.client import LONGEST_POLL, Inbox, Outcome, QueueUnavailableError
from providerkit.ledger import Ledger
from providerkit.messages import INLINE_LIMIT, Attachment, Submitted
from providerkit.stopping import Stopping

MISBEHAVIOURS = ("malformed", "foreign", "twice", "too-large", "digest")
_LONGEST_PAUSE = 30.0
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Step = Literal["acknowledge", "answer"]


@dataclass(frozen=True)
class Plan:
    """How the simulator behaves. Delays are seconds; `limit` is a number of answers, after which it ends."""

    provider: str
    name: str | None = None
    delay: float = 2.0
    after_received: float = 6.0
    once: bool = False
    limit: int | None = None
    misbehave: str | None = None
    foreign_request: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Simulator:
    """Runs a plan on an inbox until it is told to stop; `say` gets one line per event, with ids only."""

    def __init__(
        self, inbox: Inbox, plan: Plan, *, journal: Ledger, say: Callable[[str], None], stopping: Stopping
    ) -> None:
        self._inbox = inbox
        self._plan = plan
        self._journal = journal
        self._say = say
        self._stopping = stopping
        self._due: list[tuple[float, int, Step, Submitted]] = []
        self._order = itertools.count()
        self._answered = 0

    def run(self) -> bool:
        """Work until stopped, or until the plan is fulfilled; False if the queue was away with `once`."""
        failures = 0
        while not self._stopping.requested and not self._fulfilled():
            try:
                quiet = self._turn()
            except QueueUnavailableError as error:
                if self._plan.once:
                    self._tell("unavailable", error=str(error))
                    return False
                pause = min(2.0**failures, _LONGEST_PAUSE)
                failures += 1
                self._tell("unavailable", error=str(error), again_in=f"{pause:.0f}s")
                self._stopping.sleep(pause)
                continue
            failures = 0
            if quiet and self._plan.once:
                break
        return True

    def _turn(self) -> bool:
        """Do what is due, then look into the queue; True if nothing was there and nothing is left to do."""
        self._do_what_is_due()
        if self._fulfilled() or self._stopping.requested:
            return False
        wait = self._seconds_to_next()
        quiet = True
        for outcome in self._inbox.poll(int(wait), self._stopping.may_interrupt()):
            self._take(outcome)
            quiet = False
        if quiet and 0 < wait < 1:
            self._stopping.sleep(wait)
        return quiet and not self._due

    def _take(self, outcome: Outcome) -> None:
        if outcome.refused is not None:
            refused = outcome.refused
            self._tell("refused", event=refused.event_id, reply=refused.reply_id or "-", reason=refused.reason)
        elif outcome.request is None:
            self._tell("unreadable", message=outcome.message_id, problem=outcome.problem.replace(" ", "-"))
        else:
            self._tell(outcome.kind, event=outcome.request.event_id, request=outcome.request.request_id)
            if outcome.kind == "request":
                self._record(outcome.request)
                self._schedule("acknowledge", outcome.request, self._plan.delay)

    def _record(self, request: Submitted) -> None:
        if self._journal.get(request.event_id) is None:
            self._journal.put(
                {
                    "event_id": request.event_id,
                    "request_id": request.request_id,
                    "sha256": hashlib.sha256(request.application).hexdigest(),
                    "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                }
            )

    def _schedule(self, step: Step, request: Submitted, delay: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + delay, next(self._order), step, request))

    def _seconds_to_next(self) -> float:
        longest = 1.0 if self._plan.once else float(LONGEST_POLL)
        return min(longest, max(0.0, self._due[0][0] - time.monotonic())) if self._due else longest

    def _do_what_is_due(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic() and not self._fulfilled():
            _, _, step, request = self._due[0]
            if step == "acknowledge":
                self._acknowledge(request)
            else:
                self._answer(request)
            heapq.heappop(self._due)

    def _acknowledge(self, request: Submitted) -> None:
        reply_id = self._inbox.acknowledge(request)
        if reply_id is not None:
            self._tell("received", event=request.event_id, request=request.request_id, reply=reply_id)
        self._schedule("answer", request, self._plan.after_received)

    def _answer(self, request: Submitted) -> None:
        if self._plan.misbehave:
            self._inbox.finish(request, misbehaviour(request, self._plan, at=self._inbox.began(request)))
            self._tell(f"misbehaved-{self._plan.misbehave}", event=request.event_id, request=request.request_id)
        else:
            text, attachments = reply(request, self._plan)
            reply_id = self._inbox.answer(request, text, attachments)
            self._tell("answered", event=request.event_id, request=request.request_id, reply=reply_id)
        self._answered += 1

    def _fulfilled(self) -> bool:
        return self._plan.limit is not None and self._answered >= self._plan.limit

    def _tell(self, what: str, **facts: str) -> None:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._say(" ".join([at, self._plan.provider, what, *(f"{key}={value}" for key, value in facts.items())]))


def reply(request: Submitted, plan: Plan) -> tuple[str, tuple[Attachment, ...]]:
    """Return the answer's text and files. They follow from the request and the plan alone."""
    words = _words()
    application = _application(request)
    first_name = application.get("applicant", {}).get("first_name")
    subject = application.get("answers", {}).get("subject")
    facts = {
        "registration_number": request.registration_number,
        "subject": subject or words["no_subject"],
        "sha256": request.sha256,
    }
    lines = [
        words["greeting"].format(first_name=first_name) if first_name else words["greeting_without_name"],
        "",
        words["about" if subject else "about_without_subject"].format(**facts),
        words["body"],
        words["help"],
        "",
        words["closing"],
        plan.name or words["signed_without_name"].format(provider=plan.provider),
    ]
    files = plan.attachments or (
        Attachment(
            name=words["attachment_name"].format(**facts),
            media_type="text/plain",
            content=words["attachment"].format(**facts).encode(),
        ),
    )
    return "\n".join(lines) + "\n", files


def misbehaviour(request: Submitted, plan: Plan, *, at: str) -> list[str]:
    """Return the replies of a provider that breaks one rule of the portal."""
    text, files = reply(request, plan)

    def build(step: str, *, request_id: str = request.request_id, text: str = text, files: Any = files) -> str:
        return messages.answered(
            request_id,
            provider=plan.provider,
            reply_id=messages.derived_reply_id(request.event_id, step),
            at=at,
            text=text,
            attachments=files,
        )

    proper = build("answered")
    if plan.misbehave == "malformed":
        return [proper[: len(proper) // 2]]
    if plan.misbehave == "foreign":
        return [build("foreign", request_id=plan.foreign_request or _foreign_id(request))]
    if plan.misbehave == "twice":
        return [proper, proper, build("second", text=_words()["second"] + "\n", files=())]
    if plan.misbehave == "too-large":
        large = Attachment("large.bin", "application/octet-stream", bytes(INLINE_LIMIT))
        return [build("too-large", files=(large,))]
    event = json.loads(build("digest"))
    event["data"]["body"]["sha256"] = "0" * 64
    return [json.dumps(event, ensure_ascii=False)]


def read_attachment(path: Path) -> Attachment:
    """Read a file as an attachment; its kind is guessed from its name."""
    kind, _ = mimetypes.guess_type(path.name)
    return Attachment(path.name, kind or "application/octet-stream", path.read_bytes())


def _foreign_id(request: Submitted) -> str:
    digest = hashlib.sha256(request.event_id.encode()).digest()
    return "req_0" + "".join(_CROCKFORD[byte & 31] for byte in digest[:25])


def _application(request: Submitted) -> dict[str, Any]:
    try:
        application = json.loads(request.application)
    except ValueError:
        return {}
    return application if isinstance(application, dict) else {}


def _words() -> dict[str, str]:
    text = resources.files("providerkit").joinpath("texts/reply.ka.json").read_text(encoding="utf-8")
    words: dict[str, str] = json.loads(text)
    return words
