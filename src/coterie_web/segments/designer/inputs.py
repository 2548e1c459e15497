"""The inputs of the page, as templates show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, TypeAlias

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

__all__ = [
    "Check",
    "Input",
    "Lines",
    "Select",
    "Text",
    "Token",
    "Tokens",
    "Word",
    "choices_of",
    "date_input",
    "text_input",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """An input with a name for the form, and a label for people. Its id is made of the name."""

    name: str
    label: str

    @property
    def id(self) -> str:
        """Stable, and of the characters that every selector takes."""
        return f"f-{self.name.replace('.', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Words between inputs."""

    text: str
    kind: ClassVar[str] = "word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(_Named):
    """One of several choices; what is chosen and not among them is offered as not known."""

    choices: tuple[tuple[str, str], ...]
    chosen: str
    kind: ClassVar[str] = "select"

    @property
    def options(self) -> SafeString:
        """The elements within."""
        return _options(self.choices, self.chosen)

    @property
    def shown(self) -> str:
        """What is chosen, in words."""
        return dict(self.choices).get(self.chosen, self.chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(_Named):
    """One line, or several where what it holds has them. `suggests`: values that occur are offered."""

    text: str
    type: str = "text"
    mode: str = "text"
    suggests: bool = False
    kind: ClassVar[str] = "text"

    @property
    def has_lines(self) -> bool:
        """Whether one line cannot hold it."""
        return "\n" in self.text

    @property
    def shown(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One of several values."""

    text: str
    shown: str
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(_Named):
    """Several values, each with a button that takes it away; more are chosen, or typed."""

    tokens: tuple[Token, ...]
    choices: tuple[tuple[str, str], ...] = ()
    is_typed: bool = True
    suggests: bool = False
    kind: ClassVar[str] = "tokens"

    @property
    def options(self) -> SafeString:
        """The choices that are left."""
        chosen = {token.text for token in self.tokens}
        left = tuple(choice for choice in self.choices if choice[0] not in chosen)
        return _options((("", "add"), *left), "")

    @property
    def shown(self) -> str:
        return ", ".join(token.shown for token in self.tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(_Named):
    """Very many values, a line each."""

    texts: tuple[str, ...]
    kind: ClassVar[str] = "lines"

    @property
    def shown(self) -> str:
        return ", ".join(self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(_Named):
    """On or off, said in a sign and in words."""

    sign: str
    is_on: bool
    kind: ClassVar[str] = "check"

    @property
    def shown(self) -> str:
        return self.label if self.is_on else ""


Input: TypeAlias = Word | Select | Text | Tokens | Lines | Check

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def text_input(name: str, label: str, text: str, *, suggests: bool = False, mode: str = "text") -> Text:
    return Text(name=name, label=label, text=text, suggests=suggests, mode=mode)


def date_input(name: str, label: str, text: str) -> Text:
    """A picker of days, as long as what it holds is one: browsers would blank all else."""
    is_day = not text or _DAY.fullmatch(text) is not None
    return Text(name=name, label=label, text=text, type="date" if is_day else "text")


@lru_cache(maxsize=4096)
def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    """Pages of hundreds of conditions have thousands of options, but few lists of them."""
    if all(value != chosen for value, _ in choices):
        choices = ((chosen, f"{chosen} (not known)" if chosen else "choose"), *choices)
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, _selected(value == chosen), words) for value, words in choices),
    )


def _selected(is_chosen: bool) -> SafeString:
    return SafeString(" selected" if is_chosen else "")


def choices_of(words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The choices of a select, out of words by value."""
    return tuple(words.items())
