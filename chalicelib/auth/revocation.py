"""Whether a certificate is revoked: by OCSP (RFC 6960), by the authority's list (RFC 5280) where that can't tell.

There are three outcomes. What is not certain is undetermined, and then nobody is let in (docs/decisions/0025).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from chalicelib.auth.issuer import Issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.x509 import Certificate, CertificateRevocationList
    from cryptography.x509.ocsp import OCSPResponse, OCSPSingleResponse

# A clock that differs from ours by more is not trusted; an answer without an end has to be new.
SKEW = timedelta(minutes=15)
MAX_AGE = timedelta(minutes=2)
OCSP_LIMIT = 64 * 1024
CRL_LIMIT = 8 * 1024 * 1024
_NONCE_BYTES = 32
_STRONG = {"sha256", "sha384", "sha512"}


class Status(Enum):
    """What is known of a certificate."""

    VALID = "valid"
    REVOKED = "revoked"
    UNDETERMINED = "undetermined"


class CannotTell(Exception):
    """A source gave no answer that counts; `reason` is a word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Found:
    """The outcome, and why the sources that were asked before could not tell."""

    status: Status
    doubts: tuple[str, ...] = ()


class Fetch(Protocol):
    """Returns what an address answers. Raises CannotTell."""

    def __call__(self, url: str, limit: int, body: bytes | None = None, media_type: str = "") -> bytes:
        """GET, or POST `body`."""


def status_of(certificate: "Certificate", issuer: Issuer, moment: datetime, fetch: Fetch) -> Found:
    """Return what the issuer says of a certificate at `moment`."""
    doubts: list[str] = []
    for source, ask in (("ocsp", _by_ocsp), ("crl", _by_crl)):
        try:
            return Found(ask(certificate, issuer, moment, fetch), tuple(doubts))
        except CannotTell as unsure:
            doubts.append(f"{source}:{unsure.reason}")
    return Found(Status.UNDETERMINED, tuple(doubts))


def _by_ocsp(certificate: "Certificate", issuer: Issuer, moment: datetime, fetch: Fetch) -> Status:
    if issuer.ocsp_url is None:
        raise CannotTell("none")
    nonce = secrets.token_bytes(_NONCE_BYTES)
    question = ocsp_request(certificate, issuer, nonce)
    answer = fetch(issuer.ocsp_url, OCSP_LIMIT, question, "application/ocsp-request")
    return ocsp_status(answer, certificate, issuer, nonce, moment)


def _by_crl(certificate: "Certificate", issuer: Issuer, moment: datetime, fetch: Fetch) -> Status:
    if issuer.crl_url is None:
        raise CannotTell("none")
    return crl_status(fetch(issuer.crl_url, CRL_LIMIT), certificate, issuer, moment)


def ocsp_request(certificate: "Certificate", issuer: Issuer, nonce: bytes) -> bytes:
    """Return the question in DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    # SHA-1 only names the issuer here, and every responder knows it (RFC 5019, 2.1.1).
    named = hashes.SHA1()  # noqa: S303
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer.certificate, named)
    return builder.add_extension(x509.OCSPNonce(nonce), critical=False).build().public_bytes(Encoding.DER)


def ocsp_status(
    answer: bytes, certificate: "Certificate", issuer: Issuer, nonce: bytes, moment: datetime
) -> Status:
    """Return what an answer of OCSP says of a certificate. Raises CannotTell unless everything in it fits."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import ocsp

    try:
        response = ocsp.load_der_ocsp_response(answer)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise CannotTell("refused")
        _check_ocsp_signature(response, issuer, moment)
        _check_nonce(response, nonce)
        single = _about(response, certificate, issuer)
        _check_age(single.this_update_utc, single.next_update_utc, moment)
        status = single.certificate_status
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion):
        raise CannotTell("unreadable") from None
    if status is ocsp.OCSPCertStatus.UNKNOWN:
        raise CannotTell("unknown")
    return Status.VALID if status is ocsp.OCSPCertStatus.GOOD else Status.REVOKED


