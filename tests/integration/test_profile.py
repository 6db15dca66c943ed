"""Contact data: changed by the citizen, at any time, and not by anybody else (R2.5)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from local.client import Answer, ApiClient
from local.direct import DirectClient
from local.journey import Citizen, expect

pytestmark = pytest.mark.cloud
CHANGES = "/v1/profile/email-changes"
Mails = Callable[..., list[dict[str, Any]]]


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].removeprefix("urn:karibche:problem:")


def asked(citizen: Citizen, address: str) -> Answer:
    body = {"new_email": address, "current_password": citizen.password}
    return citizen.api.post(CHANGES, body, key=True)


def code_in(mail: dict[str, Any]) -> str:
    found = re.search(r"(?<!\d)\d{6}(?!\d)", mail["text"])
    assert found
    return found[0]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_mobile_and_language_are_changed(new_citizen: Callable[..., Citizen]) -> None:
    """R2.5"""
    api = new_citizen().api
    before = api.get("/v1/profile")
    changed = api.patch("/v1/profile", {"mobile": "599000111", "language": "en"}, match=before.etag)
    assert expect(changed, 200) == {**before.json(), "mobile": "599000111", "language": "en"}
    assert api.get("/v1/profile").json() == changed.json()
    lost = api.patch("/v1/profile", {"mobile": "599000222"}, match=before.etag)
    assert problem(lost) == (412, "profile-changed")
    assert api.patch("/v1/profile", {}, match=changed.etag).status == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"mobile": "322123456"}, "/mobile"),
        ({"mobile": None}, "/mobile"),
        ({"language": "de"}, "/language"),
        ({"personal_number": "00000000000"}, "/personal_number"),
        ({"first_name": "სხვა"}, "/first_name"),
        ({"email": "x@example.ge"}, "/email"),
        ({"version": 1}, "/version"),
    ],
    ids=str,
)
def test_nothing_else_is_changed(citizen: Citizen, body: dict[str, Any], pointer: str) -> None:
    """R2.5: names and number come from the identity document."""
    before = citizen.api.get("/v1/profile")
    refused = citizen.api.patch("/v1/profile", body, match=before.etag)
    assert refused.status == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert citizen.api.get("/v1/profile").json() == before.json()


def test_an_address_counts_once_its_code_is_entered(
    new_citizen: Callable[..., Citizen], new_api: Callable[..., ApiClient], mails: Mails
) -> None:
    """R2.2, R2.5: the new address is the username, and the old one is told."""
    citizen = new_citizen()
    new = f"new-{citizen.email}"
    waiting = expect(asked(citizen, new.upper()), 202)
    assert waiting["new_email"] == new
    profile = expect(citizen.api.get("/v1/profile"), 200)
    assert profile["email"] == citizen.email
    assert profile["email_change"] == waiting
    letter = mails(new)[0]
    assert code_in(letter) not in letter["subject"]
    old = {"email": citizen.email, "password": citizen.password}
    expect(new_api().post("/v1/session", old), 200)
    confirmed = citizen.api.post(f"{CHANGES}/confirmation", {"code": code_in(letter)}, key="confirm")
    repeated = citizen.api.post(f"{CHANGES}/confirmation", {"code": code_in(letter)}, key="confirm")
    assert (repeated.status, repeated.json()) == (200, confirmed.json())
    assert expect(confirmed, 200)["email"] == new
    assert confirmed.json()["email_change"] is None
    assert problem(new_api().post("/v1/session", old)) == (401, "sign-in-failed")
    expect(new_api().post("/v1/session", {**old, "email": new}), 200)
    told = mails(citizen.email, at_least=2)
    assert any("ელფოსტა" in mail["subject"] for mail in told)
    assert len(mails(new)) == 1, "the new address gets the code alone"
    again = citizen.api.post(f"{CHANGES}/confirmation", {"code": code_in(letter)}, key=True)
    assert problem(again) == (422, "email-code-wrong")


def test_the_old_address_is_free_again(new_citizen: Callable[..., Citizen], mails: Mails) -> None:
    """R2.2: two people who swap addresses can."""
    one, two = new_citizen(), new_citizen()
    new = f"new-{one.email}"
    expect(asked(one, new), 202)
    expect(one.api.post(f"{CHANGES}/confirmation", {"code": code_in(mails(new)[0])}, key=True), 200)
    expect(asked(two, one.email), 202)


def test_the_code_has_five_tries(new_citizen: Callable[..., Citizen], mails: Mails) -> None:
    """R2.5"""
    citizen = new_citizen()
    new = f"new-{citizen.email}"
    expect(asked(citizen, new), 202)
    code = code_in(mails(new)[0])
    for _ in range(5):
        refused = citizen.api.post(f"{CHANGES}/confirmation", {"code": other_than(code)}, key=True)
        assert problem(refused) == (422, "email-code-wrong")
        assert refused.json()["errors"][0]["pointer"] == "/code"
    assert problem(citizen.api.post(f"{CHANGES}/confirmation", {"code": code}, key=True)) == (
        422,
        "email-code-wrong",
    )
    expect(asked(citizen, new), 202)
    fresh = code_in(mails(new, at_least=2)[0])
    expect(citizen.api.post(f"{CHANGES}/confirmation", {"code": fresh}, key=True), 200)


def test_the_code_lives_for_fifteen_minutes(
    new_citizen: Callable[..., Citizen],
    mails: Mails,
    direct: Callable[..., DirectClient],
    later: Callable[..., None],
) -> None:
    """R2.5"""
    citizen = new_citizen()
    new = f"new-{citizen.email}"
    expect(asked(citizen, new), 202)
    body = {"code": code_in(mails(new)[0])}
    later(minutes=15, seconds=5)
    api = direct(citizen.api)
    assert api.get("/v1/profile").json()["email_change"] is None
    assert problem(api.post(f"{CHANGES}/confirmation", body, key=True)) == (422, "email-code-wrong")
    later(minutes=14)
    assert api.post(f"{CHANGES}/confirmation", body, key=True).status == 200


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "", "１２３４５６", "12345\n", 123456])
def test_a_code_has_six_digits(citizen: Citizen, code: Any) -> None:
    """R2.5"""
    refused = citizen.api.post(f"{CHANGES}/confirmation", {"code": code}, key=True)
    assert problem(refused) == (422, "validation-failed")


def test_a_change_is_proved_with_the_password(citizen: Citizen) -> None:
    """R2.5: and a stolen session can't guess it."""
    body = {"new_email": f"x-{citizen.email}", "current_password": "some other password"}
    refused = citizen.api.post(CHANGES, body, key=True)
    assert problem(refused) == (422, "current-password-wrong")
    assert refused.json()["errors"][0]["pointer"] == "/current_password"
    assert citizen.api.get("/v1/profile").json()["email_change"] is None
    for _ in range(9):
        assert problem(citizen.api.post(CHANGES, body, key=True)) == (422, "current-password-wrong")
    slowed = citizen.api.post(CHANGES, {**body, "current_password": citizen.password}, key=True)
    assert problem(slowed) == (429, "too-many-attempts")
    assert int(slowed.headers["retry-after"]) > 0


