"""Web eID's token 1.0 and its names of algorithms (web-eid-system-architecture-doc, token format)."""

import hashlib
from base64 import b64encode
from typing import Final

from cardbridge import __version__
from cardbridge.certificates import Certificate
from cardbridge.signatures import HASHES, KeyKind

FORMAT: Final = "web-eid:1.0"
APP_VERSION: Final = f"https://karibche.example/cardbridge/{__version__}"


def challenge_digest(kind: KeyKind, origin: str, nonce: str) -> bytes:
    """Return H(H(origin) || H(nonce)), the only thing that an authentication key ever signs."""
    parts = _digest(kind.hash_function, origin.encode()) + _digest(kind.hash_function, nonce.encode())
    return _digest(kind.hash_function, parts)


def token(certificate: Certificate, signature: bytes) -> dict[str, str]:
    """Return the token; `signature` is over `challenge_digest`, ECDSA as r and s."""
    kind = certificate.kind
    prefix = "RS" if kind.family == "RSA" else "ES"
    return {
        "unverifiedCertificate": encoded(certificate.der),
        "algorithm": prefix + kind.hash_function.removeprefix("SHA-"),
        "signature": encoded(signature),
        "format": FORMAT,
        "appVersion": APP_VERSION,
    }


def signature_algorithm(kind: KeyKind, hash_function: str) -> dict[str, str]:
    """Return Web eID's name of a signature by this kind of key over such a digest."""
    rsa = kind.family == "RSA"
    return {
        "cryptoAlgorithm": "RSA" if rsa else "ECC",
        "hashFunction": hash_function,
        "paddingScheme": "PKCS1.5" if rsa else "NONE",
    }


def supported_algorithms(kind: KeyKind) -> list[dict[str, str]]:
    """Return every signature that this kind of key makes."""
    return [signature_algorithm(kind, name) for name in HASHES]


def encoded(content: bytes) -> str:
    """Return base64 with padding."""
    return b64encode(content).decode()


def _digest(hash_function: str, content: bytes) -> bytes:
    return hashlib.new(hash_function.replace("-", ""), content).digest()
