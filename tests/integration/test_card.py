"""The card, through the gateway and the deployed functions: sign in, register, join (R2.3, R2.4, R2.5, R2.6)."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local import journey
from local.client import Answer, ApiClient
from local.direct import DirectClient
from local.journey import Citizen, accept_terms, expect
from local.pki import CardFaults, Holder, Pki, Responder
from local.softcard import SoftCard, sign_in
from local.stack import Stack

pytestmark = pytest.mark.cloud
COOKIE = "__Host-karibche-citizen"
CHALLENGE = "__Host-karibche-card"
PATH = "/v1/session/card"
Browser = Callable[..., ApiClient]
NewCard = Callable[..., SoftCard]
Mails = Callable[..., list[dict[str, Any]]]


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].removeprefix("urn:karibche:problem:")


def contact() -> dict[str, str]:
    return {"email": journey.new_person()["email"], "mobile": "599123456"}


def registered(api: ApiClient, card: SoftCard) -> dict[str, str]:
    """Let somebody register with their card; what they gave as contact."""
    expect(sign_in(api, card), 200)
    given = contact()
    expect(api.put("/v1/session/contact", given), 200)
    accept_terms(api)
    return given


def number_of(card: SoftCard) -> str:
    from cryptography.x509.oid import NameOID

    (attribute,) = card.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attribute.value)


# -- registering


def test_somebody_registers_alone_with_the_card_and_is_asked_for_contact_once(
    new_api: Browser, new_card: NewCard, mails: Mails
) -> None:
    """R2.3, R3.1: names and number come from the card; the welcome goes to the address that was given."""
    card, api, given = new_card(), new_api(), contact()
    session = expect(sign_in(api, card), 200)
    names = {"first_name": "ნინო", "last_name": "მაისურაძე"}
    assert session == {"state": "contact", "citizen": names, "assurance": "high", "unread_notices": 0}
    assert api.get("/v1/session").json() == session
    assert problem(api.get("/v1/home")) == (403, "contact-required")
    version = api.get("/v1/terms").json()["version"]
    assert problem(api.post("/v1/terms/acceptances", {"version": version})) == (403, "contact-required")
    settled = expect(api.put("/v1/session/contact", given), 200)
    assert settled == {**session, "state": "terms"}
    assert problem(api.get("/v1/home")) == (403, "terms-required")
    assert accept_terms(api)["state"] == "ready"
    profile = expect(api.get("/v1/profile"), 200)
    expected = {**names, **given, "personal_number": number_of(card), "language": "ka", "has_password": False}
    assert {name: profile[name] for name in expected} == expected
    kinds = [notice["kind"] for notice in expect(api.get("/v1/notices"), 200)["items"]]
    assert kinds == ["registered-by-card"]
    assert "ბარათით" in mails(given["email"])[0]["text"]
    again = new_api()
    assert expect(sign_in(again, card), 200)["state"] == "ready"
    assert again.get("/v1/home").status == 200
    assert len(expect(again.get("/v1/notices"), 200)["items"]) == 1


def test_letters_are_written_in_the_language_of_the_page_on_which_somebody_registered(
    new_api: Browser, new_card: NewCard, mails: Mails
) -> None:
    """R2.3"""
    api = new_api("en")
    given = registered(api, new_card())
    assert expect(api.get("/v1/profile"), 200)["language"] == "en"
    assert "ID card" in mails(given["email"])[0]["text"]


def test_who_leaves_before_giving_contact_is_nobody(
    stack: Stack, new_api: Browser, new_card: NewCard, operator: ApiClient
) -> None:
    """R2.3, R7.1: no half of a citizen is left, and nothing of the card lies in a table in the clear."""
    card, api = new_card(), new_api()
    expect(sign_in(api, card), 200)
    number = {"personal_number": number_of(card)}
    assert operator.post("/v1/operator/citizens/lookup", number).status == 404
    dynamodb = stack.client("dynamodb")
    tables = dynamodb.list_tables()["TableNames"]
    kept = repr([dynamodb.scan(TableName=table)["Items"] for table in tables])
    assert number["personal_number"] not in kept
    assert "მაისურაძე" not in kept
    assert repr("მაისურაძე".encode())[2:-1] not in kept
    assert api.delete("/v1/session").status == 204
    assert api.get("/v1/session").json() == {"state": "signed-out"}
    assert expect(sign_in(api, card), 200)["state"] == "contact"


def test_a_registration_that_waits_ends_after_half_an_hour(
    direct: Callable[..., DirectClient], later: Callable[..., None], new_card: NewCard
) -> None:
    """R7.1"""
    api = direct()
    expect(sign_in(api, new_card()), 200)
    later(minutes=29)
    assert api.get("/v1/session", headers={"Karibche-Background": "1"}).json()["state"] == "contact"
    later(minutes=31)
    assert problem(api.put("/v1/session/contact", contact())) == (401, "signed-out")


def test_what_was_given_as_contact_is_checked(new_api: Browser, new_card: NewCard, citizen: Citizen) -> None:
    """R2.3: an address that belongs to somebody is named, and another can be given."""
    api, good = new_api(), contact()
    expect(sign_in(api, new_card()), 200)
    for wrong, pointer in (
        ({"mobile": "322123456"}, "/mobile"),
        ({"email": "x"}, "/email"),
        ({"name": "x"}, "/name"),
    ):
        refused = api.put("/v1/session/contact", {**good, **wrong})
        assert problem(refused) == (422, "validation-failed")
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    taken = api.put("/v1/session/contact", {**good, "email": citizen.email.upper()})
    assert problem(taken) == (409, "email-taken")
    assert [(error["pointer"], error["code"]) for error in taken.json()["errors"]] == [("/email", "taken")]
    assert expect(api.put("/v1/session/contact", good), 200)["state"] == "terms"


def test_addresses_are_not_tried_without_end(new_api: Browser, new_card: NewCard, citizen: Citizen) -> None:
    """R2.8: nobody finds out who is registered by trying."""
    api = new_api()
    expect(sign_in(api, new_card()), 200)
    taken = {**contact(), "email": citizen.email}
    answers = [problem(api.put("/v1/session/contact", taken)) for _ in range(11)]
    assert answers == [(409, "email-taken")] * 10 + [(429, "too-many-attempts")]


def test_contact_that_is_sent_again_changes_nothing(new_api: Browser, new_card: NewCard, mails: Mails) -> None:
    """R2.3: a lost answer, a double click, or another address in an old tab."""
    api, given = new_api(), contact()
    expect(sign_in(api, new_card()), 200)
    tabs = [ApiClient(api.port, api.language, dict(api.cookies)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda tab: tab.put("/v1/session/contact", given), tabs))
    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert expect(api.put("/v1/session/contact", contact()), 200)["state"] == "terms"
    accept_terms(api)
    assert expect(api.put("/v1/session/contact", contact()), 200)["state"] == "ready"
    assert expect(api.get("/v1/profile"), 200)["email"] == given["email"]
    mails(given["email"])
    assert len(mails(given["email"])) == 1


def test_two_first_sign_ins_of_one_person_are_one_citizen(
    new_api: Browser, new_card: NewCard, operator: ApiClient
) -> None:
    """R2.3: at home and at work at the same time."""
    card, browsers = new_card(), [new_api() for _ in range(4)]
    for browser in browsers:
        assert expect(sign_in(browser, card), 200)["state"] == "contact"
    given = [contact() for _ in browsers]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda browser, body: browser.put("/v1/session/contact", body), browsers, given))
    assert [answer.json()["state"] for answer in answers] == ["terms"] * 4
    accept_terms(browsers[0])
    for browser in browsers[1:]:
        assert expect(browser.get("/v1/session"), 200)["state"] == "terms"
        accept_terms(browser)
    profiles = [expect(browser.get("/v1/profile"), 200) for browser in browsers]
    assert all(profile == profiles[0] for profile in profiles)
    assert profiles[0]["email"] in {body["email"] for body in given}
    found = operator.post("/v1/operator/citizens/lookup", {"personal_number": number_of(card)})
    assert expect(found, 200)["email"] == profiles[0]["email"]
    kinds = [notice["kind"] for notice in expect(browsers[0].get("/v1/notices"), 200)["items"]]
    assert kinds == ["registered-by-card"]


def test_the_same_address_in_two_first_sign_ins_of_one_person_is_no_obstacle(
    new_api: Browser, new_card: NewCard
) -> None:
    """R2.3"""
    card, given, first, second = new_card(), contact(), new_api(), new_api()
    for browser in (first, second):
        expect(sign_in(browser, card), 200)
    assert expect(first.put("/v1/session/contact", given), 200)["state"] == "terms"
    assert expect(second.put("/v1/session/contact", given), 200)["state"] == "terms"


# -- somebody who was at a counter


def test_who_was_registered_at_a_counter_is_joined_not_doubled(
    new_api: Browser, new_card: NewCard, new_citizen: Callable[..., Citizen], mails: Mails
) -> None:
    """R2.3: the same profile, the same password, and a letter that says so, once."""
    citizen = new_citizen()
    card, api = new_card(citizen.personal_number), new_api()
    session = expect(sign_in(api, card), 200)
    assert (session["state"], session["assurance"], session["unread_notices"]) == ("ready", "high", 2)
    profile = expect(api.get("/v1/profile"), 200)
    assert (profile["email"], profile["has_password"]) == (citizen.email, True)
    joined = [mail for mail in mails(citizen.email, at_least=2) if "ბარათით" in mail["subject"]]
    assert len(joined) == 1
    expect(sign_in(new_api(), card), 200)
    kinds = [notice["kind"] for notice in expect(api.get("/v1/notices"), 200)["items"]]
    assert kinds.count("card-joined") == 1
    signing_in = {"email": citizen.email, "password": citizen.password}
    assert expect(new_api().post("/v1/session", signing_in), 200)["assurance"] == "low"


def test_several_first_cards_at_once_are_told_of_once(
    new_api: Browser, new_card: NewCard, new_citizen: Callable[..., Citizen]
) -> None:
    """R2.3"""
    citizen = new_citizen()
    card, browsers = new_card(citizen.personal_number), [new_api() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda browser: sign_in(browser, card), browsers))
    assert {answer.status for answer in answers} == {200}
    kinds = [notice["kind"] for notice in expect(browsers[0].get("/v1/notices"), 200)["items"]]
    assert kinds.count("card-joined") == 1


def test_with_the_card_no_new_password_is_asked_for(
    new_api: Browser, new_card: NewCard, operator: ApiClient
) -> None:
    """R2.2, R2.3: the one-time password goes on waiting, for a session without a card."""
    person = journey.new_person()
    made = journey.registered(operator, person)
    api = new_api()
    assert expect(sign_in(api, new_card(person["personal_number"])), 200)["state"] == "terms"
    accept_terms(api)
    assert expect(api.get("/v1/profile"), 200)["has_password"] is False
    body = {"email": person["email"], "password": made["one_time_password"]}
    assert expect(new_api().post("/v1/session", body), 200)["state"] == "new-password"


# -- what a sign-in with the card opens, and how sure it is


def test_what_needs_the_card_opens_and_what_needs_more_says_so(new_api: Browser, new_card: NewCard) -> None:
    """R2.6: the request of one's own data is sent; a letter still needs a signature."""
    api = new_api()
    registered(api, new_card())
    service = expect(api.get("/v1/services/own-personal-data"), 200)
    assert service["missing"] == []
    answers = {"addressee": "sda", "wanted": ["copy"], "data": "ყველა ჩემი მონაცემი", "reply_form": "electronic"}
    draft_id, etag, _ = journey.checked_draft(api, answers, "own-personal-data")
    expect(api.post("/v1/requests", {"draft_id": draft_id}, key=True, match=etag), 201)
    assert expect(api.get("/v1/services/letter"), 200)["missing"] == ["signature"]
    refused = api.post("/v1/drafts", {"service_id": "letter"}, key=True)
    assert problem(refused) == (403, "signature-required")


