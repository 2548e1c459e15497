"""What differs between two texts: word by word for sentences, line by line for definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

__all__ = ["Change", "Line", "Word", "lines_between", "words_between"]

_AROUND = 3
"""Lines shown before and after one that changed."""


class Change(StrEnum):
    """What became of a part."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Word:
    """Some words in a row that were kept, removed or added."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number in the text before and in the text after. One that is `left_out` stands for several."""

    change: Change
    before: int | None
    after: int | None
    text: str


def words_between(before: str, after: str) -> Iterator[Word]:
    """The sentence after, with the words of the one before that are gone where they stood."""
    old, new = _words(before), _words(after)
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Word(Change.KEPT, "".join(old[start:end]))
            continue
        if end > start:
            yield Word(Change.REMOVED, "".join(old[start:end]))
        if new_end > new_start:
            yield Word(Change.ADDED, "".join(new[new_start:new_end]))


def _words(text: str) -> list[str]:
    """Words, spaces and signs, each apart, so that a comma does not make another word of one."""
    return re.findall(r"\w+|\s+|[^\w\s]", text)


def lines_between(before: str, after: str) -> list[Line]:
    """Both texts as one, changed lines with some around them; what is the same further off is left out."""
    return list(_shortened(list(_compared(before.splitlines(), after.splitlines()))))


def _compared(old: list[str], new: list[str]) -> Iterator[Line]:
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            for offset in range(end - start):
                yield Line(Change.KEPT, start + offset + 1, new_start + offset + 1, old[start + offset])
            continue
        for number in range(start, end):
            yield Line(Change.REMOVED, number + 1, None, old[number])
        for number in range(new_start, new_end):
            yield Line(Change.ADDED, None, number + 1, new[number])


def _shortened(lines: list[Line]) -> Iterator[Line]:
    changed = [place for place, line in enumerate(lines) if line.change is not Change.KEPT]
    near = {place for at in changed for place in range(at - _AROUND, at + _AROUND + 1)}
    is_left_out = False
    for place, line in enumerate(lines):
        if place in near:
            yield line
        elif not is_left_out:
            yield Line(Change.LEFT_OUT, None, None, "")
        is_left_out = place not in near
