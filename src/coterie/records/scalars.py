"""One value as received → one value of its attribute's type: the exact reading, which every faster path must equal.

Each function answers with the value, `None` for a missing one (semantics, rule 2), or `ILL_TYPED` (rule 3).
NaN and NaT are missing whatever the type: tables of other tools spell an empty cell so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from coterie.values.numbers import exact_number, number_from_text
from coterie.values.text import is_storable, normalize
from coterie.values.times import date_from_text, instant_from_date, instant_from_datetime, instant_from_text

__all__ = [
    "ILL_TYPED",
    "IllTyped",
    "boolean_of",
    "choices_of",
    "date_of",
    "instant_of",
    "is_missing",
    "key_of",
    "number_of",
    "text_of",
]


class _Verdict(Enum):
    ILL_TYPED = "ill-typed"


IllTyped = Literal[_Verdict.ILL_TYPED]
ILL_TYPED: Final = _Verdict.ILL_TYPED

_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "n", "f", "0"), False),
}
_EXACT_FLOATS = 2**53


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: null, blank text, an empty list (blank elements dropped), NaN or NaT."""
    match value:
        case None:
            return True
        case str():
            return not normalize(value)
        case float() | np.floating():
            return math.isnan(value)
        case list() | tuple() | set() | frozenset() | np.ndarray():
            return all(map(is_missing, value))
        case datetime() | np.datetime64():
            return bool(value != value)  # noqa: PLR0124 - NaT equals nothing, not even itself
        case _:
            return False


def text_of(value: object) -> str | IllTyped | None:
    """Trimmed NFC text. A typed number, date or truth value is not text."""
    if is_missing(value):
        return None
    return normalize(value) if isinstance(value, str) and is_storable(value) else ILL_TYPED


def key_of(value: object) -> str | IllTyped | None:
    """A key: text, or the digits of a typed whole number (a float that is whole too: gaps in a column make floats)."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and not math.isnan(value):
        whole = abs(float(value)) < _EXACT_FLOATS and float(value).is_integer()
        return str(int(value)) if whole else ILL_TYPED
    if isinstance(value, Decimal) and value.is_finite():
        small = value.copy_abs() < _EXACT_FLOATS  # `abs()` is an arithmetic that not every Decimal fits
        return str(int(value)) if small and value == value.to_integral_value() else ILL_TYPED
    return text_of(value)


def choices_of(value: object) -> tuple[list[str] | None, bool]:
    """The choices of a list of texts, or of text separated by `;`; and whether an element was ill-typed."""
    if is_missing(value):
        return None, False
    if isinstance(value, str):
        elements: Iterable[object] = value.split(";")
    elif isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        elements = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
    else:
        return None, True
    read = [text_of(element) for element in elements]
    return [text for text in read if isinstance(text, str)] or None, ILL_TYPED in read


def number_of(value: object) -> Decimal | IllTyped | None:
    """An exact decimal. Infinities are missing (rule 5); a truth value is not a number."""
    if is_missing(value):
        return None
    match value:
        case bool() | np.bool_():
            return ILL_TYPED
        case str():
            number = number_from_text(value)
        case float() | np.floating() if math.isinf(value):
            return None
        case float():
            number = exact_number(float(value))
        case np.floating():  # a narrow float stands for its own shortest decimal, not for that of the wide one
            number = exact_number(Decimal(str(value)))
        case Decimal() if not value.is_finite():
            return None
        case int() | Decimal():
            number = exact_number(value)
        case np.integer():
            number = exact_number(int(value))
        case _:
            return ILL_TYPED
    return ILL_TYPED if number is None else number


def boolean_of(value: object) -> bool | IllTyped | None:
    """A truth value, one of its words in any case, or a typed whole 0 or 1."""
    if is_missing(value):
        return None
    match value:
        case bool() | np.bool_():
            return bool(value)
        case str():
            return _BOOLEANS.get(normalize(value).lower(), ILL_TYPED)
        case int() | np.integer() if int(value) in (0, 1):
            return bool(value)
        case _:
            return ILL_TYPED


def date_of(value: object) -> date | IllTyped | None:
    """A day; a date and time only where it is a midnight without offset."""
    if is_missing(value):
        return None
    match value:
        case str():
            day = date_from_text(value)
            return ILL_TYPED if day is None else day
        case datetime():
            return value.date() if value.tzinfo is None and value.time() == time() else ILL_TYPED
        case date():
            return value
        case _:
            return ILL_TYPED


def instant_of(value: object, zone: ZoneInfo) -> int | IllTyped | None:
    """Milliseconds since 1970 UTC; without an offset read in `zone`, a day alone as its midnight."""
    if is_missing(value):
        return None
    match value:
        case str():
            instant = instant_from_text(value, zone)
        case datetime():
            instant = instant_from_datetime(value, zone)
        case date():
            instant = instant_from_date(value, zone)
        case _:
            return ILL_TYPED
    return ILL_TYPED if instant is None else instant
