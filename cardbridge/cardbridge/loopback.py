"""The pop-up's side: an HTTP server that only this machine's browser, at a page of the server's own, can use.

A site opens `/v1/bridge` as a window and posts its request there by `postMessage`; the page sends it on to
`/v1/operations` with the origin that the browser vouches for (`event.origin`). Nothing here answers another site's
`fetch`, frame or form: Host, Origin and the Fetch Metadata headers are checked, there are no CORS headers, and
each loaded page has a secret that counts once.
"""

import contextlib
import html
import io
import json
import os
import secrets
import select
import socket
import threading
import time
from collections import OrderedDict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cardbridge.agent import Agent, Request, wire_error
from cardbridge.errors import CardError
from cardbridge.texts import Language, dictionary

ADDRESS: Final = "127.0.0.1"
PORT = 17643
VERSION: Final = "1.0.0"  # of the messages between page and site
MAX_BODY: Final = 8192
_READING_TIME = 5.0  # seconds in which a request must have come, and in which an answer must have gone
_CONNECTIONS: Final = 16
_SECRETS: Final = 32
_SECRET_TIME: Final = 600.0  # seconds for which a loaded page may wait for its site
_ROOT: Final = 0
_LOOPBACK: Final = "0100007F"  # 127.0.0.1 as /proc/net/tcp writes it on a little-endian machine
_LISTENING: Final = "0A"
_STATIC: Final = {
    "/v1/bridge.js": ("bridge.js", "text/javascript; charset=utf-8", "script"),
    "/v1/bridge.css": ("bridge.css", "text/css; charset=utf-8", "style"),
}
# No Cross-Origin-Opener-Policy: the page needs the window that opened it.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class _Refused(Exception):
    """A request that is not for us; the status says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Secrets:
    """One secret for each loaded page; it counts once and for ten minutes, and the oldest give way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._issued: OrderedDict[str, float] = OrderedDict()

    def issue(self) -> str:
        """Return a new secret of 256 bits."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._issued[secret] = time.monotonic() + _SECRET_TIME
            while len(self._issued) > _SECRETS:
                self._issued.popitem(last=False)
        return secret

    def redeem(self, secret: str) -> bool:
        """Whether the secret is one of ours; from now on it is not."""
        with self._lock:
            return self._issued.pop(secret, 0.0) > time.monotonic()


class Loopback:
    """The server.

    Raises:
        OSError: at construction; with `errno.EADDRINUSE` when another program uses the port.
    """

    def __init__(self, agent: Agent, port: int) -> None:
        self._server = _Server(agent, port)

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer, in threads of its own."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def close(self) -> None:
        """Stop, after giving answers that are under way a second to leave."""
        self._server.shutdown()
        self._server.server_close()
        self._server.wait(1.0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 4 * _CONNECTIONS
    block_on_close = False

    def __init__(self, agent: Agent, port: int) -> None:
        self.agent = agent
        self.secrets = Secrets()
        self._places = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__((ADDRESS, port), _Handler)
        actual = self.server_address[1]
        self.hosts = (f"{ADDRESS}:{actual}", f"localhost:{actual}")

    def server_bind(self) -> None:
        # HTTPServer's own asks the name service for this machine's name.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def verify_request(self, _request: Any, client_address: Any) -> bool:
        return is_own_user(client_address[1], self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Say nothing: a browser that hangs up is no fault, and a traceback may hold what was sent."""

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        for _ in range(_CONNECTIONS):
            if not self._places.acquire(timeout=max(end - time.monotonic(), 0)):
                return