def test_with_a_password_the_same_service_asks_for_the_card(citizen: Citizen) -> None:
    """R2.6"""
    assert expect(citizen.api.get("/v1/services/own-personal-data"), 200)["missing"] == ["card"]
    refused = citizen.api.post("/v1/drafts", {"service_id": "own-personal-data"}, key=True)
    assert problem(refused) == (403, "assurance-too-low")


def test_who_is_signed_in_with_a_password_shows_the_card_and_goes_on(
    new_api: Browser, new_card: NewCard, new_citizen: Callable[..., Citizen]
) -> None:
    """R2.6, R7.3: the session rotates, and the one before is over."""
    citizen, old = new_citizen(), new_api()
    old.cookies.update(citizen.api.cookies)
    assert expect(sign_in(citizen.api, new_card(citizen.personal_number)), 200)["assurance"] == "high"
    assert citizen.api.cookies[COOKIE] != old.cookies[COOKIE]
    assert old.get("/v1/session").json() == {"state": "signed-out"}
    assert citizen.api.get("/v1/session").json()["assurance"] == "high"


def test_the_card_of_somebody_else_changes_nothing(
    new_api: Browser, new_card: NewCard, new_citizen: Callable[..., Citizen]
) -> None:
    """R2.4: whoever is signed in stays so, as before."""
    citizen, other = new_citizen(), new_citizen()
    before = dict(citizen.api.cookies)
    for card in (new_card(other.personal_number), new_card()):
        assert problem(sign_in(citizen.api, card)) == (409, "card-of-another")
        assert citizen.api.cookies[COOKIE] == before[COOKIE]
        assert citizen.api.get("/v1/session").json()["assurance"] == "low"
    expect(citizen.api.delete("/v1/session"), 204)
    assert expect(sign_in(citizen.api, new_card(other.personal_number)), 200)["state"] == "ready"


