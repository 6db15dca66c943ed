"""`cardbridge` as a process with a terminal of its own, and HTTP as Chromium speaks it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pty
import re
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[4]
PROGRAM = Path(__file__).with_name("serving.py")
ALLOWED = "https://karibche.example"
NONCE = "A" * 44
PATIENCE = 60.0


def eventually(condition: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
    """Return what the condition gives once it is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"never: {what}"
        select.select([], [], [], 0.01)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """A process with a terminal: what it writes is read as it comes, and keys can be typed."""

    def __init__(self, arguments: list[str], environ: dict[str, str]) -> None:
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, *arguments], environ)  # noqa: S606 the test's own program
        self._said = bytearray()
        self._seen = 0
        self.code: int | None = None

    @property
    def raw(self) -> bytes:
        self._read()
        return bytes(self._said)

    @property
    def said(self) -> str:
        return self.raw.decode(errors="replace").replace("\r\n", "\n")

    def expect(self, words: str) -> str:
        """Wait until the words come after what was expected before; return everything up to their end."""
        found = eventually(lambda: self._after(words), f"{words!r} in {self.said[self._seen :]!r}")
        begun, self._seen = self._seen, int(found)
        return self.said[begun : self._seen]

    def type(self, keys: str) -> None:
        """Type, after the program has begun to wait for it."""
        os.write(self._terminal, keys.encode())

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal and return the exit code."""
        if self.code is None:
            os.kill(self.pid, number)
        return self.wait()

    def wait(self) -> int:
        if self.code is None:
            status = eventually(self._ended, "the program ends")
            self.code = os.waitstatus_to_exitcode(status[1])
            self._read()
        return self.code

    def close(self) -> None:
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def hang_up(self) -> None:
        """Close the terminal's window."""
        os.close(self._terminal)
        self._terminal = os.open(os.devnull, os.O_RDWR)

    def _ended(self) -> tuple[int, int] | None:
        self._read()
        found = os.waitpid(self.pid, os.WNOHANG)
        return found if found[0] else None

    def _after(self, words: str) -> int:
        found = self.said.find(words, self._seen)
        return 0 if found < 0 else found + len(words)

    def _read(self) -> None:
        while select.select([self._terminal], [], [], 0)[0]:
            try:
                part = os.read(self._terminal, 4096)
            except OSError:  # the other end of a terminal is gone
                return
            if not part:
                return
            self._said += part


@dataclass
class Serving:
    """`cardbridge serve` with the card of `serving.py`."""

    program: Program
    port: int
    socket: Path
    used: Path
    environ: dict[str, str] = field(repr=False)

    def uses(self) -> list[dict[str, Any]]:
        """Every PIN that went to the card, and each certificate that left."""
        if not self.used.exists():
            return []
        return [json.loads(line) for line in self.used.read_text(encoding="utf-8").splitlines()]

    def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | list[tuple[str, str]],
        body: bytes | None = None,
    ) -> http.client.HTTPResponse:
        """Send exactly these headers, and `Host` and `Content-Length` where they are not given."""
        connection = self.send(method, path, headers, body)
        response = connection.getresponse()
        response.text = response.read().decode()  # type: ignore[attr-defined]
        connection.close()
        return response

    def send(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | list[tuple[str, str]],
        body: bytes | None = None,
    ) -> http.client.HTTPConnection:
        pairs = list(headers.items()) if isinstance(headers, dict) else headers
        names = {name for name, _ in pairs}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host="Host" in names, skip_accept_encoding=True)
        for name, value in pairs:
            connection.putheader(name, value)
        if body is not None and "Content-Length" not in names:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return connection

    def secret(self) -> str:
        """Load the page as a window does, and take its secret."""
        response = self.request("GET", "/v1/bridge?lang=en", NAVIGATION)
        assert response.status == 200
        found = re.search(r'data-secret="([^"]{40,})"', response.text)  # type: ignore[attr-defined]
        assert found
        return found[1]

    def headers(self, **changes: str | None) -> dict[str, str]:
        """The headers of the page's own request, with a fresh secret; None leaves one out."""
        known: dict[str, str | None] = {
            "Origin": f"http://127.0.0.1:{self.port}",
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Mode": "same-origin",
            "Sec-Fetch-Dest": "empty",
            "Content-Type": "application/json",
            "Cardbridge-Secret": changes.get("Cardbridge_Secret") or self.secret(),
        }
        known |= {name.replace("_", "-"): value for name, value in changes.items()}
        return {name: value for name, value in known.items() if value is not None}

    def ask(self, body: dict[str, Any] | None = None) -> http.client.HTTPConnection:
        """Send the page's request, and do not wait for the answer."""
        return self.send("POST", "/v1/operations", self.headers(), json.dumps(body or operation()).encode())

    def answer(self, body: dict[str, Any] | None = None) -> Any:
        """Return what the page is answered."""
        with contextlib.closing(self.ask(body)) as connection:
            return json.loads(connection.getresponse().read())


NAVIGATION = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def operation(**changes: Any) -> dict[str, Any]:
    """What the page sends to have the person signed in."""
    return {"origin": ALLOWED, "command": "authenticate", "arguments": {"challengeNonce": NONCE}} | changes


@dataclass(frozen=True)
class Machine:
    """A home of its own, and how to start programs in it."""

    home: Path
    environ: dict[str, str]
    programs: list[Program]

    def run(self, *arguments: str) -> Program:
        """Start Python with these arguments, in a terminal of its own."""
        program = Program([*arguments], self.environ)
        self.programs.append(program)
        return program

    def start(self, *arguments: str, port: int | None = None, patience: float = PATIENCE) -> Serving:
        """Start `cardbridge` with these arguments, in English unless they say otherwise."""
        port = port or free_port()
        used = self.home / "used"
        program = self.run(str(PROGRAM), str(port), str(patience), str(used), *arguments)
        return Serving(program, port, Path(self.environ["XDG_RUNTIME_DIR"], "cardbridge.sock"), used, self.environ)

    def serve(self, *arguments: str, port: int | None = None, patience: float = PATIENCE) -> Serving:
        """Start `serve` and wait until it is open."""
        serving = self.start("serve", *arguments, port=port, patience=patience)
        serving.program.expect("Ctrl-C")
        return serving


def make_machine(home: Path) -> Machine:
    run = home / "run"
    run.mkdir(mode=0o700)
    environ = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(run),
        "PYTHONPATH": str(ROOT / "cardbridge"),
        "LANG": "en_GB.UTF-8",
        "PYTHONUTF8": "1",
        "PATH": os.environ["PATH"],
    }
    return Machine(home, environ, [])


@pytest.fixture(name="eventually")
def eventually_fixture() -> Any:
    return eventually


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = make_machine(tmp_path)
    yield made
    for program in made.programs:
        program.close()


@pytest.fixture
def serving(machine: Machine) -> Serving:
    """`serve`, open, with its own card."""
    return machine.serve()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One `serve` for all refusals of a module: none may leave a trace."""
    made = make_machine(tmp_path_factory.mktemp("home"))
    serving = made.serve()
    yield serving
    assert serving.uses() == []
    assert "A request came" not in serving.program.said
    for program in made.programs:
        program.close()
