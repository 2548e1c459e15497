"""Reading data values: text or Python objects into plain values of an attribute's type (rules 2, 3, 5, 6, 19).

Everything here answers None for a missing value and for an ill-typed one: to a condition they are the same.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import assert_never
from zoneinfo import ZoneInfo

from coterie.backends.reference.days import day_start
from coterie.backends.reference.words import trimmed
from coterie.catalog.model import AttributeType

__all__ = ["Known", "cut_to_millisecond", "read", "read_datetime", "read_key", "read_number"]

Known = str | Fraction | bool | date | datetime | frozenset[str]
"""A value that is there: text and choice · number · boolean · date · datetime (aware, UTC, whole ms) · multi_choice."""

NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)([eE](?P<exponent>[+-]?\d+))?", re.ASCII)
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
DATETIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<hour>\d{2}):(?P<minute>\d{2})(:(?P<second>\d{2})(\.(?P<fraction>\d+))?)?"
    r"(?P<offset>Z|[+-]\d{2}(:?\d{2})?)?",
    re.ASCII,
)
PLACES = Decimal("1e-10")
WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
TRUE_WORDS = {"true", "yes", "y", "t", "1"}
FALSE_WORDS = {"false", "no", "n", "f", "0"}


def read(type_: AttributeType, raw: object, zone: ZoneInfo) -> Known | None:
    """The value that `raw` is for an attribute of `type_`; datetimes without an offset are of `zone`."""
    match type_:
        case AttributeType.TEXT | AttributeType.CHOICE:
            return read_text(raw)
        case AttributeType.MULTI_CHOICE:
            return read_choices(raw)
        case AttributeType.NUMBER:
            return read_number(raw)
        case AttributeType.BOOLEAN:
            return read_boolean(raw)
        case AttributeType.DATE:
            return read_date(raw)
        case AttributeType.DATETIME:
            return read_datetime(raw, zone)
        case _:
            assert_never(type_)


# --- keys, texts and choices -----------------------------------------------------------------------------------------


def read_key(raw: object) -> str | None:
    """A key: text, trimmed and NFC; a whole number of a typed source is its digits."""
    if isinstance(raw, str):
        return read_text(raw)
    if isinstance(raw, float) and abs(raw) >= 2**53:
        return None  # no longer sure to be the number that was meant
    number = as_decimal(raw)
    if number is None or not number.is_finite() or number.adjusted() > 4000:
        return None
    exact = Fraction(number)
    return str(exact.numerator) if exact.denominator == 1 else None


def read_text(raw: object) -> str | None:
    """Trimmed NFC text; half of a character (a lone surrogate) is not text."""
    if not isinstance(raw, str) or any("\ud800" <= character <= "\udfff" for character in raw):
        return None
    return trimmed(raw) or None


def read_choices(raw: object) -> frozenset[str] | None:
    """The elements that are texts and not blank; none of them is a missing value."""
    elements = raw.split(";") if isinstance(raw, str) else raw
    if not isinstance(elements, list | tuple | set | frozenset):
        return None
    texts = [read_text(element) for element in elements]
    return frozenset(text for text in texts if text is not None) or None


# --- numbers and booleans --------------------------------------------------------------------------------------------


def read_number(raw: object) -> Fraction | None:
    """An exact number, rounded half to even at 10 places; None for NaN, infinities and more than 28 whole digits."""
    decimal = as_decimal(raw)
    if decimal is None or not decimal.is_finite():
        return None
    if decimal and decimal.adjusted() >= 28:
        return None
    rounded = Fraction(decimal.quantize(PLACES, context=WIDE))
    return rounded if abs(rounded) < 10**28 else None


def as_decimal(raw: object) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | Decimal):
        return Decimal(raw)
    if isinstance(raw, float):
        return Decimal(repr(raw))
    if isinstance(raw, str):
        return decimal_of_text(trimmed(raw))
    return None


def decimal_of_text(text: str) -> Decimal | None:
    found = NUMBER.fullmatch(text)
    if found is None:
        return None
    exponent = found["exponent"] or "0"
    if len(exponent.lstrip("+-").lstrip("0")) > 12:
        # Beyond what Decimal holds: nought, or vanishingly small, or far too large.
        nought = exponent.startswith("-") or not re.search("[1-9]", re.split("[eE]", text)[0])
        return Decimal(0) if nought else None
    return Decimal(text)


def read_boolean(raw: object) -> bool | None:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int) and raw in {0, 1}:
        return raw == 1
    if isinstance(raw, str):
        word = trimmed(raw).lower()
        return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None
    return None


# --- dates and datetimes ---------------------------------------------------------------------------------------------


def read_date(raw: object) -> date | None:
    """A calendar day: alone, or with a midnight that has no offset."""
    if isinstance(raw, datetime):
        return raw.date() if raw.tzinfo is None and raw.time() == time() else None
    if isinstance(raw, date):
        return raw
    if not isinstance(raw, str):
        return None
    text = trimmed(raw)
    day = day_of_text(text)
    if day is not None:
        return day
    written = wall_of_text(text)
    return written.date() if written is not None and written.tzinfo is None and written.time() == time() else None


def read_datetime(raw: object, zone: ZoneInfo) -> datetime | None:
    """An instant, in UTC, cut to the millisecond. A local time in a gap moves forward; of two, the earlier is meant."""
    if isinstance(raw, datetime):
        return instant(raw, zone)
    if isinstance(raw, date):
        return beginning(raw, zone)
    if not isinstance(raw, str):
        return None
    text = trimmed(raw)
    day = day_of_text(text)
    if day is not None:
        return beginning(day, zone)
    written = wall_of_text(text)
    return None if written is None else instant(written, zone)


def beginning(day: date, zone: ZoneInfo) -> datetime | None:
    """The midnight of a day alone; None where that is before the calendar's first instant."""
    on_the_calendar = instant(datetime.combine(day, time()), zone) is not None
    return day_start(day, zone) if on_the_calendar else None


def instant(written: datetime, zone: ZoneInfo) -> datetime | None:
    # fold=0 is the offset before a change of clocks: in a gap that moves forward, of two equal times it is the earlier.
    aware = written if written.tzinfo is not None else written.replace(tzinfo=zone, fold=0)
    try:
        return cut_to_millisecond(aware.astimezone(UTC))
    except OverflowError:
        return None


def cut_to_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def day_of_text(text: str) -> date | None:
    found = DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def wall_of_text(text: str) -> datetime | None:
    """The datetime as written, naive where no offset is given."""
    found = DATETIME.fullmatch(text)
    if found is None:
        return None
    day = day_of_text(found["day"])
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if day is None or hour > 23 or minute > 59 or second > 59:
        return None
    milliseconds = int((found["fraction"] or "0")[:3].ljust(3, "0"))
    offset = offset_of_text(found["offset"])
    if found["offset"] and offset is None:
        return None
    return datetime.combine(day, time(hour, minute, second, milliseconds * 1000, tzinfo=offset))


def offset_of_text(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        return None
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if text[0] == "-" else ahead)
