"""`make run CARD=1`: a card for everybody who owns none, the reader it is in, who certified it, and the agent.

Nothing here is of the state or of hardware: `tests/card/rig` plays reader and card, `local/pki` the authorities.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NoReturn

from local import processes
from local.bootstrap import CARD_VENV
from local.cloud import ROOT, free_port
from local.pki import Pki
from local.steps import Trouble

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from local.stack import Stack

AUTHORITIES = "card-authorities"
READER = "card-reader"
AGENT = "card-agent"
# What has to run as long as the portal does; the agent is the person's to close.
PROGRAMS = (AUTHORITIES, READER)
PATIENCE_SECONDS = 60.0
GOODBYE_SECONDS = 1.0

HOLDER = {"first_name": "ნინო", "last_name": "ბერიძე", "personal_number": "01024012345"}
# What is in the envelope of a card that `rig.personalise` has made.
AUTHENTICATION_PIN, TRANSPORT_PIN, PUK = "1234", "12345", "87654321"


def start(stack: Stack, started: ExitStack) -> None:
    """Start the authorities' responders and the reader with the card, and let the portal trust such cards.

    Raises Trouble; what was started is ended by `started`.
    """
    folder = _folder(stack)
    folder.mkdir(parents=True, exist_ok=True)
    pki = Pki.open(folder / "pki")
    port = free_port()
    command = ["-m", "local.pki", "serve", "--folder", str(pki.folder), "--port", str(port)]
    started.callback(processes.end, _started(stack, AUTHORITIES, command))
    stack.trust(pki.trust(f"http://127.0.0.1:{port}"))
    (folder / "holder.json").write_text(json.dumps(HOLDER), encoding="utf-8")
    _environment_file(stack).unlink(missing_ok=True)
    command = ["-m", "rig", "serve", "--folder", str(folder), "--pki", str(pki.folder)]
    reader = _started(stack, READER, command)
    started.callback(processes.end, reader)
    _wait_for_card(stack, reader)


def said(stack: Stack) -> str:
    """Whose card it is, its PINs, and where the agent asks for them."""
    terminal = "this terminal" if sys.stdin.isatty() else "another terminal; open it there:   make card"
    (name, value), *_ = _environment(stack).items()
    return f"""
  A card without hardware is in a reader without hardware; log in with it by the card's button.
    holder         {HOLDER["first_name"]} {HOLDER["last_name"]}, {HOLDER["personal_number"]}
    PIN            {AUTHENTICATION_PIN}   (for logging in)
    envelope PIN   {TRANSPORT_PIN}   (chooses the signature PIN of six digits, once)
    PUK            {PUK}
  The card's program asks for the PIN in {terminal}
  Other programs see this card, and no other, with {name}={value}
"""


def open_agent(stack: Stack) -> subprocess.Popen[bytes]:
    """Start the agent in this terminal."""
    process = subprocess.Popen(_agent(stack), env={**os.environ, **_environment(stack)})
    processes.Note(stack.notes, AGENT).write(process.pid)
    return process


def close_agent(stack: Stack, agent: subprocess.Popen[bytes]) -> None:
    """End the agent; one that Ctrl-C has ended as well is left the time to say so."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        agent.wait(GOODBYE_SECONDS)
    processes.end(processes.Note(stack.notes, AGENT))


def become_agent(stack: Stack) -> NoReturn:
    """`make card`: let this process be the agent. Raises Trouble where there is no card, or one is open."""
    if processes.Note(stack.notes, READER).pid() is None:
        raise Trouble("No card is in a reader. Start the portal with one:   make run CARD=1")
    note = processes.Note(stack.notes, AGENT)
    if note.pid() is not None:
        raise Trouble(f"The card's program is open already, in another terminal (process {note.pid()}).")
    note.write(os.getpid())
    command = _agent(stack)
    os.execve(command[0], command, {**os.environ, **_environment(stack)})  # noqa: S606  # no shell is wanted


def _agent(stack: Stack) -> list[str]:
    return [str(CARD_VENV / "bin/cardbridge"), "serve", "--developer-origin", stack.origin]


def _started(stack: Stack, name: str, command: list[str]) -> processes.Note:
    note = processes.Note(stack.notes, name)
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests/card")))
    processes.start(
        note, [sys.executable, *command], env={**os.environ, "PYTHONPATH": path}, log=stack.log(name), cwd=ROOT
    )
    return note


def _wait_for_card(stack: Stack, reader: processes.Note) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _environment_file(stack).exists():
        if reader.pid() is None or time.monotonic() > deadline:
            words = stack.log(READER).read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise Trouble("\n".join(["The card cannot be played:", *words[-12:]]))
        time.sleep(0.05)


def _environment(stack: Stack) -> dict[str, str]:
    found: dict[str, str] = json.loads(_environment_file(stack).read_text(encoding="utf-8"))
    return found


def _environment_file(stack: Stack) -> Path:
    return _folder(stack) / "environment.json"


def _folder(stack: Stack) -> Path:
    return stack.state_dir / "card"
