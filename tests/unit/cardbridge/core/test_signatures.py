"""What a key is asked to sign, what its answer becomes, and what a certificate says of its holder."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cardbridge.errors import CardError
from cardbridge.signatures import KeyKind
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from cardbridge import certificates, signatures, webeid
from local.pki import CardFaults
from tests.unit.cardbridge.core.conftest import NINO, code_of, private_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.pki import Pki

P256 = KeyKind("P-256", "EC", 32, "SHA-256")
P384 = KeyKind("P-384", "EC", 48, "SHA-384")
RSA = KeyKind("RSA-2048", "RSA", 256, "SHA-256")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def certificate(
    *names: tuple[x509.ObjectIdentifier, str], extensions: tuple[x509.ExtensionType, ...] = ()
) -> bytes:
    """A self-signed certificate."""
    own = private_keys("P-256")[1]
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in names])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(own, hashes.SHA256()).public_bytes(Encoding.DER)


# -- what is signed


def test_web_eid_signs_the_hashes_of_origin_and_nonce() -> None:
    """web-eid-system-architecture-doc, token format: H(H(origin) || H(nonce)), as the key's strength asks."""
    inner = hashlib.sha384(b"https://ria.ee").digest() + hashlib.sha384(b"12345678").digest()

    assert webeid.challenge_digest(P384, "https://ria.ee", "12345678") == hashlib.sha384(inner).digest()
    assert len(webeid.challenge_digest(P256, "https://ria.ee", "12345678")) == 32


def test_digest_info_names_the_hash_function() -> None:
    """RFC 8017, 9.2, note 1."""
    assert signatures.digest_info("SHA-256", b"\xaa" * 32).hex() == (
        "3031300d060960864801650304020105000420" + "aa" * 32
    )
    for name, oid in (("SHA-384", "02"), ("SHA-512", "03")):
        size = signatures.HASHES[name].digest_size
        info = signatures.digest_info(name, bytes(size))
        assert info[1] == len(info) - 2
        assert info.hex().endswith(f"6086480165030402{oid}050004{size:02x}" + "00" * size)


def test_a_full_block_is_as_long_as_the_key() -> None:
    """RFC 8017, 9.2: 00 01 FF… 00 T, and at least eight FF."""
    assert signatures.full_block(b"\xab\xcd", 16).hex() == "0001" + "ff" * 11 + "00abcd"
    assert len(signatures.full_block(bytes(5), 16)) == 16
    with pytest.raises(CardError, match="unsupported"):
        signatures.full_block(bytes(6), 16)


@given(r=st.integers(1, 2**256 - 1), s=st.integers(1, 2**256 - 1))
def test_r_and_s_stand_behind_each_other_at_full_length(r: int, s: int) -> None:
    raw = signatures.raw_signature(encode_dss_signature(r, s), 32)

    assert (len(raw), int.from_bytes(raw[:32]), int.from_bytes(raw[32:])) == (64, r, s)


@given(st.binary(max_size=80))
def test_what_is_no_signature_is_a_fault(content: bytes) -> None:
    assert code_of(lambda: signatures.raw_signature(content, 32)) in {None, "card-fault"}


@pytest.mark.parametrize("der", [encode_dss_signature(2**256, 1), encode_dss_signature(1, 2**300), b"\x30\x00"])
def test_a_signature_too_long_for_the_key_is_a_fault(der: bytes) -> None:
    with pytest.raises(CardError, match="card-fault"):
        signatures.raw_signature(der, 32)


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(63), bytes(65), b"\xff" * 64])
def test_a_signature_that_does_not_verify_is_a_fault(signature: bytes) -> None:
    public = private_keys("P-256")[1].public_key()

    with pytest.raises(CardError, match="card-fault"):
        signatures.check(public, signature, "SHA-256", bytes(32))  # type: ignore[arg-type]


def test_an_algorithm_has_web_eids_name() -> None:
    assert webeid.signature_algorithm(RSA, "SHA-512") == {
        "cryptoAlgorithm": "RSA",
        "hashFunction": "SHA-512",
        "paddingScheme": "PKCS1.5",
    }
    assert webeid.signature_algorithm(P256, "SHA-256")["cryptoAlgorithm"] == "ECC"
    assert webeid.signature_algorithm(P256, "SHA-256")["paddingScheme"] == "NONE"


