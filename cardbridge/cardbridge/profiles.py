"""What differs from card to card, as data: one JSON file a profile, checked when it is loaded.

A profile names another that it is `based_on`; null then means "not known", and the other's value is used. In a
profile that is based on none, null means "as the card's own directories say".
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar

from cardbridge.prompts import Pin

GENERIC: Final = "generic-pkcs15"

_LONGEST_CODE: Final = 12
_MOST_BYTES: Final = 33
_PAIR: Final = 2

_Chosen = TypeVar("_Chosen", bound=Enum)


class ProfileError(ValueError):
    """A profile that says something else than a profile can; names the file and the place."""


class Activation(Enum):
    """How the transport PIN becomes the signature PIN."""

    CHANGE_REFERENCE_DATA = "change-reference-data"
    RESET_RETRY_COUNTER = "reset-retry-counter"


class Padding(Enum):
    """Who pads for RSA: the card is given a DigestInfo, or the whole block of the key's size."""

    CARD = "card"
    HOST = "host"


class Part(Enum):
    """What a security environment's template may hold, in the profile's order."""

    ALGORITHM = "algorithm"
    KEY_FILE = "key-file"
    KEY_REFERENCE = "key-reference"


class KeyCommand(Enum):
    """The command that makes a key sign."""

    COMPUTE_SIGNATURE = "compute-signature"
    INTERNAL_AUTHENTICATE = "internal-authenticate"


@dataclass(frozen=True)
class AtrMask:
    """Which answers to reset a profile is for."""

    value: bytes
    mask: bytes

    def matches(self, atr: bytes) -> bool:
        """Compare where the mask has bits."""
        return len(atr) == len(self.value) and all(
            (a ^ v) & m == 0 for a, v, m in zip(atr, self.value, self.mask, strict=True)
        )


@dataclass(frozen=True)
class CodeRule:
    """How many digits a code has, and the byte that the card knows it by (None: as the card's directory says)."""

    minimum: int
    maximum: int
    reference: int | None = None


@dataclass(frozen=True)
class KeyUse:
    """How a key is chosen and made to sign: P1 and P2 of MANAGE SECURITY ENVIRONMENT, template, command."""

    environment: bytes
    template: tuple[Part, ...]
    command: KeyCommand


@dataclass(frozen=True)
class Profile:
    """One kind of card. `tried`: somebody wrote down when; `algorithms`: the references of "RSA" and "EC"."""

    name: str
    tried: bool
    atr: AtrMask | None
    aid: bytes
    path: bytes
    extended_length: bool
    codes: Mapping[Pin, CodeRule]
    puk_unblocks: frozenset[Pin]
    activation: Activation
    padding: Padding
    algorithms: Mapping[str, int]
    keys: Mapping[Pin, KeyUse]


def for_atr(atr: bytes) -> Profile:
    """Return the profile for a card by its answer to reset; the generic one where none is made for it."""
    found = load_all()
    fitting = [each for each in found.values() if each.atr and each.atr.matches(atr)]
    return fitting[0] if fitting else found[GENERIC]


@cache
def load_all() -> Mapping[str, Profile]:
    """Return all profiles that come with the agent, by name."""
    folder = files("cardbridge") / "profiles"
    texts = {
        each.name: each.read_text(encoding="utf-8") for each in folder.iterdir() if each.name.endswith(".json")
    }
    return load(texts)


def load(texts: Mapping[str, str]) -> dict[str, Profile]:
    """Read profiles: JSON by file name. Raises ProfileError."""
    written = {name.removesuffix(".json"): _json(name, text) for name, text in sorted(texts.items())}
    return {name: _profile(name, written) for name in written}


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ProfileError(f"{name}: no JSON: {error}") from error


def _profile(name: str, written: Mapping[str, Any]) -> Profile:
    own = _Place(written[name], name)
    base = own.value("based_on")
    if base is None:
        return _read(own)
    if base not in written or base == name:
        raise ProfileError(f"{name}: based_on: no such profile")
    _read(_Place(written[base], base))
    kept = {key: own.value(key) for key in ("name", "about", "based_on", "tried", "atr")}
    return _read(_Place({**_filled(own.content, written[base], name), **kept}, name))


def _filled(own: Any, base: Any, place: str) -> Any:
    """Put the base's values where the own ones are null; both have the same keys."""
    if own is None:
        return base
    if not isinstance(base, dict):
        return own
    if not isinstance(own, dict) or own.keys() != base.keys():
        raise ProfileError(f"{place}: must have exactly {', '.join(sorted(base))}")
    return {key: _filled(own[key], base[key], f"{place}.{key}") for key in base}


