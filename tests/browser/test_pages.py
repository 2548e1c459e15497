"""Every page: light and dark, wide and narrow, without barriers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from looking import assert_fits, assert_without_barriers
from playwright.sync_api import Page

PAGES = ("/segments/", "/data/")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_barriers_and_fits_every_window(open_page: Callable[..., Page], path: str) -> None:
    page = open_page(path)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert_without_barriers(page)
    page.set_viewport_size({"width": 320, "height": 900})
    assert_fits(page)


def test_the_page_to_sign_in_has_no_barriers(open_page: Callable[..., Page]) -> None:
    page = open_page("/sign-in/", role=None)
    assert_without_barriers(page)
    page.set_viewport_size({"width": 320, "height": 900})
    assert_fits(page)