def crl_status(answer: bytes, certificate: "Certificate", issuer: Issuer, moment: datetime) -> Status:
    """Return what an authority's list says of a certificate. Raises CannotTell unless everything in it fits."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        listed = x509.load_der_x509_crl(answer)
        key = issuer.certificate.public_key()
        if listed.issuer != issuer.certificate.subject or not listed.is_signature_valid(key):  # type: ignore[arg-type] # another kind of key is no match
            raise CannotTell("signature")
        _check_hash(listed.signature_hash_algorithm)
        if listed.next_update_utc is None:
            raise CannotTell("endless")
        _check_age(listed.last_update_utc, listed.next_update_utc, moment)
        _check_scope(listed, issuer)
        entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion):
        raise CannotTell("unreadable") from None
    return Status.VALID if entry is None else Status.REVOKED


def _check_ocsp_signature(response: "OCSPResponse", issuer: Issuer, moment: datetime) -> None:
    _check_hash(response.signature_hash_algorithm)
    if not any(_signed(response, signer) for signer in _signers(response, issuer, moment)):
        raise CannotTell("signature")


def _signers(response: "OCSPResponse", issuer: Issuer, moment: datetime) -> "Iterator[Certificate]":
    """Yield who may answer for an issuer: the one that we were told, else the issuer or whom it left it to."""
    if issuer.responder is not None:
        if _counts(issuer.responder, moment):
            yield issuer.responder
        return
    yield issuer.certificate
    for certificate in response.certificates:
        if _issued_by(certificate, issuer.certificate) and _counts(certificate, moment):
            yield certificate


def _counts(responder: "Certificate", moment: datetime) -> bool:
    """Tell whether a certificate is in its time, and one to answer with."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        usages = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    in_time = responder.not_valid_before_utc <= moment <= responder.not_valid_after_utc
    return in_time and ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _issued_by(certificate: "Certificate", issuer: "Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _signed(response: "OCSPResponse", signer: "Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    key, algorithm = signer.public_key(), response.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _check_hash(algorithm: object) -> None:
    if getattr(algorithm, "name", None) not in _STRONG:
        raise CannotTell("weak")


def _check_nonce(response: "OCSPResponse", nonce: bytes) -> None:
    from cryptography import x509

    try:
        said = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        said = b""
    if not secrets.compare_digest(said, nonce):
        raise CannotTell("nonce")


def _about(response: "OCSPResponse", certificate: "Certificate", issuer: Issuer) -> "OCSPSingleResponse":
    """Return the part that speaks of this certificate of this issuer."""
    from cryptography.x509 import ocsp

    for single in response.responses:
        builder = ocsp.OCSPRequestBuilder()
        named = builder.add_certificate(certificate, issuer.certificate, single.hash_algorithm).build()
        mine = (named.serial_number, named.issuer_name_hash, named.issuer_key_hash)
        if mine == (single.serial_number, single.issuer_name_hash, single.issuer_key_hash):
            return single
    raise CannotTell("another")


def _check_age(since: datetime, until: datetime | None, moment: datetime) -> None:
    """Check that an answer is neither from the future nor over."""
    over = since < moment - MAX_AGE if until is None else until < moment - SKEW
    if since > moment + SKEW or over:
        raise CannotTell("stale")


def _check_scope(listed: "CertificateRevocationList", issuer: Issuer) -> None:
    """Check that a list is a whole one, for the certificates of citizens (RFC 5280, 5.2.4 and 5.2.5)."""
    from cryptography import x509

    for extension in listed.extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            raise CannotTell("partial")
        if isinstance(value, x509.IssuingDistributionPoint):
            names = [name.value for name in value.full_name or ()]
            elsewhere = value.relative_name is not None or (bool(names) and issuer.crl_url not in names)
            others = value.only_contains_ca_certs or value.only_contains_attribute_certs or value.indirect_crl
            if elsewhere or others or value.only_some_reasons is not None:
                raise CannotTell("partial")
        elif extension.critical:
            raise CannotTell("partial")
