"""What every endpoint shares: who may call, what comes in, what goes out, what an error looks like."""

import importlib
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from chalice.app import Chalice

from chalicelib.core import http, problems
from chalicelib.core.errors import (
    Failure,
    FieldError,
    IdempotencyKeyMissing,
    Kind,
    PreconditionRequired,
    ValidationFailed,
)
from chalicelib.core.http import Answer, Call, Routes
from chalicelib.core.principal import Auth, Principal
from chalicelib.core.schema import record, string
from chalicelib.core.texts import Language, text

ORIGIN = "https://portal.example"
LANGUAGES: tuple[Language, ...] = get_args(Language)
Handler = Callable[[Call], Answer]


class Api:
    """An application with one endpoint of our own at `/v1/thing/{thing_id}`."""

    def __init__(self) -> None:
        self.app = Chalice(app_name="test")
        self.logged: list[dict[str, Any]] = []
        self.seen: Call | None = None

    def serve(self, handler: Handler, method: str = "POST", **facts: Any) -> None:
        """Declare the endpoint; `handler` answers."""
        routes = Routes("thing")
        # The area is read from the module's name.
        handler.__module__ = "chalicelib.test.routes"
        routes.endpoint(method, "/v1/thing/{thing_id}", **{"auth": Auth.PUBLIC, "summary": "A thing", **facts})(
            handler
        )
        self.app.register_blueprint(routes)
        http.install(self.app)

    def call(
        self, body: Any = None, method: str = "POST", thing_id: str = "thing-1", **headers: str
    ) -> tuple[int, Any, dict[str, Any]]:
        """Status, parsed body and headers, lower-case."""
        said = {"Content-Type": "application/json", **{name.replace("_", "-"): v for name, v in headers.items()}}
        event = {
            "headers": said,
            "multiValueHeaders": {},
            "multiValueQueryStringParameters": None,
            "pathParameters": {"thing_id": thing_id},
            "requestContext": {
                "resourcePath": "/v1/thing/{thing_id}",
                "httpMethod": method,
                "requestId": "id-of-the-call",
            },
            "body": body if isinstance(body, str) or body is None else json.dumps(body),
            "isBase64Encoded": False,
            "stageVariables": None,
        }
        answer = self.app(event, None)
        found = {
            name.lower(): value for name, value in {**answer["headers"], **answer["multiValueHeaders"]}.items()
        }
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None, found


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An application apart from the real one, where everybody is nobody."""
    importlib.import_module("app")
    monkeypatch.setattr(http, "_registry", http._Registry(authenticator=lambda call, auth: None))
    told = {"public_origin": ORIGIN, "origin_secret": "edge"}
    monkeypatch.setattr(http, "settings", lambda: type("Settings", (), told))
    made = Api()

    class Lines(logging.Handler):
        def emit(self, line: logging.LogRecord) -> None:
            made.logged.append(json.loads(line.getMessage()))

    handler = Lines()
    logging.getLogger("portal").addHandler(handler)
    yield made
    logging.getLogger("portal").removeHandler(handler)


def failures() -> list[type[Failure]]:
    """Every failure of the application."""
    importlib.import_module("app")

    def below(base: type[Failure]) -> Iterator[type[Failure]]:
        for child in base.__subclasses__():
            yield child
            yield from below(child)

    return sorted(below(Failure), key=lambda failure: failure.code)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("failure", failures(), ids=lambda failure: failure.__name__)
def test_every_failure_is_a_problem_in_the_asked_language(
    api: Api, failure: type[Failure], language: Language
) -> None:
    """RFC 9457"""

    def fail(call: Call) -> Answer:
        raise failure(retry_after=61, extra={"more": 1}, errors=[FieldError("/email", "taken")])

    api.serve(fail)
    status, body, headers = api.call(Accept_Language=language)
    assert status == problems.STATUS[failure.kind]
    assert headers["content-type"] == "application/problem+json; charset=utf-8"
    assert headers["content-language"] == language
    assert headers["cache-control"] == "no-store"
    assert headers["retry-after"] == "61"
    assert body["type"] == f"urn:karibche:problem:{failure.code}"
    assert body["title"] == text(language, "problems", failure.code, "title")
    assert body["status"] == status
    assert body["instance"] == "urn:karibche:request:id-of-the-call"
    assert body["detail"]
    assert "{" not in body["detail"]
    label = text(language, "fields", "email")
    message = text(language, "validation", "taken", field=label)
    assert body["errors"] == [{"pointer": "/email", "code": "taken", "message": message}]
    assert body["more"] == 1
    assert api.logged[-1]["code"] == failure.code
    assert api.logged[-1]["status"] == status


def test_every_kind_of_failure_has_a_status_of_its_own() -> None:
    assert set(problems.STATUS) == set(Kind)
    assert len(set(problems.STATUS.values())) == len(Kind)


def test_minutes_are_rounded_up(api: Api) -> None:
    from chalicelib.auth.errors import TooManyAttempts

    def fail(call: Call) -> Answer:
        raise TooManyAttempts(retry_after=61)

    api.serve(fail)
    assert "2" in api.call(Accept_Language="en")[1]["detail"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exception_that_nobody_expected_says_nothing(api: Api, language: Language) -> None:
    """R7.3: neither to the caller nor to the log; both have the number of the call."""

    def fail(call: Call) -> Answer:
        raise RuntimeError("ნინო 01234567890")

    api.serve(fail)
    status, body, _ = api.call(Accept_Language=language)
    assert status == 500
    assert body["type"] == "urn:karibche:problem:internal"
    assert "id-of-the-call" in body["detail"]
    assert "errors" not in body
    assert api.logged[0]["error"] == "RuntimeError"
    assert api.logged[0]["request"] == "id-of-the-call"
    said = json.dumps([body, api.logged], ensure_ascii=False)
    assert "ნინო" not in said
    assert "01234567890" not in said


def test_an_answer_has_its_version_cookies_place_and_is_not_kept(api: Api) -> None:
    api.serve(lambda call: Answer({"name": "ნინო"}, version=3, cookies=("a=1", "b=2"), location="/x"), status=201)
    status, body, headers = api.call()
    assert (status, body) == (201, {"name": "ნინო"})
    assert headers["etag"] == '"3"'
    assert headers["set-cookie"] == ["a=1", "b=2"]
    assert headers["location"] == "/x"
    assert headers["cache-control"] == "no-store"
    assert headers["content-type"] == "application/json; charset=utf-8"


def test_an_answer_without_a_body_has_none(api: Api) -> None:
    api.serve(lambda call: Answer(), status=204)
    status, body, headers = api.call()
    assert (status, body) == (204, None)
    assert "etag" not in headers


def test_text_is_sent_as_it_is_not_escaped(api: Api) -> None:
    """R5.2"""
    api.serve(lambda call: Answer({"text": "ე\u0301 „“ \u2028 <&>"}))
    _, body, _ = api.call()
    assert body["text"] == "ე\u0301 „“ \u2028 <&>"


def test_an_endpoint_can_not_be_declared_without_saying_who_may_call() -> None:
    """R8.1"""
    with pytest.raises(TypeError, match="auth"):
        Routes("thing").endpoint("GET", "/v1/x", summary="x")  # type: ignore[call-arg]


def test_who_calls_is_asked_before_anything_is_read(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """R8.1: a stranger learns nothing of what an endpoint takes."""
    from chalicelib.core.errors import SignedOut

    def nobody(call: Call, auth: Auth) -> None:
        assert call.body == {}
        raise SignedOut

    http.authenticate_with(nobody)
    api.serve(lambda call: Answer(), body=record({"name": string(5)}), auth=Auth.CITIZEN)
    for body in (None, "not json", {"name": 1}, "x" * (http.MAX_BODY_BYTES + 1)):
        assert api.call(body)[0] == 401
    assert api.call({}, thing_id="../x")[0] == 401


def test_an_application_without_an_authenticator_serves_nobody(api: Api) -> None:
    """R8.1"""
    http._registry.authenticator = None
    api.serve(lambda call: Answer())
    assert api.call()[0] == 500


def test_the_caller_of_an_open_endpoint_is_nobody(api: Api) -> None:
    api.serve(lambda call: Answer({"subject": call.caller.subject}))
    assert api.call()[0] == 500
    http.authenticate_with(lambda call, auth: Principal("cit_1", "hash", "ready", "low", datetime.now(UTC)))
    assert api.call()[1] == {"subject": "cit_1"}


def refused(sent: Any) -> str:
    return str(sent[1]["type"]).removeprefix("urn:karibche:problem:")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "https://x"},
    ],
    ids=str,
)
def test_a_change_from_another_site_is_refused(api: Api, method: str, headers: dict[str, str]) -> None:
    """R7.3"""
    api.serve(lambda call: Answer({}), method=method)
    assert refused(api.call(method=method, **headers)) == "cross-site"
    assert api.call(method=method, Sec_Fetch_Site="same-origin", Origin=ORIGIN)[0] == 200
    assert api.call(method=method, Sec_Fetch_Site="none")[0] == 200
    assert api.call(method=method)[0] == 200


def test_reading_is_open_to_links_from_elsewhere(api: Api) -> None:
    api.serve(lambda call: Answer({}), method="GET")
    assert api.call(method="GET", Sec_Fetch_Site="cross-site", Origin="https://x")[0] == 200


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", "1", '"x"', '{"a": NaN}', '{"a": "\ufffd"}', '{"\\ufffd": 1}', '{"a": "\\ud800"}'],
)
def test_a_body_is_an_object_in_utf8(api: Api, body: str) -> None:
    api.serve(lambda call: Answer({}), body=record({}, {"a": {}}))
    assert refused(api.call(body)) == "malformed-body"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_nesting_without_end_is_malformed(api: Api, opening: str, *, closed: bool) -> None:
    api.serve(lambda call: Answer({}), body=record({}, {"a": {}}))
    closing = "]" if opening == "[" else "}"
    body = f'{{"a": {opening * 50_000}{"1" + closing * 50_000 if closed else ""}}}'
    assert refused(api.call(body[: http.MAX_BODY_BYTES])) in {"malformed-body", "body-too-large"}


def test_a_body_is_measured_in_bytes(api: Api) -> None:
    api.serve(lambda call: Answer({}), body=record({"a": {"type": "string"}}))
    fits = '{"a": "' + "x" * (http.MAX_BODY_BYTES - 9) + '"}'
    assert len(fits) == http.MAX_BODY_BYTES
    assert api.call(fits)[0] == 200
    assert refused(api.call(fits + " ")) == "body-too-large"
    assert refused(api.call({"a": "ა" * 90_000})) == "body-too-large"


def test_a_body_is_called_json(api: Api) -> None:
    api.serve(lambda call: Answer({}), body=record({}))
    assert refused(api.call({}, Content_Type="text/plain")) == "unsupported-media-type"
    assert api.call({}, Content_Type="application/json;charset=utf-8")[0] == 200


def test_a_method_that_chalice_refuses_is_a_problem(api: Api) -> None:
    api.serve(lambda call: Answer({}), method="POST")
    status, body, headers = api.call(method="DELETE", Accept_Language="en")
    assert (status, body["type"]) == (405, "urn:karibche:problem:method-not-allowed")
    assert headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("thing_id", ["", "a b", "ა", "..", "a/b", "a\n", "x" * 65, "%41", "'"])
def test_a_name_that_can_not_be_is_not_found(api: Api, thing_id: str) -> None:
    api.serve(lambda call: Answer({}))
    assert refused(api.call(thing_id=thing_id)) == "not-found"


@pytest.mark.parametrize("thing_id", ["req_01J", "public-information", "0", "A_b-9", "x" * 64])
def test_a_name_that_can_be_is_passed_on(api: Api, thing_id: str) -> None:
    api.serve(lambda call: Answer({"id": call.params["thing_id"]}))
    assert api.call(thing_id=thing_id)[1] == {"id": thing_id}


def call_with(**facts: Any) -> Call:
    empty: dict[str, Any] = {"params": {}, "query": {}, "headers": {}, "cookies": {}, "body": {}}
    made = {"method": "GET", "path": "/", "language": "ka", "network": "", **empty, **facts}
    return Call(**made)


@pytest.mark.parametrize(
    ("tag", "version"),
    [('"3"', 3), ('W/"3"', 3), (' "12" ', 12), ('"x"', -1), ("3", -1), ("*", -1), ('"1", "2"', -1), ('"-1"', -1)],
)
def test_a_version_is_read_from_its_tag(tag: str, version: int) -> None:
    """R10.1"""
    assert call_with(headers={"if-match": tag}).expected_version() == version


@pytest.mark.parametrize("headers", [{}, {"if-match": ""}, {"if-match": "  "}])
def test_a_change_names_its_version(headers: dict[str, str]) -> None:
    """R10.1"""
    with pytest.raises(PreconditionRequired):
        call_with(headers=headers).expected_version()


@pytest.mark.parametrize("key", ["a", "x" * 128, "8e03978e-40d5-43dd-bc93-6894a57f9324"])
def test_a_usable_key_is_taken(key: str) -> None:
    """R4.2"""
    assert call_with(headers={"idempotency-key": key}).idempotency_key() == key


@pytest.mark.parametrize("key", [None, "", " ", "x" * 129, "გ", "a\tb"])
def test_an_unusable_key_is_refused(key: str | None) -> None:
    """R4.2"""
    with pytest.raises(IdempotencyKeyMissing):
        call_with(headers={} if key is None else {"idempotency-key": key}).idempotency_key()


@pytest.mark.parametrize(("query", "page"), [({}, (25, None)), ({"limit": "100", "cursor": "x"}, (100, "x"))])
def test_a_page_has_a_size_and_a_place(query: dict[str, str], page: tuple[int, str | None]) -> None:
    assert call_with(query=query).page() == page


@pytest.mark.parametrize("limit", ["0", "101", "-1", "", "x", "1.0", "0100"])
def test_a_page_of_another_size_is_refused(limit: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        call_with(query={"limit": limit}).page()
    assert failed.value.errors[0].pointer == "/limit"


@pytest.mark.parametrize(
    ("viewer", "network"),
    [
        ("203.0.113.9:4711", "203.0.113"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1"),
        ("2001:db8:1:2:3:4:5:6:443", "2001:db8:1"),
        ("", ""),
    ],
)
def test_a_network_is_what_one_household_shares(viewer: str, network: str) -> None:
    """R2.8"""
    assert http._network(viewer) == network


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("", {}),
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=x=y", {"a": "x=y"}),
        ('odd{}="; a=1', {"odd{}": '"', "a": "1"}),
        ("none; a=1;;", {"a": "1"}),
    ],
)
def test_an_odd_cookie_does_not_hide_the_others(header: str, cookies: dict[str, str]) -> None:
    found = http._cookies(header)
    assert {name: value for name, value in found.items() if name in cookies} == cookies


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("error", "path", "params"),
    [
        (FieldError("/personal_number", "pattern"), ("messages", "personal_number"), {}),
        (FieldError("/email", "format"), ("messages", "email"), {}),
        (FieldError("/mobile", "type"), ("messages", "mobile"), {}),
        (FieldError("/application_signed", "enum"), ("messages", "application_signed"), {}),
        (FieldError("/first_name", "required"), ("validation", "required"), {}),
        (FieldError("/first_name", "too-long", {"max": 80}), ("validation", "too-long"), {"max": 80}),
        (FieldError("/answers/3/first_name", "required"), ("validation", "required"), {}),
    ],
)
def test_a_field_has_the_message_that_helps(
    error: FieldError, path: tuple[str, ...], params: dict[str, int], language: Language
) -> None:
    name = error.pointer.rsplit("/", 1)[-1]
    label = text(language, "fields", name)
    assert problems.message(error, language) == text(language, *path, field=label, **params)


def test_a_message_of_the_form_wins_and_a_field_without_a_name_is_called_by_its_own() -> None:
    own = FieldError(
        "/subject", "required", texts={"ka": "თემა: შეავსეთ", "en": "Subject: fill this in"}, page="one"
    )
    assert problems.worded(own, "ka") == {
        "pointer": "/subject",
        "code": "required",
        "message": "თემა: შეავსეთ",
        "page": "one",
    }
    assert problems.message(FieldError("/nonsense", "unknown"), "en") == "nonsense: there is no such field"


@pytest.mark.parametrize(
    ("secret", "said", "viewer"),
    [
        ("edge", "edge", "203.0.113.9:4711"),
        ("edge", "guess", "198.51.100.7:0"),
        ("edge", "", "198.51.100.7:0"),
        ("", "", "198.51.100.7:0"),
    ],
)
def test_only_the_edge_says_who_the_viewer_is(
    secret: str, said: str, viewer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.8: otherwise a caller could be a new network at each guess."""
    monkeypatch.setattr(http, "settings", lambda: type("Settings", (), {"origin_secret": secret}))
    request: Any = type("Request", (), {"context": {"identity": {"sourceIp": "198.51.100.7"}}})
    headers = {"karibche-origin": said, "cloudfront-viewer-address": "203.0.113.9:4711"}
    assert http._viewer(request, headers) == viewer
