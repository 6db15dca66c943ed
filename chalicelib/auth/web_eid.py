"""The authentication token of Web eID, formats 1.0 and 1.1: whether it is well made, and what was signed.

A card signs the digests of the portal's origin and of its challenge, one after the other; so a token that was
made for another site, or at another time, is worth nothing here (Web eID, «Authentication token validation»).
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.auth.errors import CardTokenInvalid

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

MIN_LENGTH = 100
MAX_LENGTH = 10_000
MIN_RSA_BITS = 2048
_WITHOUT_SIGNING_CERTIFICATES = "web-eid:1.0"
_WITH_SIGNING_CERTIFICATES = "web-eid:1.1"
_SIGNING_CERTIFICATES = "unverifiedSigningCertificates"
# JWS names (RFC 7518, 3.1); a curve has one.
_HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}
_EC_ALGORITHMS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_RSA_ALGORITHMS = {f"{family}{size}" for family in ("RS", "PS") for size in _HASHES}
_SIGNATURE_ALGORITHM = {"cryptoAlgorithm", "hashFunction", "paddingScheme"}


@dataclass(frozen=True)
class Token:
    """A token that is well made. Nobody has vouched for its certificate or its signature yet."""

    certificate: "Certificate"
    algorithm: str
    signature: bytes


def read_token(token: Mapping[str, Any]) -> Token:
    """Return a token as it was sent, read; keys that nobody knows are ignored. Raises CardTokenInvalid."""
    if not MIN_LENGTH <= len(json.dumps(token, ensure_ascii=False, separators=(",", ":"))) <= MAX_LENGTH:
        raise CardTokenInvalid
    certificate = _certificate(token.get("unverifiedCertificate"))
    read = Token(certificate, _text(token.get("algorithm")), _decoded(token.get("signature")))
    _check_algorithm(read)
    if token.get("format") == _WITH_SIGNING_CERTIFICATES:
        _check_signing_certificates(token.get(_SIGNING_CERTIFICATES), certificate)
    elif token.get("format") != _WITHOUT_SIGNING_CERTIFICATES or _SIGNING_CERTIFICATES in token:
        raise CardTokenInvalid
    return read


def check_signature(token: Token, origin: str, nonce: str) -> None:
    """Check that the token's key signed for this origin and this challenge. Raises CardTokenInvalid."""
    from cryptography.exceptions import InvalidSignature

    name = _HASHES[token.algorithm[2:]]
    signed = b"".join(hashlib.new(name, text.encode()).digest() for text in (origin, nonce))
    try:
        _verify(token, signed)
    except InvalidSignature:
        raise CardTokenInvalid from None


def _verify(token: Token, signed: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    algorithm = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[token.algorithm[2:]]
    key = _key(token.certificate)
    if isinstance(key, ec.EllipticCurvePublicKey):
        half = len(token.signature) // 2
        r, s = (int.from_bytes(part) for part in (token.signature[:half], token.signature[half:]))
        key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(algorithm))
        return
    padded: padding.AsymmetricPadding = padding.PKCS1v15()
    if token.algorithm.startswith("PS"):
        padded = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
    key.verify(token.signature, signed, padded, algorithm)


def _check_algorithm(token: Token) -> None:
    """Check that key, algorithm and length of the signature belong together. Raises CardTokenInvalid."""
    from cryptography.hazmat.primitives.asymmetric import ec

    key = _key(token.certificate)
    if isinstance(key, ec.EllipticCurvePublicKey):
        length = 2 * ((key.key_size + 7) // 8)
        fits = _EC_ALGORITHMS.get(key.curve.name) == token.algorithm and len(token.signature) == length
    else:
        fits = token.algorithm in _RSA_ALGORITHMS and key.key_size >= MIN_RSA_BITS
    if not fits:
        raise CardTokenInvalid


def _check_signing_certificates(entries: Any, certificate: "Certificate") -> None:
    """Check that the certificates to sign with, which a 1.1 token brings along, are this person's.

    They are not used for anything here. Their issuer is another than that of the authentication certificate
    on a Georgian card, so it is not compared (docs/decisions/0026). Raises CardTokenInvalid.
    """
    if not isinstance(entries, list) or not entries:
        raise CardTokenInvalid
    for entry in entries:
        if not isinstance(entry, dict):
            raise CardTokenInvalid
        signing = _certificate(entry.get("certificate"))
        algorithms = entry.get("supportedSignatureAlgorithms")
        if signing.subject != certificate.subject or not _is_for_signatures(signing):
            raise CardTokenInvalid
        if not isinstance(algorithms, list) or not algorithms:
            raise CardTokenInvalid
        if not all(isinstance(one, dict) and one.keys() >= _SIGNATURE_ALGORITHM for one in algorithms):
            raise CardTokenInvalid


def _is_for_signatures(certificate: "Certificate") -> bool:
    from cryptography import x509

    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return usage.content_commitment


def _certificate(encoded: Any) -> "Certificate":
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(_decoded(encoded))
        _ = certificate.subject, certificate.issuer
    except (ValueError, TypeError, x509.InvalidVersion):  # names are read when they are asked for
        raise CardTokenInvalid from None
    return certificate


def _key(certificate: "Certificate") -> "EllipticCurvePublicKey | RSAPublicKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        raise CardTokenInvalid from None
    if isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return key
    raise CardTokenInvalid


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise CardTokenInvalid
    return value


def _decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise CardTokenInvalid from None
