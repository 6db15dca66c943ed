"""What the gateway says by itself, and the headers on everything."""

import json
from typing import Any

import pytest

from infra.headers import SECURITY_HEADERS
from infra.responses import GATEWAY_RESPONSES, GatewayResponse, put_gateway_responses

EXPECTED = {
    "MISSING_AUTHENTICATION_TOKEN": (404, "not-found"),
    "REQUEST_TOO_LARGE": (413, "body-too-large"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported-media-type"),
    "THROTTLED": (429, "too-many-attempts"),
    "DEFAULT_4XX": (400, "malformed-body"),
    "DEFAULT_5XX": (500, "internal"),
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_the_template_has_the_responses(kind: str, template: Any) -> None:
    response = template.properties("RestAPI")["GatewayResponses"][kind]
    status, code = EXPECTED[kind]

    assert response["StatusCode"] == str(status)
    assert json.loads(response["ResponseTemplates"]["application/json"])["type"] == f"urn:karibche:problem:{code}"


@pytest.mark.parametrize("response", GATEWAY_RESPONSES, ids=lambda response: response.kind)
def test_every_response_is_a_problem_document(response: GatewayResponse) -> None:
    body = json.loads(response.body)

    assert set(body) == {"type", "title", "status", "detail", "instance"}
    assert body["status"] == response.status
    assert body["instance"] == "urn:karibche:request:$context.requestId"
    assert "{" not in body["title"] + body["detail"]
    assert response.body.isascii()
    assert response.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"


def test_who_is_throttled_is_told_when_to_come_back() -> None:
    (throttled,) = [response for response in GATEWAY_RESPONSES if response.kind == "THROTTLED"]

    assert throttled.headers["Retry-After"] == "60"


class Gateway:
    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def put_gateway_response(self, **arguments: Any) -> None:
        self.calls.append(("put", arguments))

    def create_deployment(self, **arguments: Any) -> None:
        self.calls.append(("deploy", arguments))


def test_the_same_responses_go_through_the_api() -> None:
    gateway = Gateway()

    put_gateway_responses(gateway, "api-id", "api")

    assert [kind for kind, _ in gateway.calls] == ["put"] * len(GATEWAY_RESPONSES) + ["deploy"]
    assert gateway.calls[0][1]["responseParameters"]["gatewayresponse.header.Cache-Control"] == "'no-store'"


def test_the_policy_allows_our_own_origin_and_no_inline_code() -> None:
    policy = dict(part.split(" ", 1) for part in SECURITY_HEADERS["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "unsafe" not in SECURITY_HEADERS["Content-Security-Policy"]
    assert "*" not in SECURITY_HEADERS["Content-Security-Policy"]


def test_the_other_headers_are_there() -> None:
    assert SECURITY_HEADERS["X-Content-Type-Options"] == "nosniff"
    assert "max-age=63072000" in SECURITY_HEADERS["Strict-Transport-Security"]
    assert "camera=()" in SECURITY_HEADERS["Permissions-Policy"]
    assert SECURITY_HEADERS["Referrer-Policy"] in {"same-origin", "no-referrer"}


def test_only_the_windows_that_the_portal_opens_may_speak_with_it() -> None:
    """The card agent's window answers the page that opened it; another site's opener does not reach it (R2.3)."""
    assert SECURITY_HEADERS["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"


def test_cloudfront_sends_exactly_this_list(template: Any) -> None:
    config = template.properties("SecurityHeaders")["ResponseHeadersPolicyConfig"]
    own = config["SecurityHeadersConfig"]

    sent = {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
    sent["Content-Security-Policy"] = own["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    sent["X-Frame-Options"] = own["FrameOptions"]["FrameOption"]
    sent["Referrer-Policy"] = own["ReferrerPolicy"]["ReferrerPolicy"]
    seconds = own["StrictTransportSecurity"]["AccessControlMaxAgeSec"]
    sent["Strict-Transport-Security"] = f"max-age={seconds}; includeSubDomains"
    sent["X-Content-Type-Options"] = "nosniff"
    assert sent == dict(SECURITY_HEADERS)
