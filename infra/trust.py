"""Publishes whose cards let a citizen in: checks the list of authorities and writes it to the table.

    python -m infra.trust --stage dev trust.json

The list replaces the one before; functions follow within a minute. `docs/card.md` tells how an authority's
certificate is renewed: both stand in the list until the last card of the old one is over.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from jsonschema_rs import Draft202012Validator

from chalicelib.core import clock
from chalicelib.core.schema import Schema, array, or_null, record, string
from infra.environment import adopt
from infra.stages import STAGES

_PEM = string(20_000)
_URL = string(500)
_SCHEMA: Schema = record(
    {
        "authentication": array(
            record(
                {
                    "name": string(100),
                    "certificate": _PEM,
                    "root": _PEM,
                    "ocsp": or_null(record({"url": _URL, "responder": or_null(_PEM)})),
                    "crl": or_null(record({"url": _URL})),
                }
            )
        )
    }
)
_FINGERPRINT_BYTES = 8


class TrustInvalid(Exception):
    """The list cannot be published; the message has one line for each fault."""


@dataclass(frozen=True)
class Changes:
    """What a publication changes: authorities, each with its name, the end of its certificate, a fingerprint."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]


def checked(document: Any, moment: datetime) -> list[dict[str, Any]]:
    """Return the authorities of a list whose every fact holds at `moment`. Raises TrustInvalid with all faults."""
    faults = [
        f"/{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"
        for error in Draft202012Validator(dict(_SCHEMA)).iter_errors(document)
    ]
    if faults:
        raise TrustInvalid("\n".join(faults))
    entries: list[dict[str, Any]] = document["authentication"]
    if not entries:
        raise TrustInvalid("the list is empty: nobody could sign in with a card")
    for entry in entries:
        faults += [f"{entry['name']}: {fault}" for fault in _faults(entry, moment)]
    if not faults and len({_fingerprint(entry) for entry in entries}) < len(entries):
        faults.append("a certificate stands in the list twice")
    if faults:
        raise TrustInvalid("\n".join(faults))
    return entries


def changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Changes:
    """Return what becomes of each authority; it is known by its certificate."""
    old = {_fingerprint(entry): entry for entry in before}
    new = {_fingerprint(entry): entry for entry in after}
    both = [key for key in new if key in old]
    return Changes(
        added=tuple(_described(new[key]) for key in new if key not in old),
        removed=tuple(_described(old[key]) for key in old if key not in new),
        changed=tuple(_described(new[key]) for key in both if new[key] != old[key]),
        kept=tuple(_described(new[key]) for key in both if new[key] == old[key]),
    )


def _faults(entry: Mapping[str, Any], moment: datetime) -> Iterator[str]:
    yield from _faults_of_addresses(entry)
    certificates: dict[str, x509.Certificate] = {}
    for name, pem in _pems(entry):
        try:
            certificates[name] = x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            yield f"{name}: not a certificate in PEM"
            continue
        yield from _faults_of_dates(name, certificates[name], moment)
    root, authority, responder = (certificates.get(name) for name in ("root", "certificate", "responder"))
    if root is not None:
        yield from _faults_of_authority("root", root, root)
    if root is not None and authority is not None:
        yield from _faults_of_authority("certificate", authority, root)
        if authority == root:
            yield "certificate: this is the root, which issues no cards"
    if authority is not None and entry["crl"] is not None and not _usage(authority, "crl_sign"):
        yield "certificate: may not sign lists of revoked certificates (keyUsage)"
    if responder is not None and not _signs_ocsp(responder):
        yield "responder: its certificate has not the extended key usage OCSPSigning"


def _faults_of_addresses(entry: Mapping[str, Any]) -> Iterator[str]:
    if entry["ocsp"] is None and entry["crl"] is None:
        yield "one of ocsp and crl is needed: without either nobody can tell whether a card is revoked"
    for name in ("ocsp", "crl"):
        if entry[name] is not None and not _is_web_address(entry[name]["url"]):
            yield f"{name}: not an http or https address"


def _pems(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "certificate", entry["certificate"]
    yield "root", entry["root"]
    if entry["ocsp"] is not None and entry["ocsp"]["responder"] is not None:
        yield "responder", entry["ocsp"]["responder"]


def _faults_of_dates(name: str, certificate: x509.Certificate, moment: datetime) -> Iterator[str]:
    if certificate.not_valid_after_utc <= moment:
        yield f"{name}: ended on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if certificate.not_valid_before_utc > moment:
        yield f"{name}: begins on {certificate.not_valid_before_utc:%Y-%m-%d}"


def _faults_of_authority(name: str, certificate: x509.Certificate, issuer: x509.Certificate) -> Iterator[str]:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        yield f"{name}: not issued by the root"
    try:
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            yield f"{name}: not an authority's certificate (basicConstraints)"
    except x509.ExtensionNotFound:
        yield f"{name}: not an authority's certificate (basicConstraints)"
    if not _usage(certificate, "key_cert_sign"):
        yield f"{name}: may not issue certificates (keyUsage)"


def _usage(certificate: x509.Certificate, name: str) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return bool(getattr(usage, name))


def _signs_ocsp(certificate: x509.Certificate) -> bool:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    return plain and parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


def _fingerprint(entry: Mapping[str, Any]) -> str:
    certificate = x509.load_pem_x509_certificate(entry["certificate"].encode())
    return certificate.fingerprint(hashes.SHA256())[:_FINGERPRINT_BYTES].hex()


def _described(entry: Mapping[str, Any]) -> str:
    end = x509.load_pem_x509_certificate(entry["certificate"].encode()).not_valid_after_utc
    return f"{entry['name']} (until {end:%Y-%m-%d}, SHA-256 {_fingerprint(entry)}…)"


def main(arguments: list[str] | None = None) -> int:
    """Publish a list of authorities to a deployed stage with the caller's credentials."""
    parser = argparse.ArgumentParser(prog="python -m infra.trust", description=__doc__.splitlines()[0])
    parser.add_argument("--stage", required=True, choices=sorted(STAGES))
    parser.add_argument("file", type=Path, metavar="FILE", help="the list of authorities, JSON")
    given = parser.parse_args(arguments)
    try:
        entries = checked(json.loads(given.file.read_text(encoding="utf-8")), clock.now())
    except OSError as error:
        print(f"{given.file}: {error.strerror}", file=sys.stderr)
        return 1
    except (TrustInvalid, ValueError) as invalid:
        print(invalid if isinstance(invalid, TrustInvalid) else f"{given.file}: not JSON", file=sys.stderr)
        return 1
    adopt(given.stage)
    from chalicelib.auth import trust, trust_repository
    from chalicelib.core.tables import Refused

    known = trust_repository.find_trust(trust.AUTHENTICATION)
    try:
        trust_repository.publish_trust(trust.AUTHENTICATION, json.dumps(entries), known)
    except Refused:
        print("Another list was published at the same time: try again.", file=sys.stderr)
        return 1
    _tell(changes(json.loads(known.entries) if known else [], entries))
    return 0


def _tell(done: Changes) -> None:
    for word, names in (
        ("Added", done.added),
        ("Removed", done.removed),
        ("Changed", done.changed),
        ("Unchanged", done.kept),
    ):
        for name in names:
            print(f"{word}: {name}")


if __name__ == "__main__":
    sys.exit(main())