def test_another_card_may_follow_one_that_was_not_registered(new_api: Browser, new_card: NewCard) -> None:
    """R2.3: at a shared computer nobody is signed in yet."""
    api = new_api()
    expect(sign_in(api, new_card()), 200)
    first = api.cookies[COOKIE]
    assert expect(sign_in(api, new_card()), 200)["state"] == "contact"
    old = new_api()
    old.cookies[COOKIE] = first
    assert old.get("/v1/session").json() == {"state": "signed-out"}


# -- challenges


def test_a_challenge_lies_in_a_cookie_of_its_own(api: ApiClient, responder: Responder, new_card: NewCard) -> None:
    """R2.4: for five minutes, for our pages alone, and gone once it is used."""
    asked = api.post(f"{PATH}/challenge")
    assert expect(asked, 201).keys() == {"nonce", "expires_at"}
    name, *attributes = (part.strip() for part in asked.headers["set-cookie"].split(";"))
    assert name.startswith(f"{CHALLENGE}=")
    assert set(attributes) == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=300"}
    token = new_card().token(asked.json()["nonce"], f"http://localhost:{api.port}")
    expect(api.post(PATH, {"token": token}), 200)
    assert CHALLENGE not in api.cookies
    assert COOKIE in api.cookies


def test_a_challenge_is_answered_once_in_time_in_its_own_browser_and_for_this_portal(
    new_api: Browser, new_card: NewCard
) -> None:
    """R2.4"""
    card, mine, other = new_card(), new_api(), new_api()
    origin = f"http://localhost:{mine.port}"
    nonce = expect(mine.post(f"{PATH}/challenge"), 201)["nonce"]
    kept = dict(mine.cookies)
    body = {"token": card.token(nonce, origin)}
    assert problem(other.post(PATH, body)) == (409, "challenge-gone")
    expect(other.post(f"{PATH}/challenge"), 201)
    assert problem(other.post(PATH, body)) == (403, "card-token-invalid")
    assert COOKIE not in other.cookies
    expect(mine.post(PATH, body), 200)
    replayed = new_api()
    replayed.cookies.update(kept)
    assert problem(replayed.post(PATH, body)) == (409, "challenge-gone")
    assert problem(sign_in(new_api(), card, origin="https://evil.example")) == (403, "card-token-invalid")


