"""What is not a good request gets a problem (RFC 9457) that says so, in the asked language."""

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.texts import Language, text
from local.client import Answer, ApiClient
from local.direct import DirectClient
from local.journey import Citizen

pytestmark = pytest.mark.cloud
Browser = Callable[..., ApiClient]


def nobody() -> dict[str, str]:
    """What somebody types who has no account; each time another, or the next attempt would wait."""
    return {"email": f"nobody-{secrets.token_hex(8)}@example.ge", "password": "some password of nobody"}


def assert_problem(answer: Answer, status: int, code: str, language: Language = "ka") -> dict[str, Any]:
    """The answer is this problem, in this language, and is kept nowhere."""
    assert answer.status == status, answer.content.decode()
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["content-language"] == language
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:karibche:problem:{code}"
    assert body["title"] == text(language, "problems", code, "title")
    assert body["status"] == status
    assert body["detail"]
    assert body["instance"].startswith("urn:karibche:request:")
    return body


NOT_JSON = [
    b"",
    b"{",
    b"not json",
    b"{'email': 1}",
    b'{"email": NaN}',
    b'{"email": Infinity}',
    b"\xef\xbb\xbf{}",
    b'{"email": "x"} trailing',
]
NO_OBJECT = [b"[]", b'[{"email": "x"}]', b'"text"', b"null", b"true", b"42"]
NO_TEXT = [
    b'{"email": "\xff", "password": "x"}',
    b'{"email": "\xc3\x28", "password": "x"}',
    b'{"\xe1\x83": 1}',
    '{"email": "\ufffd", "password": "x"}'.encode(),
    b'{"email": "\\ufffd", "password": "x"}',
    b'{"email": "\\ud800", "password": "x"}',
]


@pytest.mark.parametrize("content", NOT_JSON + NO_OBJECT + NO_TEXT, ids=repr)
def test_a_body_has_to_be_a_json_object_in_utf8(api: ApiClient, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(api.post("/v1/session", content, headers=headers), 400, "malformed-body")


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_deeply_nested_body_is_refused(api: ApiClient, opening: str) -> None:
    assert_problem(api.post("/v1/session", (opening * 20_000).encode()), 400, "malformed-body")


@pytest.mark.parametrize("depth", [100, 100_000])
def test_deep_nesting_in_good_json_does_no_harm(citizen: Citizen, depth: int) -> None:
    content = '{"answers": {"subject": ' + "[" * depth + "]" * depth + "}}"
    answer = citizen.api.put("/v1/drafts/drf_none", content.encode(), match='"1"')
    assert answer.status in {400, 404}


def test_a_body_over_256_kb_is_refused(api: ApiClient, citizen: Citizen) -> None:
    at_most = json.dumps({**nobody(), "surplus": ""}).encode()
    fits = at_most[:-2] + b"x" * (256 * 1024 - len(at_most)) + at_most[-2:]
    assert len(fits) == 256 * 1024
    assert_problem(api.post("/v1/session", fits), 422, "validation-failed")
    assert_problem(api.post("/v1/session", fits[:-2] + b"x" + fits[-2:]), 413, "body-too-large")
    assert_problem(citizen.api.delete("/v1/drafts/drf_none", match='"1"', headers={}), 404, "not-found")


def test_a_body_counts_in_bytes_not_in_letters(api: ApiClient) -> None:
    content = json.dumps({**nobody(), "surplus": "ა" * 100_000}, ensure_ascii=False).encode()
    assert_problem(api.post("/v1/session", content), 413, "body-too-large")


def test_what_the_gateway_itself_does_not_take_is_a_problem_too(api: ApiClient) -> None:
    answer = api.post("/v1/session", b"x" * (10 * 1024 * 1024 + 1))
    assert answer.status == 413
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["type"] == "urn:karibche:problem:body-too-large"


def test_a_surplus_body_where_none_is_asked_for_is_limited_too(citizen: Citizen) -> None:
    assert_problem(citizen.api.delete("/v1/session", body=b"x" * (256 * 1024 + 1)), 413, "body-too-large")
    assert citizen.api.get("/v1/session").json()["state"] == "ready"


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "json", ""],
)
@pytest.mark.parametrize("language", ["ka", "en"])
def test_a_body_has_to_be_called_json(new_api: Browser, kind: str, language: Language) -> None:
    answer = new_api(language).post("/v1/session", nobody(), headers={"Content-Type": kind})
    assert_problem(answer, 415, "unsupported-media-type", language)


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_the_usual_names_of_json_are_taken(api: ApiClient, kind: str) -> None:
    assert_problem(api.post("/v1/session", nobody(), headers={"Content-Type": kind}), 401, "sign-in-failed")


@pytest.mark.parametrize("language", ["ka", "en"])
def test_unknown_missing_and_wrong_fields_are_all_named(new_api: Browser, language: Language) -> None:
    answer = new_api(language).post("/v1/session", {"email": 7, "surplus": 1, "a/b~c": 2})
    errors = assert_problem(answer, 422, "validation-failed", language)["errors"]
    found = {error["pointer"]: error["code"] for error in errors}
    assert found == {"/email": "type", "/password": "required", "/surplus": "unknown", "/a~1b~0c": "unknown"}
    said = {error["pointer"]: error["message"] for error in errors}
    label = text(language, "fields", "password")
    assert said["/password"] == text(language, "validation", "required", field=label)
    assert said["/email"] == text(language, "messages", "email")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("GET", "/v2/session"),
        ("GET", "/"),
        ("GET", ""),
        ("POST", "/v1/home"),
        ("PATCH", "/v1/session"),
        ("GET", "/v1/operator/citizens"),
        ("GET", "/v1/drafts/drf_1/check/more"),
        ("GET", "/v1/Session"),
    ],
)
def test_an_unknown_route_or_method_is_a_problem_of_the_gateway(citizen: Citizen, method: str, path: str) -> None:
    """The gateway fills in nothing of the caller's, so it speaks the portal's first language."""
    answer = citizen.api.call(method, path, {} if method != "GET" else None, headers={"Accept-Language": "en"})
    assert_problem(answer, 404, "not-found")


