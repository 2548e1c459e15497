"""The words that sentences are made of: comparisons, times, values and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import assert_never

from coterie.catalog.model import Attribute, AttributeType, Catalog, Entity, Interaction
from coterie.definition.nodes import (
    Anniversary,
    AnniversaryInLast,
    AnniversaryInNext,
    AnniversaryInPeriod,
    AnniversaryOn,
    Current,
    Duration,
    Operator,
    Partial,
    Period,
    Scalar,
    Unit,
    Value,
)
from coterie.values.numbers import number_from_text
from coterie.values.times import date_from_text

__all__ = [
    "article",
    "attributes_of",
    "capital",
    "compared",
    "constant_words",
    "constants_in",
    "day_words",
    "duration_words",
    "is_comparison",
    "label_of",
    "listed",
    "noun_of",
    "number_in",
    "period_words",
    "plural",
    "quoted",
    "related",
    "spoken",
    "time_words",
]

# --- comparisons -----------------------------------------------------------------------------------------------------

_COMPARISONS = {
    Operator.IS: "{exactly}{}",
    Operator.IS_NOT: "not {exactly}{}",
    Operator.IS_IN: "{among}{}",
    Operator.IS_NOT_IN: "{not_among}{}",
    Operator.LESS_THAN: "less than {}",
    Operator.AT_MOST: "at most {}",
    Operator.GREATER_THAN: "more than {}",
    Operator.AT_LEAST: "at least {}",
    Operator.BETWEEN: "between {}",
    Operator.NOT_BETWEEN: "not between {}",
}


def compared(operator: Operator, value: Value, *, exactly: str = "", type_: AttributeType | None = None) -> str:
    """The comparison without its verb: "at least 3", "one of A, B or C"; `exactly` goes before a single number."""
    kind = AttributeType.NUMBER if exactly else type_
    last = "and" if operator in (Operator.BETWEEN, Operator.NOT_BETWEEN) else "or"
    said = listed([constant_words(each, kind) for each in constants_in(value)], last)
    among, not_among = (exactly, f"not {exactly}") if exactly else ("one of ", "none of ")
    return _COMPARISONS[operator].format(said, exactly=exactly, among=among, not_among=not_among)


_DAY_WORDS = {
    Operator.ON: "on {}",
    Operator.NOT_ON: "not on {}",
    Operator.BEFORE: "before {}",
    Operator.AFTER: "after {}",
    Operator.ON_OR_BEFORE: "on or before {}",
    Operator.ON_OR_AFTER: "on or after {}",
    Operator.BETWEEN: "between {}",
    Operator.NOT_BETWEEN: "not between {}",
}

_SPAN_WORDS = {
    Operator.IN_LAST: "in the last {}",
    Operator.NOT_IN_LAST: "not in the last {}",
    Operator.BEFORE_LAST: "before the last {}",
    Operator.IN_NEXT: "in the next {}",
    Operator.AFTER_NEXT: "after the next {}",
}


_TIMES = frozenset({AttributeType.DATE, AttributeType.DATETIME})


def is_comparison(operator: Operator, value: Value, type_: AttributeType | None) -> bool:
    """Whether `compared` says it: it compares with numbers or texts, not with days."""
    days = type_ in _TIMES or any(isinstance(each, date) for each in constants_in(value))
    return operator in _COMPARISONS and not (operator in _DAY_WORDS and days)


def time_words(operator: Operator, value: Value) -> tuple[str, str]:
    """A verb, and where in time: ("is", "in the last 30 days")."""
    match value:
        case Duration():
            return "is", _SPAN_WORDS[operator].format(duration_words(value))
        case Period():
            return "is", f"{'not ' if operator is Operator.NOT_IN_PERIOD else ''}{period_words(value)}"
        case Partial():
            return "falls", _partial(value)
        case AnniversaryInLast() | AnniversaryInNext() | AnniversaryInPeriod() | AnniversaryOn():
            return _anniversary(value)
        case None:
            return "", ""
        case _:
            days = listed([constant_words(each, AttributeType.DATE) for each in constants_in(value)], "and")
            return "is", _DAY_WORDS.get(operator, "{}").format(days)


def _anniversary(value: Anniversary) -> tuple[str, str]:
    match value:
        case AnniversaryInLast(duration=duration):
            return "has its anniversary", f"in the last {duration_words(duration)}"
        case AnniversaryInNext(duration=duration):
            return "has its anniversary", f"in the next {duration_words(duration)}"
        case AnniversaryInPeriod(period=period):
            return "has its anniversary", period_words(period)
        case AnniversaryOn(month=month, day=day):
            return "falls", f"on {day} {_MONTHS[month - 1][:3]} of any year"
        case _:
            assert_never(value)


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _partial(value: Partial) -> str:
    parts = (
        (
            "on",
            [f"the {_ordinal(day)}" for day in _fixed(value.days)],
            value.days,
            "the same day of the month as today",
        ),
        ("on", [f"a {_WEEKDAYS[day]}" for day in _fixed(value.weekdays)], value.weekdays, "the same weekday as today"),
        ("in", [_MONTHS[month - 1] for month in _fixed(value.months)], value.months, "the same month as today"),
        ("in", [str(year) for year in _fixed(value.years)], value.years, "the same year as today"),
    )
    return " and ".join(
        f"{preposition} {listed([*fixed, current] if Current.CURRENT in given else fixed, 'or')}"
        for preposition, fixed, given, current in parts
        if given
    )


def _ordinal(day: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{day}{'th' if day in (11, 12, 13) else endings.get(day % 10, 'th')}"


def _fixed(part: Iterable[int | Current]) -> list[int]:
    return [each for each in part if isinstance(each, int)]


# --- values ----------------------------------------------------------------------------------------------------------


def duration_words(duration: Duration) -> str:
    unit = duration.unit.value.replace("_", " ")
    if duration.unit is Unit.ROLLING_DAYS:
        unit = "days of 24 hours"
        return f"{duration.count} {unit if duration.count != 1 else 'day of 24 hours'}"
    return f"{duration.count} {unit if duration.count != 1 else unit.removesuffix('s')}"


def period_words(period: Period) -> str:
    if period in (Period.TODAY, Period.YESTERDAY, Period.TOMORROW):
        return period.value
    return f"in {period.value.replace('_', ' ')}"


def day_words(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def number_in(value: Value) -> Decimal | None:
    match value:
        case bool():
            return None
        case Decimal():
            return value
        case str():
            return number_from_text(value)
        case (single,):
            return number_in(single)
        case _:
            return None


def constants_in(value: Value) -> tuple[Scalar, ...]:
    match value:
        case tuple():
            return value
        case str() | Decimal() | bool() | date():
            return (value,)
        case _:
            return ()


def constant_words(value: Scalar, type_: AttributeType | None) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return _digits(value)
        case date():
            return day_words(value)
        case str():
            if type_ is AttributeType.NUMBER and (number := number_from_text(value)) is not None:
                return _digits(number)
            if type_ in _TIMES and (day := date_from_text(value)) is not None:
                return day_words(day)
            return _text(value)
        case _:
            assert_never(value)


def _digits(number: Decimal) -> str:
    digits = format(number, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


_BARE = re.compile(r"\w[\w-]*(?: [A-Z0-9][\w-]*)*")
_OWN_WORDS = frozenset({"and", "or", "not", "but", "one", "none", "true", "false"})


def _text(value: str) -> str:
    """Text as it is where that cannot be misread, else in quotes: `New York`, but `"lost or won"`."""
    bare = _BARE.fullmatch(value) and _OWN_WORDS.isdisjoint(value.casefold().split())
    return value if bare else quoted(value)


def quoted(value: str) -> str:
    doubled = value.replace('"', '""')
    # A line break inside a sentence is shown by its sign: the sentence stays one line.
    return f'"{"".join(chr(0x2400 + ord(c)) if c < " " else c for c in doubled)}"'


def listed(words: Sequence[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


# --- names -----------------------------------------------------------------------------------------------------------


def attributes_of(owner: str, catalog: Catalog) -> Mapping[str, Attribute]:
    """The attributes of an entity or interaction: the two share one space of names."""
    known: Entity | Interaction | None = catalog.entities.get(owner) or catalog.interactions.get(owner)
    return known.attributes if known else {}


def label_of(name: str, known: Mapping[str, Attribute] | Mapping[str, Interaction] | Mapping[str, Entity]) -> str:
    """How `name` is called: by its label, else by itself; with its name where another one is called the same."""
    called = _called(name, known)
    twin = any(other != name and _called(other, known).casefold() == called.casefold() for other in known)
    return f"{called} [{name}]" if twin else called


def _called(name: str, known: Mapping[str, Attribute] | Mapping[str, Interaction] | Mapping[str, Entity]) -> str:
    item = known.get(name)
    return (item.label if item else None) or spoken(name)


def spoken(name: str) -> str:
    return capital(name.replace("_", " ").strip())


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def noun_of(entity: str, catalog: Catalog) -> str:
    label = label_of(entity, catalog.entities)
    return label if label.isupper() else label[:1].lower() + label[1:]


def related(name: str, entity: str, catalog: Catalog) -> tuple[str, str]:
    """The entity that a relation leads to, and what its records are called as seen from `entity`."""
    relation = catalog.relations.get(name)
    if relation is None:
        return name, f"record ({quoted(spoken(name))})"
    noun = noun_of(relation.target, catalog)
    siblings = [other for other in catalog.relations_from(entity).values() if other.target == relation.target]
    if relation.label is None and len(siblings) == 1:
        return relation.target, noun
    called = [other.label or spoken(other.name) for other in siblings]
    own = relation.label or spoken(name)
    return relation.target, f"{noun} ({quoted(own if called.count(own) == 1 else name)})"


def article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"


def plural(noun: str) -> str:
    """The plural of an English noun, before what stands in parentheses behind it."""
    aside = re.search(r" [(\[]", noun)
    head, tail = (noun[: aside.start()], noun[aside.start() :]) if aside else (noun, "")
    if re.search(r"[^aeiou]y$", head):
        head = f"{head[:-1]}ies"
    elif re.search(r"(s|x|z|ch|sh)$", head):
        head = f"{head}es"
    else:
        head = f"{head}s"
    return f"{head}{tail}"
