"""A citizen comes in with the card through the site: pop-up or extension, agent, reader, authorities, portal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from playwright.sync_api import Locator, Page, expect
from rig import AUTHENTICATION, AUTHENTICATION_PIN

from local import journey
from tests.card.browser.conftest import EXTENSION_ID
from tests.journeys.axe import assert_accessible, assert_usable
from tests.journeys.words import FormWords, Language, Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from rig import CardFile, Rig

    from local.client import ApiClient
    from local.pki import Holder, Pki, Responder
    from local.stack import Stack
    from tests.card.agent import Agent
    from tests.card.conftest import NewCard

pytestmark = [pytest.mark.cloud, pytest.mark.browser]
CARD = "citizen/card/{}.json"
SERVICE = "own-personal-data"
# The page itself waits for five seconds before it says that no program answers.
expect.set_options(timeout=15_000)


def press(page: Page, language: Language) -> None:
    """The card's button on the login page."""
    page.goto(f"/{language}/login")
    page.get_by_role("button", name=Words(language, CARD)("card.sign-in")).click()


def trouble(page: Page, language: Language, key: str, **params: str) -> None:
    """The login page says this, and puts the focus there."""
    said = page.locator(".govuk-error-summary")
    expect(said).to_contain_text(Words(language, CARD)(f"trouble.{key}", **params))
    expect(said).to_be_focused()
    assert_accessible(page)


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def welcome(page: Page, language: Language, holder: Holder) -> None:
    expect(heading(page)).to_have_text(Words(language)("home.title", name=holder.first_name))


def give_contact_and_accept(page: Page, language: Language, email: str) -> None:
    """The two steps of a first sign-in."""
    t = Words(language)
    expect(heading(page)).to_have_text(t("contact.title"))
    assert_accessible(page)
    page.get_by_label(t("field.mobile")).fill("555 12 34 56")
    page.get_by_role("button", name=t("new-password.save")).click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    assert_accessible(page)
    expect(page.get_by_label(t("field.mobile"))).to_have_value("555 12 34 56")
    page.get_by_label(t("field.email")).fill(email)
    page.get_by_role("button", name=t("new-password.save")).click()
    accept = page.get_by_role("button", name=t("terms.accept"))
    expect(accept).to_be_visible()
    assert_accessible(page)
    accept.click()
    expect(page).to_have_url(re.compile(f"/{language}/home$"))


def told(page: Page, path: str) -> Any:
    """What the portal answers to this browser's session."""
    return page.evaluate("path => fetch(path).then(answer => answer.json())", f"/api/v1/{path}")


def written_number(rig: Rig) -> str:
    """The personal number in the certificate that OpenSC reads from the card."""
    pem = rig.tool("pkcs15-tool", "--reader", "0", "--read-certificate", "01")
    subject = x509.load_pem_x509_certificate(pem.encode()).subject
    (number,) = subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    return str(number.value).removeprefix("PNOGE-")


@pytest.mark.parametrize(("language", "width"), [("ka", 320), ("en", 1280)])
def test_a_person_registers_with_the_card_alone_and_is_asked_for_contact_once(
    portal: Stack,
    rig: Rig,
    agent: Agent,
    new_card: NewCard,
    new_page: Callable[..., Page],
    mails: Callable[..., list[dict[str, Any]]],
    holder: Holder,
    language: Language,
    width: int,
) -> None:
    """R2.3, R2.4, R2.6: the pop-up, without permission or extension; the service that needs the card opens."""
    rig.insert(new_card(holder))
    number = written_number(rig)
    terminal = agent.serve(portal.origin)
    page = new_page(width=width)
    email = f"tamar-{number}@karibche.example"

    press(page, language)
    expect(page.get_by_text(Words(language, CARD)("card.asked"), exact=True)).to_be_visible()
    assert_accessible(page)
    said = terminal.enter(AUTHENTICATION_PIN)
    assert portal.origin in said
    assert f"{holder.first_name} {holder.last_name}" in said
    give_contact_and_accept(page, language, email)
    welcome(page, language, holder)
    assert len(page.context.pages) == 1
    assert told(page, "session")["assurance"] == "high"
    assert told(page, "profile")["personal_number"] == number
    assert len(mails(email)) == 1

    t, form = Words(language), FormWords(SERVICE, language)
    page.goto(f"/{language}/services/{SERVICE}")
    page.get_by_role("button", name=t("service.start")).click()
    expect(page).to_have_url(re.compile(rf"/{language}/drafts/"))
    expect(heading(page)).to_have_text(form.definition["form"]["pages"][0]["title"][language])

    page.context.clear_cookies()
    press(page, language)
    terminal.enter(AUTHENTICATION_PIN)
    welcome(page, language, holder)
    assert told(page, "profile")["email"] == email


