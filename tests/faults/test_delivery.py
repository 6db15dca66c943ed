"""Deliveries come twice, in any order, or not at all by the quick way."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import app
from chalicelib.core import outbox
from chalicelib.core.errors import Unavailable
from chalicelib.core.settings import settings
from tests.faults.check import check

if TYPE_CHECKING:
    from tests.faults.world import World

pytestmark = pytest.mark.cloud
SEEDS = (1, 2, 3)
REQUESTS = 9


@pytest.mark.parametrize("seed", SEEDS)
def test_deliveries_doubled_and_reordered_have_one_effect_each(new_world: Any, seed: int) -> None:
    """R5.1, R5.2: every stream record, reply and letter twice, shuffled; the seed says how."""
    world: World = new_world(citizens=2, seed=seed)
    for _ in range(REQUESTS):
        world.send(world.fill_in())
    while world.carry_twice():
        for institution in world.institutions.values():
            institution.read()
            institution.answer()
    world.look()
    check(world)


def test_an_answer_that_overtakes_its_receipt_leaves_both_recorded(new_world: Any) -> None:
    """R5.1: the answer first, twice, then the receipt, twice; the state stays answered."""
    world: World = new_world(citizens=1)
    for addressee in world.institutions:
        world.send(world.fill_in(addressee=addressee))
    world.carry_twice()
    for institution in world.institutions.values():
        institution.read()
        taken = institution.unanswered.pop()
        institution.say([institution.reply(taken)] * 2)
        world.carry_twice()
        world.look()
        assert world.seen[taken.request_id] == "answered"
        institution.say([institution.receipt(taken)] * 2)
        world.carry_twice()
    world.settle()
    check(world)


def test_of_an_answer_that_is_refused_nothing_is_kept(new_world: Any) -> None:
    """R5.1: a second answer, under another id, is refused; its attachments don't lie in the vault either."""
    world: World = new_world(citizens=1)
    world.send(world.fill_in(addressee="napr"))
    world.carry_twice()
    institution = world.institutions["napr"]
    institution.read()
    taken = institution.unanswered[0]
    world.settle()
    institution.say([institution.reply(replace(taken, event_id="another"))])
    world.settle()
    check(world, refused=1)


def test_without_the_stream_the_sweeper_brings_everything(new_world: Any) -> None:
    """R4.2, R5.2: nothing listens to the stream; within one sweep after a minute all has left."""
    world: World = new_world(citizens=2, seed=5)
    for _ in range(REQUESTS):
        world.send(world.fill_in())
    world.portal.sweep()
    assert not any(institution.read() for institution in world.institutions.values())
    world.wait(61)
    world.portal.sweep()
    assert sum(institution.read() for institution in world.institutions.values()) == REQUESTS
    world.settle(relay=False)
    check(world)


def test_a_letter_to_somebody_who_is_gone_is_dropped(new_world: Any) -> None:
    """R5.1: without the citizen's key nothing can be read; that is no fault of ours, and no dead letter."""
    world: World = new_world(citizens=1)
    sent = world.send(world.fill_in(addressee="napr"))
    world.fetch()
    world.dispatch()
    world.portal.stack.client("dynamodb").delete_item(
        TableName="karibche-test-keys", Key={"citizen_id": {"S": sent.citizen.citizen_id}}
    )
    world.portal.cold = True
    messages = world.portal.mail.drain()
    assert world.portal.consume(app.send_mail, world.portal.mail, messages) == len(messages) > 0


def test_a_letter_that_is_deleted_while_it_leaves_is_not_written_again(new_world: Any) -> None:
    """R5.1: marking it as sent makes no new notice of it."""
    world: World = new_world(citizens=1)
    world.send(world.fill_in(addressee="napr"))
    world.fetch()
    world.dispatch()
    dynamodb = world.portal.stack.client("dynamodb")
    citizen_id = world.citizens[0].citizen_id

    def theirs() -> list[Any]:
        return dynamodb.query(
            TableName="karibche-test-notices",
            KeyConditionExpression="citizen_id = :citizen",
            ExpressionAttributeValues={":citizen": {"S": citizen_id}},
        )["Items"]

    def delete_before_the_mark(_number: int, name: str) -> None:
        if name.startswith("sesv2.SendEmail"):
            for notice in theirs():
                key = {"citizen_id": notice["citizen_id"], "notice_id": notice["notice_id"]}
                dynamodb.delete_item(TableName="karibche-test-notices", Key=key)

    world.send_mail(plan=delete_before_the_mark)
    assert theirs() == []


def test_what_left_but_could_not_be_marked_goes_once_a_sweep(
    new_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R5.2: the table takes no writes; the sweeper sends an item again the next minute, not at once."""
    world: World = new_world(citizens=1)
    world.send(world.fill_in(addressee="napr"))
    world.wait(61)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_mark_sent", raise_unavailable)
        for _ in range(2):
            world.portal.sweep()
            assert world.institutions["napr"].read() == 1
    world.settle(relay=False)
    check(world)


def raise_unavailable(item: outbox.OutboxTable) -> None:
    raise Unavailable


def test_one_item_that_cannot_be_sent_holds_up_no_other(new_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """R5.2: an institution's queue is out of reach; the others' requests leave, its own follow later."""
    world: World = new_world(citizens=1, seed=6)
    for addressee in ("napr", "sda", "napr", "tbilisi"):
        world.send(world.fill_in(addressee=addressee))
    queues = settings().provider_queues
    url = queues.pop("napr")
    for _ in range(3):
        world.wait(61)
        world.portal.sweep()
    assert [world.institutions[name].read() for name in ("napr", "sda", "tbilisi")] == [0, 1, 1]
    queues["napr"] = url
    world.wait(3 * 3600)
    world.settle(relay=False)
    check(world)