# -- what a certificate says


@pytest.mark.parametrize(("kind", "family"), [("RSA-2048", "RSA"), ("P-256", "EC"), ("P-384", "EC")])
def test_a_card_certificate_says_whose_and_what_for(
    ders: Callable[[str], dict[int, bytes]], kind: str, family: str
) -> None:
    first, second = (certificates.read(ders(kind)[number]) for number in (1, 2))

    assert (first.kind.name, first.kind.family, first.holder) == (kind, family, "ნინო ბერიძე")
    assert (first.states_usage, first.authenticates, first.signs) == (True, True, False)
    assert (second.states_usage, second.authenticates, second.signs) == (True, False, True)
    assert first.not_after.utcoffset() == timedelta(0)


def test_a_certificate_without_usage_may_be_for_anything() -> None:
    read = certificates.read(certificate((NameOID.COMMON_NAME, "01001012345")))

    assert (read.states_usage, read.authenticates, read.signs) == (False, True, True)


def test_an_authoritys_certificate_is_for_nothing() -> None:
    usages = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only", "decipher_only"),
        False,
    )
    usage = x509.KeyUsage(digital_signature=True, content_commitment=True, key_cert_sign=True, **usages)
    authority = x509.BasicConstraints(ca=True, path_length=None)

    read = certificates.read(certificate((NameOID.COMMON_NAME, "CA"), extensions=(usage, authority)))

    assert (read.authenticates, read.signs) == (False, False)


@pytest.mark.parametrize(
    ("names", "holder"),
    [
        (((NameOID.GIVEN_NAME, "ნინო"), (NameOID.SURNAME, "ბერიძე"), (NameOID.COMMON_NAME, "x")), "ნინო ბერიძე"),
        (((NameOID.SURNAME, "ბერიძე"),), "ბერიძე"),
        (((NameOID.COMMON_NAME, "ნინო ბერიძე"),), "ნინო ბერიძე"),
        ((), None),
        (((NameOID.COMMON_NAME, " \n "),), None),
        (((NameOID.COMMON_NAME, "a\x1b[2J\n\u202eb\u0000"),), "a [2J b"),
    ],
)
def test_the_holders_name_is_one_printable_line(
    names: tuple[tuple[x509.ObjectIdentifier, str], ...], holder: str | None
) -> None:
    """A card's text could otherwise write on the terminal whatever it wants."""
    assert certificates.read(certificate(*names)).holder == holder


@given(st.text(max_size=300))
def test_no_text_does_more_than_show(text: str) -> None:
    shown = certificates.printable(text)

    assert shown is None or (shown.isprintable() and len(shown) <= certificates.NAME_LIMIT)


@pytest.mark.parametrize(
    "faults", [CardFaults(key_usage=None), CardFaults(key_usage=("digital_signature", "content_commitment"))]
)
def test_a_certificate_that_is_for_both_says_so(pki: Pki, faults: CardFaults) -> None:
    public = private_keys("P-256")[1].public_key()
    read = certificates.read(pki.authentication.issue(public, NINO, faults).public_bytes(Encoding.DER))

    assert (read.authenticates, read.signs) == (True, True)


def test_keys_that_the_agent_cannot_use_are_unsupported(pki: Pki) -> None:
    for public in (
        ec.generate_private_key(ec.SECP521R1()).public_key(),
        rsa.generate_private_key(65537, 1024).public_key(),  # noqa: S505 (it is refused)
        ed25519.Ed25519PrivateKey.generate().public_key(),
    ):
        der = pki.authentication.issue(public, NINO).public_bytes(Encoding.DER)
        with pytest.raises(CardError, match="unsupported"):
            certificates.read(der)


@given(data=st.data())
def test_no_certificate_does_worse_than_an_error_of_ours(
    ders: Callable[[str], dict[int, bytes]], data: st.DataObject
) -> None:
    content = bytearray(ders(data.draw(st.sampled_from(["P-256", "RSA-2048"])))[1])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))

    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    for each in (bytes(content), cut):
        assert code_of(lambda der=each: certificates.read(der)) in {None, "card-fault", "unsupported"}
