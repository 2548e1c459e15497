"""What goes wrong in a browser while nobody looks at its console."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page, Response

__all__ = ["Watch"]


_ANSWERED = "Failed to load resource: the server responded with a status of 4"
"""What the browser says of an answer that there is nothing: a page that says so is as good as others."""


class Watch:
    """Keeps what is wrong in the pages that it watches. Violations of the policy come as errors of the console."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def over(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))
        page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_ANSWERED):
            self.found.append(f"console: {message.text} ({message.location.get('url')})")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"{response.status}: {response.url}")
