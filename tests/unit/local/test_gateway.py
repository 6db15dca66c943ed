import gzip
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.headers import SECURITY_HEADERS
from local.client import ApiClient
from local.cloud import free_port
from local.gateway import LARGEST_BODY, Gateway, Upstream
from local.site import Site

MAILS = {
    "messages": {
        "000000000000": [
            {
                "MessageId": f"m{number}",
                "Source": "no-reply@karibche.example",
                "To": ["nino@example.ge"],
                "Subject": f"<b>{number}</b>",
                "BodyText": 'See <script>alert(1)</script> http://localhost:8000/ka/my?a="b" now',
                "BodyHtml": None,
                "Timestamp": 1_800_000_000 + number,
            }
            for number in (1, 2)
        ]
    }
}


class Api(BaseHTTPRequestHandler):
    """Plays API Gateway: says what it was sent."""

    server: Any

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.seen.append((self.command, self.path, self.headers.items(), body))
        if self.path == "/_ministack/ses/messages":
            content, headers = json.dumps(MAILS).encode(), []
        else:
            content = bytes(range(256))
            headers = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/"), ("X-Frame-Options", "ALLOW")]
        self.send_response(201)
        for name, value in [*headers, ("Content-Length", str(len(content)))]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_POST  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def an_api() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.seen = []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def upstream() -> Iterator[Any]:
    with an_api() as server:
        yield server


@pytest.fixture
def browser(upstream: Any, tmp_path: Path) -> Iterator[ApiClient]:
    (tmp_path / "dist/citizen").mkdir(parents=True)
    (tmp_path / "dist/citizen/ka.html").write_text("კარიბჭე " * 200)
    (tmp_path / "routes.json").write_text('[{"prefix": "/ka", "shell": "/citizen/ka.html"}]')
    site = Site(tmp_path / "dist", tmp_path / "catalogue", tmp_path / "routes.json")
    gateway = Gateway(
        free_port(), site, lambda: Upstream(upstream.server_port, "/restapis/abc/api/_user_request_", "edge")
    )
    gateway.start()
    yield ApiClient(gateway.port)
    gateway.stop()


def test_the_api_is_asked_with_path_query_method_and_body_as_they_came(browser: ApiClient, upstream: Any) -> None:
    body = bytes(range(256))
    browser.request("PATCH", "/api/v1/a%2Fb?x=%E1%83%90&y", body, {"Content-Type": "application/octet-stream"})
    method, path, _, sent = upstream.seen[-1]
    assert (method, path) == ("PATCH", "/restapis/abc/api/_user_request_/v1/a%2Fb?x=%E1%83%90&y")
    assert sent == body


def test_answers_come_back_as_bytes_with_every_cookie(browser: ApiClient) -> None:
    answer = browser.get("/v1/x")
    assert (answer.status, answer.content) == (201, bytes(range(256)))
    assert browser.cookies == {"a": "1", "b": "2"}


def test_the_viewer_is_said_by_the_gateway_and_by_nobody_else(browser: ApiClient, upstream: Any) -> None:
    forged = {
        "Karibche-Origin": "guess",
        "CloudFront-Viewer-Address": "6.6.6.6:1",
        "cloudfront-viewer-country": "XX",
        "Connection": "close",
    }
    browser.request("GET", "/api/v1/x", None, {**forged, "Cookie": "c=3", "X-Own": "kept"})
    sent = {}
    for name, value in upstream.seen[-1][2]:
        sent.setdefault(name.lower(), []).append(value)
    assert len(sent["cloudfront-viewer-address"]) == 1
    assert sent["cloudfront-viewer-address"][0].startswith("127.0.0.1:")
    assert "cloudfront-viewer-country" not in sent
    assert sent["karibche-origin"] == ["edge"]
    assert sent["x-own"] == ["kept"]
    assert sent["cookie"] == ["c=3"]
    assert sent["host"] == [f"127.0.0.1:{upstream.server_port}"]


@pytest.mark.parametrize("path", ["/ka", "/gone.png", "/api/v1/x", "/mailbox", "/ka/%ff"])
def test_every_answer_has_the_security_headers_once_and_as_the_list_says(browser: ApiClient, path: str) -> None:
    answer = browser.request("GET", path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name.lower()] == value