def test_of_several_answers_at_once_one_counts(new_api: Browser, new_card: NewCard) -> None:
    """R2.4"""
    card, api = new_card(), new_api()
    nonce = expect(api.post(f"{PATH}/challenge"), 201)["nonce"]
    body = {"token": card.token(nonce, f"http://localhost:{api.port}")}
    tabs = [ApiClient(api.port, api.language, dict(api.cookies)) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda tab: tab.post(PATH, body).status, tabs))
    assert sorted(answers) == [200] + [409] * 5


def test_a_challenge_is_over_after_five_minutes(
    direct: Callable[..., DirectClient], later: Callable[..., None], new_card: NewCard
) -> None:
    """R2.4"""
    card, api = new_card(), direct()
    nonce = expect(api.post(f"{PATH}/challenge"), 201)["nonce"]
    later(minutes=5)
    body = {"token": card.token(nonce, f"http://localhost:{api.port}")}
    assert problem(api.post(PATH, body)) == (409, "challenge-gone")


@pytest.mark.parametrize(
    "token", [{}, {"format": "web-eid:1.0"}, {"x": "y" * 20_000}, {"format": ["web-eid:1.0"] * 9}]
)
def test_a_token_that_is_none_is_refused(api: ApiClient, responder: Responder, token: dict[str, Any]) -> None:
    """R2.4"""
    expect(api.post(f"{PATH}/challenge"), 201)
    assert problem(api.post(PATH, {"token": token})) == (403, "card-token-invalid")
    assert problem(api.post(PATH, {"token": token})) == (409, "challenge-gone")


