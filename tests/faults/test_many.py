"""Two hundred applications through everything, with faults by chance.

`KARIBCHE_SEED` repeats the choices of a run; ids are new each time, so the calls between them may differ a little.
"""

import os
import random
from typing import Any

import pytest

import app
from tests.faults.calls import Fault
from tests.faults.check import check
from tests.faults.portal import no_fault
from tests.faults.world import World

pytestmark = pytest.mark.cloud
REQUESTS = 210
CITIZENS = 6
_LOOK_EVERY = 40
_KILLS, _FAILURES = 0.006, 0.012


def test_two_hundred_requests_among_faults_arrive_and_come_back_whole(new_world: Any) -> None:
    """R4.2, R5.1, R5.2: ids and SHA-256 at the institutions and in the inboxes, nothing lost, nothing doubled."""
    seed = int(os.environ.get("KARIBCHE_SEED") or random.SystemRandom().randrange(10**6))
    print(f"KARIBCHE_SEED={seed}")  # noqa: T201  # shown when the test fails
    world: World = new_world(citizens=CITIZENS, seed=seed)
    chance = world.chance

    def fate(_number: int, _name: str) -> Fault | None:
        drawn = chance.random()
        if drawn < _KILLS:
            return chance.choice((Fault.KILLED_BEFORE, Fault.KILLED_AFTER))
        if drawn < _KILLS + _FAILURES:
            return chance.choice((Fault.THROTTLED, Fault.ANSWER_LOST, Fault.ANSWER_LOST_ONCE))
        return None

    steps = 0
    while len(world.sent) < REQUESTS or world.stream:
        steps += 1
        step(world, fate)
        if steps % _LOOK_EVERY == 0:
            world.look()
    world.settle()
    met = ", ".join(f"{number} {fault.value}" for fault, number in world.portal.calls.met.items())
    print(f"{steps} steps, {met}; {world.missed_by_stream} given up by the stream")  # noqa: T201
    assert world.portal.calls.met.total() > REQUESTS / 2
    check(world)


def step(world: World, fate: Any) -> None:
    """One thing happens, whatever comes first."""
    chance = world.chance
    if len(world.sent) < REQUESTS and chance.random() < 0.5:
        world.send(world.fill_in(), fate)
        return
    match chance.randrange(8):
        case 0:
            world.fetch()
            if world.stream and chance.random() < 0.3:
                world.stream.append(chance.choice(world.stream))  # the stream brings one twice
            chance.shuffle(world.stream)
            if chance.random() < 0.1:
                world.stream = world.stream[1:]  # the stream misses one
        case 1 | 2:
            world.dispatch(chance.randint(1, 10), fate)
        case 3:
            institution = chance.choice(list(world.institutions.values()))
            institution.read()
            institution.answer()
        case 4 | 5:
            replies(world, fate)
        case 6:
            world.send_mail(chance.randint(1, 10), fate)
        case _:
            world.wait(chance.randint(1, 90))
            world.portal.sweep(fate)


def replies(world: World, fate: Any) -> None:
    """The portal takes some replies of one institution; now and then a delivery comes twice."""
    queue = world.replies[world.chance.choice(list(world.replies))]
    messages = queue.receive(world.chance.randint(1, 10))
    if messages and world.chance.random() < 0.2:
        world.portal.wake(app.receive_replies, queue.event(messages), no_fault)
    if messages:
        world.portal.consume(app.receive_replies, queue, messages, fate)
