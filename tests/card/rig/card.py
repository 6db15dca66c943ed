"""A test card in somebody's hand: the file in which it keeps itself while it is out of the reader."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from rig.chip import MANAGEABLE_ATR, Chip

if TYPE_CHECKING:
    from pathlib import Path

AUTHENTICATION_PIN = "1234"
TRANSPORT_PIN = "12345"
SIGNATURE_PIN = "654321"
PUK = "87654321"
# The numbers by which the card knows its two PINs, and their keys.
AUTHENTICATION, SIGNATURE = 1, 2
_CERTIFICATES = {AUTHENTICATION: ".authentication.pem", SIGNATURE: ".signature.pem"}


@dataclass(frozen=True)
class CardFile:
    """A card, kept in `path`, a .json; what it knows can be read whether it is in a slot or not."""

    path: Path

    @classmethod
    def create(cls, path: Path, *, atr: bytes = MANAGEABLE_ATR) -> CardFile:
        """A new, empty card with a serial number of its own."""
        path.parent.mkdir(parents=True, exist_ok=True)
        Chip(path, atr, secrets.token_bytes(10)).save()
        return cls(path)

    def copy(self, path: Path) -> CardFile:
        """The same card once more, in whatever state it is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        for ending in (".json", *_CERTIFICATES.values()):
            shutil.copy(self.path.with_suffix(ending), path.with_suffix(ending))
        return CardFile(path)

    def certificate(self, key: int) -> x509.Certificate:
        """What was issued for one of its two keys."""
        return x509.load_pem_x509_certificate(self.path.with_suffix(_CERTIFICATES[key]).read_bytes())

    def keep_certificate(self, key: int, certificate: x509.Certificate) -> None:
        """Remember what was issued for one of its two keys."""
        self.path.with_suffix(_CERTIFICATES[key]).write_bytes(certificate.public_bytes(Encoding.PEM))

    def tries(self, pin: int) -> int:
        """How many tries are left for a PIN."""
        return self._chip().pins[pin].tries

    def activated(self) -> bool:
        """Whether its holder has chosen the signature PIN."""
        return self._chip().pins[SIGNATURE].activated

    def signatures(self) -> int:
        """How often it has signed, with whichever key."""
        return sum(file.signatures for file in self._chip().files.values())

    def _chip(self) -> Chip:
        return Chip.load(self.path)
