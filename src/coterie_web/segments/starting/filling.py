"""Filling in the parameters of a template."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coterie.values.times import date_from_text
from coterie_web.segments.starting.inputs import Input, Kind
from coterie_web.segments.starting.places import Path, Tree, put, taken_out, value_at

__all__ = ["Answers", "Asked", "Filled", "filled"]

Answers = Mapping[str, list[str]]
"""What was typed, by the names of the inputs, as an address or a form holds it."""

_WHOLE = re.compile(r"[+-]?\d{1,28}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A parameter as it is asked for. `name` is that of its input; a duration has its unit under `name` + `-unit`."""

    name: str
    path: Path
    label: str
    hint: str
    input: Input
    is_optional: bool

    @property
    def unit_name(self) -> str:
        """The name of the input for the unit of a duration."""
        return f"{self.name}-unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A definition with its parameters filled in, and what is wrong with what was typed, by input."""

    definition: Tree
    problems: Mapping[str, str]


def filled(definition: Tree, parameters: tuple[Asked, ...], answers: Answers) -> Filled:
    """Put in what was typed. One that was not asked for keeps its value; one that is optional and empty goes."""
    problems: dict[str, str] = {}
    emptied: list[Path] = []
    for parameter in parameters:
        if parameter.name not in answers:
            continue
        texts = [text.strip() for text in answers[parameter.name] if text.strip()]
        if not texts and parameter.is_optional:
            emptied.append(parameter.path)
            continue
        try:
            value = _value(parameter, texts, answers, value_at(definition, parameter.path))
        except ValueError as error:
            problems[parameter.name] = str(error)
        else:
            definition = put(definition, parameter.path, value)
    for path in sorted(emptied, key=_from_behind, reverse=True):  # so that what goes shifts no other
        definition = taken_out(definition, path)
    return Filled(definition=definition, problems=problems)


def _from_behind(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple((part, "") if isinstance(part, int) else (-1, part) for part in path)


def _value(parameter: Asked, texts: list[str], answers: Answers, before: Tree) -> Tree:
    """What was typed as the definition holds it. Raises ValueError, with what to do."""
    if not texts:
        raise ValueError("Fill this in.")
    if parameter.input.kind is Kind.DURATION:
        return _duration(texts[0], answers.get(parameter.unit_name, []), before)
    return _READERS[parameter.input.kind](texts)


def _duration(count: str, units: list[str], before: Tree) -> Tree:
    if not count.isascii() or not count.isdecimal() or not 1 <= int(count) <= 100_000:
        raise ValueError("Write a whole number from 1.")
    assert isinstance(before, dict), "a duration replaces a duration"
    return {**before, "count": int(count), "unit": units[0] if units else before["unit"]}


def _number(text: str) -> Tree:
    if _WHOLE.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]} is no number. Write it like 50 or 0.5.")
    return text


def _date(text: str) -> Tree:
    day = date_from_text(text)
    if day is None:
        raise ValueError("Write a day like 2026-11-23.")
    return day.isoformat()


def _several(texts: list[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


_READERS: Mapping[Kind, Callable[[list[str]], Tree]] = {
    Kind.TEXT: lambda texts: texts[0],
    Kind.TEXTS: lambda texts: list(_several(texts)),
    Kind.NUMBER: lambda texts: _number(texts[0]),
    Kind.NUMBERS: lambda texts: [_number(text) for text in _several(texts)],
    Kind.DATE: lambda texts: _date(texts[0]),
    Kind.CHOICE: lambda texts: texts[0],
    Kind.CHOICES: list,
    Kind.BOOLEAN: lambda texts: texts[0] == "true",
    Kind.PERIOD: lambda texts: texts[0],
    Kind.SEGMENT: lambda texts: texts[0],
}
