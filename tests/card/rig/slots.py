"""A running rig as other processes use it: cards in and out, and OpenSC's programs at its reader."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from rig.chip import GEORGIAN_ATR, MAKERS_ATR, T0_ATR

if TYPE_CHECKING:
    from pathlib import Path

    from rig.card import CardFile

SYSTEM_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
PATIENCE_SECONDS = 10.0
READER = re.compile(r"^\d+ +(Yes|No) +(\S.*)$", re.MULTILINE)

# Nothing may be remembered about a card but by the card. These answers to reset are unknown to OpenSC.
_KNOWN = "\n".join(
    f'card_atr {atr.hex(":").upper()} {{ driver = "myeid"; type = 20001; }}'
    for atr in (GEORGIAN_ATR, T0_ATR, MAKERS_ATR)
)
OPENSC_CONF = f"""
app default {{
    framework pkcs15 {{ use_file_caching = no; use_pin_caching = false; }}
    {_KNOWN}
}}
"""


class RigTrouble(Exception):
    """The rig cannot do that; the message says why, and what to do where something can be done."""


class Slots:
    """The rig that runs over `folder`. Raises RigTrouble wherever it does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def sockets(self) -> str:
        """Where the rig's programs are called: short, as the path of a Unix socket has to be."""
        try:
            return str(json.loads((self.folder / "rig.json").read_text(encoding="utf-8"))["sockets"])
        except (OSError, ValueError) as error:
            raise RigTrouble(f"No rig runs in {self.folder}") from error

    @property
    def own_environment(self) -> dict[str, str]:
        """By what a program of PC/SC meets this rig's reader and no other."""
        return {"PCSCLITE_CSOCK_NAME": f"{self.sockets}/pcscd.comm"}

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a program at this rig; OpenSC remembers nothing in it."""
        home = self.folder / "home"
        return {
            **os.environ,
            **self.own_environment,
            "PATH": SYSTEM_PATH,
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "OPENSC_CONF": str(home / "opensc.conf"),
            "LC_ALL": "C.UTF-8",
        }

    def insert(self, card: CardFile | None, slot: int = 0) -> None:
        """Put a card into a slot, None for a foreign one; afterwards readers know of it."""
        self._ask({"do": "insert", "slot": slot, "card": None if card is None else str(card.path)})
        self._wait_until(slot, present=True)

    def remove(self, slot: int = 0) -> None:
        """Pull the card out of a slot, if there is one; afterwards readers know of it."""
        self._ask({"do": "remove", "slot": slot})
        self._wait_until(slot, present=False)

    def readers(self) -> dict[str, bool]:
        """The names of the readers in their order, and whether there is a card, as OpenSC sees them."""
        listed = self.tool("opensc-tool", "--list-readers")
        return {name.strip(): card == "Yes" for card, name in READER.findall(listed)}

    def tool(self, *command: str) -> str:
        """What one of OpenSC's programs prints. Raises RigTrouble with its words if it refuses."""
        done = self.run(*command)
        if done.returncode:
            raise RigTrouble(f"{command[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program at this rig, whatever it answers."""
        return subprocess.run(
            command, env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False, timeout=60
        )

    def _ask(self, request: dict[str, object]) -> None:
        with socket.socket(socket.AF_UNIX) as call:
            call.settimeout(2 * PATIENCE_SECONDS)
            try:
                call.connect(f"{self.sockets}/slots")
            except OSError as error:
                raise RigTrouble(f"The rig in {self.folder} has ended: {self.log()}") from error
            with call.makefile("rw", encoding="utf-8") as stream:
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                answer = json.loads(stream.readline())
        if answer["trouble"]:
            raise RigTrouble(answer["trouble"])

    def _wait_until(self, slot: int, *, present: bool) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while list(self.readers().values())[slot] is not present:
            if time.monotonic() > deadline:
                raise RigTrouble(f"pcscd has not seen what happened in slot {slot}: {self.log()}")
            time.sleep(0.02)

    def log(self) -> str:
        """The last words of pcscd."""
        kept = self.folder / "pcscd.log"
        return kept.read_text(errors="replace")[-1000:] if kept.exists() else "(no log)"
