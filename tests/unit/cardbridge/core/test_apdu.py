"""Commands and answers, byte by byte."""

from __future__ import annotations

import pytest
from cardbridge.apdu import (
    ApduError,
    Channel,
    Command,
    CommandChaining,
    Formatter,
    LengthCorrection,
    Octets,
    Response,
    ResponseChaining,
    channel,
    formatted,
)
from cardbridge.errors import CardError
from hypothesis import given
from hypothesis import strategies as st


class Scripted:
    """A connection that answers in its order, and keeps what it was sent, as bytes and as the very buffers."""

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(each) for each in answers]
        self.sent: list[str] = []
        self.buffers: list[Octets] = []

    def transmit(self, apdu: Octets) -> bytes:
        self.sent.append(bytes(apdu).hex().upper())
        self.buffers.append(apdu)
        return self.answers.pop(0)


class Collecting:
    """A processor that puts chained commands together and answers in parts, as a card does."""

    def __init__(self, answer: bytes, part: int, limit: int) -> None:
        self.answer, self.part, self.limit = answer, part, limit
        self.received: list[bytes] = []
        self.pending = b""

    def send(self, command: Command) -> Response:
        assert len(command.data) <= self.limit
        if command.ins == 0xC0:
            assert command.le is not None
            return self._next(command.le)
        self.pending += bytes(command.data)
        if command.cla & 0x10:
            assert command.le is None
            return Response(b"", 0x9000)
        self.received.append(self.pending)
        self.pending = b""
        return self._next(self.part)

    def _next(self, length: int) -> Response:
        now, self.answer = self.answer[:length], self.answer[length:]
        left = len(self.answer)
        return Response(now, 0x6100 | (min(left, self.part) & 0xFF) if left else 0x9000)


@pytest.mark.parametrize(
    ("command", "frame"),
    [
        (Command(0x00, 0xA4, 0x04, 0x0C), "00A4040C"),
        (Command(0x00, 0xB0, 0x01, 0x02, le=16), "00B0010210"),
        (Command(0x00, 0xB0, 0x01, 0x02, le=256), "00B0010200"),
        (Command(0x00, 0xA4, 0x08, 0x0C, b"\x50\x15"), "00A4080C025015"),
        (Command(0x00, 0x2A, 0x9E, 0x9A, b"\x01", le=256), "002A9E9A010100"),
        (Command(0x00, 0xB0, 0x00, 0x00, le=257), "00B00000000101"),
        (Command(0x00, 0xB0, 0x00, 0x00, le=65536), "00B00000000000"),
        (Command(0x00, 0x2A, 0x9E, 0x9A, bytes(256)), "002A9E9A000100" + "00" * 256),
        (Command(0x00, 0x2A, 0x9E, 0x9A, bytes(256), le=256), "002A9E9A000100" + "00" * 256 + "0100"),
        (Command(0x00, 0x2A, 0x9E, 0x9A, b"\x07", le=512), "002A9E9A000001070200"),
    ],
)
def test_a_command_is_written_short_where_it_fits(command: Command, frame: str) -> None:
    assert formatted(command).hex().upper() == frame


def test_the_answer_is_data_and_status() -> None:
    connection = Scripted("01026A82", "9000")
    formatter = Formatter(connection)

    assert formatter.send(Command(0, 0xB0, 0, 0, le=2)) == Response(b"\x01\x02", 0x6A82)
    assert formatter.send(Command(0, 0x20, 0, 1)) == Response(b"", 0x9000)


@pytest.mark.parametrize("answer", ["", "90"])
def test_an_answer_without_a_status_is_a_fault(answer: str) -> None:
    with pytest.raises(CardError, match="card-fault"):
        Formatter(Scripted(answer)).send(Command(0, 0xB0, 0, 0))


def test_what_was_sent_is_wiped_also_when_the_card_is_gone() -> None:
    class Gone:
        buffer: Octets = b""

        def transmit(self, apdu: Octets) -> bytes:
            self.buffer = apdu
            raise CardError("card-removed")

    connection, gone = Scripted("9000"), Gone()
    Formatter(connection).send(Command(0, 0x20, 0, 1, bytearray(b"1234")))
    with pytest.raises(CardError):
        Formatter(gone).send(Command(0, 0x20, 0, 1, bytearray(b"1234")))

    assert connection.sent == ["002000010431323334"]
    assert set(connection.buffers[0]) == set(gone.buffer) == {0}


