import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import processes
from local.processes import Note

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
# Starts a program of its own and ignores SIGTERM: what a stuck simulator or a worker looks like.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def note(tmp_path: Path) -> Iterator[Note]:
    note = Note(tmp_path / "pids", "program")
    yield note
    processes.kill(note)


def start(note: Note, tmp_path: Path, command: list[str] = SLEEP) -> int:
    return processes.start(note, command, env=dict(os.environ), log=tmp_path / "logs/program.log", cwd=tmp_path)


def test_a_started_program_is_found_again_by_its_note(note: Note, tmp_path: Path) -> None:
    pid = start(note, tmp_path)
    assert Note(note.folder, note.name).pid() == pid


def test_ending_a_program_says_whether_it_ran_and_removes_the_note(note: Note, tmp_path: Path) -> None:
    start(note, tmp_path)
    assert processes.end(note) is True
    assert not note.path.exists()
    assert processes.end(note) is False


def test_a_program_that_ignores_the_request_is_killed_with_what_it_started(note: Note, tmp_path: Path) -> None:
    pid = start(note, tmp_path, [sys.executable, "-c", STUBBORN])
    log = tmp_path / "logs/program.log"
    while not log.read_text().strip():
        time.sleep(0.02)
    child = int(log.read_text())
    processes.end(note, patience=0.3)
    assert processes.started_at(pid) is None
    deadline = time.monotonic() + 5
    while processes.started_at(child) is not None:
        assert time.monotonic() < deadline, "its child outlives it"
        time.sleep(0.02)


def test_an_id_that_belongs_to_another_program_by_now_is_left_alone(note: Note) -> None:
    """R1.4: only what we started ourselves is ended."""
    with subprocess.Popen(SLEEP) as somebody:
        note.folder.mkdir(parents=True)
        note.path.write_text(json.dumps({"pid": somebody.pid, "started": "1"}))
        assert note.pid() is None
        assert processes.end(note) is False
        assert somebody.poll() is None
        somebody.kill()


def test_a_note_that_is_no_note_means_that_nothing_runs(note: Note) -> None:
    note.folder.mkdir(parents=True)
    note.path.write_text("half a no")
    assert note.pid() is None


def test_what_a_crash_has_left_is_ended_by_the_next_start(note: Note, tmp_path: Path) -> None:
    pid = start(note, tmp_path)
    dead = Note(note.folder, "dead")
    dead.path.write_text(json.dumps({"pid": 2**22 + 1, "started": "1"}))
    assert processes.end_all(note.folder) == ["program"]
    assert processes.started_at(pid) is None
    assert list(note.folder.iterdir()) == []


def test_a_program_in_somebody_elses_group_is_ended_alone(note: Note) -> None:
    with subprocess.Popen(SLEEP) as member:
        note.write(member.pid)
        assert processes.end(note) is True
        assert processes.started_at(member.pid) is None
    assert processes.started_at(os.getpid()) is not None


def test_a_large_log_is_put_aside(note: Note, tmp_path: Path) -> None:
    log = tmp_path / "logs/program.log"
    log.parent.mkdir()
    log.write_bytes(b"x" * (processes.LARGEST_LOG + 1))
    start(note, tmp_path)
    assert log.stat().st_size == 0
    assert log.with_suffix(".old").exists()
