"""Who may talk to the loopback server: nobody but the page that it gave to a window (R2.3, R2.4)."""

import json
import select
import socket
from typing import Any

import pytest

SITE_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NAVIGATION = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
BODY = {"origin": "https://karibche.example", "command": "authenticate", "arguments": {"challengeNonce": "A" * 44}}


def posted(door: Any, headers: Any, body: bytes | None = None) -> Any:
    return door.request("POST", "/v1/operations", headers, json.dumps(BODY).encode() if body is None else body)


def test_a_window_gets_the_page_and_its_parts_but_no_code_within(door: Any) -> None:
    page = door.request("GET", "/v1/bridge?lang=ka", NAVIGATION)
    assert page.status == 200
    assert page.getheader("Content-Type") == "text/html; charset=utf-8"
    assert '<html lang="ka">' in page.text
    assert 'role="status"' in page.text
    assert SITE_HEADERS.items() <= dict(page.getheaders()).items()
    assert page.getheader("Content-Security-Policy") == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors"}
    script = door.request("GET", "/v1/bridge.js", own | {"Sec-Fetch-Dest": "script"})
    style = door.request("GET", "/v1/bridge.css", own | {"Sec-Fetch-Dest": "style"})
    assert script.getheader("Content-Type").startswith("text/javascript")
    assert style.getheader("Content-Type").startswith("text/css")
    assert {script.status, style.status} == {200}


def test_no_answer_lets_another_site_read_it_or_cuts_the_page_from_its_opener(door: Any) -> None:
    for response in (
        door.request("GET", "/v1/bridge", NAVIGATION),
        posted(door, {}),
        door.request("GET", "/", {}),
    ):
        names = {name.lower() for name, _ in response.getheaders()}
        assert not any(name.startswith("access-control-") for name in names)
        assert "cross-origin-opener-policy" not in names
        assert "Python" not in response.getheader("Server")


def test_the_page_speaks_georgian_unless_english_is_asked_for(door: Any) -> None:
    """R9.3"""
    for query, language in (
        ("", "ka"),
        ("?lang=en", "en"),
        ("?lang=ka", "ka"),
        ("?lang=de", "ka"),
        ("?lang=en&lang=ka", "ka"),
    ):
        assert f'<html lang="{language}">' in door.request("GET", f"/v1/bridge{query}", NAVIGATION).text


def test_each_load_has_a_secret_of_its_own(door: Any) -> None:
    assert len({door.secret() for _ in range(5)}) == 5


@pytest.mark.parametrize("path", ["/v1/bridge", "/v1/bridge.js", "/v1/operations"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost", "[::1]:{port}", ""]
)
def test_another_host_name_is_refused(door: Any, path: str, host: str) -> None:
    """A name that an attacker has rebound to this machine."""
    headers = {"Host": host.format(port=door.port)}
    if path == "/v1/operations":
        response = posted(door, door.headers() | headers)
    else:
        response = door.request("GET", path, NAVIGATION | headers)
    assert response.status in {403, 421}
    assert "data-secret" not in response.text


def test_two_host_names_are_refused(door: Any) -> None:
    pairs = [*NAVIGATION.items(), ("Host", f"127.0.0.1:{door.port}"), ("Host", "evil.example")]
    assert door.request("GET", "/v1/bridge", pairs).status == 403


def test_localhost_is_a_name_of_this_machine(door: Any) -> None:
    page = door.request("GET", "/v1/bridge", NAVIGATION | {"Host": f"localhost:{door.port}"})
    assert page.status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Dest": "embed"},
        {"Sec-Fetch-Dest": "object"},
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Dest": None},
        {"Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Mode": None},
    ],
    ids=str,
)
def test_the_page_is_given_to_a_window_only(door: Any, changes: dict[str, str | None]) -> None:
    headers = {name: value for name, value in (NAVIGATION | changes).items() if value is not None}
    response = door.request("GET", "/v1/bridge", headers)
    assert response.status == 403
    assert "data-secret" not in response.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
