"""Accessibility of the page that is shown, by axe-core, and two things that axe does not see."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
RUN = "axe.run(document).then(found => found.violations.map(one => [one.id, one.nodes.map(node => node.html)]))"
OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def assert_accessible(page: Page) -> None:
    """R9.3: no axe finding, no sideways scroll, the language that the address names said."""
    assert_usable(page)
    assert page.evaluate("document.documentElement.lang") == page.url.split("/")[3]


def assert_usable(page: Page) -> None:
    """R9.3: no axe finding and no sideways scroll."""
    page.get_by_role("heading", level=1).wait_for()
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    violations: list[Any] = page.evaluate(RUN)
    assert violations == [], f"{page.url}: {violations}"
    assert not page.evaluate(OVERFLOWS), f"{page.url} scrolls sideways"
