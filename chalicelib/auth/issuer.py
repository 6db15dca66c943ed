"""An authority whose cards count, as the agency named it. Nothing in a certificate adds to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True)
class Issuer:
    """An issuing authority, its root, and where it says which certificates are revoked.

    `responder` is the one certificate that may sign for `ocsp_url`; None leaves it to the authority whom it
    names with the extended key usage OCSPSigning (RFC 6960, 4.2.2.2).
    """

    name: str
    certificate: "Certificate"
    root: "Certificate"
    ocsp_url: str | None
    responder: "Certificate | None"
    crl_url: str | None


def read_issuer(entry: Mapping[str, Any]) -> Issuer:
    """Return an entry of the published list, read. Raises ValueError for a PEM that is none."""
    responder = (entry["ocsp"] or {}).get("responder")
    return Issuer(
        name=entry["name"],
        certificate=_certificate(entry["certificate"]),
        root=_certificate(entry["root"]),
        ocsp_url=entry["ocsp"]["url"] if entry["ocsp"] else None,
        responder=_certificate(responder) if responder else None,
        crl_url=entry["crl"]["url"] if entry["crl"] else None,
    )


def _certificate(pem: str) -> "Certificate":
    from cryptography import x509

    return x509.load_pem_x509_certificate(pem.encode())
