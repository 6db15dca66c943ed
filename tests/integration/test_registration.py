"""The counter: who may be registered, and what an operator is told (R2.1)."""

from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest

from chalicelib.core.texts import Language, text
from local import journey
from local.client import Answer, ApiClient
from local.direct import DirectClient
from local.journey import Citizen, expect

pytestmark = pytest.mark.cloud
PATH = "/v1/operator/citizens"


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].removeprefix("urn:karibche:problem:")


def faults(answer: Answer) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


@pytest.fixture
def known(operator: ApiClient) -> dict[str, Any]:
    """Somebody who is registered."""
    person = journey.new_person()
    journey.registered(operator, person)
    return person


@pytest.mark.parametrize(
    ("same", "pointers"),
    [
        (["personal_number"], ["/personal_number"]),
        (["email"], ["/email"]),
        (["personal_number", "email"], ["/personal_number", "/email"]),
    ],
)
@pytest.mark.parametrize("language", ["ka", "en"])
def test_a_second_person_with_the_same_number_or_address_is_refused(
    operator: ApiClient,
    new_api: Callable[..., ApiClient],
    known: dict[str, Any],
    same: list[str],
    pointers: list[str],
    language: Language,
) -> None:
    """R2.1: the field that belongs to somebody is named, and nobody is registered."""
    second = journey.new_person() | {name: known[name] for name in same}
    answer = operator.post(PATH, second, key=True, headers={"Accept-Language": language})
    assert problem(answer) == (409, "person-exists")
    assert faults(answer) == [(pointer, "taken") for pointer in pointers]
    for error in answer.json()["errors"]:
        label = text(language, "fields", error["pointer"][1:])
        assert error["message"] == text(language, "validation", "taken", field=label)
    if "personal_number" not in same:
        lookup = {"personal_number": second["personal_number"]}
        assert problem(operator.post(f"{PATH}/lookup", lookup)) == (404, "not-found")


def test_an_address_is_the_same_in_capitals_and_in_another_unicode_form(
    operator: ApiClient, known: dict[str, Any], new_api: Callable[..., ApiClient]
) -> None:
    """R2.2: it is the username."""
    second = journey.new_person() | {"email": known["email"].upper()}
    assert faults(operator.post(PATH, second, key=True)) == [("/email", "taken")]


@pytest.mark.parametrize(
    "number",
    [
        "0123456789",
        "012345678901",
        "0123456789a",
        "01234 56789",
        "",
        "01234567890\n",
        "１２３４５６７８９０１",
        "٠١٢٣٤٥٦٧٨٩٠",
        "-1234567890",
        12345678901,
        None,
    ],
    ids=repr,
)
def test_a_personal_number_has_eleven_digits(operator: ApiClient, number: Any) -> None:
    """R2.1"""
    answer = operator.post(PATH, journey.new_person() | {"personal_number": number}, key=True)
    assert problem(answer) == (422, "validation-failed")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/personal_number"]
    assert answer.json()["errors"][0]["message"] == text("ka", "messages", "personal_number")
    assert operator.post(f"{PATH}/lookup", {"personal_number": number}).status == 422


WRONG = {
    "first_name": "Nino",
    "last_name": "მაისურაძე2",
    "personal_number": "123",
    "email": "nino@",
    "mobile": "322123456",
    "application_signed": False,
}


@pytest.mark.parametrize("language", ["ka", "en"])
def test_everything_that_is_wrong_is_said_at_once(operator: ApiClient, language: Language) -> None:
    """R2.1: each error at its field, in the order of the form, in the asked language."""
    answer = operator.post(PATH, WRONG, key=True, headers={"Accept-Language": language})
    assert problem(answer) == (422, "validation-failed")
    assert answer.json()["title"] == text(language, "problems", "validation-failed", "title")
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}" for name in WRONG]
    for error in answer.json()["errors"]:
        assert error["message"] == text(language, "messages", error["pointer"][1:])


@pytest.mark.parametrize("language", ["ka", "en"])
def test_everything_that_is_missing_is_said_at_once(operator: ApiClient, language: Language) -> None:
    """R2.1"""
    answer = operator.post(PATH, {}, key=True, headers={"Accept-Language": language})
    assert faults(answer) == [(f"/{name}", "required") for name in WRONG]
    for error in answer.json()["errors"]:
        label = text(language, "fields", error["pointer"][1:])
        assert error["message"] == text(language, "validation", "required", field=label)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("first_name", "ა" * 81),
        ("first_name", "ნინო "),
        ("first_name", "ᲜᲘᲜᲝ"),
        ("last_name", "<script>"),
        ("email", "ა" * 300 + "@example.ge"),
        ("email", "nino example.ge"),
        ("mobile", "+995555123456"),
        ("mobile", "55512345"),
        ("application_signed", "true"),
        ("application_signed", 1),
        ("surplus", "x"),
    ],
)
def test_one_wrong_field_is_named_alone(operator: ApiClient, field: str, value: Any) -> None:
    """R2.1"""
    answer = operator.post(PATH, journey.new_person() | {field: value}, key=True)
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]


@pytest.mark.parametrize("name", ["ნინო", "ანა-მარია", "დე ლა", "ო’ნილი", "ა"])
def test_names_in_georgian_are_taken(operator: ApiClient, name: str) -> None:
    """R2.1"""
    person = journey.new_person() | {"first_name": name, "last_name": name}
    journey.registered(operator, person)
    found = expect(operator.post(f"{PATH}/lookup", {"personal_number": person["personal_number"]}), 200)
    assert (found["first_name"], found["last_name"]) == (name, name)


