"""Real Chromium at the deployed portal and at plain sites, with the card's agent beside it.

Sites are declared public, as they are on the internet: otherwise a page served from this machine may do what no
page of the internet may.
"""

from __future__ import annotations

import secrets
import shutil
import ssl
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import BrowserContext, Page, sync_playwright

from local.pki import Holder
from local.testing import mails, operator, stack
from tests.journeys.conftest import FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Playwright

    from local.pki import Pki, Responder
    from local.stack import Stack
    from tests.card.agent import Agent

__all__ = ["mails", "operator", "stack"]

EXTENSION = Path(__file__).parents[1] / "extension"
EXTENSION_ID = "klchncbmcdkbmgmhoglfdlemcnamnmhf"
SITE_NAME = "portal.karibche.example"


class PlainSite:
    """A page on the internet with one button and no policy of its own, over TLS."""

    def __init__(self, folder: Path, pki: Pki) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = pki.root.issue(key.public_key(), Holder("", SITE_NAME, SITE_NAME))
        files = (folder / "site.pem", folder / "site.key")
        files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Plain)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.origin = f"https://{SITE_NAME}:{self.port}"

    def start(self) -> None:
        """Serve from now on."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()


class _Plain(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b"<!doctype html><title>A site</title><button>Card</button>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture(scope="session")
def plain_site(folder: Path, pki: Pki) -> Iterator[PlainSite]:
    site = PlainSite(folder, pki)
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def trusting_portal(stack: Stack, pki: Pki, running_responder: Responder) -> Stack:
    """The deployed portal, which lets in whom the test authorities have certified."""
    stack.trust(pki.trust(running_responder.url))
    return stack


@pytest.fixture
def portal(trusting_portal: Stack, responder: Responder) -> Stack:
    """That portal while the responders answer well."""
    return trusting_portal


@pytest.fixture
def holder() -> Holder:
    """Somebody whom the portal has never seen."""
    return Holder("თამარ", "გელაშვილი", f"{secrets.randbelow(10**11):011d}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture
def new_page(
    playwright: Playwright, portal: Stack, plain_site: PlainSite, agent: Agent, tmp_path: Path
) -> Iterator[Callable[..., Page]]:
    """`new_page(width=1280, with_extension=False)`: somebody's browser, on the same machine as `agent`.

    An error in a page, or something that its policy forbade, fails the test.
    """
    troubles: list[str] = []
    public = ",".join(f"127.0.0.1:{port}=public" for port in (portal.site_port, plain_site.port))
    flags = [*FLAGS, f"--ip-address-space-overrides={public}", f"--host-resolver-rules=MAP {SITE_NAME} 127.0.0.1"]
    with ExitStack() as opened:

        def make(*, width: int = 1280, with_extension: bool = False) -> Page:
            profile = Path(agent.environment["HOME"]) / ".config/chromium"
            context = playwright.chromium.launch_persistent_context(
                profile if with_extension else tmp_path / f"profile-{secrets.token_hex(4)}",
                executable_path=shutil.which("chromium"),
                ignore_default_args=["--disable-extensions"],
                args=[*flags, *(_extension() if with_extension else ())],
                env=dict(agent.environment),
                base_url=portal.origin,
                viewport={"width": width, "height": 900},
                reduced_motion="reduce",
                ignore_https_errors=True,
            )
            opened.callback(context.close)
            context.set_default_timeout(20_000)
            _watch(context, troubles)
            return context.pages[0]

        yield make
    assert troubles == []


def _extension() -> tuple[str, ...]:
    return (f"--load-extension={EXTENSION}", f"--disable-extensions-except={EXTENSION}")


def _watch(context: BrowserContext, troubles: list[str]) -> None:
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
