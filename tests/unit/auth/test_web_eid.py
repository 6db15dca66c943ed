"""Tokens of Web eID: what is well made, and what was signed for this portal and this challenge (R2.3, R2.4)."""

import base64
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.auth import web_eid
from chalicelib.auth.errors import CardTokenInvalid
from local.pki import CardFaults, Holder, Pki
from local.softcard import SoftCard, encoded

ORIGIN = "https://portal.example"
NONCE = base64.b64encode(bytes(range(32))).decode()
NINO = Holder("ნინო", "ბერიძე", "01001012345")
Card = Callable[..., SoftCard]


def accepted(token: dict[str, Any], origin: str = ORIGIN, nonce: str = NONCE) -> bool:
    try:
        web_eid.check_signature(web_eid.read_token(token), origin, nonce)
    except CardTokenInvalid:
        return False
    return True


@pytest.mark.parametrize("algorithm", ["ES384", "RS256"])
def test_the_tokens_that_web_eid_publishes_are_accepted_and_nothing_near_them(
    vectors: Path, algorithm: str
) -> None:
    """R2.4: made by others, for another site."""
    published = json.loads(vectors.read_text(encoding="utf-8"))
    token, origin, nonce = published["tokens"][algorithm], published["origin"], published["nonce"]
    assert accepted(token, origin, nonce)
    assert not accepted(token, f"{origin}/", nonce)
    assert not accepted(token, ORIGIN, nonce)
    assert not accepted(token, origin, nonce[:-1] + "4")
    assert not accepted(token, nonce, origin)
    (other,) = (each for name, each in published["tokens"].items() if name != algorithm)
    assert not accepted({**token, "signature": other["signature"]}, origin, nonce)
    assert not accepted({**token, "unverifiedCertificate": other["unverifiedCertificate"]}, origin, nonce)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
def test_rsa_cards_sign_in(pki: Pki, rsa_key: rsa.RSAPrivateKey, algorithm: str) -> None:
    """R2.4"""
    card = SoftCard.issued(pki.authentication, NINO, key=rsa_key)
    token = card.token(NONCE, ORIGIN, algorithm)
    assert accepted(token)
    assert not accepted(token, nonce=NONCE.lower())
    for other in {"RS256", "RS384", "PS256", "ES256"} - {algorithm}:
        assert not accepted({**token, "algorithm": other})


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_cards_with_elliptic_curves_sign_in(pki: Pki, curve: ec.EllipticCurve) -> None:
    """R2.4: a curve has one algorithm."""
    card = SoftCard.issued(pki.authentication, NINO, key=ec.generate_private_key(curve))
    token = card.token(NONCE, ORIGIN)
    assert accepted(token)
    for other in {"ES256", "ES384", "ES512", "RS256"} - {card.algorithm}:
        assert not accepted({**token, "algorithm": other})
        if other.startswith("ES"):
            assert not accepted(card.token(NONCE, ORIGIN, other))


def test_a_signature_is_as_long_as_two_numbers_of_the_curve(card: Card) -> None:
    """R2.4: r and s, one after the other, and nothing else: neither DER nor more bytes."""
    made = card()
    token = made.token(NONCE, ORIGIN)
    signature = base64.b64decode(token["signature"])
    half = len(signature) // 2
    numbers = utils.encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    for changed in (signature[:-1], signature + b"\0", signature[half:] + signature[:half], bytes(64), b""):
        assert not accepted({**token, "signature": base64.b64encode(changed).decode()})
    assert not accepted({**token, "signature": base64.b64encode(numbers).decode()})


def test_the_origin_is_signed_too(card: Card) -> None:
    """R2.4: what a card signed for another site opens nothing here."""
    made = card()
    for origin in ("https://evil.example", f"{ORIGIN}/", f"{ORIGIN}:443", "", ORIGIN.upper()):
        assert not accepted(made.token(NONCE, origin))
    assert accepted(made.token(NONCE, ORIGIN))


def without(token: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in token.items() if key != name}


