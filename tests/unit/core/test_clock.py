"""The one clock."""

from datetime import UTC, datetime

import pytest

from chalicelib.core import clock

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_what_expires_in_this_second_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    """R7.1: at once, not when DynamoDB comes to delete it."""
    monkeypatch.setattr(clock, "now", lambda: NOON.replace(microsecond=999_999))
    noon = clock.epoch(NOON)
    assert [clock.has_passed(noon + ahead) for ahead in (-1, 0, 1)] == [True, True, False]
