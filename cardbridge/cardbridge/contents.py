"""What a PKCS#15 card holds for its holder: certificate, key and PIN, joined by their ids.

A key is chosen by what it is for: `sign` without `nonRepudiation` authenticates, `nonRepudiation` signs. Labels
and order mean nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from cardbridge import certificates, pkcs15
from cardbridge.apdu import ApduError
from cardbridge.certificates import Certificate
from cardbridge.errors import CardError
from cardbridge.iso7816 import Session
from cardbridge.pkcs15 import CertificateObject, Directory, FilePath, KeyObject, PinObject
from cardbridge.profiles import Profile
from cardbridge.prompts import Pin

_MASTER_FILE: Final = bytes.fromhex("3F00")
_DIRECTORY_OF_APPLICATIONS: Final = FilePath(bytes.fromhex("3F002F00"))
_DIRECTORY_OF_OBJECTS: Final = FilePath(bytes.fromhex("5031"))
_TOKEN_INFO: Final = FilePath(bytes.fromhex("5032"))
_CERTIFICATES: Final = (
    Directory.CERTIFICATES,
    Directory.TRUSTED_CERTIFICATES,
    Directory.USEFUL_CERTIFICATES,
)

_Object = TypeVar("_Object")


@dataclass(frozen=True)
class Identity:
    """A certificate of the holder, and the ids of its key and PIN; None where a module addresses them."""

    certificate: Certificate
    id: bytes
    key_reference: int | None = None
    pin_reference: int | None = None


@dataclass(frozen=True)
class Use:
    """An identity of a PKCS#15 card, its key, its PIN, and the byte that VERIFY takes for that PIN."""

    identity: Identity
    key: KeyObject
    pin: PinObject
    pin_reference: int


def purpose(usage: frozenset[str]) -> Pin | None:
    """Say by which PIN a key is used, from its usage in PKCS#15; None: it neither authenticates nor signs."""
    if "non_repudiation" in usage:
        return Pin.SIGNATURE
    return Pin.AUTHENTICATION if "sign" in usage else None


def suits(certificate: Certificate, pin: Pin) -> bool:
    """Say whether a certificate's key usage allows what this PIN's key is for."""
    return certificate.authenticates if pin is Pin.AUTHENTICATION else certificate.signs


class Files:
    """The files of the PKCS#15 application, by absolute paths."""

    def __init__(self, session: Session, profile: Profile) -> None:
        self._session = session
        self._base = profile.path
        # Cards that are files only know no applications: whether this is one shows at the next step.
        with suppress(ApduError):
            session.select_name(profile.aid)
        self._base = self._registered(profile.aid) or profile.path

    def read(self, file: FilePath) -> bytes:
        """Read a file, or the part of it that the path names. Raises ApduError."""
        self._session.select_path(self._absolute(file.path))
        return self._session.read_binary(file.offset, file.length)

    def optional(self, file: FilePath) -> bytes:
        """Read a file; empty where the card has none or keeps it to itself."""
        try:
            return self.read(file)
        except ApduError:
            return b""

    def enter(self, directory: FilePath | None) -> None:
        """Select the directory in which a PIN is known. Raises ApduError."""
        self._session.select_path(self._absolute(directory.path if directory else b""))

    def _registered(self, aid: bytes) -> bytes | None:
        """Return where EF.DIR says that the application is."""
        for application in pkcs15.applications(self.optional(_DIRECTORY_OF_APPLICATIONS)):
            if application.aid == aid:
                return application.path
        return None

    def _absolute(self, path: bytes) -> bytes:
        return path if path.startswith(_MASTER_FILE) else self._base + path


class Contents:
    """The directories of a card.

    Raises CardError: `foreign-card`: the card has none, or no key that authenticates or signs; `unsupported`:
    likewise, but a profile knows this kind of card, or two keys are for the same; `card-fault`: they say what they
    must not.
    """

    def __init__(self, files: Files, profile: Profile) -> None:
        self._files = files
        self._profile = profile
        try:
            self._entries = pkcs15.entries(files.read(_DIRECTORY_OF_OBJECTS))
        except ApduError as error:
            raise self._notusable() from error

    def label(self) -> str:
        """Return what the card calls itself, one printable line; empty where it does not."""
        return certificates.printable(pkcs15.label(self._files.optional(_TOKEN_INFO))) or ""

    def uses(self) -> dict[Pin, Use]:
        """Return what the holder uses, by the PIN that guards it."""
        found: dict[Pin, list[Use]] = {Pin.AUTHENTICATION: [], Pin.SIGNATURE: []}
        pins = {pin.id: pin for pin in self._objects(pkcs15.pins, Directory.AUTHENTICATION_OBJECTS)}
        for key in self._objects(pkcs15.keys, Directory.PRIVATE_KEYS):
            kind = purpose(key.usage)
            if kind is not None and key.pin_id in pins:
                found[kind] += self._uses(kind, key, pins[key.pin_id])
        if any(len(each) > 1 for each in found.values()):
            raise CardError("unsupported")
        uses = {pin: each[0] for pin, each in found.items() if each}
        if not uses:
            raise self._notusable()
        return uses

    def _uses(self, kind: Pin, key: KeyObject, pin: PinObject) -> Iterator[Use]:
        stated = self._profile.codes[kind].reference
        reference = pin.reference if stated is None else stated
        of_key = [each for each in self._certificates if each.id == key.id and not each.authority]
        for der in {self._der(each) for each in of_key} - {b""}:
            certificate = readable(der)
            if certificate and certificate.kind.family == key.kind and suits(certificate, kind):
                yield Use(Identity(certificate, key.id, key.reference, reference), key, pin, reference)

    @cached_property
    def _certificates(self) -> list[CertificateObject]:
        return self._objects(pkcs15.certificates, *_CERTIFICATES)

    def _objects(self, read: Callable[[bytes], list[_Object]], *directories: Directory) -> list[_Object]:
        """Read the objects of some kinds. A file that the card does not show holds none."""
        wanted = [entry for entry in self._entries if entry.directory in directories]
        files = [self._files.optional(entry.path) if entry.path else entry.content for entry in wanted]
        return [each for content in files for each in read(content)]

    def _der(self, certificate: CertificateObject) -> bytes:
        der = self._files.optional(certificate.path) if certificate.path else certificate.value
        return pkcs15.first(der)

    def _notusable(self) -> CardError:
        return CardError("foreign-card" if self._profile.atr is None else "unsupported")


def readable(der: bytes) -> Certificate | None:
    """Read a certificate; None where its key is of a kind that the agent cannot use."""
    try:
        return certificates.read(der)
    except CardError as error:
        if error.code == "unsupported":
            return None
        raise
