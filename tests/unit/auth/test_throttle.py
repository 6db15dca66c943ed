"""Guessing is slowed, accounts are not locked (R2.8)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.auth import repository, throttle
from chalicelib.auth.errors import TooManyAttempts
from chalicelib.core import clock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class WrongError(Exception):
    """The attempt failed."""


@pytest.fixture
def at(portal: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`at(minutes=3)`: so much after noon."""

    def move(**by: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(**by))

    move()
    return move


def fail(scope: str = "one", times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(WrongError), throttle.attempt(scope):
            raise WrongError


def succeed(scope: str = "one") -> None:
    with throttle.attempt(scope):
        pass


def waits(scope: str = "one") -> int:
    with pytest.raises(TooManyAttempts) as waiting:
        succeed(scope)
    return int(waiting.value.retry_after or 0)


def test_ten_failures_are_free_and_then_each_waits_twice_as_long(at: Any) -> None:
    fail(times=10)
    assert waits() == 30
    at(seconds=29)
    assert waits() == 1
    at(seconds=30)
    fail()
    assert waits() == 60
    at(seconds=90)
    fail()
    assert waits() == 120


def test_no_wait_is_longer_than_an_hour(at: Any) -> None:
    fail(times=10)
    for number in range(1, 30):
        at(hours=number)
        fail()
    assert waits() == 3600


def test_success_starts_the_count_anew(at: Any) -> None:
    fail(times=9)
    succeed()
    fail(times=10)
    assert waits() == 30


def test_waiting_is_for_one_scope_alone(at: Any) -> None:
    fail(times=10)
    assert waits() == 30
    succeed("other")


def test_an_attempt_while_waiting_does_not_prolong(at: Any) -> None:
    fail(times=10)
    for _ in range(5):
        assert waits() == 30
    at(seconds=30)
    succeed()


def test_failures_are_forgotten_after_a_day(at: Any) -> None:
    """R7.1: also while the table still has them."""
    fail(times=9)
    at(days=1, seconds=1)
    fail(times=9)
    succeed()


def test_an_attempt_counts_before_it_is_made(at: Any) -> None:
    """Of many at once only one gets through: each is counted in a guarded write."""
    fail(times=9)
    read = repository.attempts_of("one")
    assert read.count == 9
    with throttle.attempt("one"):
        assert repository.attempts_of("one").count == 10
        assert waits() == 30


def test_of_two_that_read_the_same_count_one_is_counted_first(at: Any) -> None:
    from chalicelib.core.tables import Refused

    read = repository.attempts_of("one")
    day = timedelta(days=1)
    repository.reserve_attempt("one", read, NOON, day)
    with pytest.raises(Refused):
        repository.reserve_attempt("one", read, NOON, day)
    assert throttle.reserve("one") == 2


def test_what_is_counted_without_end_waits_too(at: Any) -> None:
    """R2.5: letters that are asked for again and again."""
    for _ in range(5):
        throttle.refuse_while_waiting("letters")
        throttle.count_towards_waiting("letters", 5)
    with pytest.raises(TooManyAttempts):
        throttle.refuse_while_waiting("letters")
