"""Applications before they are sent: filled in, left, found again, checked (R2.6, R4.1, R10.1)."""

import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.texts import Language
from infra.stages import ROOT
from local import journey
from local.client import Answer, ApiClient
from local.direct import DirectClient
from local.journey import ANSWERS, SERVICE, Citizen, expect

pytestmark = pytest.mark.cloud
DEFINITION = json.loads((ROOT / "catalogue/shared/public-information.json").read_text(encoding="utf-8"))
CHANGED = {**ANSWERS, "subject": "სხვა ფანჯარაში შეცვლილი თემა"}


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].removeprefix("urn:karibche:problem:")


def begun(api: ApiClient) -> tuple[str, str]:
    """A new draft's path and ETag."""
    answer = api.post("/v1/drafts", {"service_id": SERVICE}, key=True)
    return f"/v1/drafts/{expect(answer, 201)['draft_id']}", answer.etag


def test_a_draft_is_left_half_way_and_found_again(citizen: Citizen) -> None:
    """R4.1"""
    path, etag = begun(citizen.api)
    half = {"addressee": "sda", "subject": "ნახ"}
    saved = citizen.api.put(path, {"answers": half, "page": "request"}, match=etag)
    assert expect(saved, 200)["answers"] == half
    found = citizen.api.get(path)
    assert expect(found, 200) == saved.json()
    assert found.etag == saved.etag != etag
    assert found.json()["page"] == "request"
    assert found.json()["applicant"]["personal_number"] == citizen.personal_number
    draft_id = path.rsplit("/", 1)[1]
    of_service = expect(citizen.api.get(f"/v1/drafts?service_id={SERVICE}"), 200)["items"]
    assert draft_id in [each["draft_id"] for each in of_service]
    assert all("answers" not in each for each in of_service)
    assert expect(citizen.api.get("/v1/drafts?service_id=letter"), 200)["items"] == []
    offered = expect(citizen.api.get(f"/v1/services/{SERVICE}"), 200)["drafts"]
    assert draft_id in [each["draft_id"] for each in offered]
    assert citizen.api.delete(path, match=found.etag).status == 204
    assert problem(citizen.api.get(path)) == (404, "not-found")


def test_a_draft_is_kept_for_ninety_days_after_the_last_change(
    direct: Callable[..., DirectClient], later: Callable[..., None], new_citizen: Callable[..., Citizen]
) -> None:
    """R7.1: from then on it is not read, whether or not it has been deleted."""
    citizen = new_citizen()
    api = direct(citizen.api)
    path, _ = begun(api)
    body = {"email": citizen.email, "password": citizen.password}
    later(days=89, hours=23)
    expect(api.post("/v1/session", body), 200)
    assert api.get(path).status == 200
    assert len(api.get("/v1/drafts").json()["items"]) == 1
    later(days=90, minutes=1)
    expect(api.post("/v1/session", body), 200)
    assert problem(api.get(path)) == (404, "not-found")
    assert api.get("/v1/drafts").json()["items"] == []
    assert api.get("/v1/home").json()["drafts"] == []


WRONG = {
    "addressee": "",
    "subject": "x",
    "description": "   \n",
    "period_from": "2026-02-30",
    "period_to": "ხვალ",
    "reply_form": "paper",
    "postal_address": "აქ",
}
CODES = {
    "addressee": "required",
    "subject": "too-short",
    "description": "too-short",
    "period_from": "format",
    "period_to": "too-short",
    "postal_address": "too-short",
}


@pytest.mark.parametrize("language", ["ka", "en"])
def test_a_form_with_every_field_wrong_says_so_at_each_field(citizen: Citizen, language: Language) -> None:
    """R4.1: all at once, in the order of the questions, in the asked language, each on its page."""
    path, etag = begun(citizen.api)
    saved = citizen.api.put(path, {"answers": WRONG}, match=etag)
    expect(saved, 200)
    answer = citizen.api.post(f"{path}/check", match=saved.etag, headers={"Accept-Language": language})
    assert problem(answer) == (422, "validation-failed")
    assert answer.headers["content-language"] == language
    fields = [(field, page["id"]) for page in DEFINITION["form"]["pages"] for field in page["fields"]]
    wrong = {field["path"]: (field, page) for field, page in fields if field["path"][1:] in CODES}
    errors = answer.json()["errors"]
    assert [error["pointer"] for error in errors] == list(wrong)
    assert {error["pointer"][1:]: error["code"] for error in errors} == CODES
    for error in errors:
        field, page = wrong[error["pointer"]]
        assert error["page"] == page
        assert error["message"] == field["errors"][error["code"]][language]
    assert citizen.api.get(path).json()["answers"] == WRONG, "what was typed is kept"


