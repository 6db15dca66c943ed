"""The directory files of a PKCS#15 card (ISO 7816-15): which PINs, keys and certificates it has.

The contents are whatever somebody put into the reader: everything that cannot be read raises
CardError("card-fault"), and what the agent has no use for is passed over.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeVar

from asn1crypto import core, parser

from cardbridge.errors import CardError

RID: Final = bytes.fromhex("A000000063")
"""What every PKCS#15 application's identifier begins with."""

_PADDING: Final = b"\x00\xff"
_SEQUENCE: Final = (0, 16)
_EC_KEY: Final = (2, 0)
_DIRECT: Final = (2, 0)
_APPLICATION: Final = (1, 1)
_AID: Final = (1, 15)
_PATH: Final = (1, 17)
_CONTEXT: Final = 2
# What asn1crypto raises at contents that are not what the structure says (looked for with made-up contents).
_MALFORMED: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


class Directory(IntEnum):
    """Tags of EF.ODF: what kind of objects the file that an entry names holds. Others are passed over."""

    PRIVATE_KEYS = 0
    CERTIFICATES = 4
    TRUSTED_CERTIFICATES = 5
    USEFUL_CERTIFICATES = 6
    AUTHENTICATION_OBJECTS = 8


@dataclass(frozen=True)
class FilePath:
    """A file, or a part of one. `path` has two bytes for a file beside the directories."""

    path: bytes
    offset: int = 0
    length: int | None = None


@dataclass(frozen=True)
class Entry:
    """An entry of EF.ODF: the file with the objects, or the objects themselves."""

    directory: Directory
    path: FilePath | None
    content: bytes


@dataclass(frozen=True)
class PinObject:
    """A PIN. `reference` is the byte that VERIFY takes; `stored` its length in bytes where `padding` fills it."""

    id: bytes
    reference: int
    kind: int
    stored: int
    padding: int | None
    path: FilePath | None


@dataclass(frozen=True)
class KeyObject:
    """A private key. `kind` is "RSA" or "EC"."""

    id: bytes
    pin_id: bytes | None
    kind: str
    usage: frozenset[str]
    reference: int | None
    path: FilePath | None


@dataclass(frozen=True)
class CertificateObject:
    """A certificate: in a file, or in the directory itself as `value`."""

    id: bytes
    authority: bool
    path: FilePath | None
    value: bytes


@dataclass(frozen=True)
class Application:
    """An entry of EF.DIR."""

    aid: bytes
    path: bytes | None


_Read = TypeVar("_Read")
_Tag = tuple[int, int]


def applications(content: bytes) -> list[Application]:
    """Read EF.DIR: the card's applications."""
    return _read(content, _application)


def entries(content: bytes) -> list[Entry]:
    """Read EF.ODF: where the directories are."""
    return _read(content, _entry)


def keys(content: bytes) -> list[KeyObject]:
    """Read a private key directory: its RSA and EC keys."""
    return _read(content, _key)


def certificates(content: bytes) -> list[CertificateObject]:
    """Read a certificate directory: its X.509 certificates."""
    return _read(content, _certificate)


def pins(content: bytes) -> list[PinObject]:
    """Read an authentication object directory: its PINs."""
    return _read(content, _pin)


def first(content: bytes) -> bytes:
    """Return the first value of a file without the padding behind it; empty where there is none."""
    with _hostile():
        return next((whole for _, _, whole in _values(content)), b"")


def label(content: bytes) -> str:
    """Read EF.TokenInfo, which may be empty: what the card calls itself, as it stands there."""
    if not content:
        return ""
    with _hostile():
        written = _TokenInfo.load(content)["label"].contents
    return (written or b"").decode("utf-8", "replace")


@contextmanager
def _hostile() -> Iterator[None]:
    try:
        yield
    except _MALFORMED as error:
        raise CardError("card-fault") from error


def _read(content: bytes, one: Callable[[_Tag, bytes, bytes], _Read | None]) -> list[_Read]:
    with _hostile():
        found = (one(tag, inner, whole) for tag, inner, whole in _values(content))
        return [each for each in found if each is not None]


def _values(content: bytes) -> Iterator[tuple[_Tag, bytes, bytes]]:
    """Split what stands behind each other into tag, contents and the whole; padding ends it."""
    while content and content[0] not in _PADDING:
        length = parser.peek(content)
        whole, content = content[:length], content[length:]
        class_, _, tag, _, inner, _ = parser.parse(whole)
        yield (class_, tag), inner, whole


def _first(content: bytes) -> tuple[_Tag, bytes, bytes]:
    found = next(_values(content), None)
    if found is not None:
        return found
    raise ValueError("nothing where something must stand")


def _application(tag: _Tag, inner: bytes, _: bytes) -> Application | None:
    if tag != _APPLICATION:
        return None
    parts = {tag: inner for tag, inner, _ in _values(inner)}
    return Application(parts[_AID], parts.get(_PATH)) if _AID in parts else None


def _entry(tag: _Tag, inner: bytes, _: bytes) -> Entry | None:
    class_, number = tag
    if class_ != _CONTEXT or number not in set(Directory):
        return None
    kind, content, whole = _first(inner)
    if kind == _SEQUENCE:
        return Entry(Directory(number), _file(_Path.load(whole)), b"")
    return Entry(Directory(number), None, content)


def _key(tag: _Tag, inner: bytes, whole: bytes) -> KeyObject | None:
    if tag not in {_SEQUENCE, _EC_KEY}:
        return None
    parsed = _Key.load(whole if tag == _SEQUENCE else _as_sequence(inner))
    common, key = parsed["common"], parsed["key"]
    path, _ = _value(parsed["type"])
    return KeyObject(
        id=key["id"].native,
        pin_id=common["auth_id"].native,
        kind="RSA" if tag == _SEQUENCE else "EC",
        usage=frozenset(key["usage"].native),
        reference=_byte(key["reference"].native),
        path=path,
    )


