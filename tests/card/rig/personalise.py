"""Makes a test card somebody's identity card: OpenSC writes it, the test authorities certify its keys."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

from rig.card import AUTHENTICATION, AUTHENTICATION_PIN, PUK, SIGNATURE, SIGNATURE_PIN, TRANSPORT_PIN

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from local.pki import CardFaults, Holder, Pki
    from rig.card import CardFile
    from rig.slots import Slots

SECURITY_OFFICER = "12345678"
# OpenSC wants a PUK for every PIN; the card never lets this one have an effect.
IDLE_PUK = "87654322"
KEYS = {"rsa:2048": "rsa/2048", "ec:secp256r1": "ec/prime256v1", "ec:secp384r1": "ec/secp384r1"}


def personalise(
    rig: Slots,
    card: CardFile,
    holder: Holder,
    pki: Pki,
    *,
    key: str = "rsa:2048",
    activated: bool = False,
    faults: CardFaults | None = None,
    slot: int = 0,
) -> None:
    """Fill an empty card; `slot` must be free, and is free again afterwards.

    `key` is "rsa:2048", "ec:secp256r1" or "ec:secp384r1", for both keys. An `activated` card's signature PIN has
    been chosen. `faults` are those of the authentication certificate.
    """
    rig.insert(card, slot)
    try:
        writer = _Writer(rig, slot)
        writer.write_pins()
        writer.make_keys(KEYS[key])
        card.keep_certificate(
            AUTHENTICATION, pki.authentication.issue(writer.public_key(AUTHENTICATION), holder, faults)
        )
        card.keep_certificate(SIGNATURE, pki.signing.issue(writer.public_key(SIGNATURE), holder))
        with tempfile.TemporaryDirectory() as work:
            writer.write_certificates(Path(work), card, pki)
        # Access rules bite from here on.
        writer.init("--finalize")
        if activated:
            writer.tool("--change-pin", "--auth-id", "02", "--pin", TRANSPORT_PIN, "--new-pin", SIGNATURE_PIN)
    finally:
        rig.remove(slot)


class _Writer:
    def __init__(self, rig: Slots, slot: int) -> None:
        self._rig = rig
        self._slot = str(slot)

    def init(self, *arguments: str) -> str:
        return self._rig.tool("pkcs15-init", "--reader", self._slot, *arguments, "--so-pin", SECURITY_OFFICER)

    def tool(self, *arguments: str) -> str:
        return self._rig.tool("pkcs15-tool", "--reader", self._slot, *arguments)

    def write_pins(self) -> None:
        self.init("--create-pkcs15", "--so-puk", SECURITY_OFFICER)
        for number, label, pin, puk in (
            ("01", "PIN1 authentication", AUTHENTICATION_PIN, PUK),
            ("02", "PIN2 signature", TRANSPORT_PIN, IDLE_PUK),
        ):
            self.init("--store-pin", "--auth-id", number, "--label", label, "--pin", pin, "--puk", puk)

    def make_keys(self, kind: str) -> None:
        for number, label, pin, usage in (
            ("01", "Authentication key", AUTHENTICATION_PIN, ["digitalSignature"]),
            ("02", "Signature key", TRANSPORT_PIN, ["nonRepudiation", "--user-consent", "1"]),
        ):
            self.init(
                *("--generate-key", kind, "--auth-id", number, "--id", number, "--label", label),
                *("--pin", pin, "--key-usage", *usage),
            )

    def public_key(self, number: int) -> CertificatePublicKeyTypes:
        read = self.tool("--read-public-key", f"{number:02}")
        return cast("CertificatePublicKeyTypes", load_pem_public_key(read.encode()))

    def write_certificates(self, work: Path, card: CardFile, pki: Pki) -> None:
        for number, label, pin in (
            (AUTHENTICATION, "Authentication certificate", AUTHENTICATION_PIN),
            (SIGNATURE, "Signature certificate", TRANSPORT_PIN),
        ):
            self.init(
                *("--store-certificate", _written(work, card.certificate(number)), "--label", label),
                *("--id", f"{number:02}", "--auth-id", f"{number:02}", "--pin", pin),
            )
        for number, label, authority in (
            (11, "Authentication CA", pki.authentication),
            (12, "Signing CA", pki.signing),
        ):
            self.init(
                *("--store-certificate", _written(work, authority.certificate), "--label", label),
                *("--id", f"{number}", "--authority", "--pin", AUTHENTICATION_PIN),
            )


def _written(work: Path, certificate: x509.Certificate) -> str:
    file = work / "certificate.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return str(file)