@pytest.mark.parametrize("language", ["ka", "en"])
def test_an_empty_form_asks_for_what_it_needs(citizen: Citizen, language: Language) -> None:
    """R4.1: hidden questions are not asked for."""
    path, etag = begun(citizen.api)
    answer = citizen.api.post(f"{path}/check", match=etag, headers={"Accept-Language": language})
    found = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert found == [(f"/{name}", "required") for name in ("addressee", "subject", "description", "reply_form")]


@pytest.mark.parametrize(
    ("answers", "pointer", "code"),
    [
        ({"subject": 7}, "/subject", "type"),
        ({"subject": ["x"]}, "/subject", "type"),
        ({"subject": "x" * 201}, "/subject", "too-long"),
        ({"description": "ა" * 10001}, "/description", "too-long"),
        ({"surplus": "x"}, "/surplus", "unknown"),
        ({"a/b": "x"}, "/a~1b", "unknown"),
        ({"addressee": {"x": 1}}, "/addressee", "type"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_can_not_be_kept_is_refused_when_it_is_saved(
    citizen: Citizen, answers: dict[str, Any], pointer: str, code: str
) -> None:
    """R4.1"""
    path, etag = begun(citizen.api)
    refused = citizen.api.put(path, {"answers": answers}, match=etag)
    assert problem(refused) == (422, "validation-failed")
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]
    assert citizen.api.get(path).etag == etag


def test_answers_to_hidden_questions_are_not_sent(citizen: Citizen) -> None:
    """R3.3: only what the service needs."""
    answers = {**ANSWERS, "postal_address": "თბილისი, ჭავჭავაძის 1", "period_from": ""}
    _, _, checked = journey.checked_draft(citizen.api, answers)
    assert checked["answers"] == ANSWERS
    assert "ჭავჭავაძის" not in checked["application"]["text"]
    assert json.loads(checked["application"]["text"])["answers"] == ANSWERS
    assert checked["application"]["size"] == len(checked["application"]["text"].encode())


def test_only_what_was_checked_is_sent(citizen: Citizen) -> None:
    """R4.1: a change after check-your-answers has to be checked again."""
    path, etag = begun(citizen.api)
    draft = {"draft_id": path.rsplit("/", 1)[1]}
    assert problem(citizen.api.post("/v1/requests", draft, key=True, match=etag)) == (409, "draft-not-checked")
    draft_id, checked_etag, _ = journey.checked_draft(citizen.api, ANSWERS)
    saved = citizen.api.put(f"/v1/drafts/{draft_id}", {"answers": CHANGED}, match=checked_etag)
    answer = citizen.api.post("/v1/requests", {"draft_id": draft_id}, key=True, match=saved.etag)
    assert problem(answer) == (409, "draft-not-checked")
    again = citizen.api.post(f"/v1/drafts/{draft_id}/check", match=saved.etag)
    assert expect(again, 200)["answers"] == CHANGED
    sent = citizen.api.post("/v1/requests", {"draft_id": draft_id}, key=True, match=again.etag)
    whole = expect(citizen.api.get(f"/v1/requests/{expect(sent, 201)['request_id']}"), 200)
    assert whole["application"] == again.json()["application"]


def test_a_draft_that_changed_in_another_tab_is_neither_saved_nor_checked_nor_sent_nor_deleted(
    citizen: Citizen,
) -> None:
    """R10.1: each answer carries the draft as it is now, and its version, to show the difference."""
    draft_id, etag, _ = journey.checked_draft(citizen.api, ANSWERS)
    path = f"/v1/drafts/{draft_id}"
    elsewhere = citizen.api.put(path, {"answers": CHANGED, "page": "reply"}, match=etag)
    now = expect(elsewhere, 200)
    for refused in (
        citizen.api.put(path, {"answers": ANSWERS}, match=etag),
        citizen.api.post(f"{path}/check", match=etag),
        citizen.api.post("/v1/requests", {"draft_id": draft_id}, key=True, match=etag),
        citizen.api.delete(path, match=etag),
    ):
        assert problem(refused) == (412, "draft-changed")
        assert refused.json()["current"] == now
        assert refused.json()["etag"] == elsewhere.etag
    saved = citizen.api.put(path, {"answers": ANSWERS}, match=refused.json()["etag"])
    assert expect(saved, 200)["answers"] == ANSWERS


def test_a_draft_is_named_with_its_version(citizen: Citizen) -> None:
    """R10.1: no version, no change; a weak one is the same, any other is not."""
    path, etag = begun(citizen.api)
    draft = {"draft_id": path.rsplit("/", 1)[1]}

    def calls(match: str | None) -> list[Answer]:
        return [
            citizen.api.put(path, {"answers": ANSWERS}, match=match),
            citizen.api.post(f"{path}/check", match=match),
            citizen.api.post("/v1/requests", draft, key=True, match=match),
            citizen.api.delete(path, match=match),
            citizen.api.patch("/v1/profile", {"mobile": "555000000"}, match=match),
        ]

    for missing in (None, "", "  "):
        assert [problem(answer) for answer in calls(missing)] == [(428, "precondition-required")] * 5
    for other in ("*", '"x"', etag.strip('"'), '"0", "1"', '"99999999999999"'):
        found = [problem(answer) for answer in calls(other)]
        assert found == [(412, "draft-changed")] * 4 + [(412, "profile-changed")]
    assert citizen.api.put(path, {"answers": ANSWERS}, match=f"W/{etag}").status == 200


def test_a_service_that_needs_more_than_a_password_says_what_is_missing(citizen: Citizen, api: ApiClient) -> None:
    """R2.6: it is listed, described, and can't be begun yet."""
    needs = {"own-personal-data": ["card"], "letter": ["card", "signature"], SERVICE: []}
    for service_id, missing in needs.items():
        for browser in (citizen.api, api):
            found = expect(browser.get(f"/v1/services/{service_id}"), 200)
            assert found["missing"] == missing
            assert found["service"]["id"] == service_id
    for service_id in ("own-personal-data", "letter"):
        refused = citizen.api.post("/v1/drafts", {"service_id": service_id}, key=True)
        assert problem(refused) == (403, "assurance-too-low")
    assert problem(citizen.api.post("/v1/drafts", {"service_id": "none"}, key=True)) == (404, "not-found")
    assert problem(api.get("/v1/services/none")) == (404, "not-found")


def test_a_service_that_has_to_be_signed_is_refused_to_a_card_too(
    direct: Callable[..., DirectClient], citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.6: until signing exists."""
    from dataclasses import replace

    from chalicelib.auth import sessions
    from chalicelib.core import http

    def with_a_card(call: http.Call, auth: http.Auth) -> http.Principal | None:
        principal = sessions.authenticate(call, auth)
        return replace(principal, assurance="high") if principal else None

    importlib.import_module("app")
    monkeypatch.setattr(http._registry, "authenticator", with_a_card)
    api = direct(citizen.api)
    refused = api.post("/v1/drafts", {"service_id": "letter"}, key=True)
    assert problem(refused) == (403, "signature-required")
    assert api.get("/v1/services/letter").json()["missing"] == ["signature"]
    assert api.post("/v1/drafts", {"service_id": "own-personal-data"}, key=True).status == 201


def test_a_draft_begun_with_a_card_is_not_sent_without_one(
    direct: Callable[..., DirectClient], citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2.6: checking and sending ask again."""
    from chalicelib import catalogue

    draft_id, etag, _ = journey.checked_draft(citizen.api, ANSWERS)
    monkeypatch.setattr(catalogue, "missing_for", lambda *given, **more: ["card"])
    api = direct(citizen.api)
    assert problem(api.post(f"/v1/drafts/{draft_id}/check", match=etag)) == (403, "assurance-too-low")
    sent = api.post("/v1/requests", {"draft_id": draft_id}, key=True, match=etag)
    assert problem(sent) == (403, "assurance-too-low")


def test_an_application_over_its_limit_is_refused(
    direct: Callable[..., DirectClient], citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4.1"""
    from chalicelib.requests import application

    path, etag = begun(citizen.api)
    saved = citizen.api.put(path, {"answers": ANSWERS}, match=etag)
    monkeypatch.setattr(application, "MAX_BYTES", 100)
    refused = direct(citizen.api).post(f"{path}/check", match=saved.etag)
    assert problem(refused) == (413, "application-too-large")


def test_the_longest_answers_of_a_form_are_sent(citizen: Citizen) -> None:
    """R4.1: also where each letter takes three bytes or four."""
    answers = {**ANSWERS, "subject": "ა" * 200, "description": "😀" * 10_000}
    head = journey.sent(citizen.api, **answers)
    whole = expect(citizen.api.get(f"/v1/requests/{head['request_id']}"), 200)
    assert json.loads(whole["application"]["text"])["answers"] == answers
    assert whole["application"]["size"] > 40_000
