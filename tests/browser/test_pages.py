"""Every page: light and dark, wide and narrow, without barriers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from looking import assert_fits, assert_without_barriers
from playwright.sync_api import Page
from samples import NOT_LOOKED_AT, SAMPLES, addresses, prepare

ADDRESSES = [address for found in SAMPLES.values() for address in found]


@pytest.fixture(scope="session")
def ids() -> dict[str, str]:
    """Of something of every kind, once it is made."""
    return {}


def test_every_page_is_looked_at_or_said_why_not() -> None:
    told = SAMPLES.keys() | {name for names in NOT_LOOKED_AT.values() for name in names}
    assert addresses() == told


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_has_no_barriers_and_fits_every_window(
    open_page: Callable[..., Page], ids: dict[str, str], address: str
) -> None:
    if not ids:
        ids |= prepare(open_page("/segments/"))
    _look_at(open_page(address.format(**ids)))


@pytest.mark.parametrize("address", ["/sign-in/", "/forgotten/", "/sign-in/nobody-knows-this/", "/segments/"])
def test_a_page_before_signing_in_has_no_barriers(open_page: Callable[..., Page], address: str) -> None:
    _look_at(open_page(address, role=None))


def _look_at(page: Page) -> None:
    assert_without_barriers(page)
    # A colour that is on its way is neither the one nor the other.
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 900})
    assert_without_barriers(page)
    page.set_viewport_size({"width": 320, "height": 900})
    assert_fits(page)
