"""What the fault tests share: an embedded cloud whose own event sources are still, and the handlers in process."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from local.cloud import free_port
from local.stack import Stack
from local.testing import in_process, new_state_dir
from tests.faults.calls import Calls
from tests.faults.portal import Portal
from tests.faults.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.client import ApiClient

__all__ = ["in_process"]

SILENCE_SECONDS = 2.0


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The deployed template; nothing in it moves by itself, so that the tests are its streams and queues."""
    portal = Stack("test", new_state_dir(), free_port(), free_port())
    portal.start()
    try:
        portal.deploy()
        portal.publish()
        _silence(portal)
        yield portal
    finally:
        portal.stop()
        shutil.rmtree(portal.state_dir, ignore_errors=True)


def _silence(stack: Stack) -> None:
    functions, rules = stack.client("lambda"), stack.client("events")
    for source in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    for rule in rules.list_rules()["Rules"]:
        rules.disable_rule(Name=rule["Name"])
    time.sleep(SILENCE_SECONDS)  # a poll that had begun ends


@pytest.fixture(scope="session")
def operators() -> dict[str, ApiClient]:
    """The operator who registers everybody; made by the first test that needs one."""
    return {}


@pytest.fixture
def portal(stack: Stack, in_process: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Portal:
    """The real handlers in this process, their AWS calls under watch, their clock in the test's hand."""
    return Portal(stack, Calls(monkeypatch), monkeypatch)


@pytest.fixture
def new_world(portal: Portal, operators: dict[str, ApiClient]) -> Callable[..., World]:
    """`new_world(citizens=1, seed=0)`: citizens whom nothing has happened to yet, and the three institutions."""

    def make(citizens: int = 1, seed: int = 0) -> World:
        if not operators:
            operators["one"] = portal.operator()
        people = [portal.admitted(operators["one"]) for _ in range(citizens)]
        portal.clear()  # an earlier test's leftovers, and what registering has to say
        return World(portal, people, seed)

    return make
