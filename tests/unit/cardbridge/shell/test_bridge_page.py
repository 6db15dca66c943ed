"""The pop-up in real Chromium, opened by a page of another site (R2.3, R9.3)."""

from __future__ import annotations

import http.server
import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.browser
PROMPT = "empty to cancel): "
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The site's half of the protocol: opens the window at a click, sends `request` at "ready", keeps what it gets.
SITE = """<!doctype html><title>site</title><button>go</button><script>
let request = { command: "authenticate", arguments: { challengeNonce: "A".repeat(44) } };
let agent, window_, got = [];
addEventListener("message", (event) => {
  got.push({ origin: event.origin, data: event.data });
  if (event.data.type === "ready") {
    event.source.postMessage({ karibche: "card-bridge", type: "request", ...request }, agent);
  }
});
function open_(origin, lang) {
  agent = origin;
  document.querySelector("button").onclick = () => {
    window_ = open(`${origin}/v1/bridge?lang=${lang}`, "karibche-card", "popup,width=480,height=560");
  };
}
</script>"""


class _Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
        self.end_headers()
        self.wfile.write(SITE.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture
def serving(machine: Any, site: str) -> Any:
    return machine.serve("--developer-origin", site)


def opened(
    context: BrowserContext, site: str, serving: Any, language: str = "en", **request: Any
) -> tuple[Page, Page]:
    """Click at the site; return its page and the window."""
    page = context.new_page()
    page.goto(site)
    if request:
        page.evaluate("(given) => { request = given; }", request)
    page.evaluate("([origin, lang]) => open_(origin, lang)", [f"http://127.0.0.1:{serving.port}", language])
    with page.expect_popup() as popup:
        page.click("button")
    return page, popup.value


def answered(page: Page) -> Any:
    page.wait_for_function("got.length >= 2")
    ready, answer = page.evaluate("got")
    assert ready["data"] == {"karibche": "card-bridge", "type": "ready", "version": "1.0.0"}
    assert {name: answer["data"][name] for name in ("karibche", "type")} == {
        "karibche": "card-bridge",
        "type": "answer",
    }
    return answer["data"]


def test_a_site_asks_through_the_window_and_the_terminal_answers(
    context: BrowserContext, site: str, serving: Any
) -> None:
    """R2.3: without an extension and without a permission."""
    page, window = opened(context, site, serving)
    assert f"Site: {site}" in serving.program.expect(PROMPT)
    assert "terminal window" in window.locator("[role=status]").inner_text()
    assert site in window.locator("main").inner_text()
    serving.program.type("1234\n")
    # The origin is the browser's word, and so is what the card signs.
    assert answered(page)["result"]["origin"] == site
    if not window.is_closed():
        window.wait_for_event("close")
    assert serving.uses() == [{"used": "authentication", "right": True}]


def test_the_window_says_what_went_wrong_and_closes_itself(
    context: BrowserContext, site: str, serving: Any
) -> None:
    page, window = opened(context, site, serving)
    serving.program.expect(PROMPT)
    serving.program.type("0000\n")
    serving.program.expect(PROMPT)
    serving.program.type("\n")
    assert answered(page)["error"] == {"code": "ERR_WEBEID_NATIVE_FATAL", "message": "cardbridge/wrong-pin/2"}
    assert "The PIN is wrong; tries left: 2." in window.locator("[role=status]").inner_text()
    window.wait_for_event("close", timeout=20_000)


@pytest.mark.parametrize("language", ["ka", "en"])
@pytest.mark.parametrize("width", [480, 320])
def test_nothing_is_cut_off_and_no_code_is_refused(
    context: BrowserContext, site: str, serving: Any, language: str, width: int
) -> None:
    """R9.3"""
    said: list[str] = []
    context.on("console", lambda entry: said.append(entry.text))
    context.on("weberror", lambda error: said.append(str(error.error)))
    _, window = opened(context, site, serving, language)
    serving.program.expect(PROMPT)
    window.set_viewport_size({"width": width, "height": 560})
    assert window.evaluate("document.documentElement.scrollWidth") <= width
    assert window.evaluate("document.documentElement.lang") == language
    assert window.locator("button").inner_text() == {"ka": "გაუქმება", "en": "Cancel"}[language]
    assert window.evaluate("document.body.dataset.secret") is None
    assert said == []


def test_a_message_with_an_origin_of_its_own_is_refused(context: BrowserContext, site: str, serving: Any) -> None:
    """R2.3: who asks is the browser's word."""
    arguments = {"challengeNonce": "A" * 44}
    for request in (
        {"command": "authenticate", "arguments": arguments, "origin": "https://karibche.example"},
        {"command": "authenticate", "arguments": arguments | {"origin": "https://karibche.example"}},
    ):
        page, window = opened(context, site, serving, **request)
        assert answered(page)["error"]["message"] == "cardbridge/invalid-argument"
        window.close()
        page.close()
    assert "A request came" not in serving.program.said


def test_a_site_that_is_not_allowed_is_refused_in_words(context: BrowserContext, site: str, machine: Any) -> None:
    serving = machine.serve()
    page, window = opened(context, site, serving)
    assert answered(page)["error"]["message"] == "cardbridge/origin-not-allowed"
    assert "not on the list" in window.locator("[role=status]").inner_text()
    assert "A request came" not in serving.program.said


def test_one_request_is_taken_and_only_from_the_opener(context: BrowserContext, site: str, serving: Any) -> None:
    page, window = opened(context, site, serving)
    serving.program.expect(PROMPT)
    again = {"karibche": "card-bridge", "type": "request", "command": "authenticate", "arguments": {}}
    page.evaluate("(again) => window_.postMessage(again, agent)", again)
    window.evaluate("(again) => postMessage(again, location.origin)", again)
    serving.program.type("1234\n")
    assert "result" in answered(page)
    assert page.evaluate("got.length") == 2
    assert serving.program.said.count("A request came") == 1


def test_a_frame_of_the_site_is_not_the_opener(context: BrowserContext, site: str, serving: Any) -> None:
    page, window = opened(context, site, serving, command="nonsense", arguments={}, type="nonsense")
    page.wait_for_function("got.length == 1")
    page.evaluate(
        """async (request) => {
          const frame = document.createElement("iframe");
          frame.src = location.href;
          const loaded = new Promise((resolve) => { frame.onload = resolve; });
          document.body.append(frame);
          await loaded;
          frame.contentWindow.eval("parent").window_ = window_;
          frame.contentWindow.eval(`parent.window_.postMessage(${JSON.stringify(request)}, "*")`);
        }""",
        {
            "karibche": "card-bridge",
            "type": "request",
            "command": "authenticate",
            "arguments": {"challengeNonce": "A" * 44},
        },
    )
    assert window.locator("[role=status]").inner_text() == "Connecting with the site…"
    assert "A request came" not in serving.program.said


@pytest.mark.parametrize("what", ["window", "opener", "button"])
def test_whoever_leaves_takes_the_question_along(
    context: BrowserContext, site: str, serving: Any, what: str
) -> None:
    """R2.4: nothing is signed and no try is spent."""
    page, window = opened(context, site, serving)
    serving.program.expect(PROMPT)
    if what == "window":
        window.close()
    elif what == "opener":
        page.close()
    else:
        window.click("button")
        assert answered(page)["error"]["code"] == "ERR_WEBEID_USER_CANCELLED"
    serving.program.expect("This was cancelled.")
    assert serving.uses() == []


def test_a_program_that_ends_meanwhile_is_said_in_words(context: BrowserContext, site: str, serving: Any) -> None:
    page, window = opened(context, site, serving)
    serving.program.expect(PROMPT)
    serving.program.end(9)
    assert answered(page)["error"]["message"] == "cardbridge/no-terminal"
    assert "cardbridge serve" in window.locator("[role=status]").inner_text()


def test_the_window_opened_by_hand_says_where_to_begin(context: BrowserContext, serving: Any) -> None:
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{serving.port}/v1/bridge?lang=en")
    assert "opened from the portal's page" in page.locator("[role=status]").inner_text()


def test_no_frame_shows_it_and_no_fetch_reads_it(context: BrowserContext, site: str, serving: Any) -> None:
    page = context.new_page()
    page.goto(site)
    agent = f"http://127.0.0.1:{serving.port}"
    page.evaluate(
        """(agent) => new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.src = `${agent}/v1/bridge`;
          frame.onload = resolve;
          document.body.append(frame);
        })""",
        agent,
    )
    page.frames[1].wait_for_url("chrome-error://chromewebdata/")
    for path, how in (("/v1/bridge", {}), ("/v1/operations", {"method": "POST", "mode": "no-cors", "body": "{}"})):
        reply = page.evaluate(
            "([url, how]) => fetch(url, how).then((response) => response.type, () => 'failed')",
            [agent + path, how],
        )
        assert reply in {"failed", "opaque"}
    assert "A request came" not in serving.program.said
