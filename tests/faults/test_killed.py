"""Functions are killed before and after each of their AWS calls; what remains has to find its way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from chalicelib.core import outbox
from chalicelib.core.tables import Together, find
from chalicelib.requests import repository
from chalicelib.requests.lifecycle import Progress
from chalicelib.requests.model import Head
from tests.faults.calls import Fault, Plan
from tests.faults.check import BrokenPromise, Lost, Stuck, check
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
    operation: Operation, new_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4.2, R5.1, R5.2: before and after each call of a recorded run, then tried again as AWS would."""
    monkeypatch.setattr(outbox, "_SHARDS", 2)  # each is asked in the same way
    kill_everywhere(new_world(), operation)


def kill_everywhere(world: World, operation: Operation) -> None:
    """Do the work once to record its calls, then on a request each with a death at one of them; then check."""
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
            sent.story += f", {death.call}"
            died_at.add(death.call)
            operation.work(world, sent)
            assert sent.head, f"{sent} was not accepted the second time"
    assert died_at == set(recorded)
    world.settle()
    check(world, refused=len(world.sent) if operation.refuses else 0)


def outbox_after_the_transaction(patch: pytest.MonkeyPatch) -> None:
    """Two writes where one transaction should be."""
    waiting: list[tuple[Together, outbox.Due]] = []
    add, commit = outbox.add, Together.commit

    def commit_and_add(together: Together) -> None:
        commit(together)
        for first, due in [pair for pair in waiting if pair[0] is together]:
            waiting.remove((first, due))
            second = Together()
            add(second, due)
            commit(second)

    patch.setattr(outbox, "add", lambda together, due: waiting.append((together, due)))
    patch.setattr(Together, "commit", commit_and_add)


def marked_before_it_is_sent(patch: pytest.MonkeyPatch) -> None:
    """At most once where at least once is meant."""

    def relay(outbox_id: str) -> bool:
        item = find(outbox.OutboxTable, outbox_id)
        if item is None or item.sent_at is not None:
            return False
        outbox._mark_sent(item)
        outbox._senders[item.channel](outbox._due(item))
        return True

    patch.setattr(outbox, "relay", relay)


def state_before_the_message(patch: pytest.MonkeyPatch) -> None:
    """The request is answered before its answer is there."""

    def add_progress(together: Together, head: Head, progress: Progress) -> None:
        alone = Together()
        original(alone, head, progress)
        alone.commit()

    original = repository.add_progress
    patch.setattr(repository, "add_progress", add_progress)


Plant = Callable[[pytest.MonkeyPatch], None]
SHOWN_BY_A_KILL: tuple[tuple[str, Plant, type[BrokenPromise], str], ...] = (
    ("submit", outbox_after_the_transaction, Lost, "submit, killed .* never reached its institution"),
    ("dispatch to an institution", marked_before_it_is_sent, Lost, "killed .* never reached its institution"),
    ("answer with attachments", state_before_the_message, Stuck, "were refused instead of 0: already-answered"),
)


@pytest.mark.parametrize("case", SHOWN_BY_A_KILL, ids=[case[1].__name__ for case in SHOWN_BY_A_KILL])
def test_planted_faults_that_only_a_kill_shows_turn_it_red(
    case: tuple[str, Plant, type[BrokenPromise], str], new_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4.2, R5.1: each is in order as long as nobody is killed."""
    name, plant, kind, words = case
    world: World = new_world()
    operation = next(operation for operation in OPERATIONS if operation.name == name)
    with monkeypatch.context() as patch:
        plant(patch)
        with pytest.raises(kind, match=words):
            kill_everywhere(world, operation)
