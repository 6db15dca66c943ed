"""The life of a request: the only place that says which step may follow which.

Order is not promised: an answer can overtake the receipt. So steps come in any order, each is recorded, and
the state only moves forward.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum


class State(Enum):
    """What a citizen is told, from first to last."""

    SENT = "sent"
    RECEIVED = "received"
    ANSWERED = "answered"


class Step(Enum):
    """What can happen to a request after it was sent."""

    RECEIPT = "receipt"
    ANSWER = "answer"


FINAL = frozenset({State.ANSWERED})
_ORDER = list(State)
_LEADS_TO = {Step.RECEIPT: State.RECEIVED, Step.ANSWER: State.ANSWERED}


@dataclass(frozen=True)
class Progress:
    """How far a request has come, and when each step was recorded."""

    state: State
    received_at: datetime | None = None
    answered_at: datetime | None = None


class NotPossible(Exception):
    """This step was taken before, and happens once."""


def advance(progress: Progress, step: Step, moment: datetime) -> Progress:
    """Return the progress after a step. Raises NotPossible for one that was taken before."""
    if step is Step.RECEIPT:
        if progress.received_at is not None:
            raise NotPossible
        recorded = replace(progress, received_at=moment)
    else:
        if progress.answered_at is not None:
            raise NotPossible
        recorded = replace(progress, answered_at=moment)
    forward = max(progress.state, _LEADS_TO[step], key=_ORDER.index)
    return replace(recorded, state=forward)
