"""Guessing is slowed, accounts are not locked.

After some failures of one scope each further attempt waits, twice as long each time. An attempt is counted
before it is made, in one guarded write: of many at once only one gets through.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from chalicelib.auth import repository
from chalicelib.auth.errors import TooManyAttempts
from chalicelib.core import clock
from chalicelib.core.tables import Refused
from chalicelib.privacy import Kept

FREE_ATTEMPTS = 10
FREE_ATTEMPTS_OF_ACCOUNT = 100
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
_RACES = 10


def wait_after(attempts: int, free: int = FREE_ATTEMPTS) -> timedelta:
    """Return how long the attempt after the given number of failed ones waits."""
    if attempts < free:
        return timedelta(0)
    return min(_FIRST_WAIT * (1 << min(attempts - free, 20)), _LONGEST_WAIT)


@contextmanager
def attempt(scope: str, free: int = FREE_ATTEMPTS) -> Iterator[None]:
    """Count the enclosed attempt before it is made; success forgets the count. Raises TooManyAttempts."""
    reserve(scope, free)
    yield
    repository.forget_attempts(scope)


def reserve(scope: str, free: int = FREE_ATTEMPTS, kept: timedelta = Kept.FAILED_SIGN_INS.value) -> int:
    """Count an attempt and return how many there are with it. Raises TooManyAttempts while the scope waits."""
    for _ in range(_RACES):
        read, moment = refuse_while_waiting(scope), clock.now()
        blocked_until = moment + wait_after(read.count + 1, free)
        try:
            repository.reserve_attempt(scope, read, blocked_until, kept)
        except Refused:
            continue
        return read.count + 1
    raise TooManyAttempts(retry_after=1)


def refuse_while_waiting(scope: str) -> repository.Attempts:
    """Return the attempts of a scope so far. Raises TooManyAttempts while it waits."""
    read, now = repository.attempts_of(scope), clock.epoch(clock.now())
    if read.blocked_until > now:
        raise TooManyAttempts(retry_after=read.blocked_until - now)
    return read


def count_towards_waiting(scope: str, free: int) -> None:
    """Count something that was done; after `free` of them the next one waits."""
    with suppress(TooManyAttempts):
        reserve(scope, free)
