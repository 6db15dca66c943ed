"""The half of the rig that lives in namespaces of its own: pcscd, its reader, and the cards in the two slots.

vpcd listens on every address of the machine, and a pcscd takes every reader of the machine: so this one has a
network without a way out, a `/run` of its own, and no drivers but vpcd's. It ends when its standard input does,
and everything that it started ends with it.
"""

from __future__ import annotations

import json
import selectors
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rig.chip import Chip
from rig.foreign import ForeignCard
from rig.testcard import TestCard
from rig.vpcd import PATIENCE_SECONDS, PORTS, Plugged

if TYPE_CHECKING:
    from collections.abc import Callable

READERS = Path("/etc/reader.conf.d/vpcd")
DRIVERS = Path("/usr/lib/pcsc/drivers")
LOOK_EVERY_SECONDS = 0.5


def main(folder: Path, sockets: Path, *, with_readers: bool) -> None:
    """Play until nobody needs it any more; `sockets` is where pcscd and this program are called."""
    _isolate(folder, sockets, with_readers=with_readers)
    with (
        (folder / "pcscd.log").open("ab") as log,
        subprocess.Popen(_pcscd(folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log) as pcscd,
        socket.socket(socket.AF_UNIX) as calls,
    ):
        try:
            _wait_for(sockets / "pcscd.comm", pcscd)
            calls.bind(str(sockets / "slots"))
            calls.listen()
            print("ready", flush=True)
            _serve(calls, pcscd, Slots())
        finally:
            pcscd.terminate()


def _isolate(folder: Path, sockets: Path, *, with_readers: bool) -> None:
    _do("ip", "link", "set", "lo", "up")
    _do("mount", "-t", "tmpfs", "none", "/run")
    Path("/run/pcscd").mkdir()
    _do("mount", "--bind", str(sockets), "/run/pcscd")
    readers, empty = folder / "readers", folder / "no-drivers"
    for made in (readers, empty):
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
    if with_readers:
        _describe_readers(readers)
    _do("mount", "--bind", str(empty), str(DRIVERS))


def _describe_readers(folder: Path) -> None:
    """Debian's own description of the reader, with the driver where it can still be read."""
    described = READERS.read_text(encoding="utf-8").splitlines()
    driver = next(line.split()[1] for line in described if line.startswith("LIBPATH"))
    kept = shutil.copy(driver, folder.parent / "vpcd.so")
    lines = [f"LIBPATH {kept}" if line.startswith("LIBPATH") else line for line in described]
    (folder / "vpcd").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _pcscd(folder: Path) -> list[str]:
    command = ["pcscd", "--foreground", "--config", str(folder / "readers")]
    offered = subprocess.run(["pcscd", "--help"], capture_output=True, text=True, check=False).stdout
    # There is no D-Bus here by which a pcscd that knows polkit could ask whether its caller may.
    return [*command, "--disable-polkit"] if "--disable-polkit" in offered else command


def _do(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")


def _wait_for(path: Path, program: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not path.exists():
        if program.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("pcscd does not start")
        time.sleep(0.01)


class Slots:
    """The reader's two slots, and what other processes may ask of them."""

    def __init__(self) -> None:
        self._plugged: dict[int, Plugged] = {}

    def do(self, asked: dict[str, Any]) -> None:
        """Do one request: `do` is insert (with `slot` and `card`, None for a foreign one) or remove."""
        work: dict[str, Callable[[], None]] = {
            "insert": lambda: self._insert(asked["slot"], asked["card"]),
            "remove": lambda: self._remove(asked["slot"]),
        }
        work[asked["do"]]()

    def _insert(self, slot: int, card: str | None) -> None:
        if slot in self._plugged:
            raise ValueError(f"There is a card in slot {slot}")
        inserted = TestCard(Chip.load(Path(card))) if card else ForeignCard()
        self._plugged[slot] = Plugged(inserted, PORTS[slot])

    def _remove(self, slot: int) -> None:
        if slot in self._plugged:
            self._plugged.pop(slot).pull_out()


def _serve(calls: socket.socket, pcscd: subprocess.Popen[bytes], slots: Slots) -> None:
    with selectors.DefaultSelector() as waiting:
        waiting.register(calls, selectors.EVENT_READ)
        waiting.register(sys.stdin, selectors.EVENT_READ)
        while pcscd.poll() is None:
            for key, _ in waiting.select(LOOK_EVERY_SECONDS):
                if key.fileobj is sys.stdin:
                    return
                connection, _ = calls.accept()
                with connection:
                    _answer(connection, slots)


def _answer(connection: socket.socket, slots: Slots) -> None:
    with connection.makefile("rw", encoding="utf-8") as stream:
        trouble = None
        try:
            slots.do(json.loads(stream.readline()))
        except (OSError, ValueError, LookupError) as error:
            trouble = f"{type(error).__name__}: {error}"
        stream.write(json.dumps({"trouble": trouble}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), with_readers=sys.argv[3] == "readers")