@pytest.mark.parametrize("language", ["ka", "en"])
def test_a_method_that_reaches_the_application_is_refused_in_the_asked_language(
    direct: Callable[..., DirectClient], language: Language
) -> None:
    api = direct()
    api.language = language
    assert_problem(api.patch("/v1/session", {}), 405, "method-not-allowed", language)


@pytest.mark.parametrize(
    "name",
    ["%00", "..", "%2e%2e", "%2E%2E%2F", "a%20b", "%E1%83%90", "x" * 65, "x" * 3000, "drf_1%0A", "'", "%22"],
)
def test_a_name_that_no_thing_can_have_is_not_found(citizen: Citizen, name: str) -> None:
    for path in ("/v1/drafts/", "/v1/requests/", "/v1/services/"):
        assert_problem(citizen.api.get(path + name), 404, "not-found")


@pytest.mark.parametrize("language", ["ka", "en"])
def test_problems_speak_the_asked_language(new_api: Browser, language: Language) -> None:
    answer = new_api(language).post("/v1/session", nobody())
    assert_problem(answer, 401, "sign-in-failed", language)


@pytest.mark.parametrize(
    ("asked", "language"),
    [("en-GB,en;q=0.9", "en"), ("EN", "en"), ("ka-GE", "ka"), ("de", "ka"), ("", "ka"), (",;q=x", "ka")],
)
def test_the_first_language_that_is_asked_for_counts(api: ApiClient, asked: str, language: Language) -> None:
    answer = api.post("/v1/session", nobody(), headers={"Accept-Language": asked})
    assert_problem(answer, 401, "sign-in-failed", language)


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "surprise"},
    {"Origin": "https://example.com"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost"},
    {"Origin": "http://127.0.0.1"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_site_can_change_nothing(citizen: Citizen, headers: dict[str, str]) -> None:
    """R7.3"""
    api = citizen.api
    for method, path, body in [
        ("POST", "/v1/session", nobody()),
        ("DELETE", "/v1/session", None),
        ("PUT", "/v1/session/password", {"new_password": "ლურჯი თევზი წყალში ცურავს"}),
        ("PATCH", "/v1/profile", {"language": "en"}),
        ("POST", "/v1/drafts", {"service_id": "public-information"}),
        ("POST", "/v1/operator/session", {**nobody(), "code": "000000"}),
    ]:
        answer = api.call(method, path, body, key=True, match='"1"', headers=headers)
        assert_problem(answer, 403, "cross-site")
    assert api.get("/v1/session").json()["state"] == "ready"
    assert api.get("/v1/drafts").json()["items"] == []


def test_a_link_from_another_site_still_leads_to_a_page(citizen: Citizen) -> None:
    answer = citizen.api.get("/v1/home", headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://example.com"})
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


def test_a_program_without_a_browsers_headers_is_served(stack: Any) -> None:
    answer = ApiClient(stack.site_port).request(
        "POST", "/api/v1/session", json.dumps(nobody()).encode(), {"Content-Type": "application/json"}
    )
    assert_problem(answer, 401, "sign-in-failed")


@pytest.mark.parametrize("cookie", ["__Host-karibche-citizen=", "__Host-karibche-citizen=x", "a=b; =; ;;", "\\"])
def test_a_broken_cookie_is_no_session(stack: Any, cookie: str) -> None:
    api = ApiClient(stack.site_port)
    assert_problem(api.get("/v1/home", headers={"Cookie": cookie}), 401, "signed-out")


def test_nothing_of_the_api_is_kept_by_a_browser_or_a_proxy(citizen: Citizen) -> None:
    """R7.3"""
    for path in ("/v1/home", "/v1/session", "/v1/profile", "/v1/terms", "/openapi.json"):
        answer = citizen.api.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_fault_of_ours_says_nothing_of_itself(
    direct: Callable[..., DirectClient],
    citizen: Citizen,
    monkeypatch: pytest.MonkeyPatch,
    logged: list[str],
) -> None:
    """R7.3"""
    from chalicelib.profiles import repository

    def broken(citizen_id: str) -> None:
        raise ValueError(f"{citizen.email} {citizen.personal_number}")

    monkeypatch.setattr(repository, "person_of", broken)
    answer = direct(citizen.api).get("/v1/profile")
    body = assert_problem(answer, 500, "internal")
    assert body["instance"].rsplit(":", 1)[1] in body["detail"]
    said = "\n".join(logged)
    assert "api.fault" in said
    assert "ValueError" in said
    for secret in (citizen.email, citizen.personal_number):
        assert secret not in answer.content.decode()
        assert secret not in said


def test_a_table_that_does_not_answer_is_said_to_be_unavailable(
    direct: Callable[..., DirectClient], citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R5.3"""
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    def throttled(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", throttled)
    assert_problem(direct(citizen.api).get("/v1/home"), 503, "unavailable")
