"""The Unix socket between the host that a browser starts and the `serve` that a person has open in a terminal.

One connection carries one Web eID native message and its answer, each a line of JSON. Both ends make sure that the
other is a process of the same user.
"""

import contextlib
import json
import os
import select
import socket
import stat
import struct
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cardbridge.agent import Agent, Request, wire_error
from cardbridge.errors import CardError

MAX_REQUEST: Final = 8192  # bytes, as in Web eID's native messaging
_MAX_ANSWER: Final = 256 * 1024
_READING_TIME: Final = 5.0  # seconds in which a request must have come
_CONNECTIONS: Final = 8
_NAME: Final = "cardbridge.sock"


class AlreadyServingError(Exception):
    """Another `serve` of this user answers."""


class AskerGoneError(Exception):
    """The browser no longer waits for the host's answer."""


def socket_paths(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return where `serve` may listen, the first choice first: the session's own folder, then the cache.

    The session's folder counts only if it is the user's alone, as the XDG base directory specification has it.
    """
    cache = Path(environ.get("HOME") or Path.home(), ".cache", "cardbridge", _NAME)
    session = environ.get("XDG_RUNTIME_DIR")
    if session and _is_private(Path(session)):
        return Path(session, _NAME), cache
    return (cache,)


def is_served(paths: tuple[Path, ...]) -> bool:
    """Whether a `serve` of this user listens."""
    connection = _connect(paths)
    if connection is None:
        return False
    connection.close()
    return True


def ask(message: object, paths: tuple[Path, ...], source: int) -> dict[str, Any]:
    """Pass a native message to `serve` and return its answer.

    `source` is the descriptor of the browser's pipe: when the browser closes it, so does this the connection.

    Raises:
        CardError: `no-terminal`: no `serve` is open, or it ended meanwhile.
        AskerGoneError: the browser has left.
    """
    connection = _connect(paths)
    if connection is None:
        raise CardError("no-terminal")
    try:
        with connection:
            connection.sendall(_line(message))
            answer: dict[str, Any] = json.loads(_answer(connection, source))
    except (OSError, ValueError) as error:
        raise CardError("no-terminal") from error
    return answer


class Listener:
    """Answers hosts over the Unix socket, in threads of its own.

    Raises:
        AlreadyServingError: at construction, if another `serve` listens there.
        OSError: at construction, if the socket cannot be made.
    """

    def __init__(self, agent: Agent, path: Path) -> None:
        self._agent = agent
        self._path = path
        self._places = threading.BoundedSemaphore(_CONNECTIONS)
        self._socket = _bind(path)
        self._identity = _identity(path)

    def start(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop answering and remove the socket, unless another program has put its own there."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with contextlib.suppress(OSError):
            if _identity(self._path) == self._identity:
                self._path.unlink()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            if _is_own_user(connection) and self._places.acquire(blocking=False):
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
            else:
                connection.close()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError):
                answer = self._answer(connection)
                connection.settimeout(_READING_TIME)
                connection.sendall(_line(answer))
        finally:
            self._places.release()

    def _answer(self, connection: socket.socket) -> dict[str, Any]:
        try:
            request = Request.native(json.loads(_read_line(connection)))
        except CardError as error:
            return wire_error(error)
        except (ValueError, RecursionError):
            return wire_error(CardError("invalid-argument"))
        return self._agent.answer(request, lambda: _has_spoken(connection.fileno()))


def _bind(path: Path) -> socket.socket:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_private(path.parent):
        path.parent.chmod(0o700)
    if _connect((path,)) is not None:
        raise AlreadyServingError
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
        listener.listen(_CONNECTIONS)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _connect(paths: tuple[Path, ...]) -> socket.socket | None:
    for path in paths:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
            if _is_own_user(connection):
                return connection
        except OSError:
            pass
        connection.close()
    return None


def _is_own_user(connection: socket.socket) -> bool:
    """Whether the process at the other end is this user's (unix(7), SO_PEERCRED)."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, user, _ = struct.unpack("3i", credentials)
    return bool(user == os.getuid())


def _is_private(folder: Path) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _line(message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _read_line(connection: socket.socket) -> bytes:
    """Read a request.

    Raises:
        ValueError: too long, cut off, too slow, or followed by more.
    """
    return _receive(connection, MAX_REQUEST + 1, time.monotonic() + _READING_TIME)


def _receive(connection: socket.socket, limit: int, deadline: float) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        part = connection.recv(limit + 1 - len(received))
        received += part
        if not part or len(received) > limit:
            raise ValueError("no line")
    return bytes(received)


def _answer(connection: socket.socket, source: int) -> bytes:
    """Wait for the answer as long as the browser waits."""
    watched = [connection.fileno(), source]
    while connection.fileno() not in (ready := select.select(watched, [], [])[0]):
        if source in ready:
            if not os.read(source, MAX_REQUEST):
                raise AskerGoneError
            watched.remove(source)
    return _receive(connection, _MAX_ANSWER, time.monotonic() + _READING_TIME)


def _has_spoken(descriptor: int) -> bool:
    """Whether the other end has closed: after its request it has nothing to say."""
    return bool(select.select([descriptor], [], [], 0)[0])
