"""A real browser before a real server: a small demo shop whose clock stands, seen by people of every role."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsers import launched
from playwright.sync_api import Browser, Error, Page, sync_playwright
from watching import Watch

from serving_process import Server, served

NOON = "2026-11-23T12:00:00Z"
CONTACTS, INTERACTIONS = 10_000, 200_000

_REQUIRED = "COTERIE_BROWSER_REQUIRED"
"""Where it is set, tests fail that would be skipped for want of a browser."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser test waits for pages: it gets the time of a slow machine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(120))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server: 10,000 contacts, eight live segments, and noon on 23 November 2026 until a test advances it."""
    folder = tmp_path_factory.mktemp("browser") / "shop"
    sizes = {"demo_contacts": CONTACTS, "demo_interactions": INTERACTIONS}
    with served(folder, "--demo", "--test-clock", NOON, **sizes) as server:
        yield server


@pytest.fixture(scope="session")
def states() -> dict[str, object]:
    """The cookies of who has signed in, by role: links sign in once."""
    return {}


# A module has a browser of its own: while Playwright runs, a thread cannot use Django's database.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own; the test is skipped, and says why, where there is neither."""
    with sync_playwright() as playwright:
        try:
            opened = launched(playwright)
        except Error as error:
            reason = f"there is no browser: install chromium. {str(error).splitlines()[0]}"
            if os.environ.get(_REQUIRED):  # noqa: TID251 - set by who runs the tests
                pytest.fail(reason)
            pytest.skip(reason)
        yield opened
        opened.close()


@pytest.fixture
def open_page(shop: Server, browser: Browser, states: dict[str, object]) -> Iterator[Callable[..., Page]]:
    """Opens a page of a browser in which somebody has signed in: `open_page("/segments/", role="Manager")`.

    At the end nothing may have gone wrong in any of them: no error on the console or in a script, no violation of the
    content security policy, no answer of the server from 500 on.
    """
    watch = Watch()
    contexts = []

    def open_page(path: str, *, role: str | None = "Administrator", width: int = 1280, **options: object) -> Page:
        signed_in = {} if role is None else {"storage_state": _state(shop, browser, states, role)}
        context = browser.new_context(
            base_url=shop.address, viewport={"width": width, "height": 900}, **signed_in, **options,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        watch.over(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.found == []


def _state(shop: Server, browser: Browser, states: dict[str, object], role: str) -> object:
    if role not in states:
        context = browser.new_context(base_url=shop.address)
        page = context.new_page()
        page.goto(shop.sign_in_link(role))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile("/(segments|welcome)/"))
        states[role] = context.storage_state()
        context.close()
    return states[role]
