"""The outbox: each effect is sent, one that fails comes later and holds up no other (R5.1, R5.3)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import clock, outbox
from chalicelib.core.tables import Together

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def at(portal: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`at(minutes=3)`: so much after noon."""

    def move(**by: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(**by))

    move()
    return move


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was sent; what is about `bad` fails."""
    done: list[str] = []

    def send(due: outbox.Due) -> None:
        if due.about == "bad":
            raise ConnectionError
        done.append(due.outbox_id)

    monkeypatch.setattr(outbox, "_senders", {"provider": send})
    return done


def add(outbox_id: str, about: str = "good") -> None:
    together = Together()
    outbox.add(together, outbox.Due(outbox_id, "provider", "napr", "req_1", about, clock.now()))
    together.commit()


def item(outbox_id: str) -> Any:
    return outbox.OutboxTable.get(outbox_id)


def test_what_is_due_is_sent_once(at: Any, sent: list[str]) -> None:
    add("evt_1")
    assert outbox.relay("evt_1") is True
    assert outbox.relay("evt_1") is False
    assert outbox.relay("evt_none") is False
    assert sent == ["evt_1"]
    kept = item("evt_1")
    assert kept.sent_at == clock.iso(NOON)
    assert kept.expires_at == clock.epoch(NOON + outbox.KEPT)
    assert kept.next_at is kept.due_shard is None


def test_the_sweeper_leaves_the_stream_its_minute_and_finds_what_it_missed(at: Any, sent: list[str]) -> None:
    add("evt_1")
    at(seconds=59)
    assert outbox.due_now(10) == []
    at(seconds=60)
    assert outbox.due_now(10) == ["evt_1"]
    outbox.relay("evt_1")
    assert outbox.due_now(10) == []


def test_what_waits_longest_comes_first_whatever_its_shard(at: Any, sent: list[str]) -> None:
    ids = [f"evt_{number:02d}" for number in range(20)]
    for number, outbox_id in enumerate(ids):
        at(seconds=number)
        add(outbox_id)
    at(minutes=5)
    assert outbox.due_now(20) == ids
    assert len({item(outbox_id).due_shard for outbox_id in ids}) > 3


def test_one_that_fails_comes_later_each_time_and_never_stops(at: Any, sent: list[str]) -> None:
    add("evt_1", "bad")
    now, waits = timedelta(minutes=1), []
    for _ in range(12):
        at(seconds=now.total_seconds())
        with pytest.raises(ConnectionError):
            outbox.relay("evt_1")
        later = clock.parse(item("evt_1").next_at) - NOON
        waits.append((later - now).total_seconds())
        now = later
    assert waits == sorted(waits)
    assert waits[:3] == [5, 300, 1800]
    assert waits[-1] == waits[-2] == 86400
    at(seconds=now.total_seconds())
    assert outbox.due_now(10) == ["evt_1"]


def test_what_the_stream_tries_early_does_not_use_up_the_sweepers_patience(at: Any, sent: list[str]) -> None:
    add("evt_1", "bad")
    for _ in range(5):
        with pytest.raises(ConnectionError):
            outbox.relay("evt_1")
    assert item("evt_1").attempts == 0
    at(minutes=1)
    assert outbox.due_now(10) == ["evt_1"]


def test_one_that_fails_holds_up_no_other(portal: Any, at: Any, sent: list[str]) -> None:
    for number in range(6):
        add(f"evt_{number}", "bad" if number % 2 else "good")
    records = [
        {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(n), "Keys": {"outbox_id": {"S": f"evt_{n}"}}}}
        for n in range(6)
    ]
    answer = portal.dispatch_outbox({"Records": records}, None)
    assert sent == ["evt_0", "evt_2", "evt_4"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": str(number)} for number in (1, 3, 5)]}


def test_a_change_of_an_item_sends_nothing(portal: Any, at: Any, sent: list[str]) -> None:
    add("evt_1")
    keys = {"outbox_id": {"S": "evt_1"}}
    record = {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "1", "Keys": keys}}
    assert portal.dispatch_outbox({"Records": [record]}, None) == {"batchItemFailures": []}
    assert sent == []


def test_every_channel_that_can_be_named_has_a_sender() -> None:
    """R5.1: the application names them, and nobody else."""
    import importlib
    from typing import get_args

    importlib.import_module("app")
    assert set(outbox._senders) == set(get_args(outbox.Channel))
