"""R2.3: `make run CARD=1` as a person sees it: a card that nobody owns, and one terminal for everything."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local import card, processes
from local.client import ApiClient, eventually
from local.cloud import ROOT, free_port
from tests.card.agent import OPENED, Terminal, as_page, wait_for_turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.cloud, pytest.mark.timeout(300)]

COMMAND = [sys.executable, "-m", "local", "run", "--card"]


class Running:
    """Where a portal with a card runs, and what of it lives."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = free_port()
        self.environment = os.environ | {
            "KARIBCHE_STATE": str(state),
            "PORT": str(self.port),
            "CLOUD_PORT": str(free_port()),
            "XDG_RUNTIME_DIR": str(state.parent),
            "LC_ALL": "en_GB.UTF-8",
        }

    @property
    def pids(self) -> dict[str, int]:
        notes = [processes.Note(path.parent, path.stem) for path in (self.state / "pids").glob("*.pid")]
        return {note.name: pid for note in notes if (pid := note.pid()) is not None}

    def local(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr


@pytest.fixture
def running(tmp_path: Path, cardbridge: Path) -> Iterator[Running]:
    """A place for a portal; the agent's port is ours, and everything is ended afterwards."""
    place = Running(tmp_path / "run")
    with socket.socket(socket.AF_UNIX) as turn:
        wait_for_turn(turn)
        yield place
        processes.end_all(place.state / "pids")


def must_log_in(running: Running, terminal: Terminal) -> None:
    """Sign in as the site and a browser would, with the PIN typed in the terminal."""
    site = ApiClient(running.port)
    nonce = site.post("/v1/session/card/challenge").json()["nonce"]
    with terminal.answering(card.AUTHENTICATION_PIN):
        request = {"command": "authenticate", "arguments": {"challengeNonce": nonce, "lang": "en"}}
        answer = as_page({"origin": f"http://localhost:{running.port}", **request})
    session = site.post("/v1/session/card", {"token": answer["result"]}).json()
    assert (session["state"], session["assurance"]) == ("contact", "high")
    assert session["citizen"]["last_name"] == card.HOLDER["last_name"]


def test_a_card_is_offered_logs_in_and_goes_with_one_key_and_is_there_again(
    running: Running, tmp_path: Path
) -> None:
    terminal = Terminal(COMMAND, running.environment)
    said = terminal.expect(OPENED, seconds=240)
    pids = running.pids

    assert f"{card.HOLDER['first_name']} {card.HOLDER['last_name']}" in said
    for code in (card.AUTHENTICATION_PIN, card.TRANSPORT_PIN, card.PUK):
        assert code in said
    assert {*card.PROGRAMS, card.AGENT} <= pids.keys()
    must_log_in(running, terminal)
    status = running.local("local", "status")
    assert all(re.search(rf"{name} +runs, process {pids[name]}", status) for name in (*card.PROGRAMS, card.AGENT))
    assert "open already, in another terminal" in running.local("local", "card")
    terminal.close_politely()
    assert not [name for name, pid in pids.items() if processes.started_at(pid) is not None]

    terminal.close()

    kept = _key_of_card(running)
    said = tmp_path / "said"
    with said.open("wb") as output:
        portal = subprocess.Popen(
            COMMAND, cwd=ROOT, env=running.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    eventually(lambda: "PUK" in said.read_text() or portal.poll(), seconds=240, what="the portal")
    assert "another terminal; open it there:   make card" in said.read_text()
    assert card.AGENT not in running.pids
    terminal = Terminal([sys.executable, "-m", "local", "card"], running.environment)
    terminal.expect(OPENED)
    assert running.pids[card.AGENT] == terminal.program.pid
    must_log_in(running, terminal)
    assert _key_of_card(running) == kept, "it is the same card"
    assert "Stopped" in running.local("local.leftovers")
    assert portal.wait(30) == 0
    assert terminal.wait() == 0
    terminal.close()


def test_without_a_card_no_program_waits_for_one(running: Running) -> None:
    assert "make run CARD=1" in running.local("local", "card")


def _key_of_card(running: Running) -> str:
    kept = json.loads((running.state / "card/card.json").read_text(encoding="utf-8"))
    return str(kept["files"]["3F0050154B01"]["key"])