def test_the_extension_reaches_the_terminal_through_the_installed_host(
    portal: Stack, rig: Rig, agent: Agent, new_card: NewCard, new_page: Callable[..., Page], holder: Holder
) -> None:
    """R2.3, R2.4: Web eID's page protocol and native messaging, end to end; no pop-up is opened."""
    rig.insert(new_card(holder, key="rsa:2048"))
    installed = agent.terminal("install", "--extension-id", EXTENSION_ID)
    assert installed.wait() == 0, installed.said
    terminal = agent.serve(portal.origin)
    page = new_page(with_extension=True)
    opened: list[Page] = []
    page.context.on("page", lambda page: opened.append(page))  # noqa: PLW0108 - Playwright cannot hook into a builtin

    press(page, "ka")
    assert portal.origin in terminal.enter(AUTHENTICATION_PIN)
    give_contact_and_accept(page, "ka", f"tamar-{holder.personal_number}@karibche.example")
    welcome(page, "ka", holder)
    assert opened == []


def test_the_page_says_how_to_open_the_terminal_and_no_try_is_spent(
    rig: Rig, agent: Agent, new_card: NewCard, new_page: Callable[..., Page]
) -> None:
    """R2.4: the host that the browser starts has no terminal of its own."""
    card = new_card()
    rig.insert(card)
    assert agent.terminal("install", "--extension-id", EXTENSION_ID).wait() == 0
    page = new_page(with_extension=True)
    press(page, "ka")
    trouble(page, "ka", "no-terminal")
    assert card.tries(AUTHENTICATION) == 3
    assert card.signatures() == 0


def test_the_page_says_what_to_install_where_no_program_answers(new_page: Callable[..., Page]) -> None:
    """R2.3: neither extension nor agent; the way to the guide stands beside it."""
    page = new_page(width=320)
    press(page, "ka")
    trouble(page, "ka", "absent")
    page.get_by_role("main").get_by_role("link", name=Words("ka")("footer.card")).first.click()
    expect(heading(page)).to_have_text(Words("ka")("footer.card"))
    assert_accessible(page)


def test_a_wrong_pin_is_told_with_the_tries_left_and_nothing_is_signed(
    portal: Stack, rig: Rig, agent: Agent, new_card: NewCard, new_page: Callable[..., Page]
) -> None:
    """R2.4: the page has its own text; the next attempt with the right PIN works."""
    card = new_card()
    rig.insert(card)
    terminal = agent.serve(portal.origin)
    page = new_page()
    press(page, "en")
    terminal.enter("9999")
    terminal.enter("")
    trouble(page, "en", "wrong-pin.left", n="2")
    assert card.tries(AUTHENTICATION) == 2
    assert card.signatures() == 0
    page.get_by_role("button", name=Words("en")("fail.retry")).click()
    terminal.enter(AUTHENTICATION_PIN)
    expect(heading(page)).to_have_text(Words("en")("contact.title"))


@pytest.mark.parametrize("language", ["ka", "en"])
def test_what_is_wrong_with_card_or_reader_has_its_own_words(
    portal: Stack, rig: Rig, agent: Agent, new_card: NewCard, new_page: Callable[..., Page], language: Language
) -> None:
    """R2.4, R9.3: no card, a foreign one, two, one pulled out, a refusal by its holder, a blocked PIN."""
    card = new_card()
    terminal = agent.serve(portal.origin)
    page = new_page()

    press(page, language)
    trouble(page, language, "no-card")
    rig.insert(None)
    press(page, language)
    trouble(page, language, "foreign-card")
    rig.remove()
    rig.insert(card)
    rig.insert(new_card(), slot=1)
    press(page, language)
    trouble(page, language, "several-cards")
    rig.remove(slot=1)
    press(page, language)
    terminal.enter("")
    trouble(page, language, "cancelled")
    press(page, language)
    terminal.expect("(empty to cancel): ")
    rig.remove()
    terminal.type(AUTHENTICATION_PIN)
    trouble(page, language, "card-removed")
    assert card.tries(AUTHENTICATION) == 3
    rig.insert(card)
    press(page, language)
    terminal.enter("9999")
    terminal.enter("9999")
    terminal.expect("to cancel: ")
    terminal.type("yes")
    terminal.enter("9999")
    trouble(page, language, "blocked")
    press(page, language)
    trouble(page, language, "blocked")
    assert card.signatures() == 0


