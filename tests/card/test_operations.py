"""The installed agent's operations on cards that OpenSC has written; others judge what comes of them."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rig import (
    AUTHENTICATION,
    AUTHENTICATION_PIN,
    GEORGIAN_ATR,
    KEYS,
    MAKERS_ATR,
    SIGNATURE,
    SIGNATURE_PIN,
    T0_ATR,
    CardFile,
    Rig,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from tests.card.agent import Agent, Outcome
    from tests.card.conftest import NewCard

ORIGIN = "https://portal.example.ge"
NONCE = base64.b64encode(bytes(range(32))).decode()
DOCUMENT = "განცხადება".encode()
ALGORITHMS = {"rsa:2048": "RS256", "ec:secp256r1": "ES256", "ec:secp384r1": "ES384"}
FUNCTIONS: dict[str, hashes.HashAlgorithm] = {
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}
TOKEN_HASHES = {"RS256": hashes.SHA256(), "ES256": hashes.SHA256(), "ES384": hashes.SHA384()}


def digest(data: bytes, function: hashes.HashAlgorithm) -> bytes:
    return hashlib.new(function.name, data).digest()


def verify(
    key: CertificatePublicKeyTypes, signature: bytes, hashed: bytes, function: hashes.HashAlgorithm
) -> None:
    """Raise InvalidSignature unless the signature of the digest is good. ECDSA comes as r and s side by side."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        half = key.key_size // 8
        assert len(signature) == 2 * half
        der = encode_dss_signature(
            int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        )
        key.verify(der, hashed, ec.ECDSA(Prehashed(function)))
    else:
        key.verify(signature, hashed, padding.PKCS1v15(), Prehashed(function))  # type: ignore[union-attr, call-arg]


def authenticate(agent: Agent, *pins: str | None, **settings: Any) -> Outcome:
    return agent.operate("authenticate", *pins, nonce=NONCE, origin=ORIGIN, **settings)


def sign(agent: Agent, card: CardFile, *pins: str | None, function: str = "SHA-256", **settings: Any) -> Outcome:
    hashed = hashlib.new(function.replace("-", ""), DOCUMENT).digest()
    return agent.operate(
        "sign",
        *pins,
        certificate=base64.b64encode(card.certificate(SIGNATURE).public_bytes(Encoding.DER)).decode(),
        hash=base64.b64encode(hashed).decode(),
        hash_function=function,
        origin=ORIGIN,
        **settings,
    )


def must_be_a_good_token(outcome: Outcome, card: CardFile) -> None:
    assert outcome.error is None
    token = outcome.result
    certificate = card.certificate(AUTHENTICATION)
    assert base64.b64decode(token["unverifiedCertificate"]) == certificate.public_bytes(Encoding.DER)
    assert token["format"] == "web-eid:1.0"
    function = TOKEN_HASHES[token["algorithm"]]
    signed = digest(digest(ORIGIN.encode(), function) + digest(NONCE.encode(), function), function)
    verify(certificate.public_key(), base64.b64decode(token["signature"]), signed, function)


@pytest.mark.parametrize("key", KEYS)
def test_the_token_is_signed_by_the_authentication_key_over_origin_and_nonce(
    rig: Rig, agent: Agent, new_card: NewCard, key: str
) -> None:
    """R2.3: Web eID token 1.0, for RSA, P-256 and P-384."""
    card = new_card(key=key)
    rig.insert(card)

    outcome = authenticate(agent, AUTHENTICATION_PIN)

    must_be_a_good_token(outcome, card)
    assert outcome.result["algorithm"] == ALGORITHMS[key]
    assert [(asked["pin"], asked["tries_left"]) for asked in outcome.questions] == [("authentication", 3)]
    assert (outcome.questions[0]["holder"], outcome.questions[0]["origin"]) == ("ნინო ბერიძე", ORIGIN)


@pytest.mark.parametrize("key", KEYS)
def test_a_document_is_signed_by_the_signature_key(rig: Rig, agent: Agent, new_card: NewCard, key: str) -> None:
    """R2.4: with each hash function, also one that is longer than the key's field."""
    card = new_card(key=key, activated=True)
    rig.insert(card)

    for function, used in FUNCTIONS.items():
        outcome = sign(agent, card, SIGNATURE_PIN, function=function)

        signature = base64.b64decode(outcome.result["signature"])
        verify(card.certificate(SIGNATURE).public_key(), signature, digest(DOCUMENT, used), used)
        assert outcome.result["signatureAlgorithm"]["hashFunction"] == function
        assert outcome.questions[0]["document"]["digest"] == digest(DOCUMENT, used).hex()


def test_openssl_agrees_that_the_document_is_signed(
    rig: Rig, agent: Agent, new_card: NewCard, tmp_path: Path
) -> None:
    card = new_card(key="rsa:2048", activated=True)
    rig.insert(card)
    outcome = sign(agent, card, SIGNATURE_PIN)
    (tmp_path / "document").write_bytes(DOCUMENT)
    (tmp_path / "signature").write_bytes(base64.b64decode(outcome.result["signature"]))
    public = card.certificate(SIGNATURE).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)

    command = "openssl dgst -sha256 -verify public.pem -signature signature document"
    judged = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)

    assert judged.stdout == "Verified OK\n"