def test_an_address_of_somebody_else_is_refused(new_citizen: Callable[..., Citizen], citizen: Citizen) -> None:
    """R2.2"""
    other = new_citizen()
    for address in (citizen.email, citizen.email.upper(), other.email):
        refused = asked(other, address)
        assert problem(refused) == (409, "email-taken")
        assert refused.json()["errors"][0]["pointer"] == "/new_email"
        assert refused.json()["errors"][0]["code"] == "taken"
    for address in ("x", "x@", "@example.ge", "x y@example.ge", "x" * 250 + "@example.ge"):
        refused = asked(other, address)
        assert problem(refused) == (422, "validation-failed")


def test_an_address_that_somebody_took_meanwhile_is_refused(
    new_citizen: Callable[..., Citizen], mails: Mails
) -> None:
    """R2.2: the guard decides, not the question."""
    one, two = new_citizen(), new_citizen()
    new = f"both-{one.email}"
    for each in (one, two):
        expect(asked(each, new), 202)
    codes = {code_in(mail) for mail in mails(new, at_least=2)}
    confirmed = []
    for each in (one, two):
        answers = [each.api.post(f"{CHANGES}/confirmation", {"code": code}, key=True) for code in codes]
        confirmed.append([problem(a)[1] if a.status >= 400 else "ok" for a in answers])
    assert sum(outcomes.count("ok") for outcomes in confirmed) == 1
    assert sum(outcomes.count("email-taken") for outcomes in confirmed) >= 1
