"""A small world around the portal: citizens who send, institutions that answer, and whatever carries it."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import app
from infra.queues import queue_specs
from local import journey
from tests.faults.calls import Killed
from tests.faults.check import Lost, WentBack
from tests.faults.institution import Institution
from tests.faults.portal import BATCH, Queue, listed, no_fault

if TYPE_CHECKING:
    from tests.faults.calls import Plan
    from tests.faults.portal import Person, Portal

STREAM_TRIES = 6  # the first and five more, as the template says
MAIL_HIDDEN_SECONDS = next(spec.visibility for spec in queue_specs(()) if spec.thing == "mail")
_PRESSES = 12
_ROUNDS = 60
_STATES = ("sent", "received", "answered")
_SUBJECTS = (
    "მშენებლობის ნებართვები",
    'ე\u0301 „ციტატა“ \\ "და" \u00a0',
    "<b>&amp;</b> \u2028 \U0001f4dc ნებართვა",
)


@dataclass
class Sent:
    """An application as its citizen knows it."""

    citizen: Person
    addressee: str
    draft_id: str
    etag: str
    shown: dict[str, Any]
    story: str = "in order"
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    head: dict[str, Any] | None = None
    presses: int = 0

    @property
    def request_id(self) -> str:
        """The request's id, once it was sent."""
        return str(self.head["request_id"]) if self.head else ""

    def __str__(self) -> str:
        name = self.head["registration_number"] if self.head else self.draft_id
        return f"request {name} to {self.addressee} ({self.story})"