@pytest.mark.parametrize("body", [{}, {"token": "x"}, {"token": None}, {"token": {}, "more": 1}, {"token": []}])
def test_a_body_that_holds_no_token_is_refused_before_the_challenge(
    api: ApiClient, responder: Responder, body: dict[str, Any]
) -> None:
    """R2.4"""
    expect(api.post(f"{PATH}/challenge"), 201)
    assert problem(api.post(PATH, body)) == (422, "validation-failed")


def test_another_site_can_neither_ask_nor_answer(new_api: Browser, new_card: NewCard) -> None:
    """R2.4: nobody is signed in as somebody else by a page that they visit."""
    card, api = new_card(), new_api()
    abroad = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert problem(api.post(f"{PATH}/challenge", headers=abroad)) == (403, "cross-site")
    nonce = expect(api.post(f"{PATH}/challenge"), 201)["nonce"]
    body = {"token": card.token(nonce, f"http://localhost:{api.port}")}
    assert problem(api.post(PATH, body, headers=abroad)) == (403, "cross-site")


# -- cards that let nobody in, each with words of its own


@pytest.mark.parametrize("language", ["ka", "en"])
def test_each_card_that_lets_nobody_in_is_told_apart(
    new_api: Browser, new_card: NewCard, pki: Pki, responder: Responder, tmp_path: Any, *, language: str
) -> None:
    """R2.3: what it is, and what to do."""
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    holder = Holder("ნინო", "მაისურაძე", journey.new_person()["personal_number"])
    revoked = new_card()
    pki.authentication.revoke(revoked.certificate)
    cards = {
        "card-certificate-unsuitable": SoftCard.issued(pki.signing, holder),
        "card-issuer-unknown": SoftCard.issued(Pki.create(tmp_path).authentication, holder),
        "card-expired": new_card(
            faults=CardFaults(not_after=now - timedelta(days=1), not_before=now - timedelta(9))
        ),
        "card-revoked": revoked,
    }
    said = {}
    for code, card in cards.items():
        refused = sign_in(new_api(language), card)
        assert problem(refused) == (403, code)
        said[code] = (refused.json()["title"], refused.json()["detail"])
    responder.mode = "down"
    undetermined = sign_in(new_api(language), new_card())
    assert problem(undetermined) == (503, "card-status-unknown")
    said["card-status-unknown"] = (undetermined.json()["title"], undetermined.json()["detail"])
    assert len(set(said.values())) == len(cards) + 1


# -- the profile of somebody who has no password


def test_who_registered_with_the_card_chooses_a_password_without_an_old_one(
    new_api: Browser, new_card: NewCard
) -> None:
    """R2.3, R2.8: other sessions end; this one stays as sure as it was."""
    card, api, other = new_card(), new_api(), new_api()
    given = registered(api, card)
    expect(sign_in(other, card), 200)
    nothing = {"email": given["email"], "password": journey.PASSWORD}
    assert problem(new_api().post("/v1/session", nothing)) == (401, "sign-in-failed")
    chosen = expect(api.put("/v1/session/password", {"new_password": journey.PASSWORD}), 200)
    assert (chosen["state"], chosen["assurance"]) == ("ready", "high")
    assert expect(api.get("/v1/profile"), 200)["has_password"] is True
    assert other.get("/v1/session").json() == {"state": "signed-out"}
    assert expect(new_api().post("/v1/session", nothing), 200)["assurance"] == "low"
    assert expect(sign_in(new_api(), card), 200)["state"] == "ready"


