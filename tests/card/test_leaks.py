"""Where a PIN must never be: everything that the agent leaves behind is searched for its digits."""

from __future__ import annotations

import base64
import json
import re
import struct
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Self

import pytest
from rig import AUTHENTICATION_PIN, PUK, TRANSPORT_PIN

from local.pki import Holder
from tests.card.test_operations import NONCE, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from tests.card.agent import Agent
    from tests.card.conftest import NewCard, Rig

# Chosen so that no text about cards has them by chance; the holder's number has none of them either.
HOLDER = Holder("ნინო", "ბერიძე", "01017060606")
PIN, WRONG_PIN, NEXT_PIN, SIGNATURE_PIN = "8264", "9375", "7159", "739105"
SECRETS = (PIN, WRONG_PIN, NEXT_PIN, SIGNATURE_PIN, TRANSPORT_PIN, PUK)
DEVELOPER_ORIGIN = "http://localhost:8000"
LOGGING = """
import logging
logging.basicConfig(level=1, filename={file!r}, format="%(name)s %(message)s %(args)s")
"""


def forms(pin: str) -> Iterator[bytes]:
    """How the digits of a PIN may look: text, bytes in hex or decimal, BCD, base64; as patterns."""
    octets = pin.encode()
    yield rb"(?<![0-9A-Za-z+/])" + octets + rb"(?![0-9A-Za-z+/])"
    for separator in ("", " ", ":", ", 0x", r"\x"):
        yield rb"(?i)" + re.escape(octets.hex("\n").replace("\n", separator).encode())
    for separator in (", ", ","):
        yield re.escape(separator.join(map(str, octets)).encode())
    bcd = (pin + "f" * (len(pin) % 2)).encode()
    yield rb"(?i)" + (bcd if len(bcd) > len(PIN) else bcd + rb"f{4}")
    yield re.escape(base64.b64encode(octets).rstrip(b"=")[: len(octets) * 4 // 3])


def leaks(found: dict[str, bytes]) -> list[str]:
    """Where which PIN stands; never the text around it."""
    return [
        f"{where}: {pin}"
        for where, content in found.items()
        for pin in SECRETS
        if any(re.search(form, content) for form in forms(pin))
    ]


class Watch:
    """Reads argv and environment of every process at the rig, over and over, as any user of the machine might."""

    def __init__(self, mark: str) -> None:
        self.seen: dict[str, bytes] = {}
        self._mark = mark.encode()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        from pathlib import Path

        while not self._over.wait(0.02):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    arguments, environment = ((process / name).read_bytes() for name in ("cmdline", "environ"))
                except OSError:
                    continue
                if self._mark in environment:
                    self.seen[f"argv of {process.name}"] = arguments.replace(b"\0", b" ")
                    self.seen[f"environment of {process.name}"] = environment.replace(b"\0", b" ")


@pytest.fixture
def logged(agent: Agent, tmp_path: Path) -> Path:
    """The log of every program of the agent, with everything that it has to say at any level."""
    log, site = tmp_path / "everything.log", tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(LOGGING.format(file=str(log)), encoding="utf-8")
    agent.environment["PYTHONPATH"] = str(site)
    return log


def as_extension(agent: Agent, message: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The native host as a browser starts it."""
    host = subprocess.Popen(
        [str(agent.program.with_name("cardbridge-host")), "chrome-extension://test/"],
        env=agent.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    body = json.dumps(message).encode()
    assert host.stdin is not None
    host.stdin.write(struct.pack("=I", len(body)) + body)
    host.stdin.flush()
    return host


@pytest.mark.timeout(120)
def test_no_pin_is_left_anywhere(rig: Rig, agent: Agent, new_card: NewCard, logged: Path, tmp_path: Path) -> None:
    """R2.3: logs at every level, screens, argv, environments, bodies, frames and files, after everything."""
    rig.insert(new_card(HOLDER))
    rig.tool("pkcs15-tool", "--change-pin", "--auth-id", "01", "--pin", AUTHENTICATION_PIN, "--new-pin", PIN)
    found: dict[str, bytes] = {}
    arguments = {"challengeNonce": NONCE, "lang": "en"}

    with Watch(agent.environment["PCSCLITE_CSOCK_NAME"]) as watch:
        serving = agent.serve(DEVELOPER_ORIGIN)
        answer = agent.ask_as_page(DEVELOPER_ORIGIN, "authenticate", arguments)
        for pin in (WRONG_PIN, PIN):
            serving.enter(pin)
        found["body"] = json.dumps(answer.result()).encode()
        host = as_extension(
            agent, {"command": "authenticate", "arguments": {"origin": DEVELOPER_ORIGIN, **arguments}}
        )
        serving.enter(PIN)
        # A browser keeps the pipe open until it has its answer.
        assert host.wait(20) == 0
        found["frames"], found["errors of the host"] = host.communicate()
        for command, known, new in (
            ("activate", TRANSPORT_PIN, SIGNATURE_PIN),
            ("change-pin", PIN, NEXT_PIN),
            ("unblock", PUK, PIN),
        ):
            terminal = agent.terminal(command)
            terminal.enter(known)
            terminal.choose(new)
            assert terminal.wait() == 0
            found[f"screen of {command}"] = terminal.said.encode()
        done = agent.operate("authenticate", WRONG_PIN, PIN, nonce=NONCE, origin=ORIGIN)
        serving.close_politely()
    found["screen of serve"] = serving.said.encode()
    found["result"] = json.dumps(done.result).encode()
    folders = (rig.folder, tmp_path / "agent", tmp_path / "site")
    files = [logged, *(path for folder in folders for path in folder.rglob("*") if path.is_file())]
    found |= watch.seen | {str(file): file.read_bytes() for file in files if file.suffix != ".so"}

    assert b'"signature"' in found["body"]
    assert b'"signature"' in found["frames"]
    assert done.error is None
    assert b"cardbridge.apdu" in found[str(logged)], "the log has the exchange with the card"
    assert any(b"serve" in seen for name, seen in watch.seen.items() if name.startswith("argv"))
    assert leaks(found) == []


@pytest.mark.parametrize(
    "written",
    [
        "PIN 8264",
        "APDU 00200001083832363 4FFFFFFFF".replace(" ", ""),
        "38 32 36 34",
        "[0x38, 0x32, 0x36, 0x34]",
        r"b'\x38\x32\x36\x34'",
        "[0, 32, 0, 1, 8, 56, 50, 54, 52, 255]",
        "8264ffffffffffff",
        "739105",
        "00730000000739105FFFFFFFFFF",
        "ODI2NA==",
    ],
)
def test_the_search_finds_a_pin_in_every_form(written: str) -> None:
    assert len(leaks({"somewhere": written.encode()})) == 1
    assert leaks({"somewhere": b"18264 3832363 56, 50, 54 73910"}) == []