class World:
    """Everything that happens to some citizens' requests; `seed` decides all that is left to chance."""

    def __init__(self, portal: Portal, citizens: list[Person], seed: int) -> None:
        self.portal = portal
        self.citizens = citizens
        self.chance = random.Random(seed)  # noqa: S311  # a seed shall repeat it
        self.institutions = {
            provider: Institution(portal.stack, provider, self.chance) for provider in portal.stack.providers
        }
        self.replies = {
            provider: Queue(portal.stack, f"provider-{provider}-replies") for provider in self.institutions
        }
        self.refused = Queue(portal.stack, "replies-refused")
        self.dead = [Queue(portal.stack, f"{thing}-dead") for thing in ("mail", "replies", "outbox")]
        self.sent: list[Sent] = []
        self.stream: list[dict[str, Any]] = []
        self.tries: dict[str, int] = {}
        self.missed_by_stream = 0
        self.letters_disturbed = 0
        self.seen: dict[str, str] = {}

    # -- citizens

    def fill_in(self, citizen: Person | None = None, addressee: str | None = None) -> Sent:
        """Somebody fills in an application and sees what will be sent."""
        somebody = citizen or self.chance.choice(self.citizens)
        institution = addressee or self.chance.choice(sorted(self.institutions))
        answers = {
            **journey.ANSWERS,
            "addressee": institution,
            "subject": self.chance.choice(_SUBJECTS),
            "description": "გთხოვთ, მომაწოდოთ:\r\n " + self.chance.choice(_SUBJECTS) * self.chance.randint(1, 9),
        }
        draft_id, etag, shown = journey.checked_draft(somebody.api, answers)
        filled = Sent(somebody, institution, draft_id, etag, shown["application"])
        self.sent.append(filled)
        return filled

    def press_send(self, filled: Sent, plan: Plan = no_fault) -> bool:
        """The citizen sends, once; whether the portal said that it has it."""
        filled.presses += 1
        self.portal.plan = plan
        try:
            answer = filled.citizen.api.post(
                "/v1/requests", {"draft_id": filled.draft_id}, key=filled.key, match=filled.etag
            )
        except Killed:
            return False
        finally:
            self.portal.plan = no_fault
        if answer.status >= 500:
            return False
        filled.head = journey.expect(answer, 201)
        return True

    def send(self, filled: Sent, plan: Plan = no_fault) -> Sent:
        """The citizen sends until the portal says that it has it, always with the same key."""
        for _ in range(_PRESSES):
            if self.press_send(filled, plan):
                return filled
        raise Lost(f"{filled} was never accepted")

    # -- what carries it

    def fetch(self) -> None:
        """Let the stream carry what is new in the outbox."""
        self.stream += self.portal.stream.fetch()

    def dispatch(self, size: int = BATCH, plan: Plan = no_fault) -> int:
        """Let the dispatcher take the oldest records; those that failed come again, a few times."""
        batch, self.stream = self.stream[:size], self.stream[size:]
        if not batch:
            return 0
        failed = set(self.portal.dispatch(batch, plan))
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        first = min((numbers.index(number) for number in failed), default=len(batch))
        again = []
        for record in batch[first:]:  # a stream's checkpoint is the first failure
            number = record["dynamodb"]["SequenceNumber"]
            self.tries[number] = self.tries.get(number, 1) + 1
            if self.tries[number] > STREAM_TRIES:
                self.missed_by_stream += 1
            else:
                again.append(record)
        self.stream = again + self.stream
        return len(batch)

    def take_replies(self, provider: str, size: int = BATCH, plan: Plan = no_fault) -> int:
        """Let the portal take some replies of an institution."""
        queue = self.replies[provider]
        messages = queue.receive(size)
        if messages:
            self.portal.consume(app.receive_replies, queue, messages, plan)
        return len(messages)

    def send_mail(self, size: int = BATCH, plan: Plan = no_fault) -> int:
        """Let the portal send some letters; those that failed come when the queue shows them again."""
        messages = self.portal.mail.receive(size)
        if messages:
            before = self.portal.calls.met.total()
            done = self.portal.consume(app.send_mail, self.portal.mail, messages, plan)
            self.letters_disturbed += self.portal.calls.met.total() - before
            if done < len(messages):
                self.wait(MAIL_HIDDEN_SECONDS)
        return len(messages)

    def carry_twice(self) -> int:
        """Each record, reply and letter that waits is handled twice, in any order; how many there were."""
        self.fetch()
        carried = len(self.stream)
        self.stream *= 2
        self.chance.shuffle(self.stream)
        while self.stream:
            self.dispatch(self.chance.randint(1, BATCH))
        queues = [(app.receive_replies, queue) for queue in self.replies.values()]
        for handler, queue in (*queues, (app.send_mail, self.portal.mail)):
            messages = queue.drain()
            carried += len(messages)
            deliveries = messages * 2
            self.chance.shuffle(deliveries)
            while deliveries:
                size = self.chance.randint(1, BATCH)
                batch, deliveries = deliveries[:size], deliveries[size:]
                self.portal.wake(handler, queue.event(batch))
            queue.settle(messages, set())
        return carried

    def look(self) -> None:
        """Every citizen looks at their requests. Raises WentBack where a state is earlier than it was."""
        for citizen in self.citizens:
            for head in listed(citizen, "/v1/requests"):
                before, now = self.seen.get(head["request_id"], _STATES[0]), head["state"]
                if _STATES.index(now) < _STATES.index(before):
                    raise WentBack(f"request {head['registration_number']} went from {before} back to {now}")
                self.seen[head["request_id"]] = now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.portal.ahead += timedelta(seconds=seconds)

    # -- until nothing moves

    def settle(self, *, relay: bool = True, answering: bool = True) -> None:
        """Let everything go its way without faults until nothing is left to do."""
        for _ in range(_ROUNDS):
            moved = 0
            if relay:
                self.fetch()
                while self.stream:
                    moved += self.dispatch()
            moved += self._institutions(answering=answering)
            while taken := sum(self.take_replies(provider) for provider in self.replies):
                moved += taken
            while posted := self.send_mail():
                moved += posted
            self.look()
            if moved:
                continue
            waiting = self.portal.unsent()
            self.wait(61)
            self.portal.sweep()
            left = self.portal.unsent()
            if left:
                self.wait(24 * 3600)
            if left == waiting:
                return

    def _institutions(self, *, answering: bool) -> int:
        moved = 0
        for institution in self.institutions.values():
            moved += institution.read()
            if answering:
                moved += institution.answer()
        return moved
