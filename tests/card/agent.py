"""The installed agent as tests use it: its operations one by one, its commands in a terminal, and its server."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pty
import re
import select
import socket
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from rig import Rig

PORT = 17643
PATIENCE_SECONDS = 20.0
OPENED = "waits for the next request"
ENTER = "digits (empty to cancel): "
AGAIN = "once more: "
OPERATE = Path(__file__).with_name("operate.py")


@dataclass(frozen=True)
class Outcome:
    """What came of an operation: a result, or an error's code with the tries left; and what was asked for it."""

    questions: tuple[dict[str, Any], ...]
    result: Any = None
    error: str | None = None
    tries_left: int | None = None


class Operation:
    """An operation under way: `question()` gives what it asks, `answer(pin)` answers; it may be left waiting."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self.program = program
        self.questions: list[dict[str, Any]] = []
        self.outcome: Outcome | None = None

    def question(self) -> dict[str, Any] | None:
        """What is asked next, None if it has ended: then `outcome` is there."""
        assert self.program.stdout is not None
        said = json.loads(self.program.stdout.readline() or '{"error": "the program broke"}')
        if "question" in said:
            self.questions.append(said["question"])
            return self.questions[-1]
        self.program.wait(PATIENCE_SECONDS)
        result, error, left = (said.get(name) for name in ("result", "error", "tries_left"))
        self.outcome = Outcome(tuple(self.questions), result, error, left)
        return None

    def answer(self, pin: str | None) -> None:
        """Type a PIN, or cancel."""
        assert self.program.stdin is not None
        self.program.stdin.write(json.dumps(pin) + "\n")
        self.program.stdin.flush()

    def finish_after(self, pin: str | None) -> Outcome:
        """Answer the question that was asked, and every further one by cancelling."""
        self.answer(pin)
        return self.finish()

    def finish(self, *pins: str | None) -> Outcome:
        """Answer the questions that come with these, and every further one by cancelling."""
        answers = iter(pins)
        while self.question() is not None:
            self.answer(next(answers, None))
        assert self.outcome is not None
        return self.outcome


class Terminal:
    """A program in a terminal of its own, with a person who waits for the words before typing."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._end, theirs = pty.openpty()
        # A session of its own, so that keys of this terminal mean what they mean to a person.
        self.program = subprocess.Popen(
            ["setsid", "--ctty", *command], env=environment, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self._said = b""
        self._seen = 0

    @property
    def said(self) -> str:
        """Everything on the screen so far."""
        self._read(0)
        return self._said.decode(errors="replace").replace("\r\n", "\n")

    def expect(self, words: str, seconds: float = PATIENCE_SECONDS) -> str:
        """What is on the screen up to these words, which come after those expected before."""
        deadline = time.monotonic() + seconds
        while words not in (new := self.said[self._seen :]):
            assert time.monotonic() < deadline, f"{words!r} did not come after {new!r}"
            ended = self.program.poll() is not None
            self._read(0.2)
            assert not ended or words in self.said[self._seen :], f"the program ended with {new!r}"
        length = new.index(words) + len(words)
        self._seen += length
        return new[:length]

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._end, f"{line}\n".encode())

    def enter(self, pin: str) -> str:
        """Type a PIN at the next question for one; what was said before it."""
        said = self.expect(ENTER)
        self.type(pin)
        return said

    @contextlib.contextmanager
    def answering(self, pin: str) -> Iterator[None]:
        """Enter a PIN as soon as it is asked for, while something else goes on."""
        with ThreadPoolExecutor(1) as person:
            entered = person.submit(self.enter, pin)
            yield
            entered.result()

    def choose(self, pin: str) -> None:
        """Type a new PIN, twice."""
        self.enter(pin)
        self.expect(AGAIN)
        self.type(pin)

    def wait(self) -> int:
        """The exit code, once the program has ended."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.program.poll() is None:
            assert time.monotonic() < deadline, f"the program does not end: {self.said!r}"
            self._read(0.05)
        return int(self.program.returncode)

    def close_politely(self) -> None:
        """Press Ctrl-C, and wait for the program to end."""
        os.write(self._end, b"\x03")
        self.wait()

    def close(self) -> None:
        """End the program if it still runs, and close the terminal."""
        if self.program.poll() is None:
            self.program.terminate()
            self.wait()
        os.close(self._end)

    def _read(self, seconds: float) -> None:
        while select.select([self._end], [], [], seconds)[0]:
            try:
                part = os.read(self._end, 4096)
            except OSError:  # nobody is at the other end any more
                return
            if not part:
                return
            self._said += part
            seconds = 0


class Agent:
    """The installed agent at one rig. `environment` is what the program and the browser that calls it share."""

    def __init__(self, program: Path, rig: Rig, folder: Path) -> None:
        self.program = program
        self.rig = rig
        self.debug_log = folder / "debug.log"
        runtime = folder / "run"
        runtime.mkdir(parents=True, mode=0o700)
        self.environment = rig.environment | {"XDG_RUNTIME_DIR": str(runtime)}
        self._open = contextlib.ExitStack()
        self._pages = self._open.enter_context(ThreadPoolExecutor(4))

    def begin(self, operation: str, *, pkcs11_module: str | None = None, **arguments: Any) -> Operation:
        """Start one of `cardbridge.operations`; see operate.py."""
        with self.debug_log.open("a", encoding="utf-8") as log:
            program = subprocess.Popen(
                [str(self.program.with_name("python")), str(OPERATE)],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._open.callback(_end, program)
        under_way = Operation(program)
        assert program.stdin is not None
        wanted = {"operation": operation, "arguments": arguments, "pkcs11_module": pkcs11_module}
        program.stdin.write(json.dumps(wanted) + "\n")
        program.stdin.flush()
        return under_way

    def operate(self, operation: str, *pins: str | None, **arguments: Any) -> Outcome:
        """Do an operation, answering its questions with these PINs and every further one by cancelling."""
        return self.begin(operation, **arguments).finish(*pins)

    def status(self, **settings: Any) -> list[dict[str, Any]]:
        """What the agent says of each reader; bytes are in hex."""
        found: list[dict[str, Any]] = self.operate("status", **settings).result
        return found

    def terminal(self, *arguments: str) -> Terminal:
        """Run a command of the agent's, in English, in a terminal."""
        opened = Terminal([str(self.program), "--lang", "en", *arguments], self.environment)
        self._open.callback(opened.close)
        return opened

    def serve(self, *developer_origins: str) -> Terminal:
        """Open the agent for browsers: `enter(pin)` answers its questions. One test of a machine at a time."""
        wait_for_turn(self._open.enter_context(socket.socket(socket.AF_UNIX)))
        opened = self.terminal("serve", *(f"--developer-origin={origin}" for origin in developer_origins))
        opened.expect(OPENED)
        return opened

    def ask_as_page(self, origin: str, command: str, arguments: dict[str, Any]) -> Future[dict[str, Any]]:
        """What the agent answers to its own page, at which the site `origin` asks."""
        return self._pages.submit(as_page, {"origin": origin, "command": command, "arguments": arguments})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()


