"""What becomes of a PIN on its way to the card: nothing keeps it, nothing shows it, nothing uses it twice."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING

import pytest
from cardbridge.apdu import TRAFFIC
from cardbridge.errors import CardError
from cardbridge.iso7816 import joined
from cardbridge.prompts import Document, Pin

from cardbridge import cards, operations, pkcs11
from tests.unit.cardbridge.core.conftest import code_of
from tests.unit.cardbridge.core.fake_card import Pulled
from tests.unit.cardbridge.core.test_operations import NONCE, ORIGIN, VERIFY, refusal, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from cardbridge.prompts import PinQuestion

    from tests.unit.cardbridge.core.conftest import MakeCard, Person
    from tests.unit.cardbridge.core.fake_card import FakeScard

    Asking = Callable[..., Person]
    Insert = Callable[..., FakeScard]

PIN_COMMANDS = (0x20, 0x24, 0x2C)


def everything(person: Asking) -> list[tuple[bool, Callable[[], object], Person]]:
    """Each operation that takes codes, with right and with wrong ones; whether the card is activated before."""
    login, wrong = person("1234"), person("9999", None)
    odd, activation = person("12345"), person("99999", "654321", "12345")
    bad_new, change = person("12345", "1"), person("1234", "4321")
    unblocking, gone = person("11111111", "5678", "87654321"), person("1234", None)
    return [
        (True, lambda: operations.authenticate(NONCE, ORIGIN, login), login),
        (True, lambda: operations.authenticate(NONCE, ORIGIN, wrong), wrong),
        (True, lambda: operations.authenticate(NONCE, ORIGIN, odd), odd),
        (False, lambda: operations.activate(activation), activation),
        (False, lambda: operations.activate(bad_new), bad_new),
        (True, lambda: operations.change_pin(Pin.AUTHENTICATION, change), change),
        (True, lambda: operations.unblock(Pin.AUTHENTICATION, unblocking), unblocking),
        (True, lambda: operations.change_pin(Pin.AUTHENTICATION, gone), gone),
    ]


@pytest.mark.parametrize("number", range(8))
def test_every_code_is_wiped_wherever_it_went(
    insert: Insert, make_card: MakeCard, person: Asking, number: int
) -> None:
    """R2.4"""
    activated, operate, asked = everything(person)[number]
    card = make_card(activated=activated)
    scard = insert(card)

    code_of(operate)

    assert asked.given
    assert all(set(code) <= {0} for code in asked.given)
    assert all(set(command) <= {0} for command in scard.commands)


@pytest.mark.parametrize("number", range(8))
def test_no_buffer_on_the_way_keeps_a_code(
    insert: Insert, make_card: MakeCard, person: Asking, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """R2.4: neither padded, nor joined with another, nor kept while the other one is asked for again."""
    activated, operate, _ = everything(person)[number]
    insert(make_card(activated=activated))
    buffers: list[bytearray] = []

    def seen(*codes: bytearray) -> bytearray:
        buffers.extend(each for each in codes if isinstance(each, bytearray))
        buffers.append(joined(*codes))
        return buffers[-1]

    monkeypatch.setattr(cards, "joined", seen)
    code_of(operate)

    assert all(set(each) <= {0} for each in buffers)
    assert bool(buffers) == (number not in {2, 4, 7})


def test_a_code_is_wiped_although_the_card_was_pulled_out(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    card = make_card()
    scard = insert(card)

    def pull(apdu: bytes) -> None:
        if apdu[1] == VERIFY and len(apdu) > 5:
            raise Pulled

    card.before = pull
    asked = person("1234")

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, asked)).code == "card-removed"
    assert set(asked.given[0]) == {0}
    assert all(set(command) <= {0} for command in scard.commands)


def test_the_old_pin_is_kept_no_longer_than_the_question_for_the_new_one(
    insert: Insert, make_card: MakeCard
) -> None:
    insert(make_card())
    given: list[bytearray] = []

    class Impatient:
        def ask(self, question: PinQuestion) -> bytearray | None:
            if question.new:
                raise CardError("timed-out")
            given.append(bytearray(b"1234"))
            return given[-1]

    assert refusal(lambda: operations.change_pin(Pin.AUTHENTICATION, Impatient())).code == "timed-out"
    assert given == [bytearray(4)]


@pytest.mark.parametrize("number", range(8))
def test_no_log_shows_a_code_even_at_the_lowest_level(
    insert: Insert, make_card: MakeCard, person: Asking, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    activated, operate, asked = everything(person)[number]
    insert(make_card("RSA-2048", activated=activated))
    codes = [answer for answer in asked.answers if answer and len(answer) > 3]

    with caplog.at_level(TRAFFIC):
        try:
            operate()
        except CardError as error:
            logging.getLogger("test").info("%r %s", error, error.__context__)

    shown = caplog.text.upper()
    assert "00A4040C" in shown
    for code in codes:
        assert code not in shown.replace("0X", "")
        assert code.encode().hex().upper() not in shown


def test_the_log_shows_that_a_code_was_sent(
    insert: Insert, make_card: MakeCard, person: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    insert(make_card())

    with caplog.at_level(TRAFFIC):
        operations.authenticate(NONCE, ORIGIN, person("1234"))

    assert "> 00200001 (hidden)" in caplog.text
    assert "> 002A9E9A " in caplog.text


def test_no_log_shows_whose_card_it_is(
    insert: Insert, make_card: MakeCard, person: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    insert(make_card())

    with caplog.at_level(TRAFFIC):
        operations.authenticate(NONCE, ORIGIN, person("1234"))

    assert "01001012345" not in caplog.text
    assert b"01001012345".hex() not in caplog.text.lower()


def test_nothing_is_logged_at_debug_of_what_the_card_is_told(
    insert: Insert, make_card: MakeCard, person: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    insert(make_card())

    with caplog.at_level(logging.DEBUG):
        operations.authenticate(NONCE, ORIGIN, person("1234"))

    assert "0020" not in caplog.text


def test_two_signatures_are_two_questions(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    """R2.7: no PIN is remembered, by the agent or by the card."""
    card = make_card()
    scard = insert(card)
    first, second = person("654321"), person("654321")

    sign(card, first)
    assert card.verified == set()
    sign(card, second)

    assert (len(first.questions), len(second.questions)) == (1, 1)
    assert scard.events.count("disconnect reader0 reset") == 2


def test_the_card_is_this_programs_alone_and_reset_afterwards(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    scard = insert(make_card(), None)

    operations.authenticate(NONCE, ORIGIN, person("1234"))

    assert scard.events == ["connect reader0 exclusively", "disconnect reader0 reset", "release"]


def test_a_card_that_is_not_used_is_reset_too(insert: Insert, make_card: MakeCard, person: Asking) -> None:
    card = make_card()
    scard = insert(card, make_card())

    assert refusal(lambda: operations.authenticate(NONCE, ORIGIN, person())).code == "several-cards"
    assert scard.holders == set()
    assert [each for each in scard.events if each.startswith("disconnect")] == [
        "disconnect reader1 reset",
        "disconnect reader0 reset",
    ]


# -- the authentication key


def test_the_authentication_key_never_signs_a_digest_of_somebody_elses(
    insert: Insert, make_card: MakeCard, person: Asking
) -> None:
    """R2.3: whoever could have it sign a digest could have it sign a login elsewhere, or a document."""
    card = make_card()
    insert(card)

    sign(card, person("654321"))

    assert [number for number, _ in card.signed] == [2]


@pytest.mark.parametrize("kind", [cards.Card, cards.Pkcs15Card, pkcs11.Pkcs11Card])
def test_the_port_has_no_way_to_name_a_key_and_a_digest(kind: type) -> None:
    taking_digests = {
        name
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
        and {"Document", "bytes", Document} & set(inspect.signature(method).parameters) | _annotations(method)
    }

    assert taking_digests == {"sign"}
    assert "pin" not in inspect.signature(kind.sign).parameters  # type: ignore[attr-defined]


def _annotations(method: Callable[..., object]) -> set[object]:
    """The parameters by which something to be signed could enter."""
    return {
        parameter.annotation
        for parameter in inspect.signature(method).parameters.values()
        if parameter.annotation in {Document, bytes, "Document", "bytes"}
    }
