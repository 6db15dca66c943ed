"""The cable between a card and the reader that Debian's `vsmartcard-vpcd` plays: a TCP connection.

Each message is its length in two bytes, then itself. One of a single byte is the reader's own: power off or on,
reset, or "which answer to reset?". Everything else is a command for the card.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Protocol

PORTS = (35963, 35964)
PATIENCE_SECONDS = 10.0

POWER_OFF, POWER_ON, RESET, ANSWER_TO_RESET = 0, 1, 2, 4


class Card(Protocol):
    """What can be put into a slot."""

    @property
    def atr(self) -> bytes:
        """The answer to reset."""

    def reset(self) -> None:
        """Lose what a card without power loses."""

    def transmit(self, apdu: bytes) -> bytes:
        """The answer to a command."""


class Plugged:
    """A card in the slot whose reader listens at `port`, until `pull_out`."""

    def __init__(self, card: Card, port: int) -> None:
        self._card = card
        self._connection = _connected(port)
        self._powered = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        if not self._powered.wait(PATIENCE_SECONDS):
            self.pull_out()
            raise TimeoutError("The reader has not powered the card")

    def pull_out(self) -> None:
        """Cut the cable, in the middle of a command if there is one."""
        self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()

    def _serve(self) -> None:
        try:
            while True:
                said = self._received()
                if len(said) == 1:
                    self._controlled(said[0])
                else:
                    self._send(self._card.transmit(said))
        except (EOFError, OSError):
            return

    def _controlled(self, message: int) -> None:
        if message == ANSWER_TO_RESET:
            self._send(self._card.atr)
            return
        self._card.reset()
        if message == POWER_ON:
            self._powered.set()

    def _send(self, message: bytes) -> None:
        self._connection.sendall(struct.pack(">H", len(message)) + message)

    def _received(self) -> bytes:
        (length,) = struct.unpack(">H", self._exactly(2))
        return self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            # The reader sends length and message apart, and waits 40 ms for this acknowledgement between them.
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = self._connection.recv(count - len(found))
            if not part:
                raise EOFError
            found += part
        return found


def _connected(port: int) -> socket.socket:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            connection.settimeout(None)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