def test_the_signing_certificate_is_handed_out_without_a_pin(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    card = new_card(key="rsa:2048")
    rig.insert(card)

    outcome = agent.operate("signing_certificate", origin=ORIGIN)

    der = card.certificate(SIGNATURE).public_bytes(Encoding.DER)
    assert base64.b64decode(outcome.result["certificate"]) == der
    assert {"cryptoAlgorithm": "RSA", "hashFunction": "SHA-256", "paddingScheme": "PKCS1.5"} in outcome.result[
        "supportedSignatureAlgorithms"
    ]
    assert outcome.questions == ()


def test_a_document_for_another_certificate_is_not_signed(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    card = new_card(activated=True)
    rig.insert(card)

    outcome = sign(agent, new_card(key="ec:secp384r1"), SIGNATURE_PIN)

    assert (outcome.error, outcome.questions, card.signatures()) == ("other-certificate", (), 0)


def test_two_signatures_take_two_pins(rig: Rig, agent: Agent, new_card: NewCard) -> None:
    """R2.4: the card wants the PIN for each signature, and the agent keeps none."""
    card = new_card(activated=True)
    rig.insert(card)

    assert sign(agent, card, SIGNATURE_PIN).error is None
    assert (sign(agent, card, None).error, card.signatures()) == ("cancelled", 1)
    assert sign(agent, card, SIGNATURE_PIN).error is None
    assert card.signatures() == 2


@pytest.mark.parametrize("atr", [GEORGIAN_ATR, T0_ATR], ids=["Georgian", "T=0"])
def test_no_answer_to_reset_is_needed_to_know_the_card(
    rig: Rig, agent: Agent, new_card: NewCard, atr: bytes
) -> None:
    """R2.3: the Georgian one, and one of protocol T=0, whose long answers come in parts."""
    card = new_card(key="rsa:2048", atr=atr, activated=True)
    rig.insert(card)

    must_be_a_good_token(authenticate(agent, AUTHENTICATION_PIN), card)
    assert sign(agent, card, SIGNATURE_PIN).error is None


@pytest.mark.parametrize("key", KEYS)
def test_status_and_opensc_agree_on_the_card(rig: Rig, agent: Agent, new_card: NewCard, key: str) -> None:
    """R2.3: references, ids and certificates as `pkcs15-tool` reads them; no try is spent."""
    card = new_card(key=key)
    rig.insert(card)

    first, second = agent.status()

    assert (first["card"], first["problem"], second["card"], second["problem"]) == (True, None, False, "no-card")
    dump = rig.tool("pkcs15-tool", "--dump")
    for pin, number, name in (
        ("authentication", "01", "PIN1 authentication"),
        ("signature", "02", "PIN2 signature"),
    ):
        (described,) = [found for found in first["pins"] if found["pin"] == pin]
        assert f"PIN [{name}]" in dump
        assert f"Reference      : {described['reference']} (0x{described['reference']:02X})" in _after(dump, name)
        (certificate,) = [found for found in first["certificates"] if found["pin"] == pin]
        assert certificate["id"] == number
        key_block = _after(dump, f"Key [{name.split()[1].capitalize()} certificate]")
        assert f"Key ref        : {certificate['key_reference']} (" in key_block
        read = rig.tool("pkcs15-tool", "--read-certificate", number)
        assert bytes.fromhex(certificate["certificate"]) == base64.b64decode("".join(read.split("\n")[1:-2]))
    assert (card.tries(AUTHENTICATION), card.tries(SIGNATURE)) == (3, 3)


def _after(dump: str, title: str) -> str:
    """The block of a dump that has this title."""
    return dump.partition(title)[2].partition("\n\n")[0]


@pytest.mark.parametrize("key", KEYS)
def test_a_card_of_another_maker_serves_through_its_module(
    rig: Rig, agent: Agent, new_card: NewCard, key: str
) -> None:
    """R2.3: the fallback through PKCS#11; OpenSC's module plays the one of the card's maker."""
    card = new_card(key=key, activated=True, atr=MAKERS_ATR)
    rig.insert(card)
    (module,) = Path("/usr/lib").glob("*/opensc-pkcs11.so")
    assert authenticate(agent, AUTHENTICATION_PIN).error == "foreign-card"

    must_be_a_good_token(authenticate(agent, AUTHENTICATION_PIN, pkcs11_module=str(module)), card)
    signed = sign(agent, card, SIGNATURE_PIN, pkcs11_module=str(module))
    signature = base64.b64decode(signed.result["signature"])
    verify(card.certificate(SIGNATURE).public_key(), signature, hashlib.sha256(DOCUMENT).digest(), hashes.SHA256())
    assert card.signatures() == 2
