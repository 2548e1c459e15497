"""The form of the designer, read from its page as a browser reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

__all__ = ["Field", "form_of"]


@dataclass(frozen=True, slots=True)
class Field:
    """An input: what it would send, what else could be chosen, and whether its block asks for profile or behavior."""

    name: str
    value: str
    options: tuple[str, ...] = ()
    is_shown: bool = True
    kind: str = ""

    @property
    def part(self) -> str:
        """What of its condition it holds."""
        return self.name.rpartition(".")[2]


def form_of(page: str) -> list[Field]:
    """The inputs of the designer on a whole page, or in the part of it that was sent for another."""
    reader = _Inputs()
    reader.feed((page.partition('id="designer"')[2] or page).partition("</form>")[0])
    behavior = {block for block, each in reader.found if each.part == "interaction"}
    return [replace(each, kind="behavior" if block in behavior else "profile") for block, each in reader.found]


@dataclass
class _Choice:
    name: str
    chosen: str | None = None
    options: list[str] = field(default_factory=list)


class _Inputs(HTMLParser):
    """Finds inputs in their order, with the number of their block: how a block is combined stands before it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, Field]] = []
        self._combined: list[str] = []
        self._choice: _Choice | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("name"):
            self._input(given)
        elif tag == "select":
            self._choice = _Choice(given["name"])
        elif tag == "option" and self._choice is not None:
            self._choice.options.append(given.get("value", ""))
            if "selected" in given:
                self._choice.chosen = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._choice is not None:
            choice, self._choice = self._choice, None
            chosen = choice.options[0] if choice.chosen is None else choice.chosen
            self._add(Field(choice.name, chosen, tuple(choice.options)))

    def _input(self, given: Mapping[str, str]) -> None:
        kind = given.get("type", "text")
        if given["name"].endswith(".combine") and given["name"] not in self._combined:
            self._combined.append(given["name"])
        if kind not in ("checkbox", "radio") or "checked" in given:
            self._add(Field(given["name"], given.get("value", ""), is_shown=kind != "hidden"))

    def _add(self, one: Field) -> None:
        self.found.append((len(self._combined), one))
