"""Two functions at work on the same thing at once: at each call of one, the other does all of its own."""

from collections.abc import Callable
from typing import Any

import pytest

import app
from chalicelib.notifications import mail
from chalicelib.requests import repository
from tests.faults.check import Doubled, Lost, check
from tests.faults.portal import no_fault
from tests.faults.world import Sent, World

pytestmark = pytest.mark.cloud
Work = Callable[..., Any]
Pair = Callable[[World, Sent], tuple[Work, Work]]


class Between:
    """A plan: before call number `number`, somebody else does their work."""

    def __init__(self, number: int, work: Callable[[], Any]) -> None:
        self.number = number
        self.work = work
        self.came = False

    def __call__(self, number: int, _name: str) -> None:
        if number == self.number:
            self.came = True
            self.work()


def sent_twice(world: World, sent: Sent) -> tuple[Work, Work]:
    """The citizen presses twice: one key, one request, both times the same answer."""
    heads: list[Any] = []

    def press(plan: Any = no_fault) -> None:
        assert world.press_send(sent, plan)
        heads.append(sent.head)
        assert heads[0] == sent.head

    return press, press


def dispatched_and_swept(world: World, sent: Sent) -> tuple[Work, Work]:
    """The sweeper finds what the dispatcher is about to send."""
    world.send(sent)
    world.wait(61)
    world.fetch()
    records, world.stream = world.stream, []
    return lambda plan: world.portal.dispatch(records, plan), world.portal.sweep


def replies_at_once(*kinds: str) -> Pair:
    """Two replies of the institution, each in a function of its own."""

    def prepare(world: World, sent: Sent) -> tuple[Work, Work]:
        world.send(sent)
        world.carry_twice()
        institution, queue = world.institutions[sent.addressee], world.replies[sent.addressee]
        institution.read()
        taken = institution.unanswered[-1]
        institution.say([getattr(institution, kind)(taken) for kind in kinds])
        one, other = queue.drain()
        first = lambda plan: world.portal.consume(app.receive_replies, queue, [one], plan)  # noqa: E731
        return first, lambda: world.portal.consume(app.receive_replies, queue, [other])

    return prepare


def letter_delivered_twice(world: World, sent: Sent) -> tuple[Work, Work]:
    """The queue hands one letter to two mail workers."""
    while world.send_mail():  # what earlier requests left
        pass
    world.send(sent)
    world.fetch()
    while world.dispatch():
        pass
    letter = world.portal.mail.drain()
    assert len(letter) == 1

    def work(plan: Any = no_fault) -> None:
        world.portal.consume(app.send_mail, world.portal.mail, letter, plan)

    return work, work


PAIRS: dict[str, Pair] = {
    "send twice": sent_twice,
    "dispatcher and sweeper": dispatched_and_swept,
    "one answer twice": replies_at_once("reply", "reply"),
    "one receipt twice": replies_at_once("receipt", "receipt"),
    "answer during receipt": replies_at_once("receipt", "reply"),
    "receipt during answer": replies_at_once("reply", "receipt"),
    "one letter twice": letter_delivered_twice,
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_two_at_once_have_the_effect_of_one_after_the_other(new_world: Any, pair: Pair) -> None:
    """R4.2, R5.1, R5.2: at each call of one function the other begins and ends."""
    all_at_once(new_world(), pair)


def all_at_once(world: World, pair: Pair) -> None:
    """Let the other come before each call in turn, on a request each; then check."""
    came = True
    number = 0
    while came:
        sent = world.fill_in(addressee="napr")
        sent.story = f"the other before call {number + 1}"
        work, other = pair(world, sent)
        between = Between(number, other)
        work(between)
        came = between.came
        number += 1
    other()  # the first ended before it had so many calls
    assert number > 2
    world.settle()
    check(world)


def test_a_head_that_is_written_over_turns_it_red(new_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """R5.1: without the condition on what was read, a receipt writes over the answer."""
    world: World = new_world()
    with monkeypatch.context() as patch:
        patch.setattr(repository, "_as_read", lambda progress: repository.HeadTable.pk.exists())
        with pytest.raises(Lost, match=r"the answer to request .* never came; its state is received"):
            all_at_once(world, PAIRS["answer during receipt"])


def test_a_letter_that_nobody_claims_turns_it_red(new_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """R5.1: without the claim, the second worker mails what the first is about to mail."""
    world: World = new_world()
    with monkeypatch.context() as patch:
        patch.setattr(mail, "claim_letter", lambda *facts: True)
        with pytest.raises(Doubled, match="letters left again, 0 were disturbed"):
            all_at_once(world, PAIRS["one letter twice"])
