"""Certificates of cards: for whom, for what, when, and from whom (R2.3, R2.4)."""

import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.auth import certificates
from chalicelib.auth.certificates import CardHolder
from chalicelib.auth.errors import CardCertificateUnsuitable, CardExpired, CardIssuerUnknown
from chalicelib.auth.issuer import Issuer
from chalicelib.core.errors import Failure
from local.pki import CardFaults, Holder, Pki
from local.softcard import SoftCard

NOW = datetime.now(UTC)
NINO = Holder("ნინო", "ბერიძე", "01001012345")
Card = Callable[..., SoftCard]


def suits(certificate: x509.Certificate) -> bool:
    try:
        certificates.check_purpose(certificate)
    except CardCertificateUnsuitable:
        return False
    return True


@pytest.mark.parametrize(
    ("faults", "right"),
    [
        (CardFaults(), True),
        (CardFaults(key_usage=("digital_signature", "key_agreement")), True),
        (CardFaults(key_usage=("digital_signature", "content_commitment")), True),
        (CardFaults(extended_key_usage=None), True),
        (CardFaults(key_usage=None), False),
        (CardFaults(key_usage=()), False),
        (CardFaults(key_usage=("content_commitment",)), False),
        (CardFaults(key_usage=("key_agreement", "key_encipherment")), False),
        (CardFaults(extended_key_usage=(ExtendedKeyUsageOID.EMAIL_PROTECTION,)), False),
        (CardFaults(extended_key_usage=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)), False),
        (
            CardFaults(extended_key_usage=(ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CLIENT_AUTH)),
            True,
        ),
    ],
    ids=str,
)
def test_only_a_certificate_to_sign_in_with_lets_anybody_in(card: Card, faults: CardFaults, right: bool) -> None:  # noqa: FBT001
    """R2.4: the bit digitalSignature itself, not just any usage."""
    assert suits(card(faults).certificate) == right


def test_the_certificate_for_signatures_on_the_same_card_does_not(pki: Pki, rsa_key: rsa.RSAPrivateKey) -> None:
    """R2.4, R2.7"""
    assert not suits(pki.signing.issue(rsa_key.public_key(), NINO))


@pytest.mark.parametrize("serial_number", ["PNOGE-01001012345", "01001012345"])
def test_a_personal_number_is_written_in_one_of_two_ways(card: Card, serial_number: str) -> None:
    """R2.3"""
    certificate = card(CardFaults(serial_number=serial_number)).certificate
    assert certificates.holder_of(certificate) == CardHolder("ნინო", "ბერიძე", "01001012345")


@pytest.mark.parametrize(
    "serial_number",
    [
        *("0100101234", "010010123456", "PNOGE-0100101234", "PNOEE-38001085718", "IDCGE-01001012345"),
        *("pnoge-01001012345", "PNOGE01001012345", "PNOGE-PNOGE-01001012345", "PNOGE-01001012345x", "x"),
        *("PNOGE-٠١٠٠١٠١٢٣٤٥", "０１００１０１２３４５", "01001012345\n", "PNOGE-0100101234 ", " 01001012345"),
    ],
)
def test_nothing_else_is_a_personal_number(serial_number: str) -> None:
    """R2.3: also digits of other scripts."""
    with pytest.raises(CardCertificateUnsuitable):
        certificates.holder_of(named(FIRST, LAST, (NameOID.SERIAL_NUMBER, serial_number)))
    assert certificates.holder_of(named(FIRST, LAST, NUMBER))