@pytest.mark.parametrize(
    "facts",
    [
        *(
            {"format": value}
            for value in ("web-eid:1", "web-eid:1.1", "web-eid:1.2", "web-eid:2.0", "", None, 1, [])
        ),
        *({"format": value} for value in ("web-eid:1.0 ", "WEB-EID:1.0", "web-eid:1.00", {"web-eid:1.0": 1})),
        *({"algorithm": value} for value in ("HS256", "none", "es256", "ES", "ES257", "", None, 256, ["ES256"])),
        *({"signature": value} for value in ("", "!", "é", None, 7, [], {}, "A" * 87, "AAAA\nAAAA")),
        *(
            {"unverifiedCertificate": value}
            for value in ("", "AAAA", "é", None, 7, [], "-----BEGIN CERTIFICATE-----")
        ),
        {"padding": "x" * web_eid.MAX_LENGTH},
        {"unverifiedSigningCertificates": []},
        {"unverifiedSigningCertificates": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_well_made_is_refused(card: Card, facts: dict[str, Any]) -> None:
    """R2.4"""
    token = card().token(NONCE, ORIGIN)
    assert accepted(token)
    assert not accepted({**token, **facts})


@pytest.mark.parametrize("name", ["format", "algorithm", "signature", "unverifiedCertificate"])
def test_a_token_with_less_is_refused(card: Card, name: str) -> None:
    """R2.4"""
    assert not accepted(without(card().token(NONCE, ORIGIN), name))


def test_what_nobody_knows_is_ignored(card: Card) -> None:
    """R2.4: so is the version of the program."""
    token = without(card().token(NONCE, ORIGIN), "appVersion")
    assert accepted(token)
    assert accepted({**token, "unverifiedSigningCertificate": "x", "fresh": {"deep": [1, None]}})


def test_a_short_token_is_refused() -> None:
    """R2.4"""
    assert not accepted({})
    assert not accepted({"format": "web-eid:1.0"})


def test_a_certificate_that_was_cut_or_lengthened_or_is_of_another_version_is_refused(card: Card) -> None:
    """R2.4"""
    token = card().token(NONCE, ORIGIN)
    der = base64.b64decode(token["unverifiedCertificate"])
    version_9 = der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
    assert version_9 != der
    for changed in (der[:-1], der + b"\0", der[1:], der[:100], version_9):
        assert not accepted({**token, "unverifiedCertificate": base64.b64encode(changed).decode()})


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 1024), ed25519.Ed25519PrivateKey.generate()],  # noqa: S505 - too weak on purpose
    ids=["rsa-1024", "ed25519"],
)
def test_a_key_that_is_too_weak_or_of_another_kind_is_refused(pki: Pki, card: Card, key: Any) -> None:
    """R2.4"""
    token = card().token(NONCE, ORIGIN)
    certificate = pki.authentication.issue(key.public_key(), NINO)
    for algorithm in ("RS256", "ES256", "EdDSA"):
        assert not accepted({**token, "unverifiedCertificate": encoded(certificate), "algorithm": algorithm})
    if isinstance(key, rsa.RSAPrivateKey):
        assert not accepted(SoftCard(key, certificate).token(NONCE, ORIGIN, "RS256"))


# -- format 1.1


@pytest.fixture
def with_signing(pki: Pki, card: Card, rsa_key: rsa.RSAPrivateKey) -> Callable[..., dict[str, Any]]:
    """A token of format 1.1; `entry` replaces facts of the entry for the certificate to sign with."""

    def make(holder: Holder = NINO, faults: CardFaults | None = None, **entry: Any) -> dict[str, Any]:
        certificate = pki.signing.issue(rsa_key.public_key(), holder, faults)
        algorithms = [{"cryptoAlgorithm": "RSA", "hashFunction": "SHA-256", "paddingScheme": "PKCS1.5"}]
        known = {"certificate": encoded(certificate), "supportedSignatureAlgorithms": algorithms}
        token = card().token(NONCE, ORIGIN)
        return {**token, "format": "web-eid:1.1", "unverifiedSigningCertificates": [{**known, **entry}]}

    return make


