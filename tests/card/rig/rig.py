"""Starts and ends a rig: pcscd, a reader with two slots, and nothing of the machine's own readers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rig.inside import READERS
from rig.slots import OPENSC_CONF, SYSTEM_PATH, RigTrouble, Slots

if TYPE_CHECKING:
    from types import TracebackType

PROGRAMS = ("pcscd", "ip", "mount", "unshare", "opensc-tool", "pkcs15-init", "pkcs15-tool")
NAMESPACES = ("--net", "--mount", "--pid", "--fork", "--kill-child")
# What a system may have set so that only root makes namespaces, and what lets everybody.
NAMESPACE_SETTINGS = {
    "kernel.apparmor_restrict_unprivileged_userns": "0",
    "kernel.unprivileged_userns_clone": "1",
}
SETTINGS = Path("/proc/sys")
SOURCES = Path(__file__).resolve().parents[1]
END_SECONDS = 10.0


class Rig(Slots):
    """A rig of one's own. Logs and OpenSC's home are kept in `folder`, everything else ends with it.

    It needs root, or a system that lets everybody make namespaces. A pcscd of the machine neither minds nor is
    minded: programs find this one by `environment`. Without `with_readers` no reader is plugged in.
    """

    def __init__(self, folder: Path, *, with_readers: bool = True) -> None:
        super().__init__(folder)
        self._kind = "readers" if with_readers else "no-readers"
        self._inside: subprocess.Popen[str] | None = None
        self._sockets: Path | None = None

    def start(self) -> None:
        """Start it. Raises RigTrouble with what is missing."""
        _check_programs()
        self._sockets = Path(tempfile.mkdtemp(prefix="rig-"))
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        (home / "opensc.conf").write_text(OPENSC_CONF, encoding="utf-8")
        (self.folder / "rig.json").write_text(json.dumps({"sockets": str(self._sockets)}), encoding="utf-8")
        as_root = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        log = self.folder / "rig.log"
        with log.open("w", encoding="utf-8") as output:
            self._inside = subprocess.Popen(
                [
                    *("unshare", *as_root, *NAMESPACES, sys.executable, "-m", "rig.inside"),
                    *(str(self.folder.resolve()), str(self._sockets), self._kind),
                ],
                env=self.environment | {"PYTHONPATH": str(SOURCES)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )
        if self._inside.stdout is None or self._inside.stdout.readline() != "ready\n":
            self.stop()
            raise RigTrouble(
                f"The card rig does not start: {log.read_text(encoding='utf-8')}{self.log()}{way_out()}"
            )

    def stop(self) -> None:
        """End it, with all that it started."""
        if self._inside is not None:
            for stream in (self._inside.stdin, self._inside.stdout):
                if stream is not None:
                    stream.close()
            try:
                self._inside.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._inside.kill()
                self._inside.wait()
            self._inside = None
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            (self.folder / "rig.json").unlink(missing_ok=True)
            self._sockets = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def way_out() -> str:
    """What to type where only root may make namespaces; "" where that is not the reason."""
    for setting, allowing in NAMESPACE_SETTINGS.items():
        current = SETTINGS.joinpath(*setting.split("."))
        if os.geteuid() and current.exists() and current.read_text(encoding="ascii").strip() != allowing:
            return (
                f"\nThis system lets only root make namespaces. Type:   sudo sysctl --write {setting}={allowing}"
            )
    return ""


def _check_programs() -> None:
    missing = [name for name in PROGRAMS if not shutil.which(name, path=SYSTEM_PATH)]
    if missing or not READERS.exists():
        raise RigTrouble(
            f"The card rig lacks {', '.join(missing) or 'a virtual reader'}. Type:   "
            "sudo apt-get install --yes pcscd vsmartcard-vpcd opensc iproute2"
        )