def test_a_length_that_the_card_corrects_is_asked_for_once() -> None:
    connection = Scripted("6C05", "01020304059000")

    response = LengthCorrection(Formatter(connection)).send(Command(0, 0xB0, 0, 0, le=256))

    assert response == Response(b"\x01\x02\x03\x04\x05", 0x9000)
    assert connection.sent == ["00B0000000", "00B0000005"]


def test_a_card_that_corrects_itself_again_is_not_followed() -> None:
    connection = Scripted("6C05", "6C06")

    assert LengthCorrection(Formatter(connection)).send(Command(0, 0xB0, 0, 0, le=256)).sw == 0x6C06


def test_a_code_is_never_sent_twice() -> None:
    """R2.4: a card that answers VERIFY with "another length" gets no second try for nothing."""
    connection = Scripted("6C05", "9000")

    channel(connection).exchange(Command(0, 0x20, 0, 1, b"1234"))

    assert len(connection.sent) == 1


def test_a_long_command_goes_in_parts_and_asks_with_the_last() -> None:
    connection = Scripted("9000", "9000", "AB9000")

    answer = channel(connection).send(Command(0x00, 0x2A, 0x9E, 0x9A, bytes(255) + b"\x01" * 255 + b"\x02", 256))

    assert answer == b"\xab"
    assert connection.sent == [
        "102A9E9AFF" + "00" * 255,
        "102A9E9AFF" + "01" * 255,
        "002A9E9A010200",
    ]


def test_a_card_of_long_commands_gets_them_whole() -> None:
    connection = Scripted("9000")

    channel(connection, extended=True).send(Command(0x00, 0x2A, 0x9E, 0x9A, bytes(256)))

    assert connection.sent == ["002A9E9A000100" + "00" * 256]


def test_a_part_that_is_refused_ends_the_command() -> None:
    connection = Scripted("6881")

    with pytest.raises(ApduError, match="0x6881"):
        channel(connection).send(Command(0x00, 0x2A, 0x9E, 0x9A, bytes(300)))
    assert len(connection.sent) == 1


def test_the_rest_of_an_answer_is_fetched() -> None:
    connection = Scripted("01026103", "0304056100", "00" * 256 + "6F00")

    response = channel(connection).exchange(Command(0x00, 0xB0, 0, 0, le=256))

    assert response == Response(b"\x01\x02\x03\x04\x05" + bytes(256), 0x6F00)
    assert connection.sent == ["00B0000000", "00C0000003", "00C0000000"]


def test_an_answer_without_end_is_a_fault() -> None:
    class Endless:
        def __init__(self, data: bytes) -> None:
            self.data = data

        def send(self, _: Command) -> Response:
            return Response(self.data, 0x6110)

    for data in (b"", bytes(256)):
        with pytest.raises(CardError, match="card-fault"):
            ResponseChaining(Endless(data)).send(Command(0, 0xB0, 0, 0))


def test_a_refusal_says_its_status_by_name() -> None:
    with pytest.raises(ApduError) as known:
        channel(Scripted("6982")).send(Command(0, 0x2A, 0x9E, 0x9A))
    assert str(known.value) == "SW=0x6982 (SECURITY_STATUS_NOT_SATISFIED)"
    assert str(ApduError(0x6999)) == "SW=0x6999 (unknown)"


@given(
    data=st.binary(max_size=2000),
    answer=st.binary(max_size=2000),
    part=st.integers(1, 256),
    limit=st.integers(1, 300),
)
def test_whatever_goes_in_parts_arrives_whole(data: bytes, answer: bytes, part: int, limit: int) -> None:
    card = Collecting(answer, part, limit)

    received = Channel(ResponseChaining(CommandChaining(card, limit))).send(
        Command(0, 0x2A, 0x9E, 0x9A, data, 256)
    )

    assert card.received == [data]
    assert received == answer


@given(data=st.binary(max_size=70000), le=st.none() | st.integers(1, 65536))
def test_a_written_command_can_be_read_again(data: bytes, le: int | None) -> None:
    """ISO 7816-3, 12.1.3: short or extended, never a mixture."""
    data = data[:65535]
    body = bytes(formatted(Command(0x00, 0x2A, 0x9E, 0x9A, data, le)))[4:]

    width = 2 if len(data) > 255 or (le or 0) > 256 else 1
    if width == 2:
        assert body[0] == 0
        body = body[1:]
    if data:
        assert int.from_bytes(body[:width]) == len(data)
        assert body[width : width + len(data)] == data
        body = body[width + len(data) :]
    assert body == (b"" if le is None else (le % 256**width).to_bytes(width))