class _Timely(io.RawIOBase):
    """Reads a socket up to a point in time, however slowly the other end sends."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(max(self._end - time.monotonic(), 0.001))
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "cardbridge"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(_Timely(self.connection, _READING_TIME))

    def do_GET(self) -> None:
        self._guarded(self._get)

    def do_POST(self) -> None:
        self._guarded(self._post)

    def log_message(self, *_: object) -> None:
        """Keep no log: requests hold what nobody else may read."""

    def send_error(self, code: int, *_: object, **__: object) -> None:
        """Answer what http.server itself refuses, without its page that quotes the request."""
        self._refuse(HTTPStatus(code))

    def _guarded(self, answer: Any) -> None:
        try:
            self._check_host()
            answer()
        except _Refused as refused:
            self._refuse(refused.status)
        except TimeoutError:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _check_host(self) -> None:
        if self._only("Host") not in self.server.hosts:
            raise _Refused(HTTPStatus.MISDIRECTED_REQUEST)

    def _get(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/v1/bridge":
            self._require("Sec-Fetch-Mode", "navigate")
            self._require("Sec-Fetch-Dest", "document")
            language = _language(address.query)
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", _page(language, self.server.secrets.issue()))
        elif address.path in _STATIC:
            name, media_type, destination = _STATIC[address.path]
            self._require("Sec-Fetch-Site", "same-origin")
            self._require("Sec-Fetch-Dest", destination)
            self._send(HTTPStatus.OK, media_type, _file(name).encode())
        else:
            raise _Refused(HTTPStatus.NOT_FOUND)

    def _post(self) -> None:
        if self.path != "/v1/operations":
            raise _Refused(HTTPStatus.NOT_FOUND)
        self._require("Sec-Fetch-Site", "same-origin")
        self._require("Sec-Fetch-Mode", "same-origin")
        self._require("Sec-Fetch-Dest", "empty")
        self._require("Origin", f"http://{self._only('Host')}")
        if self._only("Content-Type") != "application/json":
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        body = self.rfile.read(self._length())
        if not self.server.secrets.redeem(self._only("Cardbridge-Secret")):
            raise _Refused(HTTPStatus.FORBIDDEN)
        answer = self._operate(body)
        self._send(HTTPStatus.OK, "application/json", json.dumps(answer).encode())

    def _operate(self, body: bytes) -> dict[str, Any]:
        try:
            request = _request(body)
        except CardError as error:
            return wire_error(error)
        answer = self.server.agent.answer(request, self._is_gone)
        return answer if "error" in answer else {"result": answer}

    def _is_gone(self) -> bool:
        """Whether the page has closed the connection: after its request it has nothing to say."""
        return bool(select.select([self.connection], [], [], 0)[0])

    def _only(self, name: str) -> str:
        """Return a header that must be there once."""
        found = self.headers.get_all(name, [])
        if len(found) != 1:
            raise _Refused(HTTPStatus.FORBIDDEN)
        return str(found[0])

    def _require(self, name: str, value: str) -> None:
        if self._only(name) != value:
            raise _Refused(HTTPStatus.FORBIDDEN)

    def _length(self) -> int:
        found = self._only("Content-Length")
        if "Transfer-Encoding" in self.headers or not (found.isascii() and found.isdigit()):
            raise _Refused(HTTPStatus.BAD_REQUEST)
        if len(found) > len(str(MAX_BODY)) or int(found) > MAX_BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return int(found)

    def _send(self, status: HTTPStatus, media_type: str, body: bytes) -> None:
        self.connection.settimeout(_READING_TIME)
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        body = json.dumps(wire_error(CardError("invalid-argument"))).encode()
        with contextlib.suppress(OSError):
            self._send(status, "application/json", body)
            self._drain()

    def _drain(self) -> None:
        """Take in what is still being sent, so that the answer is read before the connection breaks."""
        self.connection.shutdown(socket.SHUT_WR)
        end = time.monotonic() + 1
        while (left := end - time.monotonic()) > 0:
            self.connection.settimeout(left)
            if not self.connection.recv(MAX_BODY):
                return


def is_own_user(port: int, server_port: int) -> bool:
    """Whether the process at a loopback port that talks to `server_port` is this user's (proc(5), net/tcp).

    Without this another user of the machine could claim any origin. Root may, as it may do anything; a system
    without this file does not say.
    """
    users = _users(local=f"{_LOOPBACK}:{port:04X}", remote=f"{_LOOPBACK}:{server_port:04X}")
    return users is None or bool(users & {os.getuid(), _ROOT})


def holder_of(port: int) -> tuple[str, dict[str, str]]:
    """Say who uses a port: a key of `texts`' `serve` and its blanks."""
    blanks = {"port": str(port)}
    for line in _connections():
        fields = line.split()
        if fields[1].endswith(f":{port:04X}") and fields[3] == _LISTENING:
            if int(fields[7]) != os.getuid():
                return "port-taken-by-user", blanks | {"user": _user_name(int(fields[7]))}
            process = _process_with(f"socket:[{fields[9]}]")
            if process is not None:
                return "port-taken-by", blanks | {"program": process[1], "process": process[0]}
    return "port-taken", blanks


def _connections() -> list[str]:
    try:
        return Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return []


def _users(local: str, remote: str) -> set[int] | None:
    lines = _connections()
    if not lines:
        return None
    return {int(fields[7]) for fields in map(str.split, lines) if fields[1] == local and fields[2] == remote}


def _process_with(link: str) -> tuple[str, str] | None:
    """Return number and name of this user's process that holds a descriptor."""
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(descriptor.readlink()) == link:
                process = descriptor.parts[2]
                return process, Path("/proc", process, "comm").read_text(encoding="utf-8").strip()
    return None


def _user_name(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _request(body: bytes) -> Request:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CardError("invalid-argument") from error
    if not (isinstance(found, dict) and found.keys() == {"origin", "command", "arguments"}):
        raise CardError("invalid-argument")
    return Request.of(found["command"], found["arguments"], found["origin"])


def _language(query: str) -> Language:
    return "en" if parse_qs(query).get("lang") == ["en"] else "ka"


def _page(language: Language, secret: str) -> bytes:
    words = dictionary(language)
    spoken = json.dumps(words["errors"] | words["bridge"], ensure_ascii=False)
    blanks = {"lang": language, "secret": secret, "version": VERSION, "texts": spoken} | words["bridge"]
    escaped = {name.replace("-", "_"): html.escape(value) for name, value in blanks.items()}
    return Template(_file("bridge.html")).substitute(escaped).encode()


def _file(name: str) -> str:
    return resources.files("cardbridge").joinpath("bridge", name).read_text(encoding="utf-8")
