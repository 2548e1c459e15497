"""A value of the raw tree together with where it stands: the only way by which the parser looks at what was written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeGuard

from coterie.definition.grammar import MAXIMUM_CONDITIONS, MAXIMUM_LEVELS, MAXIMUM_PROBLEMS, MAXIMUM_VALUES, Keys
from coterie.definition.paths import Finding, Path, cut, shown
from coterie.errors import did_you_mean
from coterie.values.documents import Tree
from coterie.values.pauses import Pause, go_on
from coterie.values.text import normalize

__all__ = ["Findings", "Place", "TooManyProblems", "quoting_hint"]


class TooManyProblems(Exception):  # noqa: N818 - no error of ours: it ends the search for more of them
    """`MAXIMUM_PROBLEMS` were found, and there is one more."""


class Findings:
    """What was found wrong so far: one finding for each place, the first. Conditions are counted on the way.

    `pause` is called at each of them.
    """

    def __init__(self, known: Iterable[Finding] = (), pause: Pause = go_on) -> None:
        self.pause = pause
        self._found: dict[Path, Finding] = {finding.path: finding for finding in known}
        self._overflow = False
        self._conditions = 0

    def add(
        self, code: str, path: Path, message: str, hint: str = "", *, close_to: tuple[str, Sequence[str]] | None = None
    ) -> None:
        """Add a finding. `close_to` is a name that is not known and those that are: the hint is made of them.

        Raises TooManyProblems.
        """
        if path in self._found:
            return
        if len(self._found) >= MAXIMUM_PROBLEMS:
            self._overflow = True
            raise TooManyProblems
        if close_to is not None:
            name, known = close_to
            hint = did_you_mean(cut(name), [str(one) for one in known])
        self._found[path] = Finding(code, path, message, hint)

    def all(self) -> list[Finding]:
        return list(self._found.values())

    def last_words(self) -> list[Finding]:
        """The finding that there are more than are told, if so."""
        message = f"There are more than {MAXIMUM_PROBLEMS:,} problems; the others are not told."
        return [Finding("limit_exceeded", (), message)] if self._overflow else []

    def count_condition(self, path: Path) -> bool:
        """Whether one more condition, at `path`, is within the limit. The first beyond it is reported."""
        self.pause()
        self._conditions += 1
        if self._conditions == MAXIMUM_CONDITIONS + 1:
            message = f"This is the condition number {MAXIMUM_CONDITIONS + 1}; {MAXIMUM_CONDITIONS} are possible."
            self.add("limit_exceeded", path, message, "Move some into segments of their own, and refer to those.")
        return self._conditions <= MAXIMUM_CONDITIONS


@dataclass(frozen=True, slots=True)
class Place:
    """A value, where it stands, and where problems with it are reported.

    The methods that read return None where the value is not what they read, and have reported it then.
    """

    value: Tree
    path: Path
    findings: Findings

    def report(self, code: str, message: str, hint: str = "") -> None:
        self.findings.add(code, self.path, message, hint)

    def at(self, key: str | int) -> Place:
        """The place of `key` in this mapping or list; its value is None where there is none."""
        path = (*self.path, key)
        match self.value, key:
            case dict() as mapping, str():
                return Place(mapping.get(key), path, self.findings)
            case list() as elements, int():
                return Place(elements[key], path, self.findings)
            case _:
                return Place(None, path, self.findings)

    def has(self, key: str) -> bool:
        """Whether `key` is here with a value."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def is_mapping(self, what: str) -> bool:
        if isinstance(self.value, dict):
            return True
        self.report("invalid_value", f"{what} is a mapping ({{key: value}}), not {_kind(self.value)}.")
        return False

    def check_keys(self, keys: Keys, what: str) -> None:
        """Report keys that `what` does not have, those without a value, and those that are missing."""
        assert isinstance(self.value, dict)
        for key, value in self.value.items():
            if key not in keys.every:
                message = f"{what} has no key {shown(key)}."
                self.findings.add("unknown_key", (*self.path, key), message, close_to=(key, keys.every))
            elif value is None:
                message = f"{shown(key)} is given without a value."
                self.findings.add("missing_key", (*self.path, key), message, "Give it a value, or leave it out.")
        for key in keys.required:
            if key not in self.value:
                self.at(key).report("missing_key", f"{what} needs {shown(key)}.")

    def elements(
        self, what: str, *, may_be_empty: bool = False, most: int | None = MAXIMUM_VALUES
    ) -> list[Place] | None:
        """The elements of this list; None where it is none, is empty, or has more than `most`."""
        if not isinstance(self.value, list):
            self.report("invalid_value", f"{what} is a list ([…]), not {_kind(self.value)}.")
            return None
        if not self.value and not may_be_empty:
            self.report("empty", f"{what} is empty.")
            return None
        if most is not None and len(self.value) > most:
            self.report("limit_exceeded", f"{what} has {len(self.value):,} values; {most:,} are possible.")
            return None
        return [self.at(index) for index in range(len(self.value))]

    def text(self, what: str, *, may_be_blank: bool = False) -> str | None:
        if not isinstance(self.value, str):
            self.report("invalid_value", f"{what} is text, not {_kind(self.value)}.", quoting_hint(self.value))
            return None
        if not may_be_blank and not normalize(self.value):
            self.report("invalid_value", f"{what} is blank.")
            return None
        return self.value

    def word(self, words: Collection[str], code: str, what: str) -> str | None:
        """One of `words`, else a problem with `code`."""
        if isinstance(self.value, str) and self.value in words:
            return self.value
        message = f"There is no {what} {shown(self.value)}."
        close_to = (self.value if isinstance(self.value, str) else "", tuple(words))
        self.findings.add(code, self.path, message, close_to=close_to)
        return None

    def whole_number(self, what: str, first: int, last: int) -> int | None:
        """A whole number from `first` to `last`. It may be written with a fraction of 0."""
        number = self.value
        # The bounds before `int`, for which a Decimal with a large exponent would take all memory.
        if _is_number(number) and first <= number <= last and number == int(number):
            return int(number)
        self.report("invalid_value", f"{what} is a whole number from {first} to {last}, not {_kind(number)}.")
        return None

    def may_open_level(self, levels: int) -> bool:
        """Whether one more group, parenthesis or relation may open inside `levels` others."""
        if levels < MAXIMUM_LEVELS:
            return True
        message = f"This is nested deeper than {MAXIMUM_LEVELS} levels of groups, all, any, not and relations."
        self.report("limit_exceeded", message, "Move it into a segment of its own, and refer to that.")
        return False


def _is_number(value: Tree) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def quoting_hint(value: object) -> str:
    """How to write `value` where text is meant, if it could have been meant as text."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return "Put it in quotes, with all its zeros."  # 00017 has been read as 17
    return "Put it in quotes." if isinstance(value, bool | date) else ""


def _kind(value: Tree) -> str:
    """What `value` is, for a message."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case bool():
            return str(value).lower()
        case date():
            return f"the day {value}"
        case int() | Decimal():
            return f"the number {shown(value)}"
        case str():
            return f"the text {shown(value)}"
