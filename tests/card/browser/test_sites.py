"""What any site of the internet can get from the agent, and what it can't."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from rig import AUTHENTICATION, AUTHENTICATION_PIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page
    from rig import Rig

    from tests.card.agent import Agent
    from tests.card.browser.conftest import PlainSite
    from tests.card.conftest import NewCard

pytestmark = [pytest.mark.cloud, pytest.mark.browser]
AGENT = "http://127.0.0.1:17643"
NONCE = "n" * 44
ASK = """([agent, request]) => {
  document.querySelector('button').onclick = () => {
    const popup = window.open(`${agent}/v1/bridge?lang=en`, 'card', 'popup,width=480,height=560')
    window.addEventListener('message', ({ source, origin, data }) => {
      if (source !== popup) return
      if (data.type === 'ready') popup.postMessage(request, agent)
      else window.answer = { origin, ...data }
    })
  }
}"""
FETCH = "agent => fetch(`${agent}/v1/bridge`, { mode: 'no-cors' }).then(() => 'read', () => 'refused')"


def ask(page: Page, **arguments: str) -> None:
    """A site opens the agent's window, and asks it as the portal would."""
    given = {"challengeNonce": NONCE, "lang": "en", **arguments}
    request = {"karibche": "card-bridge", "type": "request", "command": "authenticate", "arguments": given}
    page.evaluate(ASK, [AGENT, request])
    page.get_by_role("button").click()


def answer(page: Page) -> dict[str, Any]:
    """What the agent's window answered."""
    page.wait_for_function("window.answer")
    found: dict[str, Any] = json.loads(page.evaluate("JSON.stringify(window.answer)"))
    return found


def test_a_site_that_the_holder_allowed_gets_a_token_for_its_own_origin(
    plain_site: PlainSite, rig: Rig, agent: Agent, new_card: NewCard, new_page: Callable[..., Page]
) -> None:
    """R2.4: the window is opened without a permission, and answers the site that opened it alone."""
    rig.insert(new_card())
    assert agent.terminal("allow", plain_site.origin).wait() == 0
    terminal = agent.serve()
    page = new_page()
    page.goto(plain_site.origin)
    ask(page)
    assert plain_site.origin in terminal.enter(AUTHENTICATION_PIN)
    said = answer(page)
    assert said["origin"] == AGENT
    assert said["result"]["format"] == "web-eid:1.0"


def test_a_site_that_is_not_on_the_list_is_refused_before_a_reader_is_touched(
    plain_site: PlainSite, rig: Rig, agent: Agent, new_card: NewCard, new_page: Callable[..., Page]
) -> None:
    """R2.4: nothing is asked and no try is spent, though another site of the same machine is allowed."""
    card = new_card()
    rig.insert(card)
    terminal = agent.serve("http://localhost:8000")
    page = new_page()
    page.goto(plain_site.origin)
    ask(page)
    assert answer(page)["error"]["message"] == "cardbridge/origin-not-allowed"
    assert "Enter" not in terminal.said
    assert card.tries(AUTHENTICATION) == 3


def test_a_site_cannot_speak_for_another(
    plain_site: PlainSite, rig: Rig, agent: Agent, new_card: NewCard, new_page: Callable[..., Page]
) -> None:
    """R2.4: the origin is the browser's word; a message that brings one is refused."""
    rig.insert(new_card())
    assert agent.terminal("allow", plain_site.origin).wait() == 0
    terminal = agent.serve("http://localhost:8000")
    page = new_page()
    page.goto(plain_site.origin)
    ask(page, origin="http://localhost:8000")
    assert answer(page)["error"] == {
        "code": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
        "message": "cardbridge/invalid-argument",
    }
    assert "Enter" not in terminal.said


def test_a_page_cannot_call_the_agent_without_a_window(
    plain_site: PlainSite, agent: Agent, new_page: Callable[..., Page]
) -> None:
    """R2.4: without a permission the browser refuses; with one, the page still reads nothing."""
    agent.serve()
    page = new_page()
    why: list[str] = []
    page.on("console", lambda said: why.append(said.text))
    page.goto(plain_site.origin)
    assert page.evaluate(FETCH, AGENT) == "refused"
    page.context.grant_permissions(["local-network-access"], origin=plain_site.origin)
    assert page.evaluate(FETCH, AGENT) == "refused"
    assert "Permission was denied for this request to access the `loopback` address space" in why[0]
    assert "ERR_BLOCKED_BY_RESPONSE.NotSameOrigin" in why[-1]
