"""A person's browser at the deployed portal: real Chromium, every page checked by axe."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from local import processes
from local.run import start_simulator
from local.stack import Stack
from local.testing import mails, new_citizen, operator, stack

__all__ = ["mails", "new_citizen", "operator", "stack"]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def providers(stack: Stack) -> Iterator[None]:
    """The three institutions' own programs, which answer by themselves."""
    started = [start_simulator(stack, provider) for provider in stack.providers]
    yield
    for program in started:
        processes.end(program)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser, stack: Stack, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Browsers of different people. A message of the console, or an error in a page, fails the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def make(width: int = 1280) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, base_url=stack.origin, reduced_motion="reduce"
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert troubles == []
