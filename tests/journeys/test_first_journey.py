"""One application, from the counter to the reply, through the screens that people use."""

import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from local.client import ApiClient
from local.stack import Stack
from tests.journeys.axe import assert_accessible
from tests.journeys.words import OPERATOR, FormWords, Language, Words, provider_name

pytestmark = [pytest.mark.cloud, pytest.mark.browser]
PASSWORD = "მწვანე ჩიტი ღობეზე ზის"
MINUTE = 60_000


def test_an_operator_registers_a_citizen_who_asks_and_is_answered(
    stack: Stack,
    providers: None,
    new_page: Callable[..., Page],
    mails: Callable[..., list[dict[str, Any]]],
    language: Language,
) -> None:
    """R1.2, R1.4, R2.1, R2.2, R2.5, R3.1, R4.1, R4.2, R5.1, R5.2, R9.3: the four steps, in both languages."""
    email = f"nino-{secrets.token_hex(5)}@karibche.example"
    personal_number = f"{secrets.randbelow(10**11):011d}"
    desk = new_page()
    one_time = register(desk, stack, language, email, personal_number)
    page = new_page(width=320 if language == "ka" else 1280)
    enter(page, language, email, one_time)
    change_mobile(page, language)
    find_the_service(page, language)
    fill_half_and_leave(page, language)
    number = finish_and_send(page, language)
    read_the_reply(page, language, number)
    subjects = {mail["subject"] for mail in mails(email, at_least=3)}
    assert "თქვენს განცხადებაზე პასუხი მოვიდა" in subjects


