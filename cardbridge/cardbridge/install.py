"""The host manifests that let the browsers' Web eID extension start `cardbridge-host`, for this user only.

A manifest is a file `eu.webeid.json` in a folder of the browser's. Another program's is never changed. Where the
genuine Web eID app is installed for the whole machine, its manifest stays, and the browser prefers the user's.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

NAME: Final = "eu.webeid"
HOST: Final = "cardbridge-host"
# The public Web eID extension's ids in the three stores.
_CHROMIUM_IDS: Final = ("ncibgoaomkmdpilpocfeponihegamlic", "gnmckgbandlkacikdndelhfghdejfido")
_CONFIG: Final = ".config/"
_FIREFOX_IDS: Final = ("{e68418bc-f2b0-4459-a9ea-3e72b6751b07}",)
# Where the installed extension is, in a browser's folder.
_CHROMIUM_FILES: Final = tuple(f"*/Extensions/{extension}" for extension in _CHROMIUM_IDS)
_FIREFOX_FILES: Final = tuple(f"*/extensions/{extension}.xpi" for extension in _FIREFOX_IDS)
_CHROMIUM_ID = re.compile(r"[a-p]{32}")
_FIREFOX_ID = re.compile(
    r"\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}|[a-zA-Z0-9._-]{0,64}@[a-zA-Z0-9._-]{1,64}"
)

Tell = Callable[..., object]


@dataclass(frozen=True)
class Browser:
    """Where a browser keeps what on Linux.

    Attributes:
        name: as people call it.
        programs: names that it is started by.
        folders: of its profiles, under the home folder; one of them means that it is in use.
        system: of the whole machine's host manifests.
        flatpak: its name at Flathub.
        snap: its name in the Snap store, if it is there.
        firefox: whether its manifests and places are Firefox's.
    """

    name: str
    programs: tuple[str, ...]
    folders: tuple[str, ...]
    system: tuple[str, ...]
    flatpak: str
    snap: str | None = None
    firefox: bool = False

    @property
    def manifests(self) -> str:
        """The folder of the user's host manifests, under the home folder.

        Firefox looks in `.mozilla` also where its profiles are in `.config` (Firefox 147 and later).
        """
        return ".mozilla/native-messaging-hosts" if self.firefox else f"{self.folders[0]}/NativeMessagingHosts"


BROWSERS: Final = (
    Browser(
        name="Chromium",
        programs=("chromium", "chromium-browser"),
        folders=(".config/chromium",),
        system=("/etc/chromium/native-messaging-hosts",),
        flatpak="org.chromium.Chromium",
        snap="chromium",
    ),
    Browser(
        name="Chrome",
        programs=("google-chrome", "google-chrome-stable"),
        folders=(".config/google-chrome",),
        system=("/etc/opt/chrome/native-messaging-hosts",),
        flatpak="com.google.Chrome",
    ),
    Browser(
        name="Edge",
        programs=("microsoft-edge", "microsoft-edge-stable"),
        folders=(".config/microsoft-edge",),
        system=("/etc/opt/edge/native-messaging-hosts",),
        flatpak="com.microsoft.Edge",
    ),
    Browser(
        name="Brave",
        programs=("brave-browser", "brave"),
        folders=(".config/BraveSoftware/Brave-Browser",),
        system=("/etc/opt/chrome/native-messaging-hosts",),
        flatpak="com.brave.Browser",
        snap="brave",
    ),
    Browser(
        name="Firefox",
        programs=("firefox", "firefox-esr"),
        folders=(".mozilla/firefox", ".config/mozilla/firefox"),
        system=("/usr/lib/mozilla/native-messaging-hosts", "/usr/lib64/mozilla/native-messaging-hosts"),
        flatpak="org.mozilla.firefox",
        snap="firefox",
        firefox=True,
    ),
)


@dataclass(frozen=True)
class Machine:
    """What installing looks at: home and configuration folder, root, how programs are found, the host."""

    home: Path
    config: Path
    root: Path
    which: Callable[[str], str | None]
    host: Path | None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Machine":
        """Return this machine."""
        home = Path(environ.get("HOME") or Path.home())
        config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        return cls(home, config, Path("/"), shutil.which, find_host())

    def installed(self, browser: Browser) -> bool:
        """Whether the browser is here, not in a box of Flatpak's or Snap's."""
        programs = [found for name in browser.programs if (found := self.which(name))]
        own = any(not _is_boxed(Path(found)) for found in programs)
        return own or any(self._place(folder).is_dir() for folder in browser.folders)

    def box(self, browser: Browser) -> str | None:
        """Return "Flatpak" or "Snap" if the browser is here in such a box."""
        places = (self.home / ".local/share/flatpak/app", self.root / "var/lib/flatpak/app")
        if any((place / browser.flatpak).is_dir() for place in places):
            return "Flatpak"
        if browser.snap and (self.root / "snap" / browser.snap).is_dir():
            return "Snap"
        return None

    def manifest(self, browser: Browser) -> Path:
        """Return where the user's manifest for the browser is, or would be."""
        return self._place(browser.manifests) / f"{NAME}.json"

    def genuine(self, browser: Browser) -> Path | None:
        """Return the manifest for the whole machine, where another program has put one."""
        places = (self.root / folder.lstrip("/") / f"{NAME}.json" for folder in browser.system)
        return next((place for place in places if place.is_file() and not is_ours(place)), None)

    def has_extension(self, browser: Browser) -> bool:
        """Whether a profile of the browser has the public Web eID extension."""
        return any(
            next(self._place(folder).glob(pattern), None) is not None
            for folder in browser.folders
            for pattern in (_FIREFOX_FILES if browser.firefox else _CHROMIUM_FILES)
        )

    def _place(self, folder: str) -> Path:
        """Return a folder of the home; what is in `.config` there is wherever XDG has it."""
        return self.config / folder[len(_CONFIG) :] if folder.startswith(_CONFIG) else self.home / folder


