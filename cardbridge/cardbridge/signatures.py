"""What a key is asked to sign, and what its answer becomes (RFC 8017 for RSA, FIPS 186-5 for ECDSA)."""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)

from cardbridge.errors import CardError

HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}

# DER of DigestInfo up to the digest (RFC 8017, 9.2, note 1).
_DIGEST_INFO: Final = {
    "SHA-256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "SHA-384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "SHA-512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
_SHORTEST_FILLING: Final = 8

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True)
class KeyKind:
    """A kind of key that the agent can use. `family` is "RSA" or "EC"; `hash_function` goes with its strength."""

    name: str
    family: str
    size: int
    hash_function: str


def digest_info(hash_function: str, digest: bytes) -> bytes:
    """Return the DigestInfo of a digest, which PKCS#1 v1.5 pads and signs."""
    return _DIGEST_INFO[hash_function] + digest


def full_block(content: bytes, size: int) -> bytes:
    """Pad to `size` bytes as PKCS#1 v1.5 does, for cards that leave it to the host (RFC 8017, 9.2)."""
    filling = size - len(content) - 3
    if filling < _SHORTEST_FILLING:
        raise CardError("unsupported")
    return b"\x00\x01" + b"\xff" * filling + b"\x00" + content


def leftmost(digest: bytes, size: int) -> bytes:
    """Return what ECDSA takes of a digest that is longer than the key (FIPS 186-5, 6.4.1)."""
    return digest[:size]


def raw_signature(der: bytes, size: int) -> bytes:
    """Return r and s of an ECDSA signature behind each other, `size` bytes each.

    Raises:
        CardError: `card-fault`: no such signature.
    """
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(size) + s.to_bytes(size)
    except (ValueError, OverflowError) as error:
        raise CardError("card-fault") from error


def check(key: PublicKey, signature: bytes, hash_function: str, digest: bytes) -> None:
    """Hold a card's signature to the public key of its certificate; ECDSA as r and s.

    Raises:
        CardError: `card-fault`: it is none, or another key's.
    """
    prehashed = Prehashed(HASHES[hash_function])
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, digest, padding.PKCS1v15(), prehashed)
        else:
            key.verify(_der_signature(signature, key.key_size // 8), digest, ec.ECDSA(prehashed))
    except (InvalidSignature, ValueError) as error:
        raise CardError("card-fault") from error


def _der_signature(raw: bytes, size: int) -> bytes:
    if len(raw) != 2 * size:
        raise ValueError("r and s have the key's size")
    return encode_dss_signature(int.from_bytes(raw[:size]), int.from_bytes(raw[size:]))