def test_no_other_site_loads_the_parts_and_learns_that_the_program_is_there(door: Any, site: str | None) -> None:
    headers = {"Sec-Fetch-Dest": "script", "Sec-Fetch-Mode": "no-cors"} | (
        {"Sec-Fetch-Site": site} if site else {}
    )
    assert door.request("GET", "/v1/bridge.js", headers).status == 403


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Origin": None}, 403),
        ({"Origin": "https://karibche.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "none"}, 403),
        ({"Sec_Fetch_Site": None}, 403),
        ({"Sec_Fetch_Mode": "cors"}, 403),
        ({"Sec_Fetch_Mode": "navigate"}, 403),
        ({"Sec_Fetch_Mode": None}, 403),
        ({"Sec_Fetch_Dest": "iframe"}, 403),
        ({"Sec_Fetch_Dest": None}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": None}, 403),
        ({"Cardbridge_Secret": "x" * 43}, 403),
        ({"Content_Length": "-1"}, 400),
        ({"Content_Length": "²"}, 400),
        ({"Content_Length": "8193"}, 413),
        ({"Content_Length": "99999999999999999999"}, 413),
    ],
    ids=str,
)
def test_a_request_that_the_page_would_not_send_is_refused(
    door: Any, changes: dict[str, Any], status: int
) -> None:
    response = posted(
        door,
        {
            name: value.encode("latin-1", "replace") if value == "²" else value
            for name, value in door.headers(**changes).items()
        },
    )
    assert response.status == status
    assert json.loads(response.text)["error"]["code"] == "ERR_WEBEID_NATIVE_INVALID_ARGUMENT"


def test_a_request_without_the_secret_is_refused(door: Any) -> None:
    headers = door.headers()
    del headers["Cardbridge-Secret"]
    assert posted(door, headers).status == 403


def test_the_localhost_page_may_not_post_to_the_address_or_the_other_way_round(door: Any) -> None:
    headers = door.headers(Origin=f"http://localhost:{door.port}")
    assert posted(door, headers).status == 403


def test_a_secret_counts_once(door: Any) -> None:
    headers = door.headers()
    first = posted(door, headers, b"[]")
    assert (first.status, json.loads(first.text)["error"]["message"]) == (200, "cardbridge/invalid-argument")
    assert posted(door, headers).status == 403


def test_a_request_of_more_than_8_kib_is_refused_whole(door: Any) -> None:
    exact = json.dumps(BODY).encode().ljust(8192)
    assert posted(door, door.headers(), exact + b" ").status == 413
    changed = json.dumps(BODY | {"command": "quit"}).encode().ljust(8192)
    assert posted(door, door.headers(), changed).status == 200


def test_chunks_are_refused(door: Any) -> None:
    assert posted(door, door.headers(Transfer_Encoding="chunked"), b"2\r\n[]\r\n0\r\n\r\n").status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 8000,
        b"1" * 8000,
        b"null",
        b"[]",
        json.dumps({**BODY, "extra": 1}).encode(),
        json.dumps({name: BODY[name] for name in ("origin", "command")}).encode(),
        json.dumps(BODY | {"origin": None}).encode(),
        json.dumps(BODY | {"command": "activate"}).encode(),
        json.dumps(BODY | {"command": "quit"}).encode(),
        json.dumps(BODY | {"command": ["authenticate"]}).encode(),
        json.dumps(BODY | {"arguments": []}).encode(),
        json.dumps(BODY | {"arguments": {}}).encode(),
        json.dumps(BODY | {"arguments": {"challengeNonce": 1}}).encode(),
        json.dumps(
            BODY | {"arguments": {"challengeNonce": "A" * 44, "origin": "https://karibche.example"}}
        ).encode(),
        json.dumps(BODY | {"arguments": {"challengeNonce": "A" * 44, "pin": "1234"}}).encode(),
    ],
    ids=lambda body: repr(body[:60]),
)
def test_what_is_no_command_of_web_eid_is_an_invalid_argument(door: Any, body: bytes) -> None:
    """Also an origin among the arguments: who asks is the browser's word alone."""
    response = posted(door, door.headers(), body)
    assert response.status == 200
    assert json.loads(response.text) == {
        "error": {"code": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", "message": "cardbridge/invalid-argument"}
    }


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://karibche.example",
        "https://karibche.example/",
        "https://karibche.example:443",
        "https://KARIBCHE.example",
        "https://karibche.example.evil.example",
        "https://karibche.example\n",
        "http://localhost:8000",
        "null",
        "",
        "\ud800",
    ],
)
def test_an_origin_that_is_not_on_the_list_is_refused(door: Any, origin: str) -> None:
    response = posted(door, door.headers(), json.dumps(BODY | {"origin": origin}).encode())
    assert json.loads(response.text) == {
        "error": {"code": "ERR_WEBEID_NATIVE_FATAL", "message": "cardbridge/origin-not-allowed"}
    }


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "HEAD", "TRACE", "GET"])
def test_other_methods_do_nothing(door: Any, method: str) -> None:
    response = door.request(method, "/v1/operations", door.headers())
    assert response.status in {404, 501}


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/bridge/", "/v1/bridge.html", "/v1/../v1/bridge.js", "/favicon.ico"],
)
def test_nothing_else_is_served(door: Any, path: str) -> None:
    assert door.request("GET", path, NAVIGATION).status in {403, 404}


def test_whoever_sends_slowly_is_let_go_and_hinders_nobody(door: Any) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as slow:
        slow.sendall(b"GET /v1/bridge HTTP/1.1\r\nHost:")
        assert door.secret()
        assert slow.recv(4096) == b""


def test_more_connections_than_places_are_let_go_at_once(door: Any, eventually: Any) -> None:
    held = [socket.create_connection(("127.0.0.1", door.port), timeout=20) for _ in range(24)]
    try:
        closed = eventually(lambda: select.select(held, [], [], 0)[0], "one is let go")
        assert 0 < len(closed) <= 8
        assert not set(closed) & set(held[:16])
    finally:
        for connection in held:
            connection.close()
