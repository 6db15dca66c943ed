"""The commands of ISO 7816-4 and -8 that the agent uses, on a channel. Refusals are ApduError."""

from dataclasses import dataclass
from typing import Final

from cardbridge.apdu import (
    CHANGE_REFERENCE_DATA,
    RESET_RETRY_COUNTER,
    SHORT_ANSWER,
    VERIFY,
    ApduError,
    Channel,
    Command,
    Octets,
    StatusWord,
)
from cardbridge.errors import CardError

FILE_LIMIT: Final = 0x8000
"""What READ BINARY can address with two bytes, and more than any file of an eID."""

_SELECT: Final = 0xA4
_READ_BINARY: Final = 0xB0
_MANAGE_SECURITY_ENVIRONMENT: Final = 0x22
_PERFORM_SECURITY_OPERATION: Final = 0x2A
_INTERNAL_AUTHENTICATE: Final = 0x88
_BY_NAME: Final = 0x04
_BY_PATH: Final = 0x08
_NO_ANSWER: Final = 0x0C
_MASTER_FILE: Final = bytes.fromhex("3F00")
_BEYOND_THE_END: Final = frozenset({StatusWord.WRONG_OFFSET, StatusWord.WRONG_LENGTH, StatusWord.WRONG_P1_P2})
_TRIES: Final = 0x63C0
_NOT_USABLE_WORDS: Final = frozenset({StatusWord.CODE_NOT_USABLE, StatusWord.CONDITIONS_NOT_SATISFIED})


@dataclass(frozen=True)
class CodeState:
    """What a card says of a code: tries left, None where it does not say; `usable` is False before activation."""

    tries_left: int | None
    usable: bool = True


def code_state(sw: int) -> CodeState | None:
    """Read the state of a code from the status of VERIFY, CHANGE REFERENCE DATA or RESET RETRY COUNTER.

    None: the status says nothing of the code.
    """
    if sw == StatusWord.CODE_BLOCKED:
        return CodeState(0)
    if sw & 0xFFF0 == _TRIES:
        return CodeState(sw & 0x0F)
    if sw in _NOT_USABLE_WORDS:
        return CodeState(None, usable=False)
    if sw == StatusWord.WRONG_CODE:
        return CodeState(None)
    return None


class Session:
    """The commands, one method each."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def select_name(self, aid: bytes) -> None:
        """Select an application by its AID."""
        self._channel.send(Command(0x00, _SELECT, _BY_NAME, _NO_ANSWER, aid))

    def select_path(self, path: bytes) -> None:
        """Select a file by its path from the master file, which the path may begin with."""
        relative = path.removeprefix(_MASTER_FILE)
        if relative:
            self._channel.send(Command(0x00, _SELECT, _BY_PATH, _NO_ANSWER, relative))
        else:
            self._channel.send(Command(0x00, _SELECT, 0x00, _NO_ANSWER, _MASTER_FILE))

    def read_binary(self, offset: int = 0, length: int | None = None) -> bytes:
        """Read the selected file, or `length` bytes of it, until its end or until nothing but padding follows.

        Raises:
            CardError: `card-fault`: the file has no end.
        """
        content = bytearray()
        wanted = FILE_LIMIT if length is None else length
        while len(content) < wanted:
            part, more = self._read_part(offset + len(content), min(SHORT_ANSWER, wanted - len(content)))
            content += part
            if not more:
                break
        if len(content) >= FILE_LIMIT:
            raise CardError("card-fault")
        return bytes(content)

    def _read_part(self, offset: int, length: int) -> tuple[bytes, bool]:
        if offset >= FILE_LIMIT:
            raise CardError("card-fault")
        response = self._channel.exchange(Command(0x00, _READ_BINARY, offset >> 8, offset & 0xFF, le=length))
        if response.sw == StatusWord.END_OF_FILE or (response.sw in _BEYOND_THE_END and offset):
            return response.data, False
        if response.sw != StatusWord.OK:
            raise ApduError(response.sw)
        padding = not response.data.strip(b"\x00") or not response.data.strip(b"\xff")
        return response.data, not padding

    def state(self, reference: int) -> CodeState:
        """Ask for the state of a code by VERIFY without data, which spends no try.

        An answer that says nothing of the code gives the state "usable, tries unknown".
        """
        response = self._channel.exchange(Command(0x00, VERIFY, 0x00, reference))
        return code_state(response.sw) or CodeState(None)

    def verify(self, reference: int, code: bytearray) -> None:
        """Present a code."""
        self._channel.send(Command(0x00, VERIFY, 0x00, reference, code))

    def change_reference_data(self, reference: int, codes: bytearray) -> None:
        """Change a code: the old one, then the new one."""
        self._channel.send(Command(0x00, CHANGE_REFERENCE_DATA, 0x00, reference, codes))

    def reset_retry_counter(self, reference: int, codes: bytearray) -> None:
        """Unblock a code and set it anew: the unblocking code, then the new one."""
        self._channel.send(Command(0x00, RESET_RETRY_COUNTER, 0x00, reference, codes))

    def set_security_environment(self, parameters: bytes, template: bytes) -> None:
        """Choose key and algorithm (MANAGE SECURITY ENVIRONMENT with P1 and P2)."""
        p1, p2 = parameters
        self._channel.send(Command(0x00, _MANAGE_SECURITY_ENVIRONMENT, p1, p2, template))

    def compute_signature(self, data: bytes) -> bytes:
        """Sign with the chosen key (PERFORM SECURITY OPERATION: COMPUTE DIGITAL SIGNATURE)."""
        return self._channel.send(Command(0x00, _PERFORM_SECURITY_OPERATION, 0x9E, 0x9A, data, SHORT_ANSWER))

    def internal_authenticate(self, data: bytes) -> bytes:
        """Sign with the chosen key, on cards that keep this command for authentication."""
        return self._channel.send(Command(0x00, _INTERNAL_AUTHENTICATE, 0x00, 0x00, data, SHORT_ANSWER))


def joined(*codes: Octets) -> bytearray:
    """Put codes behind each other in a buffer that the caller wipes."""
    return bytearray().join(codes)