def test_an_operator_finds_a_person_and_sees_whether_they_have_been_in(
    operator: ApiClient, new_api: Callable[..., ApiClient], known: dict[str, Any]
) -> None:
    """R2.1"""
    lookup = {"personal_number": known["personal_number"]}
    found = expect(operator.post(f"{PATH}/lookup", lookup), 200)
    assert found["email"] == known["email"]
    assert found["one_time_password_pending"] is True
    assert not any("password" in name and name != "one_time_password_pending" for name in found)
    path = f"{PATH}/{found['citizen_id']}/one-time-password"
    issued = expect(operator.post(path, key=True), 201)
    api = new_api()
    expect(api.post("/v1/session", {"email": known["email"], "password": issued["one_time_password"]}), 200)
    expect(api.put("/v1/session/password", {"new_password": journey.PASSWORD}), 200)
    assert expect(operator.post(f"{PATH}/lookup", lookup), 200)["one_time_password_pending"] is False


def test_nobody_is_found_under_a_number_that_nobody_has(operator: ApiClient) -> None:
    """R2.1"""
    lookup = {"personal_number": journey.new_person()["personal_number"]}
    assert problem(operator.post(f"{PATH}/lookup", lookup)) == (404, "not-found")
    assert problem(operator.post(f"{PATH}/cit_none/one-time-password", key=True)) == (404, "not-found")


def test_another_one_time_password_ends_what_was_before(
    operator: ApiClient, new_api: Callable[..., ApiClient], new_citizen: Callable[..., Citizen]
) -> None:
    """R2.1: sessions and password of a person who lost them."""
    citizen = new_citizen()
    issued = expect(operator.post(f"{PATH}/{citizen.citizen_id}/one-time-password", key=True), 201)
    assert problem(citizen.api.get("/v1/home")) == (401, "signed-out")
    old = {"email": citizen.email, "password": citizen.password}
    assert problem(new_api().post("/v1/session", old)) == (401, "sign-in-failed")
    api = new_api()
    entered = api.post("/v1/session", {**old, "password": issued["one_time_password"]})
    assert expect(entered, 200)["state"] == "new-password"
    entered = api.put("/v1/session/password", {"new_password": citizen.password})
    assert expect(entered, 200)["state"] == "ready", "the terms were accepted before"


def test_a_repeated_registration_tells_no_secret(operator: ApiClient) -> None:
    """R2.1"""
    person = journey.new_person()
    first = expect(operator.post(PATH, person, key="same"), 201)
    again = expect(operator.post(PATH, person, key="same"), 201)
    assert first["repeated"] is False
    assert again == {**first, "one_time_password": None, "repeated": True}


@pytest.fixture
def clerk(in_process: dict[str, str]) -> Iterator[Any]:
    """A new operator: what they were given, and their address."""
    import secrets

    from chalicelib import auth

    email = f"clerk-{secrets.token_hex(6)}@karibche.example"
    made = auth.create_operator(email)

    def signing_in(code: str | None = None, **other: str) -> dict[str, str]:
        now = pyotp.TOTP(made.totp_key).now()
        return {"email": email, "password": made.password, "code": code or now, **other}

    return signing_in


REFUSED = (401, "operator-sign-in-failed")


def test_an_operators_code_is_good_once(clerk: Any, new_api: Callable[..., ApiClient]) -> None:
    """R8.1"""
    body = clerk()
    answer = new_api().post("/v1/operator/session", body)
    assert expect(answer, 200) == {"state": "ready"}
    line = answer.headers["set-cookie"]
    assert line.startswith("__Host-karibche-operator=")
    assert all(part in line for part in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict"))
    assert problem(new_api().post("/v1/operator/session", body)) == REFUSED


def test_an_operators_older_code_is_not_good_after_a_newer_one(clerk: Any, direct: Any, later: Any) -> None:
    """R8.1: also inside the window in which clocks may differ."""
    body = clerk()
    later(seconds=25)
    assert direct().post("/v1/operator/session", body).status == 200, "half a minute late is forgiven"
    later(seconds=-30)
    assert problem(direct().post("/v1/operator/session", body)) == REFUSED


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "000000"},
        {"code": "12345"},
        {"code": "კოდი"},
        {"password": "some other password"},
        {"email": "no-clerk@karibche.example"},
    ],
    ids=str,
)
def test_an_operator_needs_address_password_and_code(
    clerk: Any, new_api: Callable[..., ApiClient], wrong: dict[str, str]
) -> None:
    """R8.1: nobody is told which was wrong, and a wrong try spends no code."""
    answer = new_api().post("/v1/operator/session", clerk(**wrong))
    assert problem(answer) == REFUSED
    assert "errors" not in answer.json()
    assert new_api().post("/v1/operator/session", clerk()).status == 200


def test_guessing_an_operators_code_is_slowed(clerk: Any, direct: Callable[..., DirectClient]) -> None:
    """R8.1"""
    for _ in range(10):
        assert problem(direct().post("/v1/operator/session", clerk(code="000000"))) == REFUSED
    answer = direct().post("/v1/operator/session", clerk())
    assert problem(answer) == (429, "too-many-attempts")
    assert int(answer.headers["retry-after"]) > 0


def test_an_operator_who_signs_out_is_out(clerk: Any, new_api: Callable[..., ApiClient]) -> None:
    """R8.1"""
    api, copy = new_api(), new_api()
    expect(api.post("/v1/operator/session", clerk()), 200)
    copy.cookies.update(api.cookies)
    assert api.delete("/v1/operator/session").status == 204
    assert not api.cookies
    assert copy.get("/v1/operator/session").json() == {"state": "signed-out"}
    assert problem(copy.post(f"{PATH}/lookup", {"personal_number": "00000000000"})) == (401, "signed-out")
