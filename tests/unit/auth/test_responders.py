"""Asking over HTTP: only where we were told to, briefly, and without being led elsewhere (R2.8)."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.auth import responders
from chalicelib.auth.revocation import CannotTell
from local.pki import Pki, Responder

LIMIT = 4096


@pytest.fixture
def responder(pki: Pki) -> Iterator[Responder]:
    with Responder(pki) as started:
        yield started


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where sockets of this process were connected to."""
    found: list[tuple[str, int]] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: Any) -> Any:
        found.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    return found


def doubt(url: str, limit: int = LIMIT) -> str:
    with pytest.raises(CannotTell) as raised:
        responders.fetch(url, limit)
    return raised.value.reason


def port(responder: Responder) -> int:
    return int(responder.url.rsplit(":", 1)[1])


def test_an_answer_is_fetched_from_the_address_that_we_were_told(
    responder: Responder, reached: list[tuple[str, int]]
) -> None:
    """R2.8"""
    assert responders.fetch(f"{responder.url}/crl/authentication.crl", LIMIT).startswith(b"\x30")
    assert reached == [("127.0.0.1", port(responder))]
    assert responder.asked == ["/crl/authentication.crl"]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("down", "status-503"),
        ("redirect", "status-302"),
        ("silent", "no-answer"),
        ("huge", "too-large"),
    ],
)
def test_what_is_no_answer_is_told_apart(
    responder: Responder, reached: list[tuple[str, int]], mode: str, reason: str
) -> None:
    """R2.8: and a redirect is not followed."""
    responder.mode = mode
    assert doubt(f"{responder.url}/crl/authentication.crl") == reason
    assert responder.asked == ["/crl/authentication.crl"]
    assert len(reached) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "http://", "ftp://127.0.0.1/x", "x", "http://[/"])
def test_where_nobody_answers_nothing_is_known(url: str) -> None:
    """R2.8"""
    assert doubt(url) == "no-answer"


def test_an_answer_of_exactly_the_limit_is_one(responder: Responder) -> None:
    """R2.8"""
    url = f"{responder.url}/crl/authentication.crl"
    size = len(responders.fetch(url, LIMIT))
    assert len(responders.fetch(url, size)) == size
    assert doubt(url, size - 1) == "too-large"


def test_no_proxy_of_the_environment_is_used(
    responder: Responder, reached: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.8"""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert responders.fetch(f"{responder.url}/crl/authentication.crl", LIMIT)
    assert reached == [("127.0.0.1", port(responder))]


def test_whoever_is_slow_is_left_after_two_seconds_in_all(
    responder: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.8: here it is a tenth, so that nobody waits."""
    assert responders.SECONDS == 2.0
    monkeypatch.setattr(responders, "SECONDS", 0.1)
    responder.mode = "slow"
    begun = time.monotonic()
    assert doubt(f"{responder.url}/crl/authentication.crl") in {"time-out", "no-answer"}
    assert time.monotonic() - begun < 1.0


@pytest.fixture(params=["Content-Length: 4000\r\n\r\n", "Endless: "], ids=["body", "headers"])
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that sends a byte whenever a socket would give up, and never ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            asking, _ = listening.accept()
            asking.sendall(f"HTTP/1.1 200 OK\r\n{request.param}".encode())
            while not ended.wait(0.02):
                asking.sendall(b"x")
            asking.close()

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
    ended.set()
    listening.close()
    serving.join(5)


def test_whoever_drips_is_left_too(dripping: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R2.8: each byte starts the time-out of a socket anew, but not ours."""
    monkeypatch.setattr(responders, "SECONDS", 0.2)
    begun = time.monotonic()
    assert doubt(dripping) == "time-out"
    assert time.monotonic() - begun < 1.0
