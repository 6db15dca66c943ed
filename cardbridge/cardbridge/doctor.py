"""What is missing between browser and card, one finding at a time, each with what to do."""

import importlib.util
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from cardbridge import policy, relay
from cardbridge.errors import CardError
from cardbridge.install import BROWSERS, Machine, is_ours, program

if TYPE_CHECKING:
    from cardbridge.operations import CardStatus

Outcome = Literal["ok", "missing", "note", "unknown"]
Service = Literal["ok", "absent", "denied", "dead"]
_SERVICE_SOCKET: Final = "/run/pcscd/pcscd.comm"
_SMART_CARD_CLASS: Final = "0b"  # of USB interfaces (USB "Integrated Circuit(s) Cards Interface Devices")
_DRIVERS: Final = ("usr/lib/pcsc/drivers", "usr/lib64/pcsc/drivers", "usr/local/lib/pcsc/drivers")


@dataclass(frozen=True)
class Finding:
    """What one probe saw; `words` is the path of its text, which says what to do where something is missing.

    `missing` must be put right, `note` need not, `unknown` waits for what stands above it.
    """

    outcome: Outcome
    words: tuple[str, ...]
    blanks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """Everything that the probes look at, so that each can be shown any machine.

    Attributes:
        machine: home, root and programs.
        service_path: of the card service's socket.
        service: how that socket answers.
        has_pyscard: whether pyscard can be imported.
        cards: what is in the readers; raises CardError, as `operations.status`.
        settings: reads the person's settings; raises BadSettingsError.
        settings_path: where they are.
        serving: whether `serve` is open.
    """

    machine: Machine
    service_path: str
    service: Callable[[], Service]
    has_pyscard: Callable[[], bool]
    cards: "Callable[[], list[CardStatus]]"
    settings: Callable[[], object]
    settings_path: Path
    serving: Callable[[], bool]

    @classmethod
    def of(cls, environ: Mapping[str, str], cards: "Callable[[], list[CardStatus]]") -> "Facts":
        """Return the facts of this machine."""
        path = environ.get("PCSCLITE_CSOCK_NAME") or _SERVICE_SOCKET
        settings_path = policy.settings_file(environ)
        return cls(
            machine=Machine.of(environ),
            service_path=path,
            service=lambda: service_at(path),
            has_pyscard=lambda: importlib.util.find_spec("smartcard") is not None,
            cards=cards,
            settings=lambda: policy.read_settings(settings_path),
            settings_path=settings_path,
            serving=lambda: relay.is_served(relay.socket_paths(environ)),
        )


def examine(facts: Facts) -> list[Finding]:
    """Look at everything, from the card's end to the browser's."""
    service, pyscard = probe_service(facts), probe_pyscard(facts)
    reachable = service.outcome == pyscard.outcome == "ok"
    return [
        service,
        pyscard,
        *probe_card(facts, reachable=reachable),
        probe_browser(facts),
        probe_extension(facts),
        *probe_manifests(facts),
        probe_settings(facts),
        probe_serve(facts),
    ]


def probe_service(facts: Facts) -> Finding:
    """Look for the card service, pcscd."""
    state = facts.service()
    return _finding("ok" if state == "ok" else "missing", f"pcscd-{state}", path=facts.service_path)


def probe_pyscard(facts: Facts) -> Finding:
    """Look for the library that speaks to pcscd."""
    return _finding("ok", "pyscard-ok") if facts.has_pyscard() else _finding("missing", "pyscard-absent")


def probe_card(facts: Facts, *, reachable: bool) -> Iterator[Finding]:
    """Look for a reader, its driver and the card, which only the service can see."""
    try:
        cards = facts.cards() if reachable else []
    except CardError:
        cards = []
    if cards:
        yield _finding("ok", "reader-ok", readers=", ".join(card.reader for card in cards))
        yield _finding("ok", "driver-ok")
        yield _card(cards)
        return
    has_driver = any((facts.machine.root / folder / "ifd-ccid.bundle").is_dir() for folder in _DRIVERS)
    yield _reader(facts, reachable=reachable)
    yield _finding("ok", "driver-installed") if has_driver else _finding("missing", "driver-absent")
    yield _finding("unknown", "card-unknown")


