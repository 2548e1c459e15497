"""How a page has to be: free of what axe finds, and without a need to scroll sideways."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

__all__ = ["assert_fits", "assert_without_barriers"]

_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def assert_without_barriers(page: Page) -> None:
    """Axe finds nothing against WCAG 2.2 AA on the page as it is shown now."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": list(_RULES)})
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


def assert_fits(page: Page) -> None:
    """The page is no wider than the window."""
    wide = page.evaluate(_TOO_WIDE)
    assert wide == [], f"{page.url} at {page.viewport_size} is too wide: {wide}"


_TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.body.querySelectorAll('*')]
        .filter(each => each.getBoundingClientRect().right > width + 1)
        .map(each => each.outerHTML.slice(0, 120)).slice(0, 5);
}"""
