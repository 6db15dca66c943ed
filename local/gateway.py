"""The portal's one origin on this machine: CloudFront's part, played by a small server on the loopback.

It serves the site, forwards `/api/*` to the embedded cloud's API Gateway, puts the same security headers on
everything as the distribution does, and shows the mailbox. Bodies pass through as bytes; like the real API
Gateway, the embedded one hands text to a function and replaces what is not UTF-8 by U+FFFD on the way.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import threading
import urllib.error
import urllib.request
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.core.texts import language_of, text
from infra.headers import SECURITY_HEADERS
from local import mailbox
from local.site import ASK_FIRST, BadPathError, Page, Site, compressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

logger = logging.getLogger("karibche.gateway")

LARGEST_BODY = 10 * 1024 * 1024  # of API Gateway
LARGEST_DISCARDED = 64 * 1024 * 1024
UPSTREAM_SECONDS = 29.0  # of API Gateway
IDLE_SECONDS = 60.0
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1"})

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
SET_BY_THE_GATEWAY = frozenset({"host", "content-length", "expect", "karibche-origin"})


class Upstream(NamedTuple):
    """Where the deployed API is now: the embedded cloud's port and the path of the stage `api`.

    `secret` is what the edge proves itself with.
    """

    port: int
    prefix: str
    secret: str


class Gateway:
    """The site's server on `127.0.0.1:{port}`, in threads of its own.

    `api` tells where the API is, each time: a deployment may have replaced it.
    """

    def __init__(self, port: int, site: Site, api: Callable[[], Upstream]) -> None:
        self.port = port
        self._site = site
        self._api = api
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Begin to answer."""
        site, api, port = self._site, self._api, self.port

        class Handler(_Handler):
            def __init__(self, *args: Any) -> None:  # http.server's own signature
                self.site, self.api, self.site_port = site, api, port
                super().__init__(*args)

        self._server = _Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="gateway", daemon=True).start()

    def stop(self) -> None:
        """Stop answering."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # as inherited
        logger.debug("connection of %s ended early", client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection of a browser."""

    protocol_version = "HTTP/1.1"
    server_version = "Karibche"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    site: Site
    api: Callable[[], Upstream]
    site_port: int

    def parse_request(self) -> bool:
        """Read the request's head."""
        self._body_left = True
        return super().parse_request()

    def answer(self) -> None:
        """Answer one request, whatever its method."""
        path = self.path.partition("?")[0]
        if self._host_name() not in LOOPBACK_NAMES:
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "not-found")
        elif path == "/api" or path.startswith("/api/"):
            self._forward()
        elif self.command not in {"GET", "HEAD"}:
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", allow="GET, HEAD")
        elif path.startswith("/mailbox"):
            self._show_mailbox(path)
        elif self._host_name() != "localhost":
            # Sessions belong to one origin; this is the one that the deployment knows.
            self._static(Page(302, "text/plain", b"", ASK_FIRST, f"http://localhost:{self.site_port}{self.path}"))
        else:
            self._show(path)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815  # its names

    # -- the site

    def _show(self, path: str) -> None:
        try:
            page = self.site.find(path)
        except BadPathError:
            self._refuse(HTTPStatus.BAD_REQUEST, "not-found")
            return
        self._static(page)

    def _show_mailbox(self, path: str) -> None:
        fixed = {
            "/mailbox.css": ("text/css; charset=utf-8", mailbox.STYLE),
            "/mailbox.svg": ("image/svg+xml", mailbox.ICON),
        }.get(path)
        if fixed is not None:
            self._static(Page(200, fixed[0], fixed[1].encode(), ASK_FIRST))
            return
        shown = {
            "/mailbox": ("text/html; charset=utf-8", mailbox.as_html),
            "/mailbox.json": ("application/json", mailbox.as_json),
        }.get(path)
        if shown is None:
            self._show(path)
            return
        content_type, render = shown
        try:
            with _direct.open(f"http://127.0.0.1:{self.api().port}/_ministack/ses/messages", timeout=5) as answer:
                mails = mailbox.parse(answer.read())
        except (OSError, urllib.error.URLError):
            self._refuse(HTTPStatus.BAD_GATEWAY, "unavailable")
            return
        self._static(Page(200, content_type, render(mails), "no-store"))

    def _static(self, page: Page) -> None:
        self._discard_body()
        zipped = page.compressible and "gzip" in self.headers.get("Accept-Encoding", "")
        etag = f"W/{page.etag}" if zipped else page.etag
        headers = [("Cache-Control", page.cache_control), ("Vary", "Accept-Encoding"), ("ETag", etag)]
        if page.location is not None:
            headers.append(("Location", page.location))
        known = self.headers.get("If-None-Match", "").replace("W/", "").split(", ")
        if page.status == HTTPStatus.OK and page.etag in known:
            self._send(HTTPStatus.NOT_MODIFIED, headers, b"")
            return
        if zipped:
            headers.append(("Content-Encoding", "gzip"))
        headers.append(("Content-Type", page.content_type))
        self._send(page.status, headers, compressed(page.content) if zipped else page.content)

    # -- the API

    def _forward(self) -> None:
        body = self._body()
        if body is None:
            return
        try:
            upstream = self.api()
            connection = http.client.HTTPConnection("127.0.0.1", upstream.port, timeout=UPSTREAM_SECONDS)
            with contextlib.closing(connection):
                path = upstream.prefix + (self.path.removeprefix("/api") or "/")
                connection.putrequest(self.command, path, skip_accept_encoding=True)
                for name, value in self._forwarded_headers(len(body)):
                    connection.putheader(name, value)
                connection.endheaders(body)
                answer = connection.getresponse()
                content = answer.read()
        except TimeoutError:
            self._refuse(HTTPStatus.GATEWAY_TIMEOUT, "unavailable")
            return
        except (OSError, http.client.HTTPException):
            logger.exception("the embedded cloud does not answer")
            self._refuse(HTTPStatus.BAD_GATEWAY, "unavailable")
            return
        kept = [
            (name, value)
            for name, value in answer.getheaders()
            if name.lower() not in HOP_BY_HOP | {"content-length", "server", "date"}
        ]
        self._send(answer.status, kept, content)

    def _forwarded_headers(self, length: int) -> Iterable[tuple[str, str]]:
        for name, value in self.headers.items():
            low = name.lower()
            # Only CloudFront says who the viewer is.
            if low not in HOP_BY_HOP | SET_BY_THE_GATEWAY and not low.startswith("cloudfront-"):
                yield name, value
        host, port = self.client_address[:2]
        yield "CloudFront-Viewer-Address", f"{host}:{port}"
        yield "CloudFront-Forwarded-Proto", "https"
        yield "Karibche-Origin", self.api().secret
        if length or self.command in {"POST", "PUT", "PATCH"}:
            yield "Content-Length", str(length)

    def _body(self) -> bytes | None:
        """The request's body, or None where it has been refused."""
        if self.headers.get("Transfer-Encoding"):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "malformed-body", close=True)
            return None
        length = self._content_length()
        if length < 0:
            self._refuse(HTTPStatus.BAD_REQUEST, "malformed-body", close=True)
            return None
        if length > LARGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large")
            return None
        self._body_left = False
        return self.rfile.read(length)

    # -- answers

    def _refuse(self, status: HTTPStatus, code: str, *, allow: str = "", close: bool = False) -> None:
        """Answer with a problem of this gateway's own."""
        language = language_of(self.headers.get("Accept-Language"))
        problem = {
            "type": f"urn:karibche:problem:{code}",
            "title": text(language, "problems", code, "title"),
            "status": int(status),
            "detail": text(language, "problems", code, "detail"),
            "instance": self.path.partition("?")[0],
        }
        if close:
            self.close_connection = True
        else:
            self._discard_body()
        headers = [
            ("Content-Type", "application/problem+json"),
            ("Content-Language", language),
            ("Cache-Control", "no-store"),
        ]
        if allow:
            headers.append(("Allow", allow))
        self._send(status, headers, json.dumps(problem, ensure_ascii=False).encode())

    def _send(self, status: int, headers: Iterable[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        ours = {name.lower() for name in SECURITY_HEADERS}
        kept = [(name, value) for name, value in headers if name.lower() not in ours]
        for name, value in [*kept, *SECURITY_HEADERS.items()]:
            self.send_header(name, value)
        if status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.wfile.write(content)

    def _host_name(self) -> str:
        return self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")

    def _content_length(self) -> int:
        """The length that the request states; -1 where it is no number."""
        stated = self.headers.get("Content-Length", "0")
        return int(stated) if stated.isascii() and stated.isdigit() else -1

    def _discard_body(self) -> None:
        """Read the body that nobody wants, so that the client hears the answer."""
        length = max(0, self._content_length()) if self._body_left else 0
        if length > LARGEST_DISCARDED:
            self.close_connection = True
            return
        while length > 0 and (chunk := self.rfile.read(min(length, 65536))):
            length -= len(chunk)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002  # as inherited
        """Note method, path and status; nothing of what was asked or who asked."""
        logger.info("%s %s %s", self.command, self.path.partition("?")[0], int(code) if code != "-" else code)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as inherited
        """Keep http.server's own messages out of the terminal."""
        logger.debug(format, *args)


# Never through a proxy: everything is on this machine.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