def _end(program: subprocess.Popen[str]) -> None:
    program.kill()
    program.wait()
    for pipe in (program.stdin, program.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def wait_for_turn(turn: socket.socket) -> None:
    """Only one agent can have its port; another checkout's tests may have it now, perhaps another user's."""
    told = False
    while True:
        try:
            turn.bind(f"\0cardbridge-{PORT}")
        except OSError:
            if not told:
                sys.stderr.write(f"\nAnother test on this machine uses the agent's port {PORT}; waiting for it.\n")
            told = True
            time.sleep(0.2)
        else:
            return


def as_page(request: dict[str, Any]) -> dict[str, Any]:
    """What `bridge.js` does in a browser."""
    page = _exchanged("GET", "/v1/bridge", None, {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
    secret = re.search(r'data-secret="([^"]+)"', page)
    assert secret is not None, page
    headers = {
        "Origin": f"http://127.0.0.1:{PORT}",
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Mode": "same-origin",
        "Sec-Fetch-Dest": "empty",
        "Content-Type": "application/json",
        "Cardbridge-Secret": secret.group(1),
    }
    answer: dict[str, Any] = json.loads(_exchanged("POST", "/v1/operations", json.dumps(request), headers))
    return answer


def _exchanged(method: str, path: str, body: str | None, headers: dict[str, str]) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        return connection.getresponse().read().decode()
