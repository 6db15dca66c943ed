"""A card's certificate: what it is for, whose it is, when it counts, and who stands behind it (RFC 5280).

Errors of the library quote names and numbers, so none of them is passed on.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from chalicelib.auth.errors import CardCertificateUnsuitable, CardExpired, CardIssuerUnknown
from chalicelib.auth.issuer import Issuer

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, ExtensionType, ObjectIdentifier

    Extension = TypeVar("Extension", bound=ExtensionType)

# Semantics identifier of ETSI EN 319 412-1 (5.1.3) with the country in it, or the number alone.
_PERSONAL_NUMBER = re.compile(r"(?:PNOGE-)?([0-9]{11})")
_LONGEST = 80


@dataclass(frozen=True)
class CardHolder:
    """Whom a certificate names: names as on the card, personal number of 11 digits."""

    first_name: str
    last_name: str
    personal_number: str


def check_purpose(certificate: "Certificate") -> None:
    """Check that a certificate is one to sign in with. Raises CardCertificateUnsuitable.

    The bit `digitalSignature` itself has to be set: the certificate for signatures on the same card has
    `nonRepudiation` alone, and must not let anybody in.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    usage = _extension(certificate, x509.KeyUsage)
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    if usage is None or not usage.digital_signature:
        raise CardCertificateUnsuitable
    if extended is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in extended:
        raise CardCertificateUnsuitable


def holder_of(certificate: "Certificate") -> CardHolder:
    """Return whom a certificate names. Raises CardCertificateUnsuitable where it does not say it once."""
    from cryptography.x509.oid import NameOID

    number = _PERSONAL_NUMBER.fullmatch(_attribute(certificate, NameOID.SERIAL_NUMBER))
    if number is None:
        raise CardCertificateUnsuitable
    first_name, last_name = (
        _attribute(certificate, kind).strip() for kind in (NameOID.GIVEN_NAME, NameOID.SURNAME)
    )
    if not first_name or not last_name:
        raise CardCertificateUnsuitable
    return CardHolder(first_name, last_name, number[1])


def check_dates(certificate: "Certificate", moment: datetime) -> None:
    """Check that a certificate counts at `moment`. Raises CardExpired."""
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise CardExpired


def issuer_of(certificate: "Certificate", issuers: Sequence[Issuer], moment: datetime) -> Issuer:
    """Return the authority that issued a certificate, itself issued by its root. Raises CardIssuerUnknown.

    The path has exactly these three certificates: what the root issued itself does not count.
    """
    for issuer in issuers:
        if certificate.issuer == issuer.certificate.subject and _leads_to(issuer, certificate, moment):
            return issuer
    raise CardIssuerUnknown


def _leads_to(issuer: Issuer, certificate: "Certificate", moment: datetime) -> bool:
    from cryptography import x509
    from cryptography.x509 import verification

    anything = verification.ExtensionPolicy.permit_all()
    authority = anything.require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, None)
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store([issuer.root]))
        .time(moment)
        .max_chain_depth(1)
        .extension_policies(ca_policy=authority, ee_policy=anything)
        .build_client_verifier()
    )
    try:
        path = verifier.verify(certificate, [issuer.certificate]).chain
    except (verification.VerificationError, ValueError):
        return False
    return path == [certificate, issuer.certificate, issuer.root]


def _attribute(certificate: "Certificate", kind: "ObjectIdentifier") -> str:
    found = certificate.subject.get_attributes_for_oid(kind)
    value = found[0].value if len(found) == 1 else ""
    text = unicodedata.normalize("NFC", value) if isinstance(value, str) else ""
    if not 0 < len(text) <= _LONGEST or not text.isprintable():
        raise CardCertificateUnsuitable
    return text


def _extension(certificate: "Certificate", kind: "type[Extension]") -> "Extension | None":
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        raise CardCertificateUnsuitable from None
