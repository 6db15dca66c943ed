"""Cards that the agent cannot read itself, through the PKCS#11 module of whoever issues them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from cardbridge.errors import CardError
from cardbridge.operations import PinState
from cardbridge.prompts import Pin
from cryptography.hazmat.primitives.serialization import Encoding

from cardbridge import operations, pkcs11
from local.pki import CardFaults
from tests.unit.cardbridge.core.conftest import KINDS, NINO, code_of, private_keys
from tests.unit.cardbridge.core.fake_card import GEORGIAN_ATR, FakeCard
from tests.unit.cardbridge.core.fake_pkcs11 import FakePyKCS11, FakeToken
from tests.unit.cardbridge.core.test_operations import NONCE, ORIGIN, b64, refusal, verify_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.pki import Pki
    from tests.unit.cardbridge.core.conftest import MakeCard, Person
    from tests.unit.cardbridge.core.fake_card import FakeScard

    Asking = Callable[..., Person]
    Insert = Callable[..., FakeScard]
    Ders = Callable[[str], dict[int, bytes]]
    Load = Callable[..., FakePyKCS11]


@pytest.fixture
def tokens(ders: Ders) -> Callable[..., list[FakeToken]]:
    """The two tokens of a card, one for each PIN, as OpenSC shows them."""

    def make(kind: str = "P-256") -> list[FakeToken]:
        keys, certificates = private_keys(kind), ders(kind)
        return [
            FakeToken({bytes((number,)): certificates[number]}, keys[number], bytes((number,)), pin)
            for number, pin in ((1, b"1234"), (2, b"654321"))
        ]

    return make


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, insert: Insert) -> Load:
    """A card in the reader that only the configured module can read."""

    def use(*tokens: FakeToken, path: str = "/module") -> FakePyKCS11:
        module = FakePyKCS11(*tokens)
        monkeypatch.setitem(sys.modules, "PyKCS11", module)
        operations.configure(pkcs11_module=path)
        insert(FakeCard({}, {}), None)
        return module

    return use


def sign(tokens: list[FakeToken], person: Person) -> str:
    digest = b64(bytes(range(32)))
    certificate = b64(tokens[1].certificates[b"\x02"])
    return operations.sign(certificate, digest, "SHA-256", ORIGIN, person)["signature"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_that_only_its_module_reads_logs_in_and_signs(
    tokens: Callable[..., list[FakeToken]], load: Load, person: Asking, kind: str
) -> None:
    """R2.3, R2.7"""
    both = tokens(kind)
    module = load(*both)

    verify_token(operations.authenticate(NONCE, ORIGIN, person("1234")), ORIGIN, NONCE)
    assert sign(both, person("654321"))

    assert module.unloaded == 2
    assert not any(each.logged_in for each in both)


def test_a_key_that_asks_each_time_is_given_the_pin_for_the_signature(
    tokens: Callable[..., list[FakeToken]], load: Load, person: Asking
) -> None:
    """R2.7"""
    both = tokens()
    both[1].asks_each_time = True
    load(*both)

    assert sign(both, person("654321"))
    assert both[1].logins == [FakePyKCS11.CKU_USER, FakePyKCS11.CKU_CONTEXT_SPECIFIC]


def test_a_card_that_the_agent_reads_itself_needs_no_module(
    tokens: Callable[..., list[FakeToken]], load: Load, insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    module = load(*tokens())
    insert(make_card())

    assert operations.authenticate(NONCE, ORIGIN, person("1234"))["signature"]
    assert module.unloaded == 0


def test_the_card_is_let_go_before_the_module_takes_it(
    tokens: Callable[..., list[FakeToken]], load: Load, insert: Insert, person: Asking
) -> None:
    module = load(*tokens())
    scard = insert(FakeCard({}, {}, atr=GEORGIAN_ATR))
    seen: list[set[str]] = []
    module.looked_at = lambda: seen.append(set(scard.holders))

    assert operations.authenticate(NONCE, ORIGIN, person("1234"))["signature"]
    assert seen == [set()]


def test_without_a_module_the_card_stays_a_foreign_one(load: Load, tokens: Callable[..., list[FakeToken]]) -> None:
    load(*tokens())
    operations.configure()

    assert refusal(lambda: operations.signing_certificate(ORIGIN, None)).code == "foreign-card"  # type: ignore[arg-type]


def test_a_module_that_finds_nothing_changes_nothing(load: Load, person: Asking) -> None:
    load()

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person())).code == "foreign-card"
    assert [each.problem for each in operations.status()] == ["foreign-card", "no-card"]


def test_a_module_that_cannot_be_loaded_is_unsupported(
    load: Load, tokens: Callable[..., list[FakeToken]], person: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(*tokens(), path="/elsewhere")
    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person())).code == "unsupported"
    assert operations.status()[0].problem == "foreign-card"

    monkeypatch.setitem(sys.modules, "PyKCS11", None)
    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person())).code == "unsupported"


def test_status_shows_what_the_module_says(load: Load, tokens: Callable[..., list[FakeToken]]) -> None:
    both = tokens()
    both[0].tries, both[1].tries = 1, 0
    load(*both)

    mine, empty = operations.status()

    assert (mine.reader, mine.problem, mine.profile, mine.tried) == ("reader0", None, "pkcs11", False)
    assert mine.label == "MyEID (PIN)"
    assert [(each.reference, each.state, each.tries_left) for each in mine.pins] == [
        (None, PinState.READY, 1),
        (None, PinState.BLOCKED, 0),
    ]
    assert [each.id for each in mine.certificates] == [b"\x01", b"\x02"]
    assert empty.problem == "no-card"


def test_a_module_with_a_reader_of_its_own_is_shown_beside(
    load: Load, tokens: Callable[..., list[FakeToken]]
) -> None:
    both = tokens()
    both[0].reader = "another"
    both[1].initialized = False
    load(*both)

    statuses = operations.status()

    assert [(each.reader, each.problem) for each in statuses] == [
        ("reader0", "foreign-card"),
        ("reader1", "no-card"),
        ("another", None),
    ]
    assert [each.state for each in statuses[2].pins] == [PinState.UNKNOWN, PinState.NOT_ACTIVATED]


def test_a_wrong_pin_is_told_with_what_the_module_knows(
    load: Load, tokens: Callable[..., list[FakeToken]], person: Asking
) -> None:
    both = tokens()
    load(*both)
    asked = person("9999", "9999", "9999")

    error = refusal(lambda: operations.authenticate(NONCE, ORIGIN, asked))

    assert (error.code, error.tries_left) == ("blocked", 0)
    assert [each.tries_left for each in asked.questions] == [None, None, 1]
    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person())).code == "blocked"


def test_a_pin_is_changed_through_the_module(
    load: Load, tokens: Callable[..., list[FakeToken]], person: Asking
) -> None:
    both = tokens()
    load(*both)

    operations.change_pin(Pin.AUTHENTICATION, person("9999", "4321", "1234"))

    assert both[0].pin == b"4321"


def test_what_a_module_has_no_safe_way_for_is_refused_without_a_question(
    load: Load, tokens: Callable[..., list[FakeToken]], person: Asking
) -> None:
    load(*tokens())

    assert refusal(lambda: operations.activate(person())).code == "unsupported"
    assert refusal(lambda: operations.unblock(Pin.AUTHENTICATION, person())).code == "unsupported"
    assert refusal(lambda: operations.unblock(Pin.SIGNATURE, person())).code == "not-unblockable"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (FakePyKCS11.CKR_PIN_LOCKED, "blocked"),
        (FakePyKCS11.CKR_USER_PIN_NOT_INITIALIZED, "not-activated"),
        (FakePyKCS11.CKR_PIN_EXPIRED, "not-activated"),
        (FakePyKCS11.CKR_PIN_LEN_RANGE, "invalid-argument"),
        (FakePyKCS11.CKR_PIN_INVALID, "invalid-argument"),
        (FakePyKCS11.CKR_DEVICE_REMOVED, "card-removed"),
        (FakePyKCS11.CKR_TOKEN_NOT_PRESENT, "card-removed"),
        (FakePyKCS11.CKR_FUNCTION_NOT_SUPPORTED, "unsupported"),
        (FakePyKCS11.CKR_GENERAL_ERROR, "card-fault"),
    ],
)
@pytest.mark.parametrize("call", ["login", "C_SignInit"])
def test_each_refusal_of_a_module_has_a_code(
    load: Load, tokens: Callable[..., list[FakeToken]], person: Asking, value: int, code: str, call: str
) -> None:
    load(*tokens()).failing[call] = value

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person("1234"))).code == code


def test_a_token_that_is_gone_needs_no_log_out(
    load: Load, tokens: Callable[..., list[FakeToken]], person: Asking
) -> None:
    load(*tokens()).failing["logout"] = FakePyKCS11.CKR_DEVICE_REMOVED

    assert operations.authenticate(NONCE, ORIGIN, person("1234"))["signature"]


def test_a_module_that_fails_while_it_looks_is_unloaded(
    load: Load, tokens: Callable[..., list[FakeToken]]
) -> None:
    module = load(*tokens())
    module.failing["getSlotList"] = FakePyKCS11.CKR_GENERAL_ERROR

    with pytest.raises(CardError, match="card-fault"), pkcs11.card("/module"):
        pass
    assert module.unloaded == 1


def test_two_cards_and_two_certificates_are_not_guessed_between(
    load: Load, tokens: Callable[..., list[FakeToken]], person: Asking
) -> None:
    second = tokens("P-384")
    load(*tokens(), *second)
    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person())).code == "unsupported"

    for each in second:
        each.serial = "100"
    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person())).code == "several-cards"


def test_certificates_of_authorities_and_without_a_usage_are_nobodys(
    load: Load, tokens: Callable[..., list[FakeToken]], pki: Pki, person: Asking
) -> None:
    """R2.3: before a PIN is given, only the certificate says what its key is for."""
    both = tokens()
    public = private_keys("P-256")[1].public_key()
    both[0].certificates = {
        b"\x09": pki.authentication.certificate.public_bytes(Encoding.DER),
        b"\x08": pki.authentication.issue(public, NINO, CardFaults(key_usage=None)).public_bytes(Encoding.DER),
        b"\x07": pki.authentication.issue(public, NINO, CardFaults(key_usage=("key_agreement",))).public_bytes(
            Encoding.DER
        ),
    }
    load(*both)

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person())).code == "unsupported"
    assert sign(both, person("654321"))


def test_a_certificate_without_its_key_is_unsupported(
    load: Load, tokens: Callable[..., list[FakeToken]], person: Asking
) -> None:
    both = tokens()
    both[0].key_id = b"\x05"
    load(*both)

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person("1234"))).code == "unsupported"


def test_codes_are_wiped_although_a_module_has_had_them(
    load: Load, tokens: Callable[..., list[FakeToken]], person: Asking
) -> None:
    load(*tokens())
    asked = person("9999", "1234")

    assert code_of(lambda: operations.authenticate(NONCE, ORIGIN, asked)) is None
    assert all(set(each) == {0} for each in asked.given)