def register(page: Page, stack: Stack, language: Language, email: str, personal_number: str) -> str:
    """The operator signs in and registers the citizen; the one-time password to hand over."""
    t = Words(language, OPERATOR)
    address = f"operator-{secrets.token_hex(4)}@karibche.example"
    made = stack.create_operator(address)
    page.goto(f"/{language}/operator")
    assert_accessible(page)
    page.get_by_label(t("field.email")).fill(address)
    page.get_by_label(t("field.password"), exact=True).fill(made["password"])
    page.get_by_label(t("field.code")).fill(pyotp.TOTP(made["totp_key"]).now())
    page.get_by_role("button", name=t("login.action"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("register.title"))
    page.get_by_role("button", name=t("register.action")).click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    assert_accessible(page)
    page.get_by_label(t("field.first-name")).fill("ნინო")
    page.get_by_label(t("field.last-name")).fill("ბერიძე-ღვინიაშვილი")
    page.get_by_label(t("field.personal-number")).fill(personal_number)
    page.get_by_label(t("field.email")).fill(email)
    page.get_by_label(t("field.mobile")).fill("555 12 34 56")
    page.get_by_label(t("field.signed.statement")).check()
    page.get_by_role("button", name=t("register.action")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("otp.title"))
    assert_accessible(page)
    one_time = page.locator("output").inner_text()
    page.get_by_role("button", name=t("otp.done")).click()
    expect(page.get_by_label(t("field.first-name"))).to_have_value("")
    assert one_time not in page.content()
    return one_time


def enter(page: Page, language: Language, email: str, one_time: str) -> None:
    """First sign-in: a wrong password, the one-time password, a new one, the terms, the personal page."""
    t = Words(language)
    page.goto(f"/{language}/login")
    page.get_by_label(t("field.email")).fill(email)
    page.get_by_label(t("field.password"), exact=True).fill("არასწორი პაროლი")
    page.get_by_role("button", name=t("login.action"), exact=True).click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    assert_accessible(page)
    page.get_by_label(t("field.password"), exact=True).fill(one_time)
    page.get_by_role("button", name=t("login.action"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("new-password.title"))
    assert_accessible(page)
    page.get_by_label(t("field.new-password"), exact=True).fill(PASSWORD)
    page.get_by_role("button", name=t("new-password.save")).click()
    accept = page.get_by_role("button", name=t("terms.accept"))
    expect(accept).to_be_visible()
    assert_accessible(page)
    accept.click()
    expect(page).to_have_url(re.compile(f"/{language}/home$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(t("home.title", name="ნინო"))
    assert_accessible(page)


def change_mobile(page: Page, language: Language) -> None:
    t = Words(language)
    page.goto(f"/{language}/profile")
    page.get_by_label(t("field.mobile")).fill("599 01 02 03")
    page.get_by_role("button", name=t("profile.mobile.save")).click()
    expect(page.get_by_text(t("profile.mobile.saved"))).to_be_visible()
    assert_accessible(page)


def find_the_service(page: Page, language: Language) -> None:
    """By category, then by search; what it is, who answers, how long it takes."""
    t, form = Words(language), FormWords("public-information", language)
    page.goto(f"/{language}/categories/personal-information")
    expect(page.get_by_role("link", name=form.title).first).to_be_visible()
    page.goto(f"/{language}/services")
    page.get_by_label(t("search.label")).fill("საჯარო ინფ" if language == "ka" else "public inf")
    page.get_by_role("button", name=t("search.action")).click()
    page.get_by_role("main").get_by_role("link", name=form.title).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(form.title)
    expect(page.get_by_text(form.definition["deadline"]["text"][language]).first).to_be_visible()
    expect(page.get_by_text(provider_name("napr", language)).first).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name=t("service.start")).click()


def fill_half_and_leave(page: Page, language: Language) -> None:
    """An error names its field; what was saved is found again."""
    t, form = Words(language), FormWords("public-information", language)
    expect(page.get_by_role("heading", level=1)).to_have_text(form.page("addressee"))
    page.get_by_role("button", name=t("form.continue")).click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    assert_accessible(page)
    page.get_by_label(provider_name("napr", language)).check()
    page.get_by_role("button", name=t("form.continue")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(form.page("request"))
    page.get_by_label(form.label("/subject")).fill("ვაკის პარკის სარემონტო სამუშაოები")
    page.get_by_label(form.label("/description")).fill(
        "გთხოვთ, მომაწოდოთ სამუშაოების ღირებულება.\n„ორი“ სტრიქონი."
    )
    assert_accessible(page)
    page.get_by_role("button", name=t("form.leave")).click()
    expect(page).to_have_url(re.compile(f"/{language}/home$"))
    page.goto(f"/{language}/services/public-information")
    expect(page.get_by_role("heading", name=t("service.drafts"))).to_be_visible()
    assert_accessible(page)
    page.get_by_role("main").get_by_role("link", name=t("draft.continue")).first.click()
    expect(page.get_by_label(form.label("/subject"))).to_have_value("ვაკის პარკის სარემონტო სამუშაოები")


def finish_and_send(page: Page, language: Language) -> str:
    """The rest of the form, the check, the sending; the registration number."""
    t, form = Words(language), FormWords("public-information", language)
    page.get_by_role("button", name=t("form.continue")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(form.page("reply"))
    page.get_by_label(form.option("/reply_form", "electronic")).check()
    page.get_by_role("button", name=t("form.continue")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("check.title"))
    expect(page.get_by_text("ვაკის პარკის სარემონტო სამუშაოები").first).to_be_visible()
    page.get_by_text(t("check.bytes")).click()
    assert_accessible(page)
    page.get_by_role("button", name=t("check.send")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("sent.title"))
    assert_accessible(page)
    number = page.locator(".sent__number").inner_text()
    assert re.fullmatch(r"\d{4}-\d{8}-\d", number)
    page.get_by_role("link", name=t("sent.open")).click()
    return number


def read_the_reply(page: Page, language: Language, number: str) -> None:
    """Sent, received, answered, without reloading; the attachment is what its digest says."""
    t = Words(language)
    expect(page.get_by_text(t("state.sent")).first).to_be_visible()
    page.evaluate("window.notReloaded = true")
    expect(page.get_by_text(t("state.received")).first).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("heading", name=t("request.reply"), exact=True)).to_be_visible(timeout=MINUTE)
    assert page.evaluate("window.notReloaded") is True
    expect(page.locator(".message--reply")).to_contain_text(number)
    assert_accessible(page)
    with page.expect_download() as waiting:
        page.locator(".message--reply .attachment a").first.click()
    content = waiting.value.path().read_bytes()
    page.get_by_text(t("reply.digest")).click()
    expect(page.locator(".message--reply")).to_contain_text(hashlib.sha256(content).hexdigest())
    page.goto(f"/{language}/notices")
    expect(page.get_by_text(t("notice.request-answered")).first).to_be_visible()
    assert_accessible(page)


@pytest.fixture(params=["ka", "en"])
def language(request: pytest.FixtureRequest) -> Language:
    chosen: Language = request.param
    return chosen


def test_a_service_that_cannot_be_started_yet_says_what_is_missing(new_page: Callable[..., Page]) -> None:
    """R2.6: the card, the signature."""
    t, page = Words("ka"), new_page(width=320)
    page.goto("/ka/services/letter")
    expect(page.get_by_text(t("missing.title"))).to_be_visible()
    expect(page.get_by_text(t("missing.signature"))).to_be_visible()
    assert_accessible(page)


def test_the_mailbox_shows_the_letter(
    stack: Stack, operator: ApiClient, new_citizen: Callable[..., Any], new_page: Callable[..., Page]
) -> None:
    """The local site shows what the portal mailed."""
    citizen = new_citizen()
    page = new_page()
    page.goto("/mailbox")
    expect(page.get_by_text(citizen.email).first).to_be_visible(timeout=MINUTE)
