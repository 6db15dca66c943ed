"""Guessing is slowed, accounts are not locked.

After ten failures of one account from one network each further attempt waits, twice as long each time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from chalicelib.auth import repository
from chalicelib.auth.errors import TooManyAttempts
from chalicelib.core import clock
from chalicelib.core.tables import Refused
from chalicelib.privacy import Kept

FREE_ATTEMPTS = 10
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


def wait_after(attempts: int) -> timedelta:
    """Return how long the attempt after the given number of failed ones waits."""
    if attempts < FREE_ATTEMPTS:
        return timedelta(0)
    return min(_FIRST_WAIT * (1 << min(attempts - FREE_ATTEMPTS, 20)), _LONGEST_WAIT)


@contextmanager
def attempt(scope: str) -> Iterator[None]:
    """Count the enclosed attempt before it is made; success forgets the count. Raises TooManyAttempts."""
    try:
        attempts = repository.count_attempt(scope, Kept.FAILED_SIGN_INS.value)
    except Refused as error:
        raise TooManyAttempts(retry_after=max(1, repository.blocked_seconds(scope))) from error
    wait = wait_after(attempts)
    if wait:
        repository.block(scope, clock.now() + wait)
    yield
    repository.forget_attempts(scope)
