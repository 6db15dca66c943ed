"""The native messaging host: what a browser starts for the Web eID extension.

It has no terminal, and its standard input carries the protocol: it passes the one command on to the `serve` that
the person has open, and writes the answer. A frame is a length of four bytes in native order and UTF-8 JSON; first
goes the version, then one command is answered, and the host ends (README of web-eid-app, "Native messaging").
"""

import contextlib
import json
import os
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from cardbridge import relay, texts
from cardbridge.agent import Request, wire_error
from cardbridge.errors import CardError

VERSION: Final = (
    "2.0.0"  # of the Web eID protocol: the extension wants an app whose major is not older than its own
)
MIN_FRAME: Final = 5
MAX_FRAME: Final = relay.MAX_REQUEST
_LENGTH: Final = struct.Struct("=I")

Relay = Callable[[object], dict[str, Any]]


class MalformedError(Exception):
    """A frame that is cut off, too short, too long or no JSON."""


def main() -> int:
    """Serve one browser's extension over standard input and output. 0: answered; 1: not understood."""
    if sys.stdin is not None and sys.stdin.isatty():
        sys.stderr.write(texts.text(texts.language_of(os.environ), "host", "by-hand") + "\n")
        return 1
    # What a library might print must not get between the frames.
    sys.stdout = sys.stderr
    paths = relay.socket_paths(os.environ)
    with open(0, "rb", buffering=0, closefd=False) as source, open(1, "wb", closefd=False) as sink:
        try:
            return run(source, sink, lambda message: relay.ask(message, paths, source.fileno()))
        except (relay.AskerGoneError, BrokenPipeError):
            return 1


def run(source: BinaryIO, sink: BinaryIO, pass_on: Relay) -> int:
    """Say the version, answer one command and end; `quit` is answered by an empty object.

    Returns:
        0, or 1 after a frame that could not be read. A source that ends before a frame is no fault.
    """
    _write(sink, {"version": VERSION})
    try:
        message = read_frame(source)
    except MalformedError:
        _write(sink, wire_error(CardError("invalid-argument")))
        return 1
    if message is not None:
        _write(sink, _answer(message, pass_on))
    return 0


def read_frame(source: BinaryIO) -> object | None:
    """Read one message; None where the source ends before it.

    Raises:
        MalformedError: cut off, not of 5 to 8192 bytes, or no JSON in UTF-8.
    """
    head = _read(source, _LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise MalformedError
    (size,) = _LENGTH.unpack(head)
    if not MIN_FRAME <= size <= MAX_FRAME:
        raise MalformedError
    body = _read(source, size)
    if len(body) < size:
        raise MalformedError
    try:
        found: object = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalformedError from error
    if found is None:
        raise MalformedError
    return found


def _answer(message: object, pass_on: Relay) -> dict[str, Any]:
    if isinstance(message, dict) and message.get("command") == "quit":
        return {}
    try:
        Request.native(message)
        return pass_on(message)
    except CardError as error:
        return wire_error(error)


def _read(source: BinaryIO, size: int) -> bytes:
    """Read exactly so much, or what there is before the end."""
    read = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while len(read) < size and (part := source.read(size - len(read))):
            read += part
    return bytes(read)


def _write(sink: BinaryIO, message: dict[str, Any]) -> None:
    body = json.dumps(message).encode()
    sink.write(_LENGTH.pack(len(body)) + body)
    sink.flush()


if __name__ == "__main__":
    sys.exit(main())
