"""How a citizen comes in, and what is refused on the way (R2.1, R2.2, R2.8)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from local import journey
from local.client import Answer, ApiClient
from local.direct import DirectClient
from local.journey import PASSWORD, Citizen, expect

pytestmark = pytest.mark.cloud
COOKIE = "__Host-karibche-citizen"
WRONG = "0000-0000-0000-0000"
Browser = Callable[..., ApiClient]
Direct = Callable[..., DirectClient]
Later = Callable[..., None]


@dataclass(frozen=True)
class Registered:
    """Somebody who has just been at the counter."""

    email: str
    citizen_id: str
    one_time_password: str


@pytest.fixture
def person(operator: ApiClient) -> Registered:
    said = journey.new_person()
    made = journey.registered(operator, said)
    return Registered(said["email"], made["citizen_id"], made["one_time_password"])


def sign_in(api: ApiClient, email: str, password: str) -> Answer:
    return api.post("/v1/session", {"email": email, "password": password})


def told(answer: Answer) -> tuple[int, dict[str, Any], dict[str, str]]:
    """What somebody learns from an answer: everything but the time and the request's own id."""
    body = {name: value for name, value in answer.json().items() if name != "instance"}
    headers = {name: value for name, value in answer.headers.items() if name != "date" and "id" not in name}
    headers.pop("content-length")
    return answer.status, body, headers


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].removeprefix("urn:karibche:problem:")


FAILED = (401, "sign-in-failed")


def test_a_wrong_one_time_password_opens_nothing_and_the_right_one_asks_for_a_new_one(
    api: ApiClient, person: Registered
) -> None:
    """R2.1, R2.2"""
    refused = sign_in(api, person.email, WRONG)
    assert problem(refused) == FAILED
    assert "set-cookie" not in refused.headers
    assert not api.cookies
    entered = expect(sign_in(api, person.email, person.one_time_password), 200)
    assert entered["state"] == "new-password"
    assert entered["assurance"] == "low"


def test_a_one_time_password_is_used_up_by_the_new_one(new_api: Browser, person: Registered) -> None:
    """R2.2"""
    api = new_api()
    expect(sign_in(api, person.email, person.one_time_password), 200)
    expect(api.put("/v1/session/password", {"new_password": PASSWORD}), 200)
    assert problem(sign_in(new_api(), person.email, person.one_time_password)) == FAILED
    assert expect(sign_in(new_api(), person.email, PASSWORD), 200)["state"] == "terms"


def test_a_one_time_password_lives_for_fourteen_days(direct: Direct, later: Later, person: Registered) -> None:
    """R2.2: it expires if it is never used."""
    later(days=13, hours=23)
    assert sign_in(direct(), person.email, person.one_time_password).status == 200
    later(days=14, minutes=1)
    assert problem(sign_in(direct(), person.email, person.one_time_password)) == FAILED


def test_a_one_time_password_has_five_tries(new_api: Browser, operator: ApiClient, person: Registered) -> None:
    """R2.1: after them the counter can issue another."""
    for _ in range(5):
        assert problem(sign_in(new_api(), person.email, WRONG)) == FAILED
    assert problem(sign_in(new_api(), person.email, person.one_time_password)) == FAILED
    path = f"/v1/operator/citizens/{person.citizen_id}/one-time-password"
    again = expect(operator.post(path, key=True), 201)["one_time_password"]
    assert problem(sign_in(new_api(), person.email, person.one_time_password)) == FAILED
    for _ in range(2):
        assert problem(sign_in(new_api(), person.email, WRONG)) == FAILED
    assert expect(sign_in(new_api(), person.email, again), 200)["state"] == "new-password"


@pytest.mark.parametrize("language", ["ka", "en"])
def test_an_unknown_address_is_answered_like_a_wrong_password(
    new_api: Browser, citizen: Citizen, person: Registered, language: str
) -> None:
    """R2.8: nobody learns who has an account."""
    unknown = told(sign_in(new_api(language), f"nobody-{language}@example.ge", "some other password"))
    assert unknown == told(sign_in(new_api(language), citizen.email, "some other password"))
    assert unknown == told(sign_in(new_api(language), person.email, "some other password"))
    assert unknown[0] == 401


