"""How long each kind of record is kept, and from when. Reads compare it; TTL is only the net beneath.

No clock of a request starts before it has reached a final state.
"""

from datetime import datetime, timedelta
from enum import Enum


class Kept(Enum):
    """A kind of record and its time."""

    ONE_TIME_PASSWORD = timedelta(days=14)
    SESSION_OF_CITIZEN = timedelta(hours=12)
    SESSION_OF_NEWCOMER = timedelta(hours=1)
    CARD_CHALLENGE = timedelta(minutes=5)
    SESSION_OF_OPERATOR = timedelta(hours=10)
    FAILED_SIGN_INS = timedelta(days=1)
    ONE_TIME_PASSWORD_TRIES = timedelta(days=15)
    EMAIL_CHANGE = timedelta(minutes=15)
    DRAFT = timedelta(days=90)
    NOTICE = timedelta(days=365)
    MAIL = timedelta(days=7)
    CLOSED_REQUEST = timedelta(days=3 * 365)
    RECEIPT = timedelta(days=60)
    REGISTRATION_NUMBER = timedelta(days=400)


def kept_until(kind: Kept, start: datetime) -> datetime:
    """Return the moment after which a record of `kind` that counts from `start` is no longer read.

    A whole second: tables keep nothing finer, and what was answered has to be what was kept.
    """
    return (start + kind.value).replace(microsecond=0)