def _read(top: "_Place") -> Profile:
    top.has("name", "about", "based_on", "tried", "atr", "application", "extended_length", "pins", "activation",
            "padding", "algorithms", "keys")  # fmt: skip
    application = top.inside("application").has("aid", "path")
    pins = top.inside("pins").has("authentication", "signature", "transport", "puk")
    puk = pins.inside("puk").has("digits", "unblocks")
    algorithms = top.inside("algorithms").has("rsa", "ec")
    keys = top.inside("keys").has("authentication", "signature")
    if top.text("name") != top.place or not top.text("about"):
        raise ProfileError(f"{top.place}: name: must be the file's, and about must say something")
    return Profile(
        name=top.place,
        tried=top.value("tried") is not None and bool(top.text("tried")),
        atr=_atr(top),
        aid=application.octets("aid"),
        path=application.octets("path"),
        extended_length=top.flag("extended_length"),
        codes={
            Pin.AUTHENTICATION: _code(pins.inside("authentication").has("digits", "reference")),
            Pin.SIGNATURE: _code(pins.inside("signature").has("digits", "reference")),
            Pin.TRANSPORT: CodeRule(*pins.inside("transport").has("digits").digits("digits")),
            Pin.PUK: CodeRule(*puk.digits("digits")),
        },
        puk_unblocks=frozenset(puk.several("unblocks", Pin)),
        activation=top.one("activation", Activation),
        padding=top.one("padding", Padding),
        algorithms={"RSA": algorithms.octets("rsa", 1)[0], "EC": algorithms.octets("ec", 1)[0]},
        keys={pin: _key(keys.inside(pin.value)) for pin in (Pin.AUTHENTICATION, Pin.SIGNATURE)},
    )


def _atr(top: "_Place") -> AtrMask | None:
    if top.value("atr") is None:
        return None
    both = top.inside("atr").has("value", "mask")
    value = both.octets("value")
    return AtrMask(value, both.octets("mask", len(value)))


def _code(place: "_Place") -> CodeRule:
    unknown = place.value("reference") is None
    return CodeRule(*place.digits("digits"), None if unknown else place.octets("reference", 1)[0])


def _key(place: "_Place") -> KeyUse:
    place.has("environment", "template", "command")
    return KeyUse(
        place.octets("environment", _PAIR), place.several("template", Part), place.one("command", KeyCommand)
    )


class _Place:
    """An object of a profile's JSON, and where it stands; each method reads one member or raises ProfileError."""

    def __init__(self, content: Any, place: str) -> None:
        if not isinstance(content, dict):
            raise ProfileError(f"{place}: must be an object")
        self.content: dict[str, Any] = content
        self.place = place

    def has(self, *keys: str) -> "_Place":
        if self.content.keys() != set(keys):
            raise ProfileError(f"{self.place}: must have exactly {', '.join(sorted(keys))}")
        return self

    def value(self, key: str) -> Any:
        if key not in self.content:
            raise ProfileError(f"{self.place}: {key} is missing")
        return self.content[key]

    def inside(self, key: str) -> "_Place":
        return _Place(self.value(key), f"{self.place}.{key}")

    def text(self, key: str) -> str:
        return str(self._checked(key, lambda value: isinstance(value, str), "must be a text"))

    def flag(self, key: str) -> bool:
        return bool(self._checked(key, lambda value: isinstance(value, bool), "must be true or false"))

    def octets(self, key: str, length: int | None = None) -> bytes:
        text = self.text(key)
        try:
            octets = bytes.fromhex(text)
        except ValueError:
            octets = b""
        if not 0 < len(octets) <= _MOST_BYTES or length not in {None, len(octets)}:
            raise ProfileError(f"{self.place}.{key}: must be {length or 'some'} bytes in hex")
        return octets

    def digits(self, key: str) -> tuple[int, int]:
        value = self._checked(key, _is_range, "must be two numbers of digits, the smaller one first")
        return value[0], value[1]

    def one(self, key: str, kind: type[_Chosen]) -> _Chosen:
        return _chosen(self.value(key), kind, f"{self.place}.{key}")

    def several(self, key: str, kind: type[_Chosen]) -> tuple[_Chosen, ...]:
        values = self._checked(key, lambda value: isinstance(value, list), "must be a list")
        return tuple(_chosen(each, kind, f"{self.place}.{key}") for each in values)

    def _checked(self, key: str, good: Callable[[Any], bool], otherwise: str) -> Any:
        value = self.value(key)
        if not good(value):
            raise ProfileError(f"{self.place}.{key}: {otherwise}")
        return value


def _is_range(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != _PAIR:
        return False
    return all(type(each) is int for each in value) and 0 < value[0] <= value[1] <= _LONGEST_CODE


def _chosen(value: Any, kind: type[_Chosen], place: str) -> _Chosen:
    known = {each.value: each for each in kind}
    if not isinstance(value, str) or value not in known:
        raise ProfileError(f"{place}: must be one of {', '.join(known)}")
    return known[value]