def test_an_unknown_address_costs_the_same_work(
    direct: Direct, citizen: Citizen, person: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.8: the same calls to AWS, and one argon2 verification each; nothing else is hashed."""
    import argon2
    from botocore.client import BaseClient

    done: list[str] = []
    verify, hashed, call = argon2.PasswordHasher.verify, argon2.PasswordHasher.hash, BaseClient._make_api_call

    def counted_verify(self: Any, *given: Any) -> Any:
        done.append("argon2 verification")
        return verify(self, *given)

    def counted_hash(self: Any, *given: Any, **more: Any) -> str:
        done.append("argon2 hash")
        return hashed(self, *given, **more)

    def counted_call(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        done.append(f"{operation} {parameters.get('TableName', '')}")
        return call(self, operation, parameters)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted_verify)
    monkeypatch.setattr(argon2.PasswordHasher, "hash", counted_hash)
    monkeypatch.setattr(BaseClient, "_make_api_call", counted_call)

    def work(email: str, password: str) -> list[str]:
        done.clear()
        assert problem(sign_in(direct(), email, password)) == FAILED
        return list(done)

    unknown = work("nobody-at-all@example.ge", "some other password")
    assert unknown.count("argon2 verification") == 1
    assert unknown.count("argon2 hash") == 0
    assert len(unknown) > 3
    assert work(citizen.email, "some other password") == unknown
    assert work(person.email, WRONG) == unknown


@pytest.mark.parametrize("known", [True, False])
def test_after_ten_failures_the_next_attempt_waits(
    direct: Direct, later: Later, new_citizen: Callable[..., Citizen], *, known: bool
) -> None:
    """R2.8: guessing is slowed for this account from this network; neither is locked."""
    email = new_citizen().email if known else f"nobody-{id(direct)}@example.ge"
    for _ in range(10):
        assert problem(sign_in(direct(), email, "some other password")) == FAILED
    slowed = sign_in(direct(), email, PASSWORD)
    assert problem(slowed) == (429, "too-many-attempts")
    assert 0 < int(slowed.headers["retry-after"]) <= 30
    assert "1" in slowed.json()["detail"]
    elsewhere = sign_in(direct(viewer="203.0.113.9:4000"), email, PASSWORD)
    assert elsewhere.status == (200 if known else 401)
    later(seconds=31)
    if known:
        assert sign_in(direct(), email, PASSWORD).status == 200
        assert problem(sign_in(direct(), email, "some other password")) == FAILED, "success starts the count anew"
    else:
        assert problem(sign_in(direct(), email, PASSWORD)) == FAILED
        assert 30 < int(sign_in(direct(), email, PASSWORD).headers["retry-after"]) <= 60


def test_the_gateway_names_the_network_not_the_caller(
    new_api: Browser, new_citizen: Callable[..., Citizen]
) -> None:
    """R2.8: a header of the caller's own does not start the count anew."""
    email = new_citizen().email
    for number in range(10):
        said = {"CloudFront-Viewer-Address": f"198.51.{number}.7:443", "X-Forwarded-For": f"198.51.{number}.7"}
        body = {"email": email, "password": "some other password"}
        assert new_api().post("/v1/session", body, headers=said).status == 401
    refused = new_api().post("/v1/session", body, headers={"CloudFront-Viewer-Address": "192.0.2.1:1"})
    assert refused.status == 429


def test_a_session_lies_in_a_cookie_that_only_our_pages_send(api: ApiClient, person: Registered) -> None:
    """R7.3"""
    line = sign_in(api, person.email, person.one_time_password).headers["set-cookie"]
    name, *attributes = (part.strip() for part in line.split(";"))
    assert name.startswith(f"{COOKIE}=")
    assert len(name.removeprefix(f"{COOKIE}=")) >= 43
    assert set(attributes) == {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"}


def test_before_the_new_password_nothing_else_is_possible(api: ApiClient, person: Registered) -> None:
    """R2.2"""
    expect(sign_in(api, person.email, person.one_time_password), 200)
    _assert_shut(api, "new-password-required")
    assert problem(api.post("/v1/terms/acceptances", {"version": "2026-11-24"})) == (403, "new-password-required")
    assert api.get("/v1/session").json()["state"] == "new-password"


def test_before_the_terms_are_accepted_nothing_else_is_possible(api: ApiClient, person: Registered) -> None:
    """R3.1"""
    expect(sign_in(api, person.email, person.one_time_password), 200)
    expect(api.put("/v1/session/password", {"new_password": PASSWORD}), 200)
    _assert_shut(api, "terms-required")
    assert problem(api.post("/v1/terms/acceptances", {"version": "2020-01-01"})) == (409, "terms-outdated")
    version = expect(api.get("/v1/terms"), 200)["version"]
    for _ in range(2):
        assert expect(api.post("/v1/terms/acceptances", {"version": version}), 200)["state"] == "ready"
    assert api.get("/v1/home").status == 200


def test_signed_out_everything_of_a_citizen_and_of_an_operator_is_refused(api: ApiClient) -> None:
    """R8.1"""
    from chalicelib.core.principal import Auth

    _assert_shut(api, "signed-out", status=401)
    _assert_shut(api, "signed-out", status=401, auth=Auth.OPERATOR)
    assert api.get("/v1/session").json() == {"state": "signed-out"}
    assert api.get("/v1/operator/session").json() == {"state": "signed-out"}


def test_neither_role_does_what_the_other_may(operator: ApiClient, citizen: Citizen, new_api: Browser) -> None:
    """R8.1: a session is worth nothing under the other role's cookie."""
    from chalicelib.core.principal import Auth

    _assert_shut(operator, "signed-out", status=401)
    _assert_shut(citizen.api, "signed-out", status=401, auth=Auth.OPERATOR)
    stolen = new_api()
    stolen.cookies["__Host-karibche-operator"] = citizen.api.cookies[COOKIE]
    _assert_shut(stolen, "signed-out", status=401, auth=Auth.OPERATOR)


def _assert_shut(api: ApiClient, code: str, status: int = 403, auth: Any = None) -> None:
    """Every endpoint for a citizen (or of `auth`) refuses with this code, whatever is sent."""
    import importlib
    import re

    from chalicelib.core.http import endpoints
    from chalicelib.core.principal import Auth

    importlib.import_module("app")
    found = [endpoint for endpoint in endpoints() if endpoint.auth is (auth or Auth.CITIZEN)]
    assert found
    for endpoint in found:
        path = re.sub(r"{\w+}", "none", endpoint.path)
        answer = api.call(endpoint.method, path, {} if endpoint.body else None, key=True, match='"1"')
        assert problem(answer) == (status, code), f"{endpoint.method} {endpoint.path}"


def test_a_new_password_rotates_the_session_and_ends_the_others(
    new_api: Browser, new_citizen: Callable[..., Citizen]
) -> None:
    """R2.8: what an old cookie opened is shut."""
    citizen = new_citizen()
    other = new_api()
    expect(sign_in(other, citizen.email, citizen.password), 200)
    old = new_api()
    old.cookies.update(citizen.api.cookies)
    changed = {"current_password": citizen.password, "new_password": "ლურჯი თევზი წყალში ცურავს"}
    expect(citizen.api.put("/v1/session/password", changed), 200)
    assert citizen.api.cookies[COOKIE] != old.cookies[COOKIE]
    assert citizen.api.get("/v1/home").status == 200
    assert problem(old.get("/v1/home")) == problem(other.get("/v1/home")) == (401, "signed-out")
    assert problem(sign_in(new_api(), citizen.email, citizen.password)) == FAILED


def test_a_session_at_the_new_password_step_rotates_too(new_api: Browser, person: Registered) -> None:
    """R2.2"""
    api, old = new_api(), new_api()
    expect(sign_in(api, person.email, person.one_time_password), 200)
    old.cookies.update(api.cookies)
    expect(api.put("/v1/session/password", {"new_password": PASSWORD}), 200)
    assert api.cookies != old.cookies
    assert old.get("/v1/session").json() == {"state": "signed-out"}


def test_signing_out_and_in_again_ends_the_session(new_api: Browser, new_citizen: Callable[..., Citizen]) -> None:
    """R2.8"""
    citizen = new_citizen()
    first, second = new_api(), new_api()
    first.cookies.update(citizen.api.cookies)
    expect(sign_in(citizen.api, citizen.email, citizen.password), 200)
    assert first.get("/v1/home").status == 401
    second.cookies.update(citizen.api.cookies)
    assert citizen.api.delete("/v1/session").status == 204
    assert COOKIE not in citizen.api.cookies
    assert second.get("/v1/home").status == 401
    assert citizen.api.delete("/v1/session").status == 204


def test_a_session_ends_when_nobody_is_there_and_polls_do_not_prolong_it(
    direct: Direct, later: Later, new_citizen: Callable[..., Citizen]
) -> None:
    """R7.3: thirty minutes without the person."""
    api = direct(new_citizen().api)
    later(minutes=29)
    assert api.get("/v1/home", headers={"Karibche-Background": "1"}).status == 200
    later(minutes=30, seconds=5)
    assert problem(api.get("/v1/home")) == (401, "signed-out")


def test_a_person_who_is_there_stays_for_twelve_hours(
    direct: Direct, later: Later, new_citizen: Callable[..., Citizen]
) -> None:
    """R7.3: then they sign in again, however busy they are."""
    api = direct(new_citizen().api)
    for minutes in range(25, 12 * 60, 25):
        later(minutes=minutes)
        assert api.get("/v1/session").json()["state"] == "ready", f"after {minutes} min"
    later(hours=12, seconds=5)
    assert api.get("/v1/session").json() == {"state": "signed-out"}


def test_an_operators_session_ends_after_fifteen_minutes(
    direct: Direct, later: Later, stack: Any, in_process: dict[str, str]
) -> None:
    """R7.3"""
    import pyotp

    from chalicelib import auth

    made = auth.create_operator("idle@karibche.example")
    api = direct()
    body = {"email": "idle@karibche.example", "password": made.password, "code": pyotp.TOTP(made.totp_key).now()}
    expect(api.post("/v1/operator/session", body), 200)
    later(minutes=14)
    assert api.get("/v1/operator/session").json() == {"state": "ready"}
    later(minutes=29, seconds=5)
    assert api.get("/v1/operator/session").json() == {"state": "signed-out"}


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("მოკლე", "too-short"),
        ("ა" * 129, "too-long"),
        ("passwordpassword", "too-common"),
        ("{email} და კიდევ რამე", "contains-personal"),
        ("{number} და კიდევ", "contains-personal"),
        ("ნინოს საიდუმლო სიტყვა", "contains-personal"),
        (PASSWORD, "same-as-before"),
    ],
)
def test_a_weak_new_password_is_refused_with_its_reason(citizen: Citizen, password: str, code: str) -> None:
    """R2.8"""
    typed = password.format(email=citizen.email.split("@")[0].upper(), number=citizen.personal_number)
    body = {"current_password": citizen.password, "new_password": typed}
    refused = citizen.api.put("/v1/session/password", body)
    assert problem(refused) == (422, "validation-failed")
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [("/new_password", code)]
    assert json.dumps(typed, ensure_ascii=False)[1:-1] not in refused.content.decode()


def test_a_new_password_is_proved_with_the_current_one(citizen: Citizen) -> None:
    """R2.8"""
    body = {"new_password": "ლურჯი თევზი წყალში ცურავს"}
    assert problem(citizen.api.put("/v1/session/password", body)) == (409, "password-state")
    refused = citizen.api.put("/v1/session/password", {**body, "current_password": "some other password"})
    assert problem(refused) == (422, "current-password-wrong")
    assert refused.json()["errors"][0]["pointer"] == "/current_password"
