"""R1.1: `make run` as a person sees it: one command, and one key that ends everything."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import processes
from local.client import ApiClient, eventually
from local.cloud import ROOT, free_port

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(600)]

READY_SECONDS = 240.0
STOP_SECONDS = 20.0


class Running:
    """One start of the portal by the same program that `make run` starts."""

    def __init__(self, state: Path, port: int, cloud_port: int) -> None:
        self.state = state
        self.port = port
        self.environment = {
            **os.environ,
            "KARIBCHE_STATE": str(state),
            "PORT": str(port),
            "CLOUD_PORT": str(cloud_port),
        }
        self.said = state.with_suffix(".out")
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local", "run"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        eventually(self._is_ready, seconds=READY_SECONDS, what="the portal")

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.said.read_text()
        return "Ctrl-C stops" in self.said.read_text()

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def pids(self) -> dict[str, int]:
        notes = [processes.Note(path.parent, path.stem) for path in (self.state / "pids").glob("*.pid")]
        return {note.name: pid for note in notes if (pid := note.pid()) is not None}


@contextmanager
def running(state: Path, port: int, cloud_port: int) -> Iterator[Running]:
    portal = Running(state, port, cloud_port)
    try:
        yield portal
    finally:
        portal.process.kill()
        portal.process.wait()
        processes.end_all(state / "pids")


def all_gone(pids: dict[str, int]) -> bool:
    return not [pid for pid in pids.values() if processes.started_at(pid) is not None]


def test_it_starts_shows_itself_stops_at_one_key_survives_a_crash_and_keeps_its_data(tmp_path: Path) -> None:
    state, port, cloud_port = tmp_path / "run", free_port(), free_port()

    with running(state, port, cloud_port) as portal:
        said = portal.said.read_text()
        assert re.search(r"Deploy \.+ +\d+\.\d s", said), "each step is shown with its time"
        for address in ("/", "/ka/operator", "/mailbox"):
            assert f"http://localhost:{port}{address}" in said
        demo = json.loads((state / "demo.json").read_text())
        assert (state / "demo.json").stat().st_mode & 0o777 == 0o600
        assert demo["password"] in said
        assert demo["totp_key"] in said
        pids = portal.pids()
        assert set(pids) == {"site", "cloud", "provider-napr", "provider-sda", "provider-tbilisi"}
        for name in ("PORT", "CLOUD_PORT"):
            portal.environment.pop(name)  # as in another terminal
        assert f"process {pids['cloud']}" in portal.command("local", "status")
        code = portal.command("local", "code").strip()
        signing_in = {"email": demo["email"], "password": demo["password"], "code": code}
        assert ApiClient(port).post("/v1/operator/session", signing_in).status == 200
        made = portal.command("local", "operator", "second@example.ge")
        assert re.search(r"TOTP key +[A-Z2-7]{32}", made)
        assert "already" in portal.command("local", "operator", "second@example.ge")
        assert "runs already" in portal.command("local.bootstrap", "--port", str(port))
        assert "endpoint=start_operator_session status=200" in portal.command("local", "logs")
        portal.process.send_signal(signal.SIGINT)
        assert portal.process.wait(STOP_SECONDS) == 0
        assert all_gone(pids)

    with running(state, port, cloud_port) as portal:
        assert json.loads((state / "demo.json").read_text()) == demo
        assert "already" in portal.command("local", "operator", "second@example.ge")
        pids = portal.pids()
        portal.process.kill()
        portal.process.wait()
        assert portal.pids().keys() == pids.keys() - {"site"}
        assert "Ended what an earlier run had left: provider-tbilisi" in portal.command("local.leftovers")
        assert all_gone(pids)

    with running(state, port, cloud_port) as portal:
        pids = portal.pids()
        assert "Stopped" in portal.command("local.leftovers")
        assert portal.process.wait(STOP_SECONDS) == 0
        assert all_gone(pids)
        assert "Deleted" in portal.command("local.leftovers", "--reset", "--yes")
        assert not state.exists()
