"""Readers and cards through PC/SC, on pyscard's functions as they answer."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from cardbridge.errors import CardError

from cardbridge import pcsc
from tests.unit.cardbridge.core.fake_card import ATR, FakeCard, FakeScard

if TYPE_CHECKING:
    from collections.abc import Callable

    Insert = Callable[..., FakeScard]

FILE = {bytes.fromhex("3F002F00"): b"\x61\x00"}


@pytest.fixture
def card() -> FakeCard:
    return FakeCard({}, FILE)


def problem(operation: Callable[[], object]) -> str:
    with pytest.raises(CardError) as raised:
        operation()
    return raised.value.code


def test_a_service_that_does_not_run_is_told(insert: Insert) -> None:
    insert().running = False

    with pytest.raises(CardError, match="no-pcsc"), pcsc.readers():
        pass


def test_pyscard_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)

    with pytest.raises(CardError, match="no-pcsc"), pcsc.readers():
        pass


def test_pyscard_is_taken_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("smartcard")
    package.scard = FakeScard(slot=None)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "smartcard", package)

    with pcsc.readers() as readers:
        assert [reader.name for reader in readers] == ["slot"]


def test_no_reader_is_no_failure(insert: Insert) -> None:
    scard = insert()

    with pcsc.readers() as readers:
        assert readers == []
    assert scard.events == ["release"]


def test_a_service_that_ends_while_readers_are_listed_is_told(
    insert: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    scard = insert()
    monkeypatch.setattr(scard, "SCardListReaders", lambda *_: (scard.SCARD_E_SERVICE_STOPPED, []))

    with pytest.raises(CardError, match="no-pcsc"), pcsc.readers():
        pass


def test_a_reader_says_whether_a_card_is_in_it(insert: Insert, card: FakeCard) -> None:
    insert(card, None)

    with pcsc.readers() as (full, empty):
        assert (full.present(), full.atr()) == (True, ATR)
        assert (empty.present(), empty.atr()) == (False, b"")


def test_a_reader_that_was_unplugged_is_empty(insert: Insert, card: FakeCard) -> None:
    scard = insert(card)

    with pcsc.readers() as (reader,):
        scard.readers.clear()
        assert not reader.present()


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("SCARD_E_SHARING_VIOLATION", "card-busy"),
        ("SCARD_E_NO_SMARTCARD", "card-removed"),
        ("SCARD_W_REMOVED_CARD", "card-removed"),
        ("SCARD_E_READER_UNAVAILABLE", "card-removed"),
        ("SCARD_W_UNRESPONSIVE_CARD", "foreign-card"),
        ("SCARD_W_UNPOWERED_CARD", "foreign-card"),
        ("SCARD_W_UNSUPPORTED_CARD", "foreign-card"),
        ("SCARD_E_PROTO_MISMATCH", "foreign-card"),
        ("SCARD_E_NO_SERVICE", "no-pcsc"),
        ("SCARD_E_NOT_TRANSACTED", "card-fault"),
    ],
)
def test_a_card_that_cannot_be_had_is_told(insert: Insert, card: FakeCard, result: str, code: str) -> None:
    scard = insert(card)
    scard.connecting["reader0"] = getattr(scard, result)

    with pcsc.readers() as (reader,):
        assert problem(reader.connect) == code


def test_a_card_is_taken_exclusively_and_reset_at_the_end(insert: Insert, card: FakeCard) -> None:
    """R2.4: no PIN stays given."""
    scard = insert(card)

    with pcsc.readers() as (reader,):
        link = reader.connect()
        assert link.atr == ATR
        assert link.transmit(bytes.fromhex("00A4080C022F00")) == b"\x90\x00"
        link.close()

    assert scard.events == ["connect reader0 exclusively", "disconnect reader0 reset", "release"]


def test_another_program_finds_the_card_taken(insert: Insert, card: FakeCard) -> None:
    insert(card)

    with pcsc.readers() as (mine,), pcsc.readers() as (theirs,):
        link = mine.connect()
        assert problem(theirs.connect) == "card-busy"
        link.close()
        theirs.connect().close()


def test_what_was_transmitted_is_wiped(insert: Insert, card: FakeCard) -> None:
    scard = insert(card)

    with pcsc.readers() as (reader,):
        reader.connect().transmit(b"\x00\x20\x00\x01\x041234")

    assert card.log == [b"\x00\x20\x00\x01\x041234"]
    assert scard.commands == [[0] * 9]


@pytest.mark.parametrize(
    ("result", "present", "code"),
    [
        ("SCARD_E_NOT_TRANSACTED", False, "card-removed"),
        ("SCARD_E_NOT_TRANSACTED", True, "card-fault"),
        ("SCARD_W_REMOVED_CARD", True, "card-removed"),
        ("SCARD_W_RESET_CARD", True, "card-removed"),
        ("SCARD_E_SERVICE_STOPPED", True, "no-pcsc"),
        ("SCARD_F_COMM_ERROR", True, "no-pcsc"),
        ("SCARD_E_INVALID_HANDLE", True, "no-pcsc"),
    ],
)
def test_a_command_that_does_not_arrive_is_told(
    insert: Insert,
    card: FakeCard,
    monkeypatch: pytest.MonkeyPatch,
    result: str,
    present: bool,  # noqa: FBT001
    code: str,
) -> None:
    scard = insert(card)
    monkeypatch.setattr(scard, "SCardTransmit", lambda *_: (getattr(scard, result), []))

    with pcsc.readers() as (reader,):
        link = reader.connect()
        if not present:
            scard.readers["reader0"] = None
        assert problem(lambda: link.transmit(b"\x00\xb0\x00\x00\x00")) == code


def test_a_service_that_ended_is_told_at_the_next_command(insert: Insert, card: FakeCard) -> None:
    scard = insert(card)

    with pcsc.readers() as (reader,):
        link = reader.connect()
        scard.running = False
        assert problem(lambda: link.transmit(b"\x00\xb0\x00\x00\x00")) == "no-pcsc"


@pytest.mark.parametrize(
    ("apdu", "sent"),
    [
        ("002A9E9A02ABCD00", "002A9E9A02ABCD"),
        ("002A9E9A02ABCD", "002A9E9A02ABCD"),
        ("00B0000010", "00B0000010"),
        ("00200001", "00200001"),
        ("00C0000000", "00C0000000"),
    ],
)
def test_over_t_0_a_command_with_data_does_not_say_what_it_awaits(
    insert: Insert, card: FakeCard, apdu: str, sent: str
) -> None:
    """ISO 7816-3, 12.2: the card says 61xx, and GET RESPONSE fetches it."""
    scard = insert(card)
    scard.protocol = scard.SCARD_PROTOCOL_T0
    card.answers = dict.fromkeys(range(256), b"\x90\x00")

    with pcsc.readers() as (reader,):
        reader.connect().transmit(bytes.fromhex(apdu))

    assert card.log == [bytes.fromhex(sent)]


def test_over_t_1_a_command_goes_as_it_is(insert: Insert, card: FakeCard) -> None:
    insert(card)
    card.answers = dict.fromkeys(range(256), b"\x90\x00")

    with pcsc.readers() as (reader,):
        reader.connect().transmit(bytes.fromhex("002A9E9A02ABCD00"))

    assert card.log == [bytes.fromhex("002A9E9A02ABCD00")]
