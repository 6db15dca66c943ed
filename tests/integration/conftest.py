import importlib
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local import journey
from local.client import ApiClient
from local.direct import DirectClient
from local.journey import Citizen
from local.stack import Stack
from local.testing import (
    _responder,
    api,
    in_process,
    mails,
    new_api,
    new_card,
    new_citizen,
    operator,
    pki,
    provider_sqs,
    responder,
    stack,
)

__all__ = [
    "_responder",
    "api",
    "in_process",
    "mails",
    "new_api",
    "new_card",
    "new_citizen",
    "operator",
    "pki",
    "provider_sqs",
    "responder",
    "stack",
]


@pytest.fixture(scope="module")
def citizen(operator: ApiClient) -> Citizen:
    """Somebody for all tests of a file: signed in and ready."""
    return journey.admitted(operator)


@pytest.fixture
def direct(stack: Stack, in_process: dict[str, str]) -> Callable[..., DirectClient]:
    """`direct(api)`: the same browser, but its calls are answered in this process."""

    def make(api: ApiClient | None = None, viewer: str = "127.0.0.1:50000") -> DirectClient:
        cookies = {} if api is None else api.cookies
        return DirectClient(stack.site_port, "ka" if api is None else api.language, cookies, viewer)

    return make


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`later(days=15)`: what runs in this process from now on believes that so much time has passed."""
    from chalicelib.core import clock

    def move(**by: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(**by))

    return move


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The lines that this process logs, as they are logged."""
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    importlib.import_module("app")  # it sets up its own way out first
    handler = Lines(logging.INFO)
    loggers = [logging.getLogger(name) for name in ("", "portal")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lines
    for logger in loggers:
        logger.removeHandler(handler)
