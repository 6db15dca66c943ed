"""Whose certificates let a citizen in: the issuing authorities that the agency named, and who answers for each.

The list is published with `python -m infra.trust`. Nothing in a certificate adds to it: an address there is
its maker's to choose.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.auth import trust_repository

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

AUTHENTICATION = "authentication"
HELD_SECONDS = 60


@dataclass(frozen=True)
class Issuer:
    """An authority whose cards count, its root, and where it says which certificates are revoked.

    `responder` is the one certificate that may sign for `ocsp_url`; None leaves it to the authority whom it
    names with the extended key usage OCSPSigning (RFC 6960, 4.2.2.2).
    """

    name: str
    certificate: "Certificate"
    root: "Certificate"
    ocsp_url: str | None
    responder: "Certificate | None"
    crl_url: str | None


def issuers() -> tuple[Issuer, ...]:
    """Return the authorities whose cards let a citizen in, as they were published a minute ago at most.

    An empty list is not held: the first one that is published counts at once.
    """
    held = _held.get(AUTHENTICATION)
    if held and held[1] > time.monotonic():
        return held[0]
    published = trust_repository.find_trust(AUTHENTICATION)
    found = tuple(issuer_of(entry) for entry in json.loads(published.entries)) if published else ()
    if found:
        _held[AUTHENTICATION] = (found, time.monotonic() + HELD_SECONDS)
    return found


def issuer_of(entry: Mapping[str, Any]) -> Issuer:
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


def forget_issuers() -> None:
    """Drop the list held in memory."""
    _held.clear()


def _certificate(pem: str) -> "Certificate":
    from cryptography import x509

    return x509.load_pem_x509_certificate(pem.encode())


_held: dict[str, tuple[tuple[Issuer, ...], float]] = {}
