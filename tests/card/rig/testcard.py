"""A smart card in Python: ISO 7816-4, -8 and -9, and the management commands by which OpenSC fills it.

It plays no real card. What it keeps is written by OpenSC's `pkcs15-init`, so that a reader is tested against
contents that the project did not write.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from rig.chip import APPLICATION, APPLICATION_ID, DIRECTORY, EC_KEY, MF, RSA_KEY, TRANSPARENT, File, Pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from rig.chip import Chip

PIN_BYTES = 8
PADDING = 0xFF
MORE_FOLLOWS = 0x10
NEVER = 15
LONGEST_SHORT_ANSWER = 128
GET_RESPONSE = 0xC0
# The rights of a file, as the nibbles of its access rules follow each other.
READ = CREATE = USE = 0
UPDATE = 1
DELETE = 2
GENERATE = 3

CURVES: dict[int, ec.EllipticCurve] = {256: ec.SECP256R1(), 384: ec.SECP384R1()}
FIELD_HASHES: dict[int, hashes.HashAlgorithm] = {256: hashes.SHA256(), 384: hashes.SHA384()}
RSA_RAW = 0x00
RSA_PKCS1 = 0x02
ECDSA = 0x04


class Refused(Exception):
    """The command ends with this status word and changes nothing more."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


@dataclass(frozen=True)
class Command:
    """A command APDU; `expected` is how many bytes may come back, 0 for none."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    expected: int

    @property
    def parameters(self) -> int:
        """P1 and P2 as one number."""
        return self.p1 << 8 | self.p2

    @classmethod
    def parse(cls, apdu: bytes) -> Command:
        """A short or extended command (ISO 7816-3, 12.1). Raises Refused."""
        if len(apdu) < 4:
            raise Refused(0x6700)
        body = apdu[4:]
        extended = len(body) > 2 and body[0] == 0
        width = 2 if extended else 1
        body = body[1:] if extended else body
        data, rest = b"", body
        if len(body) > width:
            length = int.from_bytes(body[:width], "big")
            data, rest = body[width : width + length], body[width + length :]
            if len(data) != length or not length:
                raise Refused(0x6700)
        if len(rest) not in {0, width}:
            raise Refused(0x6700)
        expected = (int.from_bytes(rest, "big") or 256**width) if rest else 0
        cla, ins, p1, p2 = apdu[:4]
        return cls(cla, ins, p1, p2, data, expected)


class TestCard:
    """Answers commands on a Chip, and saves it after each that changes it."""

    __test__ = False

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._commands: dict[int, Callable[[Command], bytes]] = {
            0x20: self._verify,
            0x22: self._choose_key,
            0x24: self._change_pin,
            0x2A: self._sign,
            0x2C: self._unblock,
            0x44: self._activate,
            0x46: self._generate,
            0x84: lambda command: secrets.token_bytes(command.expected),
            0xA4: self._select,
            0xB0: self._read,
            0xCA: self._get_data,
            0xD6: self._update,
            0xDA: self._put_data,
            0xE0: self._create,
            0xE4: self._delete,
        }
        self.reset()

    @property
    def atr(self) -> bytes:
        """What the card says of itself when it is powered."""
        return self._chip.atr

    def reset(self) -> None:
        """Forget which PINs were given, which file is chosen, and what was left to say."""
        self._verified: set[int] = set()
        self._current = MF
        self._environment: dict[int, bytes] = {}
        self._left = b""
        self._begun: Command | None = None
        self._opened = not self._chip.for_its_maker

    def transmit(self, apdu: bytes) -> bytes:
        """The answer to a command, with its status word."""
        try:
            command = self._whole(Command.parse(apdu))
            if command is None:
                return b"\x90\x00"
            if command.ins == GET_RESPONSE:
                answer = self._rest(command)
            else:
                self._left = b""
                answer = self._commands.get(command.ins, _unknown)(command)
        except Refused as refused:
            return refused.status.to_bytes(2, "big")
        if self._chip.short_answers and command.data:
            self._left, answer = answer, b""
        status = 0x6100 | min(len(self._left), LONGEST_SHORT_ANSWER) if self._left else 0x9000
        return answer + status.to_bytes(2, "big")

    def _whole(self, command: Command) -> Command | None:
        """The command with what came in the parts before it; None while more follows (ISO 7816-4, 5.3.3)."""
        begun, self._begun = self._begun, None
        if begun is not None:
            if (begun.ins, begun.parameters) != (command.ins, command.parameters):
                raise Refused(0x6883)
            command = replace(command, data=begun.data + command.data)
        if command.cla & MORE_FOLLOWS:
            self._begun = command
            return None
        return command

    def _rest(self, command: Command) -> bytes:
        if not self._left:
            raise Refused(0x6985)
        now, self._left = self._left[: command.expected], self._left[command.expected :]
        return now

    # -- files

    def _select(self, command: Command) -> bytes:
        data, wants_answer = command.data, command.p2 & 0x0C != 0x0C
        if command.p1 == 0x04:
            if data != APPLICATION_ID or (self._chip.for_its_maker and not wants_answer):
                raise Refused(0x6A82)
            self._verified.clear()
            self._opened = True
            self._current = APPLICATION
        elif command.p1 == 0x00:
            self._current = self._by_id(data.hex().upper() or MF)
        elif command.p1 in {0x08, 0x09}:
            start = MF if command.p1 == 0x08 else self._directory()
            self._current = self._existing(start + data.hex().upper())
        else:
            raise Refused(0x6A86)
        return self._described(self._current) if wants_answer else b""

    def _by_id(self, name: str) -> str:
        directory = self._directory()
        if name in {MF, directory[-4:]}:
            return MF if name == MF else directory
        return self._existing(directory + name)

    def _existing(self, path: str) -> str:
        closed = path.startswith(APPLICATION) and not self._opened
        if path not in self._chip.files or closed:
            raise Refused(0x6A82)
        return path

    def _directory(self) -> str:
        is_directory = self._chip.files[self._current].descriptor == DIRECTORY
        return self._current if is_directory else self._current[:-4]

    def _described(self, path: str) -> bytes:
        file = self._chip.files[path]
        size_tag = 0x80 if file.descriptor == TRANSPARENT else 0x81
        template = _tlv(size_tag, file.size.to_bytes(2, "big")) + _tlv(0x82, bytes([file.descriptor]))
        template += _tlv(0x83, bytes.fromhex(path[-4:]))
        if path == APPLICATION:
            template += _tlv(0x84, APPLICATION_ID)
        template += _tlv(0x86, file.security) + _tlv(0x85, file.properties)
        return _tlv(0x6F, template + _tlv(0x8A, b"\x07" if self._chip.operational else b"\x01"))

    def _read(self, command: Command) -> bytes:
        file = self._transparent(READ)
        offset = command.parameters
        if offset >= file.size:
            raise Refused(0x6B00)
        found = file.content[offset : offset + command.expected]
        if self._chip.short_answers and len(found) < command.expected < 256:
            raise Refused(0x6C00 | len(found))
        return found

    def _update(self, command: Command) -> bytes:
        file = self._transparent(UPDATE)
        end = command.parameters + len(command.data)
        if end > file.size:
            raise Refused(0x6A84)
        file.content = file.content[: command.parameters] + command.data + file.content[end:]
        return self._saved()

    def _transparent(self, right: int) -> File:
        file = self._chip.files[self._current]
        if file.descriptor != TRANSPARENT:
            raise Refused(0x6986)
        self._must_be_allowed(file, right)
        return file

    def _create(self, command: Command) -> bytes:
        directory = self._directory()
        self._must_be_allowed(self._chip.files[directory], CREATE)
        said = _parse(_parse(command.data).get(0x62, b""))
        if not {0x82, 0x83, 0x86} <= said.keys():
            raise Refused(0x6A80)
        path = directory + said[0x83].hex().upper()
        if path in self._chip.files:
            raise Refused(0x6A89)
        size = int.from_bytes(said.get(0x80) or said.get(0x81, b""), "big")
        file = File(said[0x82][0], size, said[0x86], said.get(0x85, bytes(2)))
        file.content = bytes(size) if file.descriptor == TRANSPARENT else b""
        self._chip.files[path] = file
        self._current = path
        return self._saved()

    def _delete(self, _command: Command) -> bytes:
        if self._current in {MF, APPLICATION}:
            raise Refused(0x6985)
        self._must_be_allowed(self._chip.files[self._current], DELETE)
        gone, self._current = self._current, self._current[:-4]
        self._chip.files = {path: file for path, file in self._chip.files.items() if not path.startswith(gone)}
        return self._saved()

    def _must_be_allowed(self, file: File, right: int) -> None:
        if self._chip.operational:
            self._must_be_verified(file.may(right))

    def _must_be_verified(self, pin: int) -> None:
        if pin == NEVER or (pin and pin not in self._verified):
            raise Refused(0x6982)

    # -- management

    def _get_data(self, command: Command) -> bytes:
        if command.parameters == 0x01A0:
            return b"MyEID" + bytes([4, 5, 0]) + self._chip.serial + bytes(2)
        if command.parameters == 0x01AA:
            return bytes([1, 0, 0x01 | 0x08]) + b"".join(n.to_bytes(2, "big") for n in (2048, 0, 0, 384))
        key = self._chip.files[self._current].private_key()
        if command.parameters == 0x0101 and isinstance(key, rsa.RSAPrivateKey):
            return key.public_key().public_numbers().n.to_bytes(key.key_size // 8, "big")
        if command.parameters == 0x0186 and isinstance(key, ec.EllipticCurvePrivateKey):
            point = serialization.PublicFormat.UncompressedPoint
            return _tlv(0x86, key.public_key().public_bytes(serialization.Encoding.X962, point))
        raise Refused(0x6A88)

    def _put_data(self, command: Command) -> bytes:
        data = command.data
        if self._chip.operational:
            self._must_be_allowed(self._chip.files[MF], DELETE)
        if command.parameters == 0x01E0 and len(data) == 8:
            self._chip.erase(data[2:5], data[5:8])
            self._current = MF
        elif 0 < command.p2 < NEVER and command.p1 == 1 and len(data) == 19:
            self._chip.pins[command.p2] = self._new_pin(command.p2, data)
        else:
            raise Refused(0x6A88)
        return self._saved()

    def _new_pin(self, number: int, data: bytes) -> Pin:
        tries, puk_tries = data[16], data[17]
        pin = Pin(_digits(data[:8]), _digits(data[8:16]), tries, tries, puk_tries, puk_tries)
        if number == self._chip.transport_pin:
            pin.activated, pin.puk, pin.shortest, pin.longest = False, None, 6, 6
        return pin

    def _activate(self, _command: Command) -> bytes:
        self._chip.operational = True
        self._verified.clear()
        return self._saved()

    def _generate(self, _command: Command) -> bytes:
        file = self._chip.files[self._current]
        if file.descriptor not in {RSA_KEY, EC_KEY}:
            raise Refused(0x6985)
        self._must_be_allowed(file, GENERATE)
        key = _made(file)
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.key = text.decode()
        return self._saved()

    def _saved(self) -> bytes:
        self._chip.save()
        return b""

    # -- PINs

    def _verify(self, command: Command) -> bytes:
        pin = self._pin(command.p2)
        if not pin.activated:
            raise Refused(0x6984)
        if not command.data:
            if command.p2 in self._verified:
                return b""
            raise Refused(_tries_left(pin.tries))
        self._must_match(command.p2, pin, _one_pin(command.data))
        self._verified.add(command.p2)
        return b""

    def _change_pin(self, command: Command) -> bytes:
        pin = self._pin(command.p2)
        old, new = _two_pins(command.data)
        self._must_fit(pin, new)
        self._must_match(command.p2, pin, old)
        pin.value, pin.activated = new, True
        return self._saved()

    def _unblock(self, command: Command) -> bytes:
        pin = self._pin(command.p2)
        if pin.puk is None:
            raise Refused(0x6982)
        puk, new = _two_pins(command.data)
        self._must_fit(pin, new)
        if not pin.puk_tries:
            raise Refused(0x6983)
        if puk != pin.puk:
            pin.puk_tries -= 1
            self._chip.save()
            raise Refused(_tries_left(pin.puk_tries))
        pin.value, pin.tries, pin.puk_tries = new, pin.most_tries, pin.most_puk_tries
        self._verified.discard(command.p2)
        return self._saved()

    def _pin(self, number: int) -> Pin:
        if number not in self._chip.pins:
            raise Refused(0x6A88)
        return self._chip.pins[number]

    def _must_match(self, number: int, pin: Pin, said: str) -> None:
        self._verified.discard(number)
        if not pin.tries:
            raise Refused(0x6983)
        if said != pin.value:
            pin.tries -= 1
            self._chip.save()
            raise Refused(0x63C0 | pin.tries)
        pin.tries = pin.most_tries
        self._chip.save()

    def _must_fit(self, pin: Pin, new: str) -> None:
        if not pin.shortest <= len(new) <= pin.longest:
            raise Refused(0x6A80)

    # -- signatures

    def _choose_key(self, command: Command) -> bytes:
        if command.parameters != 0x41B6:
            raise Refused(0x6A86)
        self._environment = _parse(command.data)
        return b""

    def _sign(self, command: Command) -> bytes:
        if command.parameters != 0x9E9A:
            raise Refused(0x6A86)
        file = self._chip.files.get(APPLICATION + self._environment.get(0x81, b"").hex().upper(), File(0))
        key = file.private_key()
        if key is None:
            raise Refused(0x6A88)
        self._must_be_allowed(file, USE)
        signature = self._signature(key, command.data)
        self._verified.discard(file.properties[0] >> 4)
        file.signatures += 1
        self._saved()
        return signature

    def _signature(self, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
        algorithm = self._environment.get(0x80, b"\0")[0]
        if isinstance(key, rsa.RSAPrivateKey) and algorithm in {RSA_RAW, RSA_PKCS1}:
            return _rsa_signature(key, data if algorithm == RSA_RAW else _padded(key, data))
        if isinstance(key, ec.EllipticCurvePrivateKey) and algorithm == ECDSA:
            length = key.key_size // 8
            if not data or len(data) > length:
                raise Refused(0x6A80)
            digest = data.rjust(length, b"\0")
            return key.sign(digest, ec.ECDSA(Prehashed(FIELD_HASHES[key.key_size])))
        raise Refused(0x6A81)


def _unknown(_command: Command) -> bytes:
    raise Refused(0x6D00)


def _made(file: File) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if file.descriptor == RSA_KEY and file.size == 2048:
        return rsa.generate_private_key(65537, file.size)
    if file.descriptor == EC_KEY and file.size in CURVES:
        return ec.generate_private_key(CURVES[file.size])
    raise Refused(0x6A81)


def _padded(key: rsa.RSAPrivateKey, content: bytes) -> bytes:
    """EMSA-PKCS1-v1_5 without its first step, as cards pad what they are given."""
    filled = key.key_size // 8 - 3 - len(content)
    if filled < 8:
        raise Refused(0x6700)
    return b"\0\1" + b"\xff" * filled + b"\0" + content


def _rsa_signature(key: rsa.RSAPrivateKey, block: bytes) -> bytes:
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    number = int.from_bytes(block, "big")
    if len(block) != key.key_size // 8 or number >= modulus:
        raise Refused(0x6700)
    return pow(number, numbers.d, modulus).to_bytes(len(block), "big")


def _tries_left(tries: int) -> int:
    return 0x63C0 | tries if tries else 0x6983


def _one_pin(data: bytes) -> str:
    if len(data) != PIN_BYTES:
        raise Refused(0x6700)
    return _digits(data)


def _two_pins(data: bytes) -> tuple[str, str]:
    if len(data) != 2 * PIN_BYTES:
        raise Refused(0x6700)
    return _digits(data[:PIN_BYTES]), _digits(data[PIN_BYTES:])


def _digits(padded: bytes) -> str:
    found = padded.rstrip(bytes([PADDING]))
    if not found.isdigit():
        raise Refused(0x6A80)
    return found.decode("ascii")


def _tlv(tag: int, value: bytes) -> bytes:
    return bytes([tag, len(value)]) + value


def _parse(data: bytes) -> dict[int, bytes]:
    """The data objects of one level; tags and lengths are of one byte here."""
    found = {}
    while data:
        length = data[1] if len(data) > 1 else 0
        found[data[0]], data = data[2 : 2 + length], data[2 + length :]
    return found
