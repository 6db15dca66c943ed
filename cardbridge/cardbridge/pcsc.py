"""Readers and cards through the system's PC/SC service. The only module that imports pyscard.

It speaks to the service by the plain functions of PC/SC, with a context of its own for each operation: a service
that was restarted in between is simply found again.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from cardbridge.apdu import Octets
from cardbridge.errors import CardError

_log = logging.getLogger(__name__)

_HEADER_AND_LENGTH: Final = 5


@contextmanager
def readers() -> Iterator[list["PcscReader"]]:
    """Lend the readers that are connected.

    Raises:
        CardError: `no-pcsc`: the service does not run, or pyscard is not there.
    """
    service = _Service(_pyscard())
    try:
        yield [PcscReader(service, name) for name in service.names()]
    finally:
        service.release()


def _pyscard() -> ModuleType:
    try:
        from smartcard import scard
    except ImportError as error:
        raise CardError("no-pcsc") from error
    module: ModuleType = scard
    return module


class _Service:
    """A context at the service. Codes of failures are compared with pyscard's names only: their signs differ."""

    def __init__(self, scard: Any) -> None:
        self.scard = scard
        result, self.context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != scard.SCARD_S_SUCCESS:
            raise CardError("no-pcsc")

    def release(self) -> None:
        self.scard.SCardReleaseContext(self.context)

    def names(self) -> list[str]:
        result, names = self.scard.SCardListReaders(self.context, [])
        if result == self.scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        self.must(result)
        return list(names)

    def state(self, reader: str) -> tuple[bool, bytes]:
        """Return whether a card is in a reader, and its answer to reset."""
        scard = self.scard
        asked = [(reader, scard.SCARD_STATE_UNAWARE)]
        result, states = scard.SCardGetStatusChange(self.context, 0, asked)
        if result in {scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE, scard.SCARD_E_TIMEOUT}:
            return False, b""
        self.must(result)
        _, state, atr = states[0]
        present = bool(state & scard.SCARD_STATE_PRESENT)
        return present, bytes(atr) if present else b""

    def must(self, result: int) -> None:
        """Raise what a failure means that does not come from the card itself."""
        scard = self.scard
        if result == scard.SCARD_S_SUCCESS:
            return
        _log.debug("PC/SC refused: 0x%08X", result & 0xFFFFFFFF)
        gone = {
            scard.SCARD_W_REMOVED_CARD,
            scard.SCARD_W_RESET_CARD,  # nobody else can: it was pulled out and put back
            scard.SCARD_E_NO_SMARTCARD,
            scard.SCARD_E_UNKNOWN_READER,
            scard.SCARD_E_READER_UNAVAILABLE,
        }
        if result in gone:
            raise CardError("card-removed")
        if result == scard.SCARD_E_SHARING_VIOLATION:
            raise CardError("card-busy")
        lost = {
            scard.SCARD_E_NO_SERVICE,
            scard.SCARD_E_SERVICE_STOPPED,
            scard.SCARD_E_INVALID_HANDLE,
            scard.SCARD_F_COMM_ERROR,
        }
        raise CardError("no-pcsc" if result in lost else "card-fault")


class PcscReader:
    """A reader of the service."""

    def __init__(self, service: _Service, name: str) -> None:
        self._service = service
        self.name = name

    def present(self) -> bool:
        """Say whether a card is in it."""
        return self._service.state(self.name)[0]

    def atr(self) -> bytes:
        """Return what the card in it said when it was powered; empty where there is none."""
        return self._service.state(self.name)[1]

    def connect(self) -> "PcscLink":
        """Take the card for this program alone.

        Raises:
            CardError: `card-busy`: another program holds it; `card-removed`; `foreign-card`: it does not answer.
        """
        scard = self._service.scard
        result, card, protocol = scard.SCardConnect(
            self._service.context,
            self.name,
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        mute = {scard.SCARD_W_UNRESPONSIVE_CARD, scard.SCARD_W_UNPOWERED_CARD, scard.SCARD_W_UNSUPPORTED_CARD}
        if result in mute or result == scard.SCARD_E_PROTO_MISMATCH:
            raise CardError("foreign-card")
        self._service.must(result)
        return PcscLink(self._service, self.name, card, protocol)


class PcscLink:
    """A card that no other program can reach until it is closed."""

    def __init__(self, service: _Service, reader: str, card: Any, protocol: int) -> None:
        self._service = service
        self._reader = reader
        self._card = card
        self._protocol = protocol
        self.atr = service.state(reader)[1]

    def transmit(self, apdu: Octets) -> bytes:
        """Exchange one command.

        Raises:
            CardError: `card-removed`: card or reader was pulled out; `no-pcsc`: the service ended; `card-fault`.
        """
        scard = self._service.scard
        command = list(apdu)
        if self._protocol == scard.SCARD_PROTOCOL_T0:
            _without_le(command)
        try:
            result, answer = scard.SCardTransmit(self._card, self._protocol, command)
        finally:
            command[:] = [0] * len(command)
        if result != scard.SCARD_S_SUCCESS and not self._service.state(self._reader)[0]:
            raise CardError("card-removed")
        self._service.must(result)
        return bytes(answer)

    def close(self) -> None:
        """Reset the card, so that no PIN stays given, and let it go. A card that is gone needs neither."""
        self._service.scard.SCardDisconnect(self._card, self._service.scard.SCARD_RESET_CARD)


def _without_le(command: list[int]) -> None:
    """Drop the awaited length of a command that also sends data: T=0 has no room for it (ISO 7816-3, 12.2)."""
    if len(command) > _HEADER_AND_LENGTH and len(command) == _HEADER_AND_LENGTH + command[4] + 1:
        del command[-1]
