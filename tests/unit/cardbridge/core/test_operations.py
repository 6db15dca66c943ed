"""The agent's operations on a card in a reader: what comes of them, what is asked, and each way to fail."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from cardbridge.errors import CODES, CardError
from cardbridge.operations import PinState
from cardbridge.prompts import Document, Pin, Purpose
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from cardbridge import operations
from tests.unit.cardbridge.core.conftest import KINDS
from tests.unit.cardbridge.core.fake_card import (
    CERTIFICATE_FILES,
    DIRECTORY_OF_OBJECTS,
    GEORGIAN_ATR,
    TOKEN_INFO,
    FakeCard,
    FakePin,
    FakeScard,
    Pulled,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.cardbridge.core.conftest import MakeCard, Person

    Asking = Callable[..., Person]
    Insert = Callable[..., FakeScard]

ORIGIN = "https://portal.example.ge"
NONCE = base64.b64encode(bytes(range(32))).decode()
DIGEST = hashlib.sha256("განცხადება".encode()).digest()
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
ALGORITHMS = {"RSA-2048": "RS256", "P-256": "ES256", "P-384": "ES384"}
VERIFY, CHANGE, UNBLOCK, SIGN = 0x20, 0x24, 0x2C, 0x2A


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def verify(der: bytes, signature: bytes, digest: bytes, function: hashes.HashAlgorithm) -> None:
    """Raise InvalidSignature unless the signature of the digest is this certificate's."""
    key = x509.load_der_x509_certificate(der).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, digest, padding.PKCS1v15(), Prehashed(function))
        return
    assert isinstance(key, ec.EllipticCurvePublicKey)
    size = key.key_size // 8
    assert len(signature) == 2 * size
    der = encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
    key.verify(der, digest, ec.ECDSA(Prehashed(function)))


def verify_token(token: dict[str, str], origin: str, nonce: str) -> None:
    """Verify as Web eID's validators do: over H(origin) || H(nonce), H from the algorithm's name."""
    name = f"sha{token['algorithm'][2:]}"
    parts = hashlib.new(name, origin.encode()).digest() + hashlib.new(name, nonce.encode()).digest()
    verify(
        base64.b64decode(token["unverifiedCertificate"]),
        base64.b64decode(token["signature"]),
        hashlib.new(name, parts).digest(),
        HASHES[token["algorithm"][2:]],
    )


def sign(card: FakeCard, person: Person, **changes: str) -> dict[str, Any]:
    arguments = {
        "certificate": b64(card.files[CERTIFICATE_FILES[2]]),
        "hash": b64(DIGEST),
        "hash_function": "SHA-256",
        "origin": ORIGIN,
    }
    return operations.sign(**(arguments | changes), prompter=person)


def refusal(operation: Callable[[], object]) -> CardError:
    with pytest.raises(CardError) as raised:
        operation()
    return raised.value


# -- what comes of them


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_is_web_eids_and_its_signature_covers_origin_and_nonce(
    insert: Insert, make_card: MakeCard, person: Asking, kind: str
) -> None:
    """R2.3, R2.4"""
    card = make_card(kind)
    insert(card)

    token = operations.authenticate(NONCE, ORIGIN, person("1234"))

    assert token.keys() == {"unverifiedCertificate", "algorithm", "signature", "format", "appVersion"}
    assert token["format"] == "web-eid:1.0"
    assert token["algorithm"] == ALGORITHMS[kind]
    assert token["appVersion"] == "https://karibche.example/cardbridge/1.0.0"
    assert base64.b64decode(token["unverifiedCertificate"]) == card.files[CERTIFICATE_FILES[1]]
    verify_token(token, ORIGIN, NONCE)
    for origin, nonce in (
        (f"{ORIGIN}/", NONCE),
        ("https://portal.example.com", NONCE),
        (ORIGIN, NONCE[::-1]),
        (NONCE, ORIGIN),
    ):
        with pytest.raises(InvalidSignature):
            verify_token(token, origin, nonce)


