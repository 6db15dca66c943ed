"""One key, one effect, one answer: however often, whoever, and whenever it comes (R4.2)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local import journey
from local.client import Answer, ApiClient
from local.direct import DirectClient
from local.journey import ANSWERS, SERVICE, Citizen, expect

pytestmark = pytest.mark.cloud
THREADS = 8


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].removeprefix("urn:karibche:problem:")


def copies(api: ApiClient) -> list[ApiClient]:
    """The same browser in several tabs."""
    return [ApiClient(api.port, api.language, dict(api.cookies)) for _ in range(THREADS)]


def at_once(api: ApiClient, call: Callable[[ApiClient], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, copies(api)))


def test_eight_sendings_at_once_with_one_key_are_one_request(new_citizen: Callable[..., Citizen]) -> None:
    """R4.2"""
    api = new_citizen().api
    draft_id, etag, _ = journey.checked_draft(api, ANSWERS)
    body = {"draft_id": draft_id}
    answers = at_once(api, lambda tab: tab.post("/v1/requests", body, key="all-at-once", match=etag))
    assert [answer.status for answer in answers] == [201] * THREADS
    assert len({answer.content for answer in answers}) == 1
    listed = expect(api.get("/v1/requests"), 200)["items"]
    assert [head["request_id"] for head in listed] == [answers[0].json()["request_id"]]
    sent = [each for each in expect(api.get("/v1/notices"), 200)["items"] if each["kind"] == "request-sent"]
    assert len(sent) == 1
    assert problem(api.get(f"/v1/drafts/{draft_id}")) == (404, "not-found")


def test_eight_sendings_at_once_with_eight_keys_are_one_request_too(new_citizen: Callable[..., Citizen]) -> None:
    """R4.2: a draft is sent once; the others learn that it is gone."""
    api = new_citizen().api
    draft_id, etag, _ = journey.checked_draft(api, ANSWERS)
    body = {"draft_id": draft_id}
    answers = at_once(api, lambda tab: tab.post("/v1/requests", body, key=True, match=etag))
    assert sorted(answer.status for answer in answers) == [201] + [404] * (THREADS - 1)
    assert len(expect(api.get("/v1/requests"), 200)["items"]) == 1


def test_a_draft_is_begun_once(new_citizen: Callable[..., Citizen]) -> None:
    """R4.1"""
    api = new_citizen().api
    body = {"service_id": SERVICE}
    answers = at_once(api, lambda tab: tab.post("/v1/drafts", body, key="once"))
    assert [answer.status for answer in answers] == [201] * THREADS
    assert len({answer.json()["draft_id"] for answer in answers}) == 1
    assert len(expect(api.get("/v1/drafts"), 200)["items"]) == 1
    other = api.post("/v1/drafts", {"service_id": "letter"}, key="once")
    assert problem(other) == (409, "idempotency-key-reused")


def test_a_key_of_one_operation_is_refused_at_another(citizen: Citizen) -> None:
    """R4.2"""
    draft_id, etag, _ = journey.checked_draft(citizen.api, ANSWERS)
    expect(citizen.api.post("/v1/drafts", {"service_id": SERVICE}, key="for a draft"), 201)
    sent = citizen.api.post("/v1/requests", {"draft_id": draft_id}, key="for a draft", match=etag)
    assert problem(sent) == (409, "idempotency-key-reused")
    assert citizen.api.get(f"/v1/drafts/{draft_id}").status == 200, "nothing was sent"


def test_eight_registrations_at_once_are_one_person_and_one_secret(
    operator: ApiClient, new_api: Callable[..., ApiClient]
) -> None:
    """R2.1: who asks again is not told the one-time password again."""
    person = journey.new_person()
    answers = at_once(operator, lambda tab: tab.post("/v1/operator/citizens", person, key=person["email"]))
    assert [answer.status for answer in answers] == [201] * THREADS
    said = [answer.json() for answer in answers]
    assert len({each["citizen_id"] for each in said}) == 1
    assert len({each["expires_at"] for each in said}) == 1
    secrets = [each["one_time_password"] for each in said if not each["repeated"]]
    assert len(secrets) == 1
    assert [each["one_time_password"] for each in said if each["repeated"]] == [None] * (THREADS - 1)
    body = {"email": person["email"], "password": secrets[0]}
    assert new_api().post("/v1/session", body).status == 200
    again = operator.post("/v1/operator/citizens", {**person, "mobile": "555000000"}, key=person["email"])
    assert problem(again) == (409, "idempotency-key-reused")


def test_eight_orders_of_a_one_time_password_at_once_give_one(
    operator: ApiClient, new_api: Callable[..., ApiClient]
) -> None:
    """R2.1"""
    person = journey.new_person()
    made = journey.registered(operator, person)
    path = f"/v1/operator/citizens/{made['citizen_id']}/one-time-password"
    answers = at_once(operator, lambda tab: tab.post(path, key="another, please"))
    assert [answer.status for answer in answers] == [201] * THREADS
    secrets = [answer.json()["one_time_password"] for answer in answers if not answer.json()["repeated"]]
    assert len(secrets) == 1
    body = {"email": person["email"], "password": secrets[0]}
    assert new_api().post("/v1/session", body).status == 200


def test_operators_who_order_at_the_same_time_both_get_an_answer(
    operator: ApiClient, new_api: Callable[..., ApiClient]
) -> None:
    """R2.1: the last one-time password counts."""
    person = journey.new_person()
    made = journey.registered(operator, person)
    path = f"/v1/operator/citizens/{made['citizen_id']}/one-time-password"
    answers = at_once(operator, lambda tab: tab.post(path, key=True))
    assert {answer.status for answer in answers} <= {201, 503}
    secrets = [answer.json()["one_time_password"] for answer in answers if answer.status == 201]
    assert len(set(secrets)) == len(secrets) > 1
    opened = [new_api().post("/v1/session", {"email": person["email"], "password": each}) for each in secrets[-5:]]
    assert [answer.status for answer in opened].count(200) <= 1


def test_an_address_is_asked_for_once(
    new_citizen: Callable[..., Citizen], mails: Callable[..., list[Any]]
) -> None:
    """R2.5: one mail with one code."""
    citizen = new_citizen()
    address = f"new-{citizen.email}"
    body = {"new_email": address, "current_password": citizen.password}
    answers = at_once(citizen.api, lambda tab: tab.post("/v1/profile/email-changes", body, key="once"))
    assert [answer.status for answer in answers] == [202] * THREADS
    assert len({answer.content for answer in answers}) == 1
    mails(address)
    assert len(mails(address)) == 1
    other = {**body, "new_email": f"other-{citizen.email}"}
    assert problem(citizen.api.post("/v1/profile/email-changes", other, key="once")) == (
        409,
        "idempotency-key-reused",
    )


def test_a_key_is_kept_for_thirty_days(
    direct: Callable[..., DirectClient],
    later: Callable[..., None],
    operator: ApiClient,
    new_citizen: Callable[..., Citizen],
) -> None:
    """R4.2: one that is over counts as new, also while the table still has it."""
    citizen = new_citizen()
    api = direct(citizen.api)
    first = expect(api.post("/v1/drafts", {"service_id": SERVICE}, key="old"), 201)
    later(days=29, hours=23)
    expect(api.post("/v1/session", {"email": citizen.email, "password": citizen.password}), 200)
    assert expect(api.post("/v1/drafts", {"service_id": SERVICE}, key="old"), 201)["draft_id"] == first["draft_id"]
    later(days=30, minutes=1)
    expect(api.post("/v1/session", {"email": citizen.email, "password": citizen.password}), 200)
    assert expect(api.post("/v1/drafts", {"service_id": SERVICE}, key="old"), 201)["draft_id"] != first["draft_id"]


def test_confirmations_at_once_are_one(
    new_citizen: Callable[..., Citizen], mails: Callable[..., list[Any]]
) -> None:
    """R2.5: as many as a code has tries, for each of them spends one before it is looked at."""
    from chalicelib.profiles.changes import CODE_TRIES

    citizen = new_citizen()
    new = f"new-{citizen.email}"
    body = {"new_email": new, "current_password": citizen.password}
    expect(citizen.api.post("/v1/profile/email-changes", body, key=True), 202)
    code = "".join(character for character in mails(new)[0]["text"] if character.isdecimal())[:6]
    tabs = copies(citizen.api)[:CODE_TRIES]
    path = "/v1/profile/email-changes/confirmation"
    with ThreadPoolExecutor(CODE_TRIES) as pool:
        answers = list(pool.map(lambda tab: tab.post(path, {"code": code}, key="confirm"), tabs))
    assert [answer.status for answer in answers] == [200] * CODE_TRIES
    assert {answer.json()["email"] for answer in answers} == {new}


@pytest.mark.parametrize("key", [None, "", " ", "x" * 129, "გასაღები".encode().decode("latin-1")])
def test_what_creates_or_sends_needs_a_usable_key(citizen: Citizen, operator: ApiClient, key: str | None) -> None:
    """R4.2"""
    import importlib

    from chalicelib.core.http import endpoints
    from chalicelib.core.principal import Auth

    importlib.import_module("app")
    said = {} if key is None else {"Idempotency-Key": key}
    bodies: dict[str, Any] = {
        "/v1/drafts": {"service_id": SERVICE},
        "/v1/requests": {"draft_id": "drf_none"},
        "/v1/profile/email-changes/confirmation": {"code": "123456"},
        "/v1/profile/email-changes": {"new_email": "x@example.ge", "current_password": citizen.password},
        "/v1/operator/citizens": journey.new_person(),
        "/v1/operator/citizens/{citizen_id}/one-time-password": None,
    }
    found = [endpoint for endpoint in endpoints() if endpoint.idempotent]
    assert {endpoint.path for endpoint in found} == set(bodies)
    for endpoint in found:
        api = operator if endpoint.auth is Auth.OPERATOR else citizen.api
        path = endpoint.path.replace("{citizen_id}", citizen.citizen_id)
        answer = api.call(endpoint.method, path, bodies[endpoint.path], match='"1"', headers=said)
        assert problem(answer) == (400, "idempotency-key-missing"), endpoint.path