def _certificate(tag: _Tag, _: bytes, whole: bytes) -> CertificateObject | None:
    if tag != _SEQUENCE:
        return None
    parsed = _Certificate.load(whole)
    path, value = _value(parsed["type"])
    certificate = parsed["certificate"]
    return CertificateObject(certificate["id"].native, bool(certificate["authority"].native), path, value)


def _pin(tag: _Tag, _: bytes, whole: bytes) -> PinObject | None:
    if tag != _SEQUENCE:
        return None
    parsed = _Pin.load(whole)
    pin = parsed["type"]
    padding, flags = pin["padding"].native, pin["flags"].native
    path = pin["path"]
    return PinObject(
        id=parsed["authentication"]["id"].native,
        reference=int(pin["reference"].native) & 0xFF,
        kind=int(pin["kind"].contents[-1]),
        stored=int(pin["stored"].native),
        padding=padding[0] if padding and "needs_padding" in flags else None,
        path=None if path.native is None else _file(path),
    )


def _value(holder: core.Sequence) -> tuple[FilePath | None, bytes]:
    """Read the first part of type attributes: a path, or [0] with the value itself."""
    tag, inner, whole = _first(holder.contents)
    if tag == _SEQUENCE:
        return _file(_Path.load(whole)), b""
    return None, inner if tag == _DIRECT else b""


def _file(path: core.Sequence) -> FilePath:
    offset, length = path["index"].native, path["length"].native
    if min(offset or 0, length or 0) < 0:
        raise ValueError("a negative place in a file")
    return FilePath(path["path"].native, offset or 0, length)


def _as_sequence(inner: bytes) -> bytes:
    return bytes(core.Sequence(contents=inner).dump())


def _byte(number: int | None) -> int | None:
    """References are bytes; those from 80 up may be written as negative numbers."""
    return None if number is None else number & 0xFF


class _Path(core.Sequence):
    _fields = [
        ("path", core.OctetString),
        ("index", core.Integer, {"optional": True}),
        ("length", core.Integer, {"implicit": 0, "optional": True}),
    ]


class _ObjectFlags(core.BitString):
    _map = {0: "private", 1: "modifiable"}


class _CommonObject(core.Sequence):
    _fields = [
        ("label", core.UTF8String, {"optional": True}),
        ("flags", _ObjectFlags, {"optional": True}),
        ("auth_id", core.OctetString, {"optional": True}),
        ("user_consent", core.Integer, {"optional": True}),
        ("access_rules", core.Sequence, {"optional": True}),
    ]


class _KeyUsage(core.BitString):
    _map = {
        0: "encrypt",
        1: "decrypt",
        2: "sign",
        3: "sign_recover",
        4: "wrap",
        5: "unwrap",
        6: "verify",
        7: "verify_recover",
        8: "derive",
        9: "non_repudiation",
    }


class _CommonKey(core.Sequence):
    _fields = [
        ("id", core.OctetString),
        ("usage", _KeyUsage),
        ("native", core.Boolean, {"default": True}),
        ("access_flags", core.BitString, {"optional": True}),
        ("reference", core.Integer, {"optional": True}),
    ]


class _Key(core.Sequence):
    _fields = [
        ("common", _CommonObject),
        ("key", _CommonKey),
        ("private", core.Sequence, {"explicit": 0, "optional": True}),
        ("type", core.Sequence, {"explicit": 1}),
    ]


class _CommonCertificate(core.Sequence):
    _fields = [
        ("id", core.OctetString),
        ("authority", core.Boolean, {"default": False}),
    ]


class _Certificate(core.Sequence):
    _fields = [
        ("common", _CommonObject),
        ("certificate", _CommonCertificate),
        ("sub", core.Sequence, {"explicit": 0, "optional": True}),
        ("type", core.Sequence, {"explicit": 1}),
    ]


class _PinFlags(core.BitString):
    _map = {
        0: "case_sensitive",
        1: "local",
        2: "change_disabled",
        3: "unblock_disabled",
        4: "initialized",
        5: "needs_padding",
        6: "unblocking_pin",
        7: "so_pin",
        8: "disable_allowed",
        9: "integrity_protected",
        10: "confidentiality_protected",
        11: "exchange_ref_data",
    }


class _PinType(core.Sequence):
    _fields = [
        ("flags", _PinFlags),
        ("kind", core.Enumerated),
        ("minimum", core.Integer),
        ("stored", core.Integer),
        ("maximum", core.Integer, {"optional": True}),
        ("reference", core.Integer, {"implicit": 0, "default": 0}),
        ("padding", core.OctetString, {"optional": True}),
        ("last_change", core.GeneralizedTime, {"optional": True}),
        ("path", _Path, {"optional": True}),
    ]


class _CommonAuthentication(core.Sequence):
    _fields = [("id", core.OctetString)]


class _Pin(core.Sequence):
    _fields = [
        ("common", _CommonObject),
        ("authentication", _CommonAuthentication),
        ("sub", core.Sequence, {"explicit": 0, "optional": True}),
        ("type", _PinType, {"explicit": 1}),
    ]


class _TokenInfo(core.Sequence):
    _fields = [
        ("version", core.Integer),
        ("serial", core.OctetString),
        ("manufacturer", core.UTF8String, {"optional": True}),
        ("label", core.UTF8String, {"implicit": 0, "optional": True}),
    ]
