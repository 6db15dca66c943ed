"""The one clock. Everything that asks for the time asks here, so tests move it in one place."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current time in UTC, to the microsecond."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Return `moment` as ISO 8601 in UTC with milliseconds: it sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """Return the moment that `iso` wrote as `text`."""
    return datetime.fromisoformat(text)


def epoch(moment: datetime) -> int:
    """Return `moment` in whole seconds since 1970, the unit of DynamoDB's TTL."""
    return int(moment.timestamp())


def from_epoch(seconds: float) -> datetime:
    """Return the moment of a number of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def has_passed(seconds: float) -> bool:
    """Tell whether a number of seconds since 1970 lies behind us; what expires in this second has expired."""
    return seconds <= epoch(now())
