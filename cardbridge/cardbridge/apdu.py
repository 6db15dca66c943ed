"""Commands and answers of a card (ISO 7816-3, -4): a narrow port, and a chain of small processors above it.

`channel` builds the chain, outermost first: answers in parts (61xx), commands in parts (chaining), a length that
the card corrects (6Cxx), bytes on the connection.
"""

import logging
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Protocol, TypeAlias

from cardbridge.errors import CardError

TRAFFIC: Final = 5
"""Log level below DEBUG. Commands are shown without what carries a PIN, answers by length and status only: they
hold the certificate, and with it the holder's name and number."""

logging.addLevelName(TRAFFIC, "TRAFFIC")
_log = logging.getLogger(__name__)

Octets: TypeAlias = bytes | bytearray

SHORT_DATA: Final = 255
SHORT_ANSWER: Final = 256
EXTENDED_DATA: Final = 65535
ANSWER_LIMIT: Final = 65536

_CHAINED: Final = 0x10
_GET_RESPONSE: Final = 0xC0
_MORE: Final = 0x61
_OTHER_LENGTH: Final = 0x6C
_STATUS_LENGTH: Final = 2

VERIFY: Final = 0x20
CHANGE_REFERENCE_DATA: Final = 0x24
RESET_RETRY_COUNTER: Final = 0x2C
_SECRET: Final = frozenset({VERIFY, CHANGE_REFERENCE_DATA, RESET_RETRY_COUNTER})


class StatusWord(IntEnum):
    """Status words that mean something to the agent (ISO 7816-4, 5.6)."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    WRONG_CODE = 0x6300
    WRONG_LENGTH = 0x6700
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    CODE_BLOCKED = 0x6983
    CODE_NOT_USABLE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    WRONG_DATA = 0x6A80
    NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    WRONG_P1_P2 = 0x6A86
    CODE_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    UNKNOWN_INSTRUCTION = 0x6D00
    UNKNOWN_CLASS = 0x6E00


class ApduError(Exception):
    """The card answered with another status than 9000; `sw` holds it."""

    def __init__(self, sw: int) -> None:
        names = {word.value: word.name for word in StatusWord}
        super().__init__(f"SW=0x{sw:04X} ({names.get(sw, 'unknown')})")
        self.sw = sw


class Connection(Protocol):
    """The port to a card: one command in, one answer with its status word out.

    Raises CardError when the card or its reader is gone.
    """

    def transmit(self, apdu: Octets) -> bytes:
        """Exchange one command. The caller may wipe `apdu` afterwards."""


@dataclass(frozen=True)
class Command:
    """A command without its lengths. `le`: how many bytes are awaited at most; None: no data."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: Octets = b""
    le: int | None = None


@dataclass(frozen=True)
class Response:
    """The data of an answer and its status word."""

    data: bytes
    sw: int


class Processor(Protocol):
    """One link of the chain."""

    def send(self, command: Command) -> Response:
        """Exchange one command; any status word is an answer."""


class Formatter:
    """The innermost link: writes a command as bytes, short where it fits, and wipes them when they are sent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, command: Command) -> Response:
        """Exchange one command as bytes. Raises CardError: `card-fault`: an answer without a status."""
        frame = formatted(command)
        _log.log(TRAFFIC, "> %s", _Shown(command))
        try:
            answer = self._connection.transmit(frame)
        finally:
            frame[:] = bytes(len(frame))
        if len(answer) < _STATUS_LENGTH:
            raise CardError("card-fault")
        response = Response(bytes(answer[:-_STATUS_LENGTH]), int.from_bytes(answer[-_STATUS_LENGTH:]))
        _log.log(TRAFFIC, "< %d bytes, %04X", len(response.data), response.sw)
        return response


class LengthCorrection:
    """Asks again, once, with the length that the card names (6Cxx); never a command that awaits nothing."""

    def __init__(self, inner: Processor) -> None:
        self._inner = inner

    def send(self, command: Command) -> Response:
        """Exchange a command, twice where the card asks for another length."""
        response = self._inner.send(command)
        if response.sw >> 8 != _OTHER_LENGTH or command.le is None:
            return response
        return self._inner.send(replace(command, le=_length(response.sw)))


class CommandChaining:
    """Sends what is longer than `limit` in parts; the first refusal of a part is the answer."""

    def __init__(self, inner: Processor, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    def send(self, command: Command) -> Response:
        """Exchange a command in as many parts as it needs."""
        rest = command.data
        while len(rest) > self._limit:
            part = replace(command, cla=command.cla | _CHAINED, data=rest[: self._limit], le=None)
            response = self._inner.send(part)
            if response.sw != StatusWord.OK:
                return response
            rest = rest[self._limit :]
        return self._inner.send(replace(command, data=rest))


class ResponseChaining:
    """Fetches the rest of an answer for as long as the card says that there is more (61xx)."""

    def __init__(self, inner: Processor) -> None:
        self._inner = inner

    def send(self, command: Command) -> Response:
        """Exchange a command and collect its answer. Raises CardError: `card-fault`: it has no end."""
        response = self._inner.send(command)
        data = bytearray(response.data)
        while response.sw >> 8 == _MORE:
            response = self._inner.send(
                Command(command.cla & ~_CHAINED, _GET_RESPONSE, 0, 0, le=_length(response.sw))
            )
            data += response.data
            stalled = response.sw >> 8 == _MORE and not response.data
            if stalled or len(data) > ANSWER_LIMIT:
                raise CardError("card-fault")
        return Response(bytes(data), response.sw)


class Channel:
    """The outer end of the chain: a command that the card refuses raises ApduError."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor

    def exchange(self, command: Command) -> Response:
        """Return the answer, whatever its status."""
        return self._processor.send(command)

    def send(self, command: Command) -> bytes:
        """Return the data of the answer.

        Raises:
            ApduError: the status is not 9000.
        """
        response = self.exchange(command)
        if response.sw != StatusWord.OK:
            raise ApduError(response.sw)
        return response.data


def channel(connection: Connection, *, extended: bool = False) -> Channel:
    """Build the chain. `extended`: the card takes long commands whole; otherwise they go in parts."""
    inner = LengthCorrection(Formatter(connection))
    limit = EXTENDED_DATA if extended else SHORT_DATA
    return Channel(ResponseChaining(CommandChaining(inner, limit)))


def formatted(command: Command) -> bytearray:
    """Write a command as bytes (ISO 7816-3, 12.1.3): the short form where it fits, else the extended form."""
    data, le = command.data, command.le
    short = len(data) <= SHORT_DATA and (le is None or le <= SHORT_ANSWER)
    width, longest = (1, SHORT_ANSWER) if short else (2, ANSWER_LIMIT)
    header = bytes((command.cla, command.ins, command.p1, command.p2))
    extended = b"" if short else b"\x00"
    sent = len(data).to_bytes(width) if data else b""
    awaited = b"" if le is None else (le % longest).to_bytes(width)
    # One allocation: no half-built copy of a PIN is left behind.
    return bytearray().join((header, extended, sent, data, awaited))


def _length(sw: int) -> int:
    return sw & 0xFF or SHORT_ANSWER


class _Shown:
    """A command as the log shows it, written only when the level is on."""

    def __init__(self, command: Command) -> None:
        self._command = command

    def __str__(self) -> str:
        command = self._command
        header = bytes((command.cla, command.ins, command.p1, command.p2)).hex().upper()
        if not command.data:
            return header
        return f"{header} {'(hidden)' if command.ins in _SECRET else command.data.hex().upper()}"
