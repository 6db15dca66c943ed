from datetime import UTC, datetime

import pytest

from chalicelib.requests.lifecycle import NotPossible, Progress, State, Step, advance

EARLY, LATE = datetime(2026, 11, 24, 10, tzinfo=UTC), datetime(2026, 11, 24, 11, tzinfo=UTC)


def test_a_request_is_received_and_then_answered() -> None:
    """R5.1"""
    received = advance(Progress(State.SENT), Step.RECEIPT, EARLY)
    answered = advance(received, Step.ANSWER, LATE)
    assert received == Progress(State.RECEIVED, EARLY, None)
    assert answered == Progress(State.ANSWERED, EARLY, LATE)


def test_a_receipt_that_was_overtaken_is_recorded_and_takes_nothing_back() -> None:
    """R5.1: order is not promised."""
    answered = advance(Progress(State.SENT), Step.ANSWER, EARLY)
    assert advance(answered, Step.RECEIPT, LATE) == Progress(State.ANSWERED, LATE, EARLY)


@pytest.mark.parametrize("step", list(Step))
def test_no_step_is_taken_twice(step: Step) -> None:
    once = advance(Progress(State.SENT), step, EARLY)
    with pytest.raises(NotPossible):
        advance(once, step, LATE)
