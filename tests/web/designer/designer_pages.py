"""The designer's page as a browser without scripts reads it: its inputs, and what it would post."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.http import QueryDict
from django.test import Client

from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.designer.tree import Tree
from coterie_web.segments.models import Segment

__all__ = ["Fields", "Form", "count_of", "press", "tree_on"]

Fields = dict[str, list[str]]


class Form(HTMLParser):
    """Collects what the form with an id would post. `fields` are its inputs, by name, in the order of the page."""

    def __init__(self, page: str, identity: str = "designer") -> None:
        super().__init__()
        self.fields: Fields = {}
        self.buttons: list[str] = []
        self._identity = identity
        self._inside = False
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given.get("id") == self._identity
        if not self._inside:
            return
        name = given.get("name") or ""
        match tag:
            case "input" if name:
                self._take_input(name, given)
            case "select":
                self._select, self._options = name, []
            case "option" if self._select is not None:
                self._options.append((given.get("value") or "", "selected" in given))
            case "textarea":
                self._area, self._text = name, ""
            case "button" if name == "do" and "disabled" not in given:
                self.buttons.append(given.get("value") or "")
            case _:
                pass

    def _take_input(self, name: str, given: dict[str, str | None]) -> None:
        is_choice = given.get("type") in ("radio", "checkbox")
        if not is_choice or "checked" in given:
            self._put(name, given.get("value") or ("on" if is_choice else ""))

    def _put(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self._inside = False
            case "select" if self._select is not None:
                chosen = next((value for value, is_chosen in self._options if is_chosen), None)
                self._put(self._select, self._options[0][0] if chosen is None else chosen)
                self._select = None
            case "textarea" if self._area is not None:
                self._put(self._area, self._text.removeprefix("\n").replace("\n", "\r\n"))
                self._area = None
            case _:
                pass

    def posted(self) -> QueryDict:
        """As the server gets it."""
        posted = QueryDict(mutable=True)
        for name, values in self.fields.items():
            posted.setlist(name, values)
        return posted


def press(browser: Client, segment: Segment, do: str = "apply", **changes: str | list[str]) -> str:
    """Change inputs of the page and press a button, as one does without scripts; the page that comes then.

    Names have `__` for their dot: `n3__value="Oslo"`.
    """
    address = f"/segments/{segment.id}/"
    form = Form(browser.get(address).content.decode())
    for name, value in changes.items():
        form.fields[name.replace("__", ".")] = value if isinstance(value, list) else [value]
    answer = browser.post(address, {**form.fields, "do": do}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def tree_on(segment: Segment) -> Tree:
    """The tree of the draft, as the server has it."""
    segment.refresh_from_db()
    return draft_of(segment).tree


def count_of(page: str, identity: str) -> str:
    """The number that stands beside a part."""
    found = re.search(rf'id="{identity}"[^>]*>(?:so far )?(?:<[^>]*>)?([^<]*)<', page)
    assert found is not None, f"nothing on the page is {identity}"
    return found[1].strip()