def named(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Certificate:
    """A self-made certificate of this name, whatever its letters."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(kind, value, _ASN1Type.UTF8String) for kind, value in attributes])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )


FIRST, LAST = (NameOID.GIVEN_NAME, "ნინო"), (NameOID.SURNAME, "ბერიძე")
NUMBER = (NameOID.SERIAL_NUMBER, "PNOGE-01001012345")


def test_names_are_read_as_the_portal_writes_them() -> None:
    """R2.3: outer space and composed letters aside, as on the card."""
    read = certificates.holder_of(
        named(NUMBER, (NameOID.GIVEN_NAME, " ანა-მარია "), (NameOID.SURNAME, "Zoe\u0308"))
    )
    assert read == CardHolder("ანა-მარია", "Zoë", "01001012345")


@pytest.mark.parametrize(
    "attributes",
    [
        (FIRST, LAST),
        (FIRST, NUMBER),
        (LAST, NUMBER),
        (FIRST, LAST, NUMBER, NUMBER),
        (FIRST, LAST, NUMBER, (NameOID.SERIAL_NUMBER, "PNOGE-99999999999")),
        (FIRST, LAST, LAST, NUMBER),
        (FIRST, FIRST, LAST, NUMBER),
        (FIRST, (NameOID.SURNAME, " "), NUMBER),
        (FIRST, (NameOID.SURNAME, "ბერი\nძე"), NUMBER),
        (FIRST, (NameOID.SURNAME, "ბერ\u202eიძე"), NUMBER),
        (FIRST, (NameOID.SURNAME, "ბერ\0იძე"), NUMBER),
    ],
    ids=str,
)
def test_a_certificate_names_one_person_once_and_whole(attributes: Any) -> None:
    """R2.3"""
    with pytest.raises(CardCertificateUnsuitable):
        certificates.holder_of(named(*attributes))


def test_a_certificate_counts_from_its_first_to_its_last_second(card: Card) -> None:
    """R2.3"""
    begins, ends = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 20))
    certificate = card(CardFaults(not_before=begins, not_after=ends)).certificate
    for moment in (begins, ends, begins + timedelta(days=9)):
        certificates.check_dates(certificate, moment)
    for moment in (begins - timedelta(seconds=1), ends + timedelta(seconds=1)):
        with pytest.raises(CardExpired):
            certificates.check_dates(certificate, moment)


# -- the path


def leads(certificate: x509.Certificate, *issuers: Issuer, moment: datetime = NOW) -> Issuer | None:
    try:
        return certificates.issuer_of(certificate, issuers, moment)
    except CardIssuerUnknown:
        return None


def test_a_card_leads_to_the_authority_that_issued_it(card: Card, issuer: Issuer) -> None:
    """R2.3"""
    certificate = card().certificate
    assert leads(certificate, issuer) is issuer
    assert leads(certificate) is None


def test_while_an_authority_is_renewed_both_count(pki: Pki, foreign: Pki, card: Card, issuer: Issuer) -> None:
    """R2.3: two certificates of one name."""
    renewed = _trusted(foreign)
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert leads(card().certificate, renewed, issuer) is issuer
    assert leads(foreign.authentication.issue(key, NINO), issuer, renewed) is renewed


def _trusted(pki: Pki) -> Issuer:
    return Issuer("x", pki.authentication.certificate, pki.root.certificate, None, None, None)


def test_cards_of_other_authorities_do_not_count(pki: Pki, foreign: Pki, issuer: Issuer) -> None:
    """R2.3: of the same name with another key, of the signing authority, of the root itself, of nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    for authority in (foreign.authentication, pki.signing, pki.root, foreign.root):
        assert leads(authority.issue(key.public_key(), NINO, CardFaults()), issuer) is None
    assert leads(named(FIRST, LAST, NUMBER), issuer) is None


def test_what_the_root_issued_does_not_count_even_where_it_names_the_authority(
    pki: Pki, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.3: the same for a certificate that only says who issued it."""
    key = ec.generate_private_key(ec.SECP256R1())
    impostor = pki.root
    monkeypatch.setitem(impostor.__dict__, "certificate", pki.authentication.certificate)
    assert impostor.issue(key.public_key(), NINO).issuer == issuer.certificate.subject
    assert leads(impostor.issue(key.public_key(), NINO), issuer) is None
    monkeypatch.undo()
    itself = Issuer("root", pki.root.certificate, pki.root.certificate, None, None, None)
    assert leads(pki.root.issue(key.public_key(), NINO), itself) is None


def test_a_card_issues_no_cards(pki: Pki, issuer: Issuer, ec_key: ec.EllipticCurvePrivateKey) -> None:
    """R2.3: whoever has a card could otherwise make others."""
    own = pki.authentication.issue(ec_key.public_key(), NINO)
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(own.subject)
        .issuer_name(own.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(ec_key, hashes.SHA256())
    )
    assert leads(made, issuer) is None
    assert leads(made, Issuer("own", own, pki.authentication.certificate, None, None, None)) is None


def test_the_authorities_own_certificates_are_no_cards(pki: Pki, issuer: Issuer) -> None:
    """R2.3"""
    for authority in (pki.root, pki.authentication, pki.signing):
        assert leads(authority.certificate, issuer) is None


def test_an_authority_whose_time_is_over_vouches_for_nobody(pki: Pki, issuer: Issuer) -> None:
    """R2.3"""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    end = issuer.certificate.not_valid_after_utc
    certificate = pki.authentication.issue(key, NINO, CardFaults(not_after=end + timedelta(days=9)))
    assert leads(certificate, issuer, moment=end - timedelta(days=1)) is issuer
    assert leads(certificate, issuer, moment=end + timedelta(days=1)) is None


def test_the_root_has_to_be_the_one_that_issued_the_authority(pki: Pki, foreign: Pki, card: Card) -> None:
    """R2.3"""
    mixed = Issuer("x", pki.authentication.certificate, foreign.root.certificate, None, None, None)
    assert leads(card().certificate, mixed) is None


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 10**6), bits=st.integers(1, 255))
def test_a_certificate_with_another_byte_is_refused_or_not_the_authoritys(
    pki: Pki, issuer: Issuer, ec_key: ec.EllipticCurvePrivateKey, place: int, bits: int
) -> None:
    """R2.3: whatever it makes the library say, the answer is one of ours, and nobody comes in."""
    der = bytearray(pki.authentication.issue(ec_key.public_key(), NINO).public_bytes(Encoding.DER))
    der[place % len(der)] ^= bits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library says what is odd about a certificate that it reads
        try:
            certificate = x509.load_der_x509_certificate(bytes(der))
            _ = certificate.subject, certificate.issuer
        except (ValueError, TypeError, x509.InvalidVersion):
            return
        with pytest.raises(Failure):
            checked(certificate, issuer)


def checked(certificate: x509.Certificate, issuer: Issuer) -> None:
    certificates.check_purpose(certificate)
    certificates.holder_of(certificate)
    certificates.check_dates(certificate, NOW)
    certificates.issuer_of(certificate, [issuer], NOW)


def test_nothing_of_a_certificate_stands_in_what_is_raised(foreign: Pki, issuer: Issuer) -> None:
    """R7.3: the library's own words quote the subject."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(CardIssuerUnknown) as raised:
        certificates.issuer_of(foreign.authentication.issue(key, NINO), [issuer], NOW)
    assert (str(raised.value), raised.value.__cause__, raised.value.__context__) == (
        "card-issuer-unknown",
        None,
        None,
    )
