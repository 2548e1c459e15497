"""Numbers are exact decimals of up to 28 digits before the point and 10 after it (semantics, rule 5)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from coterie.values.numbers import decimal_of_json, exact_number, number_from_text


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (12, "12"),
        (-7, "-7"),
        (0.1, "0.1"),
        (1e22, "1e22"),
        (0.30000000000000004, "0.3"),
        (Decimal("12.50"), "12.5"),
        (Decimal("0.00000000005"), "0"),
        (Decimal("0.00000000006"), "0.0000000001"),
        (Decimal("0.00000000015"), "0.0000000002"),
        (Decimal("0.00000000025"), "0.0000000002"),
        (Decimal("0.000000000250001"), "0.0000000003"),
        (Decimal("-0.00000000015"), "-0.0000000002"),
        (Decimal("1e-400"), "0"),
        (Decimal("-1e-999999"), "0"),
        (Decimal("9e-12"), "0"),
        (10**28 - 1, "9999999999999999999999999999"),
        (-(10**28) + 1, "-9999999999999999999999999999"),
        (Decimal("9999999999999999999999999999.9999999999"), "9999999999999999999999999999.9999999999"),
        (Decimal("-1234567890123456789012345678.0123456789"), "-1234567890123456789012345678.0123456789"),
    ],
)
def test_a_number_is_kept_exactly_to_ten_places(number: float | Decimal, expected: str) -> None:
    found = exact_number(number)
    assert found == Decimal(expected)
    assert isinstance(found, Decimal)


@pytest.mark.parametrize(
    "number",
    [
        float("nan"),
        float("inf"),
        float("-inf"),
        Decimal("NaN"),
        Decimal("-Infinity"),
        10**28,
        -(10**28),
        1e28,
        Decimal("1e400"),
        Decimal("9999999999999999999999999999.99999999995"),
        Decimal("-9999999999999999999999999999.99999999995"),
    ],
)
def test_what_is_no_number_or_too_long_is_none(number: float | Decimal) -> None:
    assert exact_number(number) is None


@pytest.mark.parametrize("number", [-0.0, Decimal("-0"), Decimal("-0.00"), Decimal("-1e-11"), Decimal("-1e-50")])
def test_minus_zero_is_zero(number: float | Decimal) -> None:
    found = exact_number(number)
    assert found == 0
    assert found is not None
    assert not found.is_signed()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", "12"),
        ("+12", "12"),
        ("-12", "-12"),
        ("0012", "12"),
        ("1.25", "1.25"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("25e-1", "2.5"),
        (" 12\u00a0", "12"),
        ("-0", "0"),
        ("0e5", "0"),
        ("0.00000000015", "0.0000000002"),
        ("1e-1000000000", "0"),
        ("1e-1000000001", "0"),
    ],
)
def test_text_of_a_number_is_read(text: str, expected: str) -> None:
    assert number_from_text(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "5.",
        ".",
        "e3",
        "1e",
        "1e3.5",
        "1,000",
        "1 000",
        "1_000",
        "€5",
        "0x1F",
        "--1",
        "+-1",
        "1-",
        "nan",
        "inf",
        "١٢",
        "１２",
        "1.2.3",
        "1e28",
        "1e1000000000",
        "1e1000000001",
    ],
)
def test_other_text_is_no_number(text: str) -> None:
    assert number_from_text(text) is None


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("0.10000000000000000000000000001", "1e-1"),
        ("5e9999999999999999999", None),
        ("-5E+9999999999999999999", None),
        ("5e-9999999999999999999", "0"),
        ("0e9999999999999999999", "0"),
    ],
)
def test_every_number_of_json_is_read_whatever_its_exponent(spelled: str, expected: str | None) -> None:
    assert exact_number(decimal_of_json(spelled)) == (None if expected is None else Decimal(expected))


def test_a_number_of_json_keeps_all_its_digits() -> None:
    assert str(decimal_of_json("0.10000000000000000000000000001")) == "0.10000000000000000000000000001"