def test_a_window_that_the_person_closes_cancels_and_spends_no_try(
    portal: Stack, rig: Rig, agent: Agent, new_card: NewCard, new_page: Callable[..., Page]
) -> None:
    """R2.4: what is typed into the terminal afterwards reaches no card."""
    card = new_card()
    rig.insert(card)
    terminal = agent.serve(portal.origin)
    page = new_page()
    with page.expect_popup() as window:
        press(page, "ka")
    terminal.expect("(empty to cancel): ")
    assert_usable(window.value)
    window.value.close()
    trouble(page, "ka", "cancelled")
    terminal.type(AUTHENTICATION_PIN)
    assert card.tries(AUTHENTICATION) == 3
    assert card.signatures() == 0


def test_the_portal_says_why_it_refuses_a_certificate(
    portal: Stack,
    rig: Rig,
    agent: Agent,
    pki: Pki,
    responder: Responder,
    new_card: NewCard,
    new_page: Callable[..., Page],
    holder: Holder,
) -> None:
    """R2.4: a status that cannot be found out, then a revoked certificate; nobody is signed in."""
    card: CardFile = new_card(holder)
    rig.insert(card)
    terminal = agent.serve(portal.origin)
    page = new_page()
    responder.mode = "down"
    press(page, "ka")
    terminal.enter(AUTHENTICATION_PIN)
    trouble(page, "ka", "status-unknown")
    responder.mode = "good"
    pki.authentication.revoke(card.certificate(AUTHENTICATION))
    press(page, "ka")
    terminal.enter(AUTHENTICATION_PIN)
    trouble(page, "ka", "revoked")
    assert told(page, "session") == {"state": "signed-out"}


def test_a_service_that_needs_the_card_shows_the_way_and_the_account_of_the_counter_is_joined(
    portal: Stack,
    operator: ApiClient,
    rig: Rig,
    agent: Agent,
    new_card: NewCard,
    new_page: Callable[..., Page],
    holder: Holder,
) -> None:
    """R2.1, R2.3, R2.6: one person, one account; another person's card does not take the session over."""
    person = journey.new_person() | {"personal_number": holder.personal_number}
    citizen = journey.admitted(operator, person)
    rig.insert(new_card())
    terminal = agent.serve(portal.origin)
    page = new_page(width=320)
    t = Words("ka")
    page.goto("/ka/login")
    page.get_by_label(t("field.email")).fill(citizen.email)
    page.get_by_label(t("field.password"), exact=True).fill(citizen.password)
    page.get_by_role("button", name=t("login.action"), exact=True).click()
    expect(page).to_have_url(re.compile("/ka/home$"))

    page.goto(f"/ka/services/{SERVICE}")
    expect(page.get_by_text(t("missing.card.title"))).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name=t("login.card.title")).click()
    expect(heading(page)).to_have_text(t("again.card"))
    page.get_by_role("button", name=Words("ka", CARD)("card.sign-in")).click()
    terminal.enter(AUTHENTICATION_PIN)
    trouble(page, "ka", "of-another")
    assert told(page, "session")["assurance"] == "low"

    rig.remove()
    rig.insert(new_card(holder))
    page.get_by_role("button", name=t("fail.retry")).click()
    terminal.enter(AUTHENTICATION_PIN)
    expect(page).to_have_url(re.compile(f"/ka/services/{SERVICE}$"))
    expect(page.get_by_role("button", name=t("service.start"))).to_be_visible()
    assert told(page, "session")["assurance"] == "high"
    assert told(page, "profile")["email"] == citizen.email
