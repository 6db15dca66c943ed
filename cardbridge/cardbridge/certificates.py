"""The holder's certificate, as far as the agent has to know it. Who is believed is for the portal to say."""

import unicodedata
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID

from cardbridge.errors import CardError
from cardbridge.signatures import KeyKind, PublicKey

NAME_LIMIT: Final = 100

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)

_MALFORMED: Final = (
    ValueError,
    TypeError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_CURVES: Final = {
    "secp256r1": KeyKind("P-256", "EC", 32, "SHA-256"),
    "secp384r1": KeyKind("P-384", "EC", 48, "SHA-384"),
}
_RSA_SIZES: Final = (2048, 3072, 4096)


@dataclass(frozen=True)
class Certificate:
    """A certificate with a key that the agent can use.

    Attributes:
        der: as it stands on the card.
        holder: the name in it, one printable line; None where there is none.
        states_usage: it has the extension key usage.
        authenticates: its key usage allows digitalSignature, or it has none; it is no authority's.
        signs: its key usage allows nonRepudiation, or it has none; it is no authority's.
    """

    der: bytes
    key: PublicKey
    kind: KeyKind
    holder: str | None
    not_after: datetime
    states_usage: bool
    authenticates: bool
    signs: bool


def read(der: bytes) -> Certificate:
    """Read a certificate.

    Raises:
        CardError: `card-fault`: it is none; `unsupported`: its key is of a kind that the agent cannot use.
    """
    try:
        with warnings.catch_warnings():
            # What is odd in a certificate is for the portal to judge, and nothing to print at a terminal.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            parsed = x509.load_der_x509_certificate(der)
            key = parsed.public_key()
            usage = _extension(parsed, x509.KeyUsage)
            basic = _extension(parsed, x509.BasicConstraints)
            holder = _holder(parsed.subject)
            not_after = parsed.not_valid_after_utc
    except UnsupportedAlgorithm as error:
        raise CardError("unsupported") from error
    except _MALFORMED as error:
        raise CardError("card-fault") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise CardError("unsupported")
    return Certificate(
        der=der,
        key=key,
        kind=_kind(key),
        holder=holder,
        not_after=not_after,
        states_usage=usage is not None,
        authenticates=(usage is None or usage.digital_signature) and not (basic and basic.ca),
        signs=(usage is None or usage.content_commitment) and not (basic and basic.ca),
    )


def _kind(key: PublicKey) -> KeyKind:
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size not in _RSA_SIZES:
            raise CardError("unsupported")
        return KeyKind(f"RSA-{key.key_size}", "RSA", key.key_size // 8, "SHA-256")
    kind = _CURVES.get(key.curve.name)
    if kind is None:
        raise CardError("unsupported")
    return kind


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _holder(subject: x509.Name) -> str | None:
    """Return given name and surname, else the common name."""
    parts = [_first(subject, NameOID.GIVEN_NAME), _first(subject, NameOID.SURNAME)]
    return printable(" ".join(filter(None, parts)) or _first(subject, NameOID.COMMON_NAME))


def _first(subject: x509.Name, oid: x509.ObjectIdentifier) -> str:
    for attribute in subject.get_attributes_for_oid(oid):
        return str(attribute.value)
    return ""


def printable(text: str) -> str | None:
    """Return one line of what may be shown at a terminal: a card's text is not the agent's to trust."""
    shown = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text)
    return " ".join(shown.split())[:NAME_LIMIT] or None