def test_a_token_with_certificates_to_sign_with_is_accepted_though_another_authority_issued_them(
    with_signing: Callable[..., dict[str, Any]],
) -> None:
    """R2.4: on a Georgian card the two certificates have two issuers."""
    token = with_signing()
    assert accepted(token)
    assert not accepted({**token, "format": "web-eid:1.0"}), "1.0 has no such key"
    assert not accepted({**token, "unverifiedSigningCertificates": []})
    assert not accepted({**token, "unverifiedSigningCertificates": token["unverifiedSigningCertificates"][0]})
    assert not accepted(without(token, "unverifiedSigningCertificates"))


@pytest.mark.parametrize(
    "facts",
    [
        {"holder": Holder("გია", "ბერიძე", "01001012345")},
        {"holder": Holder("ნინო", "ბერიძე", "01001012346")},
        {"faults": CardFaults()},
        {"faults": CardFaults(key_usage=None)},
        {"certificate": "AAAA"},
        {"certificate": None},
        {"supportedSignatureAlgorithms": []},
        {"supportedSignatureAlgorithms": None},
        {"supportedSignatureAlgorithms": ["RSA"]},
        {"supportedSignatureAlgorithms": [{"cryptoAlgorithm": "RSA"}]},
    ],
    ids=str,
)
def test_certificates_to_sign_with_are_the_same_persons_and_for_signatures(
    with_signing: Callable[..., dict[str, Any]], facts: dict[str, Any]
) -> None:
    """R2.4"""
    assert not accepted(with_signing(**facts))


@pytest.mark.parametrize("entry", [None, "x", 1, []])
def test_an_entry_that_is_no_object_is_refused(with_signing: Callable[..., dict[str, Any]], entry: Any) -> None:
    """R2.4"""
    assert not accepted({**with_signing(), "unverifiedSigningCertificates": [entry]})


# -- anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    "format",
    "algorithm",
    "signature",
    "unverifiedCertificate",
    "unverifiedSigningCertificates",
    "appVersion",
]


@pytest.fixture(scope="module")
def good(pki: Pki) -> dict[str, Any]:
    return SoftCard.issued(pki.authentication, NINO).token(NONCE, ORIGIN)


@settings(max_examples=150, deadline=None)
@given(changed=st.dictionaries(st.sampled_from(NAMES), JSON, min_size=1, max_size=6))
def test_whatever_is_sent_is_refused_in_one_way(good: dict[str, Any], changed: dict[str, Any]) -> None:
    """R2.4: no value of any kind leads to another failure, or in."""
    only_ignored = changed.keys() <= {"appVersion"}
    assert accepted({**good, **changed}) == (only_ignored and len(json.dumps(changed)) < 8000)


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 10**6), bits=st.integers(1, 255))
def test_a_certificate_with_another_byte_never_breaks_the_check(
    good: dict[str, Any], place: int, bits: int
) -> None:
    """R2.4: a parser that stumbles refuses."""
    der = bytearray(base64.b64decode(good["unverifiedCertificate"]))
    der[place % len(der)] ^= bits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library says what is odd about a certificate that it reads
        accepted({**good, "unverifiedCertificate": base64.b64encode(der).decode()})


@settings(max_examples=100, deadline=None)
@given(signature=st.binary(max_size=600))
def test_no_bytes_are_a_signature_by_chance(good: dict[str, Any], signature: bytes) -> None:
    """R2.4"""
    assert not accepted({**good, "signature": base64.b64encode(signature).decode()})


def test_nothing_of_a_token_stands_in_what_is_raised(card: Card) -> None:
    """R7.3"""
    with pytest.raises(CardTokenInvalid) as raised:
        web_eid.check_signature(web_eid.read_token(card().token(NONCE, ORIGIN)), ORIGIN, "another")
    assert str(raised.value) == "card-token-invalid"
    assert raised.value.__cause__ is None
