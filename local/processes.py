"""Programs that the local site starts: each leaves a note by which a later run finds it again.

A note holds the process's id and the moment it started, so that an id which the system has given to another
program since is never touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATIENCE_SECONDS = 8.0
LARGEST_LOG = 5_000_000


def started_at(pid: int) -> str | None:
    """A mark of the moment at which the process `pid` started, or None where no such process lives."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        # A killed program stays for a moment, and holds its sockets, until the last of its threads has ended.
        state, threads = fields[0], int(fields[17])
        return None if state == "Z" and threads <= 1 else fields[19]
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


@dataclass(frozen=True)
class Note:
    """What a run leaves about a program it started, under `folder`."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def write(self, pid: int) -> None:
        """Note that this program is now the process `pid`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({"pid": pid, "started": started_at(pid)}))

    def pid(self) -> int | None:
        """The process's id, if it still lives."""
        try:
            note = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return None
        alive = note.get("started") is not None and started_at(note["pid"]) == note["started"]
        return int(note["pid"]) if alive else None

    def forget(self) -> None:
        """Remove the note."""
        self.path.unlink(missing_ok=True)


def start(note: Note, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path) -> int:
    """Start a program in a process group of its own, its output appended to `log`; its process id."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    note.write(process.pid)
    return process.pid


def end(note: Note, *, patience: float = PATIENCE_SECONDS) -> bool:
    """End the noted program and what it started; whether it was running.

    It is asked first; after `patience` seconds it is killed.
    """
    pid = note.pid()
    if pid is not None:
        _signal_group(pid, signal.SIGTERM)
        _wait_until_gone(pid, patience)
        _signal_group(pid, signal.SIGKILL)
        _wait_until_gone(pid, PATIENCE_SECONDS)
    note.forget()
    return pid is not None


def kill(note: Note) -> None:
    """End the noted program as a power cut would."""
    pid = note.pid()
    if pid is not None:
        _signal_group(pid, signal.SIGKILL)
        _wait_until_gone(pid, PATIENCE_SECONDS)
    note.forget()


def end_all(folder: Path) -> list[str]:
    """End every program noted under `folder`, and give the names of those that were running."""
    return [path.stem for path in sorted(folder.glob("*.pid"), reverse=True) if end(Note(path.parent, path.stem))]


def port_is_free(port: int) -> bool:
    """Whether a server can listen on this port of the loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _signal_group(pid: int, signal_number: signal.Signals) -> None:
    """Signal a program and what it started; one that leads no group of its own is signalled alone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        send = os.killpg if _leads_group(pid) else os.kill
        send(pid, signal_number)


def _leads_group(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return True  # it has ended; what it started may still be there


def _wait_until_gone(pid: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if started_at(pid) is None:
            return
        time.sleep(0.02)
