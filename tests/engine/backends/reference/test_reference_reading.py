"""How the judge reads data values: every type, written and typed, and what is ill-typed (rules 2, 3, 5, 6, 19)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from coterie.backends.reference.reading import read, read_key
from coterie.catalog.model import AttributeType

UTC_ZONE = ZoneInfo("UTC")
PARIS = ZoneInfo("Europe/Paris")
TWO_HOURS = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (" Zoe\u0301 ", "Zo\u00e9"),
        ("null", "null"),
        ("\u2003\u00a0", None),
        ("\x1f", "\x1f"),
        ("", None),
        (None, None),
        (17, None),
        ("\ud800", None),
    ],
)
def test_text_is_trimmed_and_composed_and_nothing_else_is_text(raw, value):
    assert read(AttributeType.TEXT, raw, UTC_ZONE) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("a; b ;;a", {"a", "b"}),
        (["a ", " ", 5, None], {"a"}),
        ([], None),
        (" ; ", None),
        ([5], None),
        (5, None),
    ],
)
def test_several_choices_lose_their_blank_and_ill_typed_elements(raw, value):
    assert read(AttributeType.MULTI_CHOICE, raw, UTC_ZONE) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("-12", Fraction(-12)),
        ("+.5", Fraction(1, 2)),
        (" 1e3 ", Fraction(1000)),
        ("5.", None),
        ("1,000", None),
        ("0x10", None),
        ("\u0665", None),  # an Arabic-Indic five
        ("nan", None),
        (True, None),
        (0.1, Fraction(1, 10)),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("-0"), Fraction(0)),
        (Decimal("0.00000000005"), Fraction(0)),  # half, to even
        (Decimal("0.00000000015"), Fraction(2, 10**10)),  # half, to even
        ("1e-20", Fraction(0)),
        ("9" * 28, Fraction(10**28 - 1)),
        ("9" * 29, None),
        ("9" * 28 + ".99999999999", None),  # rounds to 29 digits
        ("0e99999999999999999999", Fraction(0)),
        ("1e99999999999999999999", None),
    ],
)
def test_numbers_are_exact_to_ten_places(raw, value):
    assert read(AttributeType.NUMBER, raw, UTC_ZONE) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("TRUE", True),
        (" y", True),
        ("t", True),
        ("1", True),
        ("Yes", True),
        ("No", False),
        ("n", False),
        ("f", False),
        ("0", False),
        ("false", False),
        (0, False),
        ("on", None),
        (2, None),
        (1.0, None),
    ],
)
def test_booleans_are_words_or_a_whole_one_or_nought(raw, value):
    assert read(AttributeType.BOOLEAN, raw, UTC_ZONE) is value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2026-11-23", date(2026, 11, 23)),
        ("2026-11-23T00:00", date(2026, 11, 23)),
        ("2026-11-23 00:00:00.000", date(2026, 11, 23)),
        ("2026-11-23T00:00Z", None),
        ("2026-11-23T00:01", None),
        ("2026-02-29", None),
        ("23.11.2026", None),
        (date(2026, 11, 23), date(2026, 11, 23)),
        (datetime.fromisoformat("2026-11-23"), date(2026, 11, 23)),
        (datetime.fromisoformat("2026-11-23T01:00"), None),
        (datetime(2026, 11, 23, tzinfo=UTC), None),
        (20261123, None),
    ],
)
def test_a_date_is_a_day_alone_or_with_a_midnight_without_offset(raw, value):
    assert read(AttributeType.DATE, raw, UTC_ZONE) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2026-11-23T10:00", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23 10:00:30.1239", datetime(2026, 11, 23, 9, 0, 30, 123_000, tzinfo=UTC)),
        ("2026-11-23T10:00Z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23T10:00+0130", datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
        ("2026-11-23T10:00-01", datetime(2026, 11, 23, 11, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 22, 23, tzinfo=UTC)),
        (date(2026, 11, 23), datetime(2026, 11, 22, 23, tzinfo=UTC)),
        (datetime.fromisoformat("2026-11-23T10:00"), datetime(2026, 11, 23, 9, tzinfo=UTC)),
        (datetime(2026, 11, 23, 10, 0, 0, 1999, tzinfo=TWO_HOURS), datetime(2026, 11, 23, 8, 0, 0, 1000, tzinfo=UTC)),
        ("2026-03-29T02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # in the gap: 03:30 by the new clock
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice: the earlier
        ("2026-11-23T24:00", None),
        ("2026-11-23T10:60", None),
        ("2026-11-23T10:00:60", None),
        ("2026-11-23T10:00+24:00", None),
        ("2026-11-23T10", None),
        ("2026-11-23t10:00z", None),
        ("9999-12-31T23:59-01:00", None),
        ("0001-01-01", None),  # in Paris that begins in the year before
        (1_795_000_000, None),
    ],
)
def test_a_datetime_without_offset_is_of_the_organizations_zone(raw, value):
    assert read(AttributeType.DATETIME, raw, PARIS) == value


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (" 00001 ", "00001"),
        (1, "1"),
        (17.0, "17"),
        (Decimal("17.00"), "17"),
        (10**30, "1" + "0" * 30),
        (1.5, None),
        (1e16, None),
        (float("nan"), None),
        (True, None),
        (" ", None),
        (None, None),
    ],
)
def test_a_key_is_text_or_the_digits_of_a_whole_number(raw, key):
    assert read_key(raw) == key