def find_host() -> Path | None:
    """Return the absolute path of `cardbridge-host`: beside this Python, or on the PATH."""
    beside = Path(sys.executable).parent / HOST
    if beside.is_file():
        return beside.absolute()
    found = shutil.which(HOST)
    return Path(found).absolute() if found else None


def install(machine: Machine, extensions: Iterable[str], tell: Tell, agrees: Callable[[], bool]) -> int:
    """Write the manifests of the browsers that are here.

    `agrees` answers whether to go on where the genuine app serves the whole machine.

    Returns:
        0 all written; 1 nothing could be written, or something had to be left; 2 an id that is none.
    """
    extensions = tuple(extensions)
    for extension in extensions:
        if not (_CHROMIUM_ID.fullmatch(extension) or _FIREFOX_ID.fullmatch(extension)):
            tell("install", "bad-extension", detail=extension)
            return 2
    if machine.host is None:
        tell("install", "no-host")
        return 1
    here = [browser for browser in BROWSERS if machine.installed(browser)]
    _tell_of_boxes(machine, tell)
    if not here:
        tell("install", "no-browser")
        return 1
    genuine = sorted({str(found) for browser in here if (found := machine.genuine(browser))})
    if genuine:
        tell("install", "beside", path=", ".join(genuine))
        if not agrees():
            tell("install", "declined")
            return 1
    written = [_write(machine, browser, machine.host, extensions, tell) for browser in here]
    return 0 if all(written) else 1


def uninstall(machine: Machine, tell: Tell) -> int:
    """Remove our manifests. 0: none is left; 1: one could not be removed. Others' are left and named."""
    found = False
    failed = False
    for browser in BROWSERS:
        path = machine.manifest(browser)
        if not path.exists() and not path.is_symlink():
            continue
        found = True
        blanks = {"browser": browser.name, "path": path}
        if not is_ours(path):
            tell("install", "not-ours", **blanks)
            continue
        try:
            path.unlink()
        except OSError as error:
            failed = True
            tell("install", "unwritable", detail=error.strerror, **blanks)
        else:
            tell("install", "removed", **blanks)
    if not found:
        tell("install", "nothing")
    return 1 if failed else 0


def is_ours(path: Path) -> bool:
    """Whether a manifest is this program's: a plain file that names a `cardbridge-host`, wherever that was."""
    called = program(path)
    return called is not None and not path.is_symlink() and Path(called).name == HOST


def program(path: Path) -> str | None:
    """Return the program that a manifest names; None where there is no manifest that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    called = found.get("path") if isinstance(found, dict) else None
    return called if isinstance(called, str) else None


def manifest(browser: Browser, host: Path, extensions: Iterable[str]) -> dict[str, Any]:
    """Return the manifest as Chromium's and Firefox's documentation of native messaging have it."""
    shared = {
        "name": NAME,
        "description": "cardbridge: the ID card for the Web eID extension",
        "path": str(host),
        "type": "stdio",
    }
    if browser.firefox:
        own = [extension for extension in extensions if not _CHROMIUM_ID.fullmatch(extension)]
        return shared | {"allowed_extensions": [*_FIREFOX_IDS, *own]}
    own = [extension for extension in extensions if _CHROMIUM_ID.fullmatch(extension)]
    return shared | {
        "allowed_origins": [f"chrome-extension://{extension}/" for extension in (*_CHROMIUM_IDS, *own)]
    }


def _write(machine: Machine, browser: Browser, host: Path, extensions: Iterable[str], tell: Tell) -> bool:
    path = machine.manifest(browser)
    blanks = {"browser": browser.name, "path": path}
    if (path.exists() or path.is_symlink()) and not is_ours(path):
        tell("install", "kept", **blanks)
        return False
    content = json.dumps(manifest(browser, host, extensions), indent=2) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        tell("install", "unwritable", detail=error.strerror, **blanks)
        return False
    tell("install", "written", **blanks)
    return True


def _tell_of_boxes(machine: Machine, tell: Tell) -> None:
    for browser in BROWSERS:
        box = machine.box(browser)
        if box is not None:
            tell("install", "boxed", browser=browser.name, box=box)


def _is_boxed(found: Path) -> bool:
    """Whether a program is Snap's or Flatpak's starter."""
    places = {"snap", "flatpak"}
    return bool(places & set(found.parts)) or bool(places & set(found.resolve().parts))
