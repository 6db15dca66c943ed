"""The commands of ISO 7816-4 and -8, byte by byte."""

from __future__ import annotations

import pytest
from cardbridge.apdu import ApduError, channel
from cardbridge.errors import CardError
from cardbridge.iso7816 import CodeState, Session, code_state
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cardbridge.core.fake_card import FakeCard
from tests.unit.cardbridge.core.test_apdu import Scripted


def session(*answers: str) -> tuple[Session, Scripted]:
    connection = Scripted(*answers)
    return Session(channel(connection)), connection


@pytest.mark.parametrize(
    ("path", "frame"),
    [
        ("3F0050155031", "00A4080C0450155031"),
        ("3F00", "00A4000C023F00"),
        ("50155031", "00A4080C0450155031"),
    ],
)
def test_a_file_is_selected_by_its_path_from_the_master_file(path: str, frame: str) -> None:
    card, connection = session("9000")

    card.select_path(bytes.fromhex(path))

    assert connection.sent == [frame]


@pytest.mark.parametrize(
    ("call", "frame"),
    [
        (lambda card: card.select_name(b"\xa0\x01"), "00A4040C02A001"),
        (lambda card: card.verify(1, bytearray(b"1234")), "002000010431323334"),
        (lambda card: card.change_reference_data(2, bytearray(b"12")), "00240002023132"),
        (lambda card: card.reset_retry_counter(2, bytearray(b"12")), "002C0002023132"),
        (lambda card: card.set_security_environment(b"\x41\xb6", b"\x80\x01\x02"), "002241B603800102"),
        (lambda card: card.compute_signature(b"\x01"), "002A9E9A010100"),
        (lambda card: card.internal_authenticate(b"\x01"), "00880000010100"),
    ],
)
def test_a_command_is_what_the_standard_says(call, frame: str) -> None:  # noqa: ANN001
    card, connection = session("9000")

    call(card)

    assert connection.sent == [frame]


def test_a_refused_command_raises_its_status() -> None:
    card, _ = session("6A82")

    with pytest.raises(ApduError) as raised:
        card.select_name(b"\xa0")
    assert raised.value.sw == 0x6A82


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("63C3", CodeState(3)),
        ("63C0", CodeState(0)),
        ("6983", CodeState(0)),
        ("6984", CodeState(None, usable=False)),
        ("6985", CodeState(None, usable=False)),
        ("6300", CodeState(None)),
        ("9000", CodeState(None)),
        ("6700", CodeState(None)),
    ],
)
def test_a_code_is_asked_for_its_state_without_a_try(status: str, state: CodeState) -> None:
    card, connection = session(status)

    assert card.state(1) == state
    assert connection.sent == ["00200001"]


@pytest.mark.parametrize("sw", [0x9000, 0x6A80, 0x6982, 0x6F00])
def test_other_statuses_say_nothing_of_a_code(sw: int) -> None:
    assert code_state(sw) is None


@given(
    content=st.binary(min_size=1, max_size=1500), offset=st.integers(0, 40), length=st.none() | st.integers(1, 99)
)
def test_a_file_is_read_to_its_end_or_as_far_as_asked(content: bytes, offset: int, length: int | None) -> None:
    path = bytes.fromhex("3F005031")
    card = FakeCard({}, {path: content})
    reader = Session(channel(card))
    reader.select_path(path)

    if offset >= len(content) and not offset:
        return
    read = reader.read_binary(offset, length)

    wanted = content[offset:] if length is None else content[offset : offset + length]
    # Behind a part that is nothing but padding nobody looks for more.
    assert wanted.startswith(read)
    assert not wanted[len(read) :].strip(b"\0") or b"\0" * 256 in content or b"\xff" * 256 in content


def test_reading_stops_behind_a_part_of_padding() -> None:
    path = bytes.fromhex("3F005031")
    card = FakeCard({}, {path: b"\x30\x00" + bytes(5000)})
    reader = Session(channel(card))
    reader.select_path(path)

    reader.read_binary()

    assert len(card.sent(0xB0)) == 2


def test_a_file_may_end_in_a_warning() -> None:
    card, _ = session("01026282")

    assert card.read_binary() == b"\x01\x02"


def test_a_file_that_may_not_be_read_is_refused() -> None:
    card, _ = session("6982")

    with pytest.raises(ApduError):
        card.read_binary()


def test_a_file_without_end_is_a_fault() -> None:
    class Endless:
        def transmit(self, apdu: bytes) -> bytes:
            return b"\x01" * (apdu[4] or 256) + b"\x90\x00"

    for offset in (0, 0x7FFF, 0x8000):
        with pytest.raises(CardError, match="card-fault"):
            Session(channel(Endless())).read_binary(offset)
