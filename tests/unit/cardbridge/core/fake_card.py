"""A card and a reader that exist in a test only.

The card has the directories that OpenSC's `pkcs15-init` wrote on another card (`opensc.json`), and keys and
certificates of the test's own. What it answers follows ISO 7816-4 and -8, not the agent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

if TYPE_CHECKING:
    from collections.abc import Callable

ATR = bytes.fromhex("3BF51800008131FE454D794549449A")
GEORGIAN_ATR = bytes.fromhex("3BFD1800008131FE4580318153474531738421C081072E")
# The files are padded with zeros, as on that card; what stands in the JSON ends before the last of them.
PADDING = bytes(40)
OPENSC = {
    family: {bytes.fromhex(path): bytes.fromhex(content) + PADDING for path, content in files.items()}
    for family, files in json.loads(Path(__file__).with_name("opensc.json").read_text(encoding="utf-8")).items()
}

APPLICATION = bytes.fromhex("3F005015")
DIRECTORY_OF_APPLICATIONS = bytes.fromhex("3F002F00")
DIRECTORY_OF_OBJECTS = APPLICATION + bytes.fromhex("5031")
TOKEN_INFO = APPLICATION + bytes.fromhex("5032")
PINS = APPLICATION + bytes.fromhex("4401")
KEYS = APPLICATION + bytes.fromhex("4402")
CERTIFICATES = APPLICATION + bytes.fromhex("4403")
CERTIFICATE_FILES = {1: APPLICATION + bytes.fromhex("4301"), 2: APPLICATION + bytes.fromhex("4302")}
AID = bytes.fromhex("A000000063504B43532D3135")
SIGNATURE_PIN = 2

DIGEST_INFO = {
    bytes.fromhex("3031300d060960864801650304020105000420"): hashes.SHA256(),
    bytes.fromhex("3041300d060960864801650304020205000430"): hashes.SHA384(),
    bytes.fromhex("3051300d060960864801650304020305000440"): hashes.SHA512(),
}

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass
class FakePin:
    value: bytes
    tries: int = 3
    activated: bool = True
    puk: bytes | None = b"87654321"
    puk_tries: int = 10


class Refused(Exception):
    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass
class FakeCard:
    """`keys` by the last byte of their file and reference; the same number is the PIN that each use takes.

    `answers` replaces the answer to an instruction; `before` is called with every command that arrives.
    """

    keys: dict[int, PrivateKey]
    files: dict[bytes, bytes]
    atr: bytes = ATR
    pins: dict[int, FakePin] = field(default_factory=lambda: {1: FakePin(b"1234"), 2: FakePin(b"654321")})
    answers: dict[int, bytes] = field(default_factory=dict)
    before: Callable[[bytes], None] = lambda _: None
    log: list[bytes] = field(default_factory=list)
    signed: list[tuple[int, bytes]] = field(default_factory=list)
    tries_spent: int = 0

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.verified: set[int] = set()
        self.selected = b""
        self.environment: dict[int, bytes] = {}

    def transmit(self, apdu: bytes) -> bytes:
        self.log.append(bytes(apdu))
        self.before(bytes(apdu))
        if apdu[1] in self.answers:
            return self.answers[apdu[1]]
        try:
            return self._answer(bytes(apdu)) + b"\x90\x00"
        except Refused as refused:
            return refused.sw.to_bytes(2)

    def sent(self, instruction: int) -> list[bytes]:
        return [apdu for apdu in self.log if apdu[1] == instruction]

    def _answer(self, apdu: bytes) -> bytes:
        _, instruction, p1, p2 = apdu[:4]
        data = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        match instruction:
            case 0xA4:
                return self._select(p1, data)
            case 0xB0:
                return self._read(p1 << 8 | p2, apdu[4] or 256)
            case 0x20:
                return self._verify(p2, data)
            case 0x24 | 0x2C:
                return self._set(instruction, p2, data)
            case 0x22:
                return self._choose(p1 << 8 | p2, data)
            case 0x2A:
                return self._sign(data)
        raise Refused(0x6D00)

    def _select(self, p1: int, data: bytes) -> bytes:
        path = {0x04: b"", 0x08: b"\x3f\x00" + data, 0x00: data}[p1]
        if p1 == 0x04 and data != AID:
            raise Refused(0x6A82)
        if p1 != 0x04 and not any(known.startswith(path) for known in self.files):
            raise Refused(0x6A82)
        self.selected = path
        return b""

    def _read(self, offset: int, length: int) -> bytes:
        content = self.files.get(self.selected)
        if content is None:
            raise Refused(0x6986)
        if offset >= len(content):
            raise Refused(0x6B00)
        return content[offset : offset + length]

    def _pin(self, number: int) -> FakePin:
        if number not in self.pins:
            raise Refused(0x6A88)
        return self.pins[number]

    def _verify(self, number: int, data: bytes) -> bytes:
        pin = self._pin(number)
        if not pin.activated:
            raise Refused(0x6984)
        if not data:
            raise Refused(0x63C0 | pin.tries if pin.tries else 0x6983)
        self._must_match(pin, data)
        self.verified.add(number)
        return b""

    def _must_match(self, pin: FakePin, data: bytes) -> None:
        if not pin.tries:
            raise Refused(0x6983)
        if data != pin.value.ljust(8, b"\xff"):
            pin.tries -= 1
            self.tries_spent += 1
            raise Refused(0x63C0 | pin.tries)
        pin.tries = 3

    def _set(self, instruction: int, number: int, data: bytes) -> bytes:
        pin = self._pin(number)
        code, new = data[:8], data[8:].rstrip(b"\xff")
        if instruction == 0x24:
            self._must_match(pin, code)
        elif pin.puk is None:
            raise Refused(0x6982)
        elif not pin.puk_tries:
            raise Refused(0x6983)
        elif code.rstrip(b"\xff") != pin.puk:
            pin.puk_tries -= 1
            self.tries_spent += 1
            raise Refused(0x63C0 | pin.puk_tries)
        pin.value, pin.tries, pin.activated = new, 3, True
        return b""

    def _choose(self, parameters: int, data: bytes) -> bytes:
        if parameters != 0x41B6:
            raise Refused(0x6A86)
        self.environment = {}
        while data:
            self.environment[data[0]] = data[2 : 2 + data[1]]
            data = data[2 + data[1] :]
        return b""

    def _sign(self, data: bytes) -> bytes:
        file, reference = self.environment.get(0x81, b""), self.environment.get(0x84, b"")
        number = file[-1] if file[:1] == b"\x4b" else 0
        if number not in self.keys or reference != bytes((number,)):
            raise Refused(0x6A88)
        if number not in self.verified:
            raise Refused(0x6982)
        self.verified.discard(number)
        self.signed.append((number, data))
        return self._signature(self.keys[number], self.environment.get(0x80), data)

    def _signature(self, key: PrivateKey, algorithm: bytes | None, data: bytes) -> bytes:
        if isinstance(key, rsa.RSAPrivateKey):
            for prefix, function in DIGEST_INFO.items():
                if algorithm == b"\x02" and data.startswith(prefix) and len(data) == len(prefix) + prefix[-1]:
                    return key.sign(data[len(prefix) :], padding.PKCS1v15(), Prehashed(function))
            raise Refused(0x6A80)
        size = key.key_size // 8
        if algorithm != b"\x04" or len(data) > size:
            raise Refused(0x6A80)
        function = hashes.SHA256() if size == 32 else hashes.SHA384()
        return key.sign(data.rjust(size, b"\0"), ec.ECDSA(Prehashed(function)))


class FakeScard:
    """The functions of pyscard's `scard` that the agent calls, on readers by name, each with a card or None.

    `holders` are the readers whose card another program holds; `commands` are the lists that were transmitted.
    """

    SCARD_S_SUCCESS = 0
    SCARD_SCOPE_USER = 0
    SCARD_STATE_UNAWARE = 0
    SCARD_STATE_EMPTY = 0x10
    SCARD_STATE_PRESENT = 0x20
    SCARD_SHARE_EXCLUSIVE = 1
    SCARD_SHARE_SHARED = 2
    SCARD_PROTOCOL_T0 = 1
    SCARD_PROTOCOL_T1 = 2
    SCARD_LEAVE_CARD = 0
    SCARD_RESET_CARD = 1
    SCARD_E_INVALID_HANDLE = 0x80100003
    SCARD_E_UNKNOWN_READER = 0x80100009
    SCARD_E_TIMEOUT = 0x8010000A
    SCARD_E_SHARING_VIOLATION = 0x8010000B
    SCARD_E_NO_SMARTCARD = 0x8010000C
    SCARD_E_PROTO_MISMATCH = 0x8010000F
    SCARD_E_NOT_TRANSACTED = 0x80100016
    SCARD_E_READER_UNAVAILABLE = 0x80100017
    SCARD_E_NO_SERVICE = 0x8010001D
    SCARD_E_SERVICE_STOPPED = 0x8010001E
    SCARD_E_NO_READERS_AVAILABLE = 0x8010002E
    SCARD_F_COMM_ERROR = 0x80100013
    SCARD_W_UNSUPPORTED_CARD = 0x80100065
    SCARD_W_UNRESPONSIVE_CARD = 0x80100066
    SCARD_W_UNPOWERED_CARD = 0x80100067
    SCARD_W_RESET_CARD = 0x80100068
    SCARD_W_REMOVED_CARD = 0x80100069

    def __init__(self, **readers: FakeCard | None) -> None:
        self.readers: dict[str, FakeCard | None] = dict(readers)
        self.running = True
        self.protocol = self.SCARD_PROTOCOL_T1
        self.holders: set[str] = set()
        self.connecting: dict[str, int] = {}
        self.commands: list[list[int]] = []
        self.events: list[str] = []

    def SCardEstablishContext(self, _: int) -> tuple[int, object]:  # noqa: N802
        return (self.SCARD_S_SUCCESS if self.running else self.SCARD_E_NO_SERVICE), object()

    def SCardReleaseContext(self, _: object) -> int:  # noqa: N802
        self.events.append("release")
        return self.SCARD_S_SUCCESS

    def SCardListReaders(self, _: object, groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802
        assert groups == []
        return (self.SCARD_S_SUCCESS if self.readers else self.SCARD_E_NO_READERS_AVAILABLE), list(self.readers)

    def SCardGetStatusChange(self, _: object, timeout: int, asked: list[Any]) -> tuple[int, list[Any]]:  # noqa: N802
        assert timeout == 0
        if not self.running:
            return self.SCARD_E_NO_SERVICE, []
        ((name, _),) = asked
        if name not in self.readers:
            return self.SCARD_E_UNKNOWN_READER, []
        card = self.readers[name]
        state = self.SCARD_STATE_PRESENT if card else self.SCARD_STATE_EMPTY
        return self.SCARD_S_SUCCESS, [(name, state, list(card.atr) if card else [])]

    def SCardConnect(self, _: object, name: str, mode: int, protocols: int) -> tuple[int, Any, int]:  # noqa: N802
        assert protocols == self.SCARD_PROTOCOL_T0 | self.SCARD_PROTOCOL_T1
        self.events.append(f"connect {name} {'exclusively' if mode == self.SCARD_SHARE_EXCLUSIVE else 'shared'}")
        if name in self.holders:
            return self.SCARD_E_SHARING_VIOLATION, None, 0
        if name in self.connecting:
            return self.connecting[name], None, 0
        self.holders.add(name)
        return self.SCARD_S_SUCCESS, SimpleNamespace(name=name, card=self.readers[name]), self.protocol

    def SCardTransmit(self, handle: Any, protocol: int, command: list[int]) -> tuple[int, list[int]]:  # noqa: N802
        assert protocol == self.protocol
        self.commands.append(command)
        if not self.running:
            return self.SCARD_E_NO_SERVICE, []
        if self.readers.get(handle.name) is not handle.card:
            return self.SCARD_E_NOT_TRANSACTED, []
        try:
            return self.SCARD_S_SUCCESS, list(handle.card.transmit(bytes(command)))
        except Pulled:
            self.readers[handle.name] = None
            return self.SCARD_E_NOT_TRANSACTED, []

    def SCardDisconnect(self, handle: Any, disposition: int) -> int:  # noqa: N802
        self.holders.discard(handle.name)
        what = "reset" if disposition == self.SCARD_RESET_CARD else "left"
        self.events.append(f"disconnect {handle.name} {what}")
        if handle.card and disposition == self.SCARD_RESET_CARD:
            handle.card.reset()
        return self.SCARD_S_SUCCESS


class Pulled(Exception):
    """Raised by a card's `before`: the card is pulled out at this command."""