def probe_browser(facts: Facts) -> Finding:
    """Look for browsers, and for those that cannot start a host."""
    here = [browser.name for browser in BROWSERS if facts.machine.installed(browser)]
    boxed = [f"{browser.name} ({box})" for browser in BROWSERS if (box := facts.machine.box(browser))]
    if boxed:
        return _finding("note", "browser-boxed", browsers=", ".join([*here, *boxed]), boxes=", ".join(boxed))
    if here:
        return _finding("ok", "browser-ok", browsers=", ".join(here))
    return _finding("missing", "browser-absent")


def probe_extension(facts: Facts) -> Finding:
    """Look for the Web eID extension, which is a convenience: the pop-up works without it."""
    found = [browser.name for browser in BROWSERS if facts.machine.has_extension(browser)]
    return (
        _finding("ok", "extension-ok", browsers=", ".join(found))
        if found
        else _finding("note", "extension-absent")
    )


def probe_manifests(facts: Facts) -> Iterator[Finding]:
    """Look whether the extension would start this program, another one, or none."""
    ours = []
    for browser in BROWSERS:
        path = facts.machine.manifest(browser)
        if not path.exists() and not path.is_symlink():
            continue
        called = program(path)
        if called is None or not is_ours(path):
            yield _finding("note", "manifest-foreign", path=str(path))
        elif not Path(called).is_file():
            yield _finding("missing", "manifest-broken", path=called)
        else:
            ours.append(browser.name)
    if ours:
        yield _finding("ok", "manifest-ok", browsers=", ".join(ours))
    elif not any(facts.machine.manifest(browser).exists() for browser in BROWSERS):
        yield _finding("note", "manifest-absent")


def probe_settings(facts: Facts) -> Finding:
    """Look whether the person's settings can be read."""
    try:
        facts.settings()
    except policy.BadSettingsError as error:
        blanks = {"path": str(facts.settings_path), "detail": error.detail}
        return Finding("missing", ("settings", error.reason), blanks)
    return _finding("ok", "settings-ok")


def probe_serve(facts: Facts) -> Finding:
    """Look whether `serve` is open."""
    return _finding("ok", "serve-ok") if facts.serving() else _finding("missing", "serve-absent")


def service_at(path: str) -> Service:
    """Say how the card service's socket answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.settimeout(2)
            connection.connect(path)
        except FileNotFoundError:
            return "absent"
        except PermissionError:
            return "denied"
        except OSError:
            return "dead"
    return "ok"


def _finding(outcome: Outcome, words: str, **blanks: str) -> Finding:
    return Finding(outcome, ("doctor", words), blanks)


def _reader(facts: Facts, *, reachable: bool) -> Finding:
    if _has_usb_reader(facts.machine.root):
        return _finding("missing", "reader-undriven") if reachable else _finding("unknown", "reader-unknown")
    return _finding("missing", "reader-absent")


def _has_usb_reader(root: Path) -> bool:
    interfaces = (root / "sys/bus/usb/devices").glob("*/bInterfaceClass")
    return any(interface.read_text(encoding="ascii").strip() == _SMART_CARD_CLASS for interface in interfaces)


def _card(cards: "list[CardStatus]") -> Finding:
    usable = [card for card in cards if card.problem is None]
    if len(usable) > 1:
        return _finding("missing", "card-several-cards")
    if usable:
        return _finding("ok", "card-ok", profile=usable[0].profile or "")
    problems = [card for card in cards if card.problem not in {None, "no-card"}]
    if not problems:
        return _finding("missing", "card-absent")
    return _finding("missing", f"card-{problems[0].problem}", atr=problems[0].atr.hex(" ").upper())
