"""What a test card keeps between commands: files, PINs and keys, in one JSON file beside the test."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

if TYPE_CHECKING:
    from pathlib import Path

    PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

# By this answer to reset OpenSC knows the management commands that this card answers.
MANAGEABLE_ATR = bytes.fromhex("3BF51800008131FE454D794549449A")
# A card of protocol T=0, which has no room for an answer to a command that brings data: it says 61xx or 6Cxx.
T0_ATR = bytes.fromhex("3B0754455354205430")
# A card whose application is there only for who selects it as its maker does: with an answer wanted.
MAKERS_ATR = bytes.fromhex("3BF51800008131FE454D414B4552B6")
# The card of 2011; nothing but its answer to reset is known, and nothing else of it is played here.
GEORGIAN_ATR = bytes.fromhex("3BFD1800008131FE4580318153474531738421C081072E")

MF = "3F00"
APPLICATION = "3F005015"
APPLICATION_ID = bytes.fromhex("A000000063504B43532D3135")

DIRECTORY = 0x38
TRANSPARENT = 0x01
RSA_KEY = 0x11
EC_KEY = 0x22

_BYTES = ("security", "properties", "content")


@dataclass
class File:
    """A file: the descriptor byte of ISO 7816-4, its access rules, and content or a private key (PKCS#8, PEM).

    `security` holds a nibble per right: 0 everybody, 15 nobody, else the PIN of that number. A key needs the
    PIN in the first nibble of `properties` anew for every use.
    """

    descriptor: int
    size: int = 0
    security: bytes = bytes(3)
    properties: bytes = bytes(2)
    content: bytes = b""
    key: str | None = None
    signatures: int = 0

    def may(self, right: int) -> int:
        """Whose PIN gives the right of this number, counted from the first nibble."""
        byte = self.security[right // 2]
        return byte & 0x0F if right % 2 else byte >> 4

    def private_key(self) -> PrivateKey | None:
        """The key that was made in this file."""
        if self.key is None:
            return None
        key = serialization.load_pem_private_key(self.key.encode(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        return key


@dataclass
class Pin:
    """A PIN with its counter and its PUK.

    One that is `activated` only later was sent to its holder in an envelope: it serves to choose a PIN of
    `shortest` to `longest` digits, once, and `puk` None is never given another try.
    """

    value: str
    puk: str | None
    tries: int
    most_tries: int
    puk_tries: int
    most_puk_tries: int
    shortest: int = 4
    longest: int = 8
    activated: bool = True


@dataclass
class Chip:
    """All that the card knows. `transport_pin` is the number of the PIN that comes in an envelope."""

    path: Path
    atr: bytes = MANAGEABLE_ATR
    serial: bytes = field(default_factory=lambda: secrets.token_bytes(10))
    transport_pin: int | None = 2
    operational: bool = False
    files: dict[str, File] = field(default_factory=dict)
    pins: dict[int, Pin] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.files:
            self.erase(bytes(3), bytes(3))

    @property
    def short_answers(self) -> bool:
        """Whether data are handed out as cards of protocol T=0 do."""
        return self.atr == T0_ATR

    @property
    def for_its_maker(self) -> bool:
        """Whether only its maker's module knows how to open it."""
        return self.atr == MAKERS_ATR

    def erase(self, mf_security: bytes, application_security: bytes) -> None:
        """Forget every file and PIN; access rules sleep until the card is activated."""
        self.operational = False
        self.pins = {}
        self.files = {
            MF: File(DIRECTORY, security=mf_security),
            APPLICATION: File(DIRECTORY, security=application_security),
        }

    @classmethod
    def load(cls, path: Path) -> Chip:
        """The card as it was pulled out."""
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        files = {name: File(**_decoded(found)) for name, found in kept.pop("files").items()}
        pins = {int(number): Pin(**found) for number, found in kept.pop("pins").items()}
        atr, serial = (bytes.fromhex(kept.pop(name)) for name in ("atr", "serial"))
        return cls(path, atr, serial, files=files, pins=pins, **kept)

    def save(self) -> None:
        """Keep everything; whoever reads meanwhile sees the old or the new, never half."""
        kept = asdict(self)
        del kept["path"]
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(kept, default=bytes.hex), encoding="utf-8")
        new.replace(self.path)


def _decoded(found: dict[str, Any]) -> dict[str, Any]:
    return {key: bytes.fromhex(value) if key in _BYTES else value for key, value in found.items()}