@pytest.mark.parametrize("function", ["256", "384", "512"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_signed_by_the_signature_key(
    insert: Insert, make_card: MakeCard, person: Asking, kind: str, function: str
) -> None:
    """R2.7"""
    card = make_card(kind)
    insert(card)
    digest = hashlib.new(f"sha{function}", b"document").digest()

    answer = sign(card, person("654321"), hash=b64(digest), hash_function=f"SHA-{function}")

    verify(card.files[CERTIFICATE_FILES[2]], base64.b64decode(answer["signature"]), digest, HASHES[function])
    family = ("RSA", "PKCS1.5") if kind == "RSA-2048" else ("ECC", "NONE")
    assert answer["signatureAlgorithm"] == {
        "cryptoAlgorithm": family[0],
        "hashFunction": f"SHA-{function}",
        "paddingScheme": family[1],
    }
    assert [number for number, _ in card.signed] == [2]


def test_the_signing_certificate_says_what_its_key_can_do(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    """R2.7: no question, no try."""
    card = make_card("P-384")
    insert(card)

    answer = operations.signing_certificate(ORIGIN, person())

    assert base64.b64decode(answer["certificate"]) == card.files[CERTIFICATE_FILES[2]]
    assert answer["supportedSignatureAlgorithms"] == [
        {"cryptoAlgorithm": "ECC", "hashFunction": name, "paddingScheme": "NONE"}
        for name in ("SHA-256", "SHA-384", "SHA-512")
    ]
    assert card.sent(VERIFY) == []


def test_the_transport_pin_makes_the_signature_pin_once(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    """R2.7"""
    card = make_card(activated=False)
    insert(card)
    assert refusal(lambda: sign(card, person())).code == "not-activated"

    operations.activate(person("12345", "654321"))

    assert sign(card, person("654321"))["signature"]
    assert refusal(lambda: operations.activate(person("12345", "111111"))).code == "already-activated"
    assert card.tries_spent == 0


@pytest.mark.parametrize(
    ("pin", "old", "new"), [(Pin.AUTHENTICATION, "1234", "4321"), (Pin.SIGNATURE, "654321", "111111")]
)
def test_a_pin_is_changed_by_whoever_knows_it(
    insert: Insert, make_card: MakeCard, person: Asking, pin: Pin, old: str, new: str
) -> None:
    card = make_card()
    insert(card)

    operations.change_pin(pin, person(old, new))

    number = 1 if pin is Pin.AUTHENTICATION else 2
    assert card.pins[number].value == new.encode()


def test_the_puk_sets_a_blocked_authentication_pin_anew(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    card = make_card()
    card.pins[1].tries = 0
    insert(card)
    asked = person("87654321", "4321")

    operations.unblock(Pin.AUTHENTICATION, asked)

    assert (card.pins[1].value, card.pins[1].tries) == (b"4321", 3)
    assert [(each.pin, each.new) for each in asked.questions] == [(Pin.PUK, False), (Pin.AUTHENTICATION, True)]


def test_status_tells_all_and_asks_nobody(insert: Insert, make_card: MakeCard) -> None:
    card = make_card("RSA-2048", activated=False)
    insert(card, None)

    mine, empty = operations.status()

    assert (mine.reader, mine.card, mine.problem, mine.label) == ("reader0", True, None, "MyEID")
    assert (mine.profile, mine.tried, mine.atr) == ("generic-pkcs15", True, card.atr)
    assert [(each.pin, each.reference, each.state, each.tries_left) for each in mine.pins] == [
        (Pin.AUTHENTICATION, 1, PinState.READY, 3),
        (Pin.SIGNATURE, 2, PinState.NOT_ACTIVATED, None),
    ]
    assert [(each.pin, each.id, each.key_reference, each.algorithm) for each in mine.certificates] == [
        (Pin.AUTHENTICATION, b"\x01", 1, "RSA-2048"),
        (Pin.SIGNATURE, b"\x02", 2, "RSA-2048"),
    ]
    assert mine.certificates[0].certificate == card.files[CERTIFICATE_FILES[1]]
    assert mine.certificates[0].holder == "ნინო ბერიძე"
    assert (empty.card, empty.problem, empty.pins) == (False, "no-card", ())
    assert card.tries_spent == 0


# -- what is asked


def test_the_question_says_who_asks_for_what_of_whom(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    """R2.4"""
    card = make_card()
    insert(card)
    at_login, at_signing = person("1234"), person("654321")

    operations.authenticate(NONCE, ORIGIN, at_login)
    sign(card, at_signing)

    (login,), (signing,) = at_login.questions, at_signing.questions
    assert (login.pin, login.purpose, login.origin) == (Pin.AUTHENTICATION, Purpose.AUTHENTICATE, ORIGIN)
    assert (login.holder, login.tries_left, login.was_wrong, login.new) == ("ნინო ბერიძე", 3, False, False)
    assert (login.min_length, login.max_length, login.document) == (4, 4, None)
    assert (signing.pin, signing.purpose, signing.origin) == (Pin.SIGNATURE, Purpose.SIGN, ORIGIN)
    assert (signing.min_length, signing.max_length, signing.document) == (6, 6, Document("SHA-256", DIGEST))


def test_a_wrong_pin_is_asked_for_again_with_the_tries_left(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    insert(make_card())
    asked = person("9999", "8888", "1234")

    assert operations.authenticate(NONCE, ORIGIN, asked)["signature"]

    assert [(each.was_wrong, each.tries_left) for each in asked.questions] == [(False, 3), (True, 2), (True, 1)]


def test_the_tries_are_read_before_each_first_question(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    card = make_card()
    card.pins[1].tries = 1
    insert(card)
    asked = person(None)

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, asked)).code == "cancelled"
    assert asked.questions[0].tries_left == 1


def test_a_card_that_does_not_count_aloud_is_asked_for_the_tries(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    card = make_card()
    insert(card)

    def say_only_wrong(apdu: bytes) -> None:
        card.answers = {VERIFY: b"\x63\x00"} if apdu[1] == VERIFY and len(apdu) > 5 else {}

    card.before = say_only_wrong
    asked = person("9999", None)
    card.pins[1].tries = 2

    error = refusal(lambda: operations.authenticate(NONCE, ORIGIN, asked))

    assert (error.code, error.tries_left) == ("wrong-pin", 2)


def test_a_wrong_old_pin_does_not_cost_the_new_one(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    card = make_card()
    insert(card)
    asked = person("9999", "4321", "1234")

    operations.change_pin(Pin.AUTHENTICATION, asked)

    assert card.pins[1].value == b"4321"
    assert [(each.new, each.was_wrong, each.tries_left) for each in asked.questions] == [
        (False, False, 3),
        (True, False, None),
        (False, True, 2),
    ]


def test_the_new_pins_length_is_its_own(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    """R2.7: five digits make six."""
    insert(make_card(activated=False))
    asked = person("12345", "654321")

    operations.activate(asked)

    assert [(each.pin, each.min_length, each.max_length) for each in asked.questions] == [
        (Pin.TRANSPORT, 5, 5),
        (Pin.SIGNATURE, 6, 6),
    ]


# -- every way to fail


def no_service(insert: Insert, card: FakeCard) -> None:
    insert(card).running = False


def held_by_another(insert: Insert, card: FakeCard) -> None:
    insert(card).holders.add("reader0")


def foreign(insert: Insert, card: FakeCard) -> None:
    insert(FakeCard({}, {}))


def two(insert: Insert, card: FakeCard) -> None:
    insert(card, FakeCard(card.keys, card.files))


def unknown_layout(insert: Insert, card: FakeCard) -> None:
    insert(FakeCard({}, {}, atr=GEORGIAN_ATR))


def garbage(insert: Insert, card: FakeCard) -> None:
    card.files[DIRECTORY_OF_OBJECTS] = b"\x30\x82\xff\xff"
    insert(card)


def blocked(insert: Insert, card: FakeCard) -> None:
    card.pins[1].tries = 0
    insert(card)


def not_activated(insert: Insert, card: FakeCard) -> None:
    card.pins[1].activated = False
    insert(card)


@pytest.mark.parametrize(
    ("arrange", "code"),
    [
        (no_service, "no-pcsc"),
        (lambda insert, _: insert(), "no-reader"),
        (lambda insert, _: insert(None, None), "no-card"),
        (foreign, "foreign-card"),
        (two, "several-cards"),
        (held_by_another, "card-busy"),
        (unknown_layout, "unsupported"),
        (garbage, "card-fault"),
        (blocked, "blocked"),
        (not_activated, "not-activated"),
    ],
)
def test_what_stands_in_the_way_is_told_without_a_question(
    insert: Insert, make_card: MakeCard, person: Asking, arrange: Callable[[Insert, FakeCard], None], code: str
) -> None:
    """R2.3"""
    card = make_card()
    arrange(insert, card)
    asked = person()

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, asked)).code == code
    assert (asked.questions, card.tries_spent, card.signed) == ([], 0, [])


def test_cancelling_sends_nothing_to_the_card(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    card = make_card()
    insert(card)

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person(None))).code == "cancelled"
    assert [apdu for apdu in card.sent(VERIFY) if len(apdu) > 4] == []


def test_cancelling_after_a_wrong_pin_tells_the_tries_left(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    insert(make_card())

    error = refusal(lambda: operations.authenticate(NONCE, ORIGIN, person("9999", None)))

    assert (error.code, error.tries_left, error.pin) == ("wrong-pin", 2, Pin.AUTHENTICATION)


def test_the_third_wrong_pin_blocks_and_ends_the_questions(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    insert(make_card())

    error = refusal(lambda: operations.authenticate(NONCE, ORIGIN, person("9999", "9999", "9999")))

    assert (error.code, error.tries_left, error.pin) == ("blocked", 0, Pin.AUTHENTICATION)


@pytest.mark.parametrize("instruction", [VERIFY, 0x22, SIGN])
def test_a_card_pulled_out_on_the_way_is_told(
    insert: Insert, make_card: MakeCard, person: Asking, instruction: int
) -> None:
    card = make_card()
    scard = insert(card)

    def pull(apdu: bytes) -> None:
        if apdu[1] == instruction:
            raise Pulled

    card.before = pull
    error = refusal(lambda: operations.authenticate(NONCE, ORIGIN, person("1234")))

    assert error.code == "card-removed"
    assert scard.events[-2:] == ["disconnect reader0 reset", "release"]


@pytest.mark.parametrize("instruction", [0xA4, 0xB0, VERIFY])
def test_a_service_that_ends_on_the_way_is_told(
    insert: Insert, make_card: MakeCard, person: Asking, instruction: int
) -> None:
    card = make_card()
    scard = insert(card)

    def end(apdu: bytes) -> None:
        if apdu[1] == instruction:
            scard.running = False
            raise Pulled

    card.before = end

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person("1234"))).code == "no-pcsc"


def test_a_document_for_another_certificate_is_not_signed(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    card = make_card()
    insert(card)
    of_login = b64(card.files[CERTIFICATE_FILES[1]])

    assert refusal(lambda: sign(card, person(), certificate=of_login)).code == "other-certificate"


@pytest.mark.parametrize(
    "changes",
    [
        {"hash": b64(DIGEST[:-1])},
        {"hash": b64(DIGEST + b"\0")},
        {"hash": "no base64!"},
        {"hash": ""},
        {"certificate": "no base64!"},
        {"hash_function": "SHA-384"},
        {"hash_function": "MD5"},
        {"origin": ""},
        {"origin": f"https://{'a' * 250}.ge"},
        {"origin": "https://portal.example.ge\n"},
    ],
)
def test_what_is_no_digest_or_no_origin_is_refused_before_the_reader_is_looked_at(
    insert: Insert, make_card: MakeCard, person: Asking, changes: dict[str, str]
) -> None:
    card = make_card()
    scard = insert(card)

    assert refusal(lambda: sign(card, person(), **changes)).code == "invalid-argument"
    assert scard.events == []


@pytest.mark.parametrize("nonce", ["", "a" * 43, "a" * 129, "ა" * 44, "a" * 43 + "\n"])
def test_a_nonce_has_44_to_128_characters(insert: Insert, make_card: MakeCard, person: Asking, nonce: str) -> None:
    scard = insert(make_card())

    assert refusal(lambda: operations.authenticate(nonce, ORIGIN, person())).code == "invalid-argument"
    assert scard.events == []


@pytest.mark.parametrize("length", [44, 128])
def test_a_nonce_may_be_as_short_and_as_long_as_web_eids(
    insert: Insert, make_card: MakeCard, person: Asking, length: int
) -> None:
    insert(make_card())

    verify_token(operations.authenticate("a" * length, ORIGIN, person("1234")), ORIGIN, "a" * length)


@pytest.mark.parametrize("new", ["1234", "12345", "1234567", "65432a", "", "６５４３２１"])
def test_a_new_signature_pin_of_another_length_never_reaches_the_card(
    insert: Insert, make_card: MakeCard, person: Asking, new: str
) -> None:
    """R2.7"""
    card = make_card(activated=False)
    insert(card)

    assert refusal(lambda: operations.activate(person("12345", new))).code == "invalid-argument"
    assert (card.sent(CHANGE), card.tries_spent) == ([], 0)


@pytest.mark.parametrize("entered", ["", "123", "12345", "12a4"])
def test_what_cannot_be_the_pin_spends_no_try(
    insert: Insert, make_card: MakeCard, person: Asking, entered: str
) -> None:
    """R2.4"""
    card = make_card()
    insert(card)

    error = refusal(lambda: operations.authenticate(NONCE, ORIGIN, person(entered)))

    assert (error.code, card.pins[1].tries) == ("invalid-argument", 3)


def test_a_wrong_transport_pin_is_told_as_such(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    card = make_card(activated=False)
    insert(card)

    error = refusal(lambda: operations.activate(person("99999", "654321", None)))

    assert (error.code, error.tries_left, error.pin) == ("wrong-pin", 2, Pin.TRANSPORT)
    assert not card.pins[2].activated


def test_a_wrong_puk_is_told_as_such_until_it_is_blocked(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    card = make_card()
    card.pins[1].puk_tries = 2
    insert(card)

    wrong = refusal(lambda: operations.unblock(Pin.AUTHENTICATION, person("11111111", "4321", None)))
    gone = refusal(lambda: operations.unblock(Pin.AUTHENTICATION, person("11111111", "4321")))

    assert (wrong.code, wrong.tries_left, wrong.pin) == ("wrong-pin", 1, Pin.PUK)
    assert (gone.code, gone.tries_left, gone.pin) == ("blocked", 0, Pin.PUK)


def test_the_puk_has_no_power_over_the_signature_pin(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    """R2.7"""
    card = make_card()
    card.pins[2].tries = 0
    insert(card)

    error = refusal(lambda: operations.unblock(Pin.SIGNATURE, person()))

    assert (error.code, error.pin, card.sent(UNBLOCK)) == ("not-unblockable", Pin.SIGNATURE, [])


@pytest.mark.parametrize("pin", [Pin.TRANSPORT, Pin.PUK])
def test_only_pins_of_every_day_are_changed_and_unblocked(person: Asking, pin: Pin) -> None:
    assert refusal(lambda: operations.change_pin(pin, person())).code == "invalid-argument"
    assert refusal(lambda: operations.unblock(pin, person())).code == "invalid-argument"


def test_cancelling_the_new_pin_leaves_the_old_one(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    card = make_card()
    insert(card)

    assert refusal(lambda: operations.change_pin(Pin.AUTHENTICATION, person("1234", None))).code == "cancelled"
    assert (card.pins[1].value, card.sent(CHANGE)) == (b"1234", [])


def test_a_new_pin_that_the_card_does_not_want_is_refused(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    card = make_card()
    card.answers = {CHANGE: b"\x6a\x80"}
    insert(card)

    error = refusal(lambda: operations.change_pin(Pin.AUTHENTICATION, person("1234", "4321")))
    assert error.code == "invalid-argument"


def test_a_puk_that_the_card_lets_do_nothing_is_told(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    card = make_card()
    card.pins[1].puk = None
    insert(card)

    error = refusal(lambda: operations.unblock(Pin.AUTHENTICATION, person("87654321", "4321")))
    assert error.code == "not-unblockable"


def test_a_card_that_answers_an_unknown_status_is_at_fault(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    card = make_card()
    card.answers = {SIGN: b"\x6f\x00"}
    insert(card)

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person("1234"))).code == "card-fault"


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_of_another_key_never_leaves_the_agent(
    insert: Insert, make_card: MakeCard, person: Asking, kind: str
) -> None:
    card = make_card(kind)
    card.keys = {1: card.keys[2], 2: card.keys[1]}
    insert(card)

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person("1234"))).code == "card-fault"
    assert refusal(lambda: sign(card, person("654321"))).code == "card-fault"


def test_an_error_has_a_known_code() -> None:
    with pytest.raises(ValueError, match="no-such"):
        CardError("no-such-code")
    assert str(CardError("wrong-pin", 2, Pin.AUTHENTICATION)) == "wrong-pin"
    assert len(CODES) == 21


# -- several readers


def test_a_usable_card_beside_others_is_used(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    """R2.3"""
    broken = make_card()
    broken.files = broken.files | {DIRECTORY_OF_OBJECTS: b"\x30\x82"}
    scard = insert(FakeCard({}, {}), broken, None, make_card(), held=make_card())
    scard.holders.add("held")

    assert operations.authenticate(NONCE, ORIGIN, person("1234"))["signature"]

    assert scard.holders == {"held"}
    assert [each.problem for each in operations.status()] == [
        "foreign-card",
        "card-fault",
        "no-card",
        None,
        "card-busy",
    ]


def test_of_several_useless_cards_the_one_is_told_that_can_be_mended(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    scard = insert(FakeCard({}, {}), None, make_card())
    scard.holders.add("reader2")

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person())).code == "card-busy"


def test_a_card_with_the_georgian_answer_to_reset_is_used_as_far_as_it_can_be_read(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    """R2.3: and nobody claims that the real card was tried."""
    insert(make_card("RSA-2048", atr=GEORGIAN_ATR))

    (status,) = operations.status()
    token = operations.authenticate(NONCE, ORIGIN, person("1234"))

    assert (status.profile, status.tried, status.problem) == ("ge-2011", False, None)
    verify_token(token, ORIGIN, NONCE)


def test_a_card_without_a_label_has_none(insert: Insert, make_card: MakeCard) -> None:
    card = make_card()
    del card.files[TOKEN_INFO]
    insert(card)

    assert operations.status()[0].label == ""


def test_a_card_with_one_key_does_what_that_key_is_for(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    card = make_card()
    del card.files[CERTIFICATE_FILES[2]]
    insert(card)

    assert operations.authenticate(NONCE, ORIGIN, person("1234"))["signature"]
    for operation in (
        lambda: operations.signing_certificate(ORIGIN, person()),
        lambda: operations.activate(person()),
        lambda: operations.change_pin(Pin.SIGNATURE, person()),
    ):
        assert refusal(operation).code == "unsupported"


def test_a_blocked_pin_shows_in_the_status(insert: Insert, make_card: MakeCard) -> None:
    card = make_card()
    card.pins = {1: FakePin(b"1234", tries=0), 2: FakePin(b"654321", tries=1)}
    insert(card)

    (status,) = operations.status()

    assert [(each.state, each.tries_left) for each in status.pins] == [(PinState.BLOCKED, 0), (PinState.READY, 1)]


def test_a_card_pulled_out_while_the_status_is_read_is_told(insert: Insert, make_card: MakeCard) -> None:
    card = make_card()
    insert(card)

    def pull(apdu: bytes) -> None:
        if apdu[1] == VERIFY:
            raise Pulled

    card.before = pull

    (status,) = operations.status()

    assert (status.problem, status.pins) == ("card-removed", ())
