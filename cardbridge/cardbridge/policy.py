"""Which sites may use the card: exact origins, from the package, the person's own file and a developer's switch.

An origin is what a browser says of a page (RFC 6454, section 6.2): scheme, host and, unless it is the scheme's
own, port. It is compared as a string; there are no patterns.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

# The portals that this package is made for: whoever runs one writes its origin here.
PACKAGED: Final = ("https://karibche.example",)
MAX_ORIGIN: Final = 255  # characters, as in Web eID
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HTTPS = re.compile(rf"https://{_LABEL}(?:\.{_LABEL})*(?::([1-9][0-9]{{0,4}}))?")
_DEVELOPER = re.compile(r"http://localhost:([1-9][0-9]{0,4})")
_HTTPS_PORT = 443
_HTTP_PORT = 80
_MAX_PORT = 65535
_NOTICE = (
    "# cardbridge: sites that may use the card, and a PKCS#11 module. `cardbridge allow` writes this file anew.\n"
)


class BadSettingsError(Exception):
    """The person's settings cannot be used; its text is a key of `texts`' `settings`, `detail` what is wrong."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Settings:
    """The person's own settings: further origins, and the path of a PKCS#11 module."""

    origins: tuple[str, ...] = ()
    pkcs11_module: str | None = None


@dataclass(frozen=True)
class Policy:
    """The origins that may use the card."""

    origins: frozenset[str]

    def allows(self, origin: str) -> bool:
        """Whether this very string is on the list."""
        return origin in self.origins


def policy(settings: Settings, developer_origins: Iterable[str] = ()) -> Policy:
    """Join the packaged list, the person's and the developer's."""
    return Policy(frozenset((*PACKAGED, *settings.origins, *developer_origins)))


def is_origin(text: str) -> bool:
    """Whether this is an https origin exactly as a browser writes it."""
    match = _HTTPS.fullmatch(text)
    return match is not None and len(text) <= MAX_ORIGIN and _is_port(match[1], _HTTPS_PORT)


def is_developer_origin(text: str) -> bool:
    """Whether this is `http://localhost:PORT`."""
    match = _DEVELOPER.fullmatch(text)
    return match is not None and _is_port(match[1], _HTTP_PORT)


def settings_file(environ: Mapping[str, str]) -> Path:
    """Return where the person's settings are: `config.toml` in `cardbridge` under the XDG configuration folder."""
    base = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or Path.home(), ".config")
    return Path(base, "cardbridge", "config.toml")


def read_settings(path: Path) -> Settings:
    """Read the person's settings; a file that does not exist holds none.

    Raises:
        BadSettingsError: unreadable, not TOML, an unknown name, a value of another type, or no exact https origin.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise BadSettingsError("unreadable", str(error)) from error
    unknown = found.keys() - {"origins", "pkcs11_module"}
    if unknown:
        raise BadSettingsError("unknown-name", ", ".join(sorted(unknown)))
    return Settings(_origins(found.get("origins", [])), _module(found.get("pkcs11_module")))


def allow(path: Path, origin: str) -> Settings:
    """Add an origin to the person's list and return the settings; nothing is written where it is there already.

    Raises:
        BadSettingsError: no exact https origin, or the file cannot be read.
        OSError: it cannot be written.
    """
    if not is_origin(origin):
        raise BadSettingsError("not-an-origin", origin)
    settings = read_settings(path)
    if origin in settings.origins:
        return settings
    settings = replace(settings, origins=(*settings.origins, origin))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(_toml(settings), encoding="utf-8")
    temporary.replace(path)
    return settings


def _origins(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise BadSettingsError("wrong-type", "origins")
    for origin in found:
        if not isinstance(origin, str) or not is_origin(origin):
            raise BadSettingsError("not-an-origin", str(origin))
    return tuple(found)


def _module(found: Any) -> str | None:
    if found is not None and not (isinstance(found, str) and os.path.isabs(found)):  # noqa: PTH117 a string stays one
        raise BadSettingsError("wrong-type", "pkcs11_module")
    return found


def _toml(settings: Settings) -> str:
    lines = [_NOTICE, "origins = [\n", *(f'  "{origin}",\n' for origin in settings.origins), "]\n"]
    if settings.pkcs11_module is not None:
        lines.append(f"pkcs11_module = {_quoted(settings.pkcs11_module)}\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    """Write a basic string of TOML 1.0: quotation mark, backslash and control characters are escaped."""
    return '"' + re.sub(r'["\\\x00-\x1f\x7f]', lambda found: f"\\u{ord(found[0]):04x}", text) + '"'


def _is_port(port: str | None, default: int) -> bool:
    return port is None or (int(port) <= _MAX_PORT and int(port) != default)
