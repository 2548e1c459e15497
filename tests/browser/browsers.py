"""Which browser there is to look with."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

__all__ = ["launched"]

_SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launched(playwright: Playwright) -> Browser:
    """The system's Chromium, else Playwright's own. Raises Playwright's Error where there is neither."""
    found = next(filter(None, map(shutil.which, _SYSTEM)), None)
    return playwright.chromium.launch(executable_path=found, args=list(_ARGUMENTS))
