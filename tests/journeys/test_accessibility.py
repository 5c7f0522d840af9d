"""Every page meets WCAG 2.1 AA in both themes, as far as axe-core can tell."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.helpers.browser import settle
from ui.navigation import find_pages, name_of

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"

FIND = """async (rules) =>
  (await axe.run(document, { runOnly: rules })).violations.map(
    ({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))])"""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [name_of(page) for page in find_pages()])
def test_every_page_is_accessible_in_both_themes(
    browser: Browser, address: str, name: str, theme: str
) -> None:
    # The content security policy would keep axe out.
    context = browser.new_context(color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.goto(f"{address}/{name}")
        settle(page)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(FIND, RULES) == []
    finally:
        context.close()
