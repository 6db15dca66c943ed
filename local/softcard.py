"""A card without a card: a key in memory that makes Web eID tokens, for tests and measurements of the portal."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from cryptography import x509

    from local.client import Answer, ApiClient
    from local.pki import CardFaults, Holder
    from local.pki.authorities import Authority

    Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_ALGORITHMS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True)
class SoftCard:
    """A key and the certificate for it."""

    key: Key
    certificate: x509.Certificate

    @classmethod
    def issued(
        cls, authority: Authority, holder: Holder, faults: CardFaults | None = None, key: Key | None = None
    ) -> SoftCard:
        """A new card of somebody, with a key on P-256 unless another is given."""
        made = key or ec.generate_private_key(ec.SECP256R1())
        return cls(made, authority.issue(made.public_key(), holder, faults))

    def token(self, nonce: str, origin: str, algorithm: str | None = None) -> dict[str, Any]:
        """The answer to a challenge, in format web-eid:1.0."""
        name = algorithm or self.algorithm
        signed = b"".join(hashlib.new(f"sha{name[2:]}", text.encode()).digest() for text in (origin, nonce))
        return {
            "unverifiedCertificate": encoded(self.certificate),
            "algorithm": name,
            "signature": base64.b64encode(self._signature(name, signed)).decode(),
            "format": "web-eid:1.0",
            "appVersion": "https://karibche.example/softcard/1.0.0",
        }

    @property
    def algorithm(self) -> str:
        """The algorithm that its key is used with."""
        return "RS256" if isinstance(self.key, rsa.RSAPrivateKey) else _ALGORITHMS[self.key.curve.name]

    def _signature(self, name: str, signed: bytes) -> bytes:
        algorithm = _HASHES[name[2:]]
        if isinstance(self.key, rsa.RSAPrivateKey):
            if name.startswith("PS"):
                pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
                return self.key.sign(signed, pss, algorithm)
            return self.key.sign(signed, padding.PKCS1v15(), algorithm)
        length = (self.key.key_size + 7) // 8
        r, s = utils.decode_dss_signature(self.key.sign(signed, ec.ECDSA(algorithm)))
        return r.to_bytes(length) + s.to_bytes(length)


def encoded(certificate: x509.Certificate) -> str:
    """A certificate as a token carries it."""
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def sign_in(api: ApiClient, card: SoftCard, origin: str | None = None) -> Answer:
    """Let a browser ask for a challenge and answer it with a card."""
    nonce = api.post("/v1/session/card/challenge").json()["nonce"]
    token = card.token(nonce, origin or f"http://localhost:{api.port}")
    return api.post("/v1/session/card", {"token": token})