def test_a_forgotten_password_is_replaced_after_a_fresh_sign_in_with_the_card(
    new_api: Browser, new_card: NewCard, new_citizen: Callable[..., Citizen]
) -> None:
    """R10.15"""
    citizen, api = new_citizen(), new_api()
    expect(sign_in(api, new_card(citizen.personal_number)), 200)
    wrong = {"new_password": "ლურჯი თევზი წყალში ცურავს", "current_password": "some other password"}
    assert problem(api.put("/v1/session/password", wrong)) == (422, "current-password-wrong")
    expect(api.put("/v1/session/password", {"new_password": wrong["new_password"]}), 200)
    body = {"email": citizen.email, "password": wrong["new_password"]}
    assert expect(new_api().post("/v1/session", body), 200)["state"] == "ready"


def test_a_sign_in_with_the_card_is_fresh_for_a_quarter_of_an_hour(
    direct: Callable[..., DirectClient], later: Callable[..., None], new_card: NewCard
) -> None:
    """R2.5, R2.8: afterwards the card is shown again; a new password does not count as showing it."""
    api, card = direct(), new_card()
    registered(api, card)
    later(minutes=14)
    first = {"new_password": "ლურჯი თევზი წყალში ცურავს"}
    assert expect(api.put("/v1/session/password", first), 200)["assurance"] == "high"
    later(minutes=16)
    changed = {"new_password": "წითელი ვაშლი კალათაში დევს"}
    assert problem(api.put("/v1/session/password", changed)) == (403, "fresh-sign-in-required")
    asked = {"new_email": contact()["email"]}
    changes = "/v1/profile/email-changes"
    assert problem(api.post(changes, asked, key=True)) == (403, "fresh-sign-in-required")
    current = {"current_password": first["new_password"]}
    assert api.post(changes, {**asked, **current}, key=True).status == 202
    expect(sign_in(api, card), 200)
    assert expect(api.put("/v1/session/password", changed), 200)["state"] == "ready"


def test_an_address_and_a_number_are_changed_without_a_password(
    new_api: Browser, new_card: NewCard, mails: Mails
) -> None:
    """R2.5: for card users too, at any time."""
    api = new_api()
    given = registered(api, new_card())
    profile = api.get("/v1/profile")
    assert (
        expect(api.patch("/v1/profile", {"mobile": "599000111"}, match=profile.etag), 200)["mobile"] == "599000111"
    )
    new = f"new-{given['email']}"
    assert api.post("/v1/profile/email-changes", {"new_email": new}, key=True).status == 202
    code = "".join(character for character in mails(new)[0]["text"] if character.isdecimal())[:6]
    confirmed = api.post("/v1/profile/email-changes/confirmation", {"code": code}, key=True)
    assert expect(confirmed, 200)["email"] == new


def test_a_session_with_a_password_proves_nothing_without_it(citizen: Citizen) -> None:
    """R2.5: as before there were cards."""
    asked = citizen.api.post("/v1/profile/email-changes", {"new_email": contact()["email"]}, key=True)
    assert problem(asked) == (409, "password-state")


def test_nothing_of_a_card_stands_in_an_answer_that_refuses_it(new_api: Browser, new_card: NewCard) -> None:
    """R7.3"""
    card = new_card()
    refused = sign_in(new_api(), card, origin="https://evil.example")
    said = json.dumps(refused.json(), ensure_ascii=False)
    assert number_of(card) not in said
    assert "მაისურაძე" not in said


def test_a_session_in_which_somebody_registered_lasts_no_longer_than_another(
    direct: Callable[..., DirectClient], later: Callable[..., None], new_card: NewCard
) -> None:
    """R7.3: twelve hours from the moment at which the card was shown."""
    api = direct()
    expect(sign_in(api, new_card()), 200)
    later(minutes=20)
    expect(api.put("/v1/session/contact", contact()), 200)
    for minutes in range(40, 12 * 60, 20):
        later(minutes=minutes)
        assert api.get("/v1/session").json()["state"] == "terms", f"after {minutes} min"
    later(hours=12, seconds=5)
    assert api.get("/v1/session").json() == {"state": "signed-out"}
