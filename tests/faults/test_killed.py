"""Functions are killed before and after each of their AWS calls; what remains has to find its way."""

from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from tests.faults.calls import Fault, Plan
from tests.faults.check import check
from tests.faults.institution import Institution, Taken
from tests.faults.portal import no_fault
from tests.faults.world import Sent, World

pytestmark = pytest.mark.cloud


class Step(Protocol):
    """Something that is done with one request, with faults at its calls."""

    def __call__(self, world: World, sent: Sent, plan: Plan = no_fault) -> Any: ...


@dataclass(frozen=True)
class Operation:
    """What one function does for one request: what must have happened before, and the work itself.

    `needs` is a call that the recording must show; `refuses` says that the reply is one to be refused.
    """

    name: str
    before: Step
    work: Step
    needs: str
    refuses: bool = False

    def __str__(self) -> str:
        return self.name


class DiesAt:
    """A plan: the function's process ends at its call number `number`."""

    def __init__(self, number: int, fault: Fault) -> None:
        self.number = number
        self.fault = fault
        self.call: str | None = None

    def __call__(self, number: int, name: str) -> Fault | None:
        if number != self.number:
            return None
        self.call = name
        return self.fault


def nothing(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    """Nothing more than the filled-in application."""


def press(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    world.press_send(sent, plan)


def dispatch_one(channel: str) -> Step:
    """The dispatcher gets the newest record of this channel, alone."""

    def work(world: World, sent: Sent, plan: Plan = no_fault) -> None:
        world.fetch()
        record = next(
            record
            for record in reversed(world.stream)
            if record["dynamodb"]["NewImage"]["channel"]["S"] == channel
        )
        if not world.portal.dispatch([record], plan):
            world.stream.remove(record)

    return work


def only_the_sweeper(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    world.send(sent)
    world.fetch()
    world.stream.clear()


def sweep(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    world.wait(61)
    world.portal.sweep(plan)


def at_the_institution(world: World, sent: Sent) -> tuple[Institution, Taken]:
    world.send(sent)
    dispatch_one("provider")(world, sent)
    institution = world.institutions[sent.addressee]
    institution.read()
    return institution, institution.unanswered[-1]


def receipt_said(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    institution, taken = at_the_institution(world, sent)
    institution.say([institution.receipt(taken)])


def answer_said(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    institution, taken = at_the_institution(world, sent)
    institution.say([institution.reply(taken)])


def wrong_receipt_said(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    institution, taken = at_the_institution(world, sent)
    institution.say([institution.receipt(taken, sha256="0" * 64)])


def take_reply(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    world.take_replies(sent.addressee, plan=plan)


def letter_queued(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    world.send(sent)
    dispatch_one("mail")(world, sent)


def post(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    world.send_mail(plan=plan)


def sent_before(world: World, sent: Sent, plan: Plan = no_fault) -> None:
    world.send(sent)


OPERATIONS = (
    Operation("submit", nothing, press, "Put:outbox"),
    Operation("dispatch to an institution", sent_before, dispatch_one("provider"), "provider-napr-requests"),
    Operation("dispatch of a letter", sent_before, dispatch_one("mail"), "karibche-test-mail"),
    Operation("sweep", only_the_sweeper, sweep, "dynamodb.Query"),
    Operation("receipt", receipt_said, take_reply, "TransactWriteItems"),
    Operation("answer with attachments", answer_said, take_reply, "s3.PutObject"),
    Operation("refused reply", wrong_receipt_said, take_reply, "replies-refused", refuses=True),
    Operation("letter", letter_queued, post, "SendEmail"),
)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_whatever_call_a_function_is_killed_at_nothing_is_lost_or_doubled(
    operation: Operation, new_world: Any
) -> None:
    """R4.2, R5.1, R5.2: before and after each call of a recorded run, then tried again as AWS would."""
    world: World = new_world()
    world.portal.cold = True  # what a function reads when it starts counts as well

    def filled(story: str) -> Sent:
        sent = world.fill_in(addressee="napr")
        sent.story = f"{operation}, {story}"
        operation.before(world, sent)
        return sent

    operation.work(world, filled("in order"))
    recorded = list(world.portal.calls.names)
    assert any(operation.needs in name for name in recorded), recorded
    died_at = set()
    for number in range(len(recorded)):
        for fault in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER):
            death = DiesAt(number, fault)
            sent = filled(f"{fault.value} call {number + 1}")
            operation.work(world, sent, death)
            assert death.call, f"{sent}: there was no such call"
            died_at.add(death.call)
            operation.work(world, sent)
            assert sent.head, f"{sent} at {death.call} was not accepted the second time"
    assert died_at == set(recorded)
    world.settle()
    check(world, refused=len(world.sent) if operation.refuses else 0)
