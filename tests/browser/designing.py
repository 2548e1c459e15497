"""The designer in a browser, as people use it: by its labels, and at the pace of its answers."""

from __future__ import annotations

import re
from typing import Protocol

from playwright.sync_api import Locator, Page

__all__ = ["Designer", "Hands", "Keyboard", "Mouse", "WithoutScript"]


class Hands(Protocol):
    """How somebody reaches what is on a page."""

    def press(self, button: Locator) -> None: ...

    def choose(self, select: Locator, option: str) -> None: ...

    def write(self, field: Locator, text: str) -> None: ...

    def mark(self, radio: Locator) -> None: ...

    def submit(self, field: Locator) -> None: ...

    def wait(self, page: Page) -> None:
        """Until what was done in the designer is answered and counted."""
        ...


class Mouse:
    """Points and clicks."""

    def wait(self, page: Page) -> None:
        page.wait_for_function(_IS_SETTLED)

    def submit(self, field: Locator) -> None:
        field.press("Enter")

    def press(self, button: Locator) -> None:
        button.click()

    def choose(self, select: Locator, option: str) -> None:
        select.select_option(option)

    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.fill(text)
        field.blur()

    def mark(self, radio: Locator) -> None:
        radio.locator("xpath=..").click()


class WithoutScript(Mouse):
    """Uses a browser that runs no script: what was set counts when the form is sent."""

    def wait(self, page: Page) -> None:
        page.get_by_role("button", name="Apply and count").click()


class Keyboard:
    """Never points: goes from one thing to the next by Tab, and works what it has reached by its keys."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def wait(self, page: Page) -> None:
        page.wait_for_function(_IS_SETTLED)

    def submit(self, field: Locator) -> None:
        self._go_to(field)
        self._page.keyboard.press("Enter")

    def press(self, button: Locator) -> None:
        self._go_to(button)
        self._page.keyboard.press("Enter")

    def choose(self, select: Locator, option: str) -> None:
        self._go_to(select)
        self._page.keyboard.press("Space")
        self._page.keyboard.type(option)
        self._page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        self._go_to(field)
        self._page.keyboard.press("Control+A")
        self._page.keyboard.type(text)
        self._page.keyboard.press("Tab")

    def mark(self, radio: Locator) -> None:
        group = radio.locator("xpath=ancestor::fieldset").get_by_role("radio", checked=True)
        self._go_to(group)
        while not radio.is_checked():
            self._page.keyboard.press("ArrowRight")

    def _go_to(self, wanted: Locator) -> None:
        for _ in range(_MOST_TABS):
            if wanted.evaluate("each => each === document.activeElement"):
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} is not reached by Tab")


_MOST_TABS = 200


class Designer:
    """The Definition tab of a draft."""

    def __init__(self, page: Page, hands: Hands) -> None:
        self.page = page
        self._hands = hands

    def wait(self) -> None:
        """Until what was done is answered and counted."""
        self._hands.wait(self.page)

    def add(self, block: str) -> None:
        self._hands.press(self.page.get_by_role("button", name=block, exact=True))
        self.wait()

    def choose(self, where: Locator, label: str | re.Pattern[str], option: str) -> None:
        self._hands.choose(where.get_by_label(label, exact=isinstance(label, str)), option)
        self._hands.wait(self.page)

    def write(self, where: Locator, label: str, text: str) -> None:
        self._hands.write(where.get_by_label(label, exact=True), text)
        self._hands.wait(self.page)

    def combine(self, number: int, how: str) -> None:
        group = self.page.get_by_role("group", name=f"How block {number} combines with what is before it")
        self._hands.mark(group.get_by_role("radio", name=how, exact=True))
        self._hands.wait(self.page)

    def block(self, name: str) -> Locator:
        return self.page.get_by_role("article", name=name, exact=True)

    @property
    def numbers(self) -> list[int]:
        """All counts on the page, in its order; the last is the total."""
        shown = self.page.locator(".flow .count, .flow .so-far, #total").all_inner_texts()
        return [int(re.sub(r"\D", "", text)) for text in shown]


_IS_SETTLED = "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, #counting.counting')"