def test_a_body_over_ten_megabytes_is_refused_as_the_api_would(browser: ApiClient, upstream: Any) -> None:
    answer = browser.post("/v1/x", b"x" * (LARGEST_BODY + 1))
    assert (answer.status, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.json()["type"] == "urn:karibche:problem:body-too-large"
    assert upstream.seen == []


def test_exactly_ten_megabytes_pass(browser: ApiClient, upstream: Any) -> None:
    assert browser.post("/v1/x", b"x" * LARGEST_BODY).status == 201
    assert len(upstream.seen[-1][3]) == LARGEST_BODY


def test_problems_are_told_in_the_asked_language(browser: ApiClient) -> None:
    titles = {}
    for language in ("ka", "en"):
        answer = browser.post("/v1/x", b"x" * (LARGEST_BODY + 1), headers={"Accept-Language": language})
        titles[language] = answer.json()["title"]
    assert titles["en"] == "The data is too large"
    assert titles["ka"] not in {titles["en"], ""}


@pytest.mark.parametrize(
    "said", [{"Content-Length": "ten"}, {"Content-Length": "-1"}, {"Transfer-Encoding": "chunked"}]
)
def test_a_body_of_unknown_length_is_refused(browser: ApiClient, said: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=10)
    connection.putrequest("POST", "/api/v1/x", skip_host=True)
    connection.putheader("Host", f"localhost:{browser.port}")
    for name, value in said.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status in {400, 411}
    connection.close()


def test_the_same_connection_serves_on_after_a_refusal(browser: ApiClient) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=10)
    headers = {"Host": f"localhost:{browser.port}"}
    connection.request("POST", "/ka", b"unwanted", headers)
    refused = connection.getresponse()
    refused.read()
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")
    connection.request("GET", "/ka", None, headers)
    assert connection.getresponse().status == 200
    connection.close()


def test_text_is_sent_compressed_to_those_who_take_it(browser: ApiClient) -> None:
    plain = browser.request("GET", "/ka")
    zipped = browser.request("GET", "/ka", None, {"Accept-Encoding": "br, gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == plain.content
    assert len(zipped.content) < len(plain.content) / 4
    assert plain.headers["vary"] == "Accept-Encoding"


def test_what_the_browser_has_is_not_sent_again(browser: ApiClient) -> None:
    etag = browser.request("GET", "/ka", None, {"Accept-Encoding": "gzip"}).etag
    again = browser.request("GET", "/ka", None, {"If-None-Match": etag, "Accept-Encoding": "gzip"})
    assert (again.status, again.content) == (304, b"")


def test_head_is_get_without_the_body(browser: ApiClient) -> None:
    got, head = browser.request("GET", "/ka"), browser.request("HEAD", "/ka")
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


def test_a_host_that_is_not_this_machine_is_refused(browser: ApiClient) -> None:
    """A page elsewhere that points its name at 127.0.0.1 reads neither mailbox nor API."""
    for path in ("/mailbox.json", "/api/v1/session", "/ka"):
        assert browser.request("GET", path, None, {"Host": f"evil.example:{browser.port}"}).status == 421


def test_the_numeric_address_leads_to_the_name_that_sessions_belong_to(browser: ApiClient) -> None:
    answer = browser.request("GET", "/ka/x?y=1", None, {"Host": f"127.0.0.1:{browser.port}"})
    assert (answer.status, answer.headers["location"]) == (302, f"http://localhost:{browser.port}/ka/x?y=1")


def test_an_absent_cloud_is_a_problem_not_a_broken_line(tmp_path: Path) -> None:
    (tmp_path / "routes.json").write_text("[]")
    site = Site(tmp_path, tmp_path, tmp_path / "routes.json")
    gateway = Gateway(free_port(), site, lambda: Upstream(free_port(), "", ""))
    gateway.start()
    try:
        answer = ApiClient(gateway.port).get("/v1/session")
        assert (answer.status, answer.json()["type"]) == (502, "urn:karibche:problem:unavailable")
        assert ApiClient(gateway.port).request("GET", "/mailbox").status == 502
    finally:
        gateway.stop()


def test_the_mailbox_lists_newest_first_and_shows_text_as_text(browser: ApiClient) -> None:
    mails = browser.request("GET", "/mailbox.json").json()
    assert [mail["message_id"] for mail in mails] == ["m2", "m1"]
    assert mails[0]["to"] == ["nino@example.ge"]
    page = browser.request("GET", "/mailbox")
    shown = page.content.decode()
    assert page.headers["cache-control"] == "no-store"
    assert "<script>" not in shown
    assert "<b>2</b>" not in shown
    assert "&lt;script&gt;" in shown
    assert '<a href="http://localhost:8000/ka/my?a=">' in shown
    assert '<meta http-equiv="refresh"' in shown


def test_the_mailbox_keeps_to_the_content_security_policy(browser: ApiClient) -> None:
    shown = browser.request("GET", "/mailbox").content.decode()
    assert "<style" not in shown
    assert "style=" not in shown
    assert browser.request("GET", "/mailbox.css").headers["content-type"].startswith("text/css")


def test_a_compressed_page_is_shorter_than_a_tiny_one_is_worth(browser: ApiClient, tmp_path: Path) -> None:
    (tmp_path / "dist/tiny.txt").write_text("tiny")
    answer = browser.request("GET", "/tiny.txt", None, {"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers
