"""Which key and which certificate: by what they are for, never by label or order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cardbridge.cards import Pkcs15Card
from cardbridge.errors import CardError
from cardbridge.prompts import Pin
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.pki import CardFaults
from tests.unit.cardbridge.core.conftest import NINO, code_of, private_keys
from tests.unit.cardbridge.core.fake_card import (
    APPLICATION,
    CERTIFICATE_FILES,
    CERTIFICATES,
    DIRECTORY_OF_APPLICATIONS,
    DIRECTORY_OF_OBJECTS,
    KEYS,
    PINS,
    FakeCard,
)
from tests.unit.cardbridge.core.test_pkcs15 import octets, path, tlv

if TYPE_CHECKING:
    from local.pki import Pki
    from tests.unit.cardbridge.core.conftest import MakeCard

SIGN, DECRYPT, BOTH, NON_REPUDIATION, SIGN_AND_DECRYPT = (
    b"\x05\x20",
    b"\x02\x44",
    b"\x06\x20\x40",
    b"\x06\x00\x40",
    b"\x02\x64",
)


def key(number: int, usage: bytes, *, key_id: int | None = None, pin: int = 1, label: str = "key") -> bytes:
    """An EC key in 4B0n with the reference n."""
    return tlv(
        0xA0,
        tlv(0x30, tlv(0x0C, label.encode()), octets(bytes((pin,)))),
        tlv(0x30, octets(bytes((key_id or number,))), tlv(0x03, usage), tlv(0x02, bytes((number,)))),
        tlv(0xA1, tlv(0x30, path(f"4B{number:02}"))),
    )


def certificate(key_id: int, file: str, *, authority: bool = False, label: str = "certificate") -> bytes:
    flag = tlv(0x01, b"\xff") if authority else b""
    return tlv(
        0x30,
        tlv(0x30, tlv(0x0C, label.encode())),
        tlv(0x30, octets(bytes((key_id,))), flag),
        tlv(0xA1, tlv(0x30, path(file))),
    )


def opened(card: FakeCard) -> Pkcs15Card:
    return Pkcs15Card(card, card.atr)


def refusal(card: FakeCard) -> str:
    with pytest.raises(CardError) as raised:
        opened(card)
    return raised.value.code


def test_order_and_labels_mean_nothing(make_card: MakeCard) -> None:
    """R2.3"""
    card = make_card()
    card.files[KEYS] = key(2, NON_REPUDIATION, pin=2, label="Authentication") + key(1, SIGN, label="Signature")
    card.files[CERTIFICATES] = certificate(2, "4302", label="Authentication") + certificate(1, "4301")

    identities = opened(card).identities

    assert {pin: each.certificate.der for pin, each in identities.items()} == {
        Pin.AUTHENTICATION: card.files[CERTIFICATE_FILES[1]],
        Pin.SIGNATURE: card.files[CERTIFICATE_FILES[2]],
    }
    assert identities[Pin.SIGNATURE].pin_reference == 2


def test_a_key_that_signs_and_takes_responsibility_is_the_signature_key(make_card: MakeCard) -> None:
    """R2.7"""
    card = make_card()
    card.files[KEYS] = key(1, SIGN) + key(2, BOTH, pin=2)

    assert opened(card).identities[Pin.SIGNATURE].key_reference == 2


def test_a_key_that_also_decrypts_still_authenticates(make_card: MakeCard) -> None:
    card = make_card()
    card.files[KEYS] = key(1, SIGN_AND_DECRYPT) + key(2, NON_REPUDIATION, pin=2)

    assert opened(card).identities[Pin.AUTHENTICATION].key_reference == 1


def test_an_encryption_key_is_not_used_though_it_comes_first(make_card: MakeCard, pki: Pki) -> None:
    card = make_card()
    third = ec.generate_private_key(ec.SECP256R1())
    encipherment = pki.authentication.issue(third.public_key(), NINO, CardFaults(key_usage=("key_agreement",)))
    card.files[APPLICATION + b"\x43\x09"] = encipherment.public_bytes(Encoding.DER)
    card.files[KEYS] = key(9, DECRYPT) + card.files[KEYS]
    card.files[CERTIFICATES] = certificate(9, "4309") + card.files[CERTIFICATES]

    assert opened(card).identities[Pin.AUTHENTICATION].key_reference == 1


def test_a_certificate_must_allow_what_the_key_is_for(make_card: MakeCard, pki: Pki) -> None:
    """R2.3: a certificate for encryption does not log in, whatever the key's directory says."""
    card = make_card()
    public = private_keys("P-256")[1].public_key()
    encipherment = pki.authentication.issue(public, NINO, CardFaults(key_usage=("key_agreement",)))
    card.files[APPLICATION + b"\x43\x09"] = encipherment.public_bytes(Encoding.DER)
    card.files[CERTIFICATES] = certificate(1, "4309") + card.files[CERTIFICATES]

    assert opened(card).identities[Pin.AUTHENTICATION].certificate.der == card.files[CERTIFICATE_FILES[1]]
    del card.files[CERTIFICATE_FILES[1]]
    assert Pin.AUTHENTICATION not in opened(card).identities


def test_what_the_directory_calls_an_authoritys_certificate_is_nobodys(make_card: MakeCard) -> None:
    card = make_card()
    card.files[CERTIFICATES] = certificate(1, "4301", authority=True) + certificate(2, "4302")

    assert list(opened(card).identities) == [Pin.SIGNATURE]


def test_a_certificate_named_twice_is_one(make_card: MakeCard) -> None:
    card = make_card()
    card.files[CERTIFICATES] = certificate(1, "4301") * 2 + certificate(2, "4302")

    assert len(opened(card).identities) == 2


def test_two_keys_for_one_thing_are_not_guessed_between(make_card: MakeCard, pki: Pki) -> None:
    card = make_card()
    third = pki.authentication.issue(ec.generate_private_key(ec.SECP256R1()).public_key(), NINO)
    card.files[APPLICATION + b"\x43\x09"] = third.public_bytes(Encoding.DER)
    card.files[KEYS] = key(9, SIGN) + card.files[KEYS]
    card.files[CERTIFICATES] = certificate(9, "4309") + card.files[CERTIFICATES]

    assert refusal(card) == "unsupported"


def test_a_key_without_a_pin_is_not_used(make_card: MakeCard) -> None:
    card = make_card()
    card.files[KEYS] = key(1, SIGN, pin=7) + key(2, NON_REPUDIATION, pin=2)

    assert list(opened(card).identities) == [Pin.SIGNATURE]


@pytest.mark.parametrize("missing", [KEYS, PINS, CERTIFICATES, DIRECTORY_OF_OBJECTS])
def test_a_card_without_its_directories_is_a_foreign_one(make_card: MakeCard, missing: bytes) -> None:
    card = make_card()
    del card.files[missing]

    assert refusal(card) == "foreign-card"


def test_a_card_that_registers_no_application_is_looked_for_where_it_mostly_is(make_card: MakeCard) -> None:
    card = make_card()
    del card.files[DIRECTORY_OF_APPLICATIONS]

    assert len(opened(card).identities) == 2


def test_a_card_is_read_where_it_says_that_its_application_is(make_card: MakeCard) -> None:
    card = make_card()
    elsewhere = bytes.fromhex("3F007000")
    card.files = {
        place.replace(APPLICATION, elsewhere): content.replace(APPLICATION, elsewhere)
        for place, content in card.files.items()
    }

    assert len(opened(card).identities) == 2


def test_a_certificate_that_is_none_is_a_fault(make_card: MakeCard) -> None:
    card = make_card()
    card.files[CERTIFICATE_FILES[1]] = tlv(0x30, b"\x02\x01\x01")

    assert refusal(card) == "card-fault"


def test_a_certificate_of_a_kind_of_key_that_is_unknown_is_passed_over(make_card: MakeCard, pki: Pki) -> None:
    card = make_card()
    other = ec.generate_private_key(ec.SECP521R1()).public_key()
    card.files[CERTIFICATE_FILES[1]] = pki.authentication.issue(other, NINO).public_bytes(Encoding.DER)

    assert list(opened(card).identities) == [Pin.SIGNATURE]


def test_a_certificate_of_another_family_than_its_key_is_passed_over(make_card: MakeCard, pki: Pki) -> None:
    card = make_card()
    other = private_keys("RSA-2048")[1].public_key()
    card.files[CERTIFICATE_FILES[1]] = pki.authentication.issue(other, NINO).public_bytes(Encoding.DER)

    assert list(opened(card).identities) == [Pin.SIGNATURE]


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (b"\x0a\x01\x00", "a BCD code"),
        (b"\x02\x01\x03", "shorter than the code"),
    ],
)
def test_a_pin_that_cannot_be_written_is_unsupported(make_card: MakeCard, flags: bytes, problem: str) -> None:
    card = make_card()
    before = {b"\x0a\x01\x00": b"\x0a\x01\x01", b"\x02\x01\x03": b"\x02\x01\x08\x02\x01\x08"}[flags]
    after = flags if len(before) == 3 else b"\x02\x01\x03\x02\x01\x08"
    assert before in card.files[PINS], problem
    card.files[PINS] = card.files[PINS].replace(before, after)

    with pytest.raises(CardError, match="unsupported"):
        opened(card).authenticate(bytearray(b"1234"), "https://a.ge", "n" * 44)
    assert card.tries_spent == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    answers=st.lists(st.binary(max_size=300), min_size=1, max_size=6),
    statuses=st.sampled_from([b"\x90\x00", b"\x61\x10", b"\x6c\x05"]),
)
def test_no_card_does_worse_than_an_error_of_ours(answers: list[bytes], statuses: bytes) -> None:
    class Anything:
        turn = 0

        def transmit(self, _: bytes) -> bytes:
            self.turn += 1
            return answers[self.turn % len(answers)] + statuses

    with pytest.raises(CardError) as raised:
        Pkcs15Card(Anything(), b"")
    assert raised.value.code in {"foreign-card", "card-fault"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(data=st.data())
def test_no_change_of_a_cards_files_does_worse_than_an_error_of_ours(
    make_card: MakeCard, data: st.DataObject
) -> None:
    card = make_card()
    place = data.draw(st.sampled_from(sorted(card.files)))
    changed = bytearray(card.files[place])
    for index in data.draw(st.lists(st.integers(0, len(changed) - 1), min_size=1, max_size=3)):
        changed[index] = data.draw(st.integers(0, 255))
    card.files[place] = bytes(changed)

    code = code_of(lambda: opened(card).authenticate(bytearray(b"1234"), "https://a.ge", "n" * 44))

    assert code in {None, "card-fault", "foreign-card", "unsupported", "wrong-pin", "not-activated"}


def test_the_test_certificates_are_certificates(make_card: MakeCard) -> None:
    x509.load_der_x509_certificate(make_card().files[CERTIFICATE_FILES[1]])
