"""Numbers: exact decimals of up to 28 digits before the point and 10 after it (semantics, rule 5)."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from coterie.values.text import normalize

__all__ = ["PLACES", "WHOLE_DIGITS", "decimal_of_json", "exact_number", "number_from_text"]

PLACES = 10
"""Digits kept after the point; further ones are rounded half to even."""

WHOLE_DIGITS = 28
"""Digits possible before the point."""

_GRAMMAR = re.compile(r"(?P<digits>[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))(?:[eE](?P<exponent>[+-]?[0-9]+))?")
_LARGEST_EXPONENT = 10**9
_UNIT = Decimal(1).scaleb(-PLACES)
_ROUNDING = Context(prec=WHOLE_DIGITS + PLACES + 2, rounding=ROUND_HALF_EVEN)
_LIMIT = Decimal(10) ** WHOLE_DIGITS


def exact_number(number: int | float | Decimal) -> Decimal | None:
    """`number` rounded to `PLACES`; None for NaN, an infinity, or more than `WHOLE_DIGITS` before the point.

    A float stands for its shortest decimal. Minus zero is zero.
    """
    if isinstance(number, float):
        if not math.isfinite(number):
            return None
        number = Decimal(repr(number))
    decimal = Decimal(number)
    if not decimal.is_finite() or (decimal and decimal.adjusted() >= WHOLE_DIGITS):
        return None
    if not decimal or decimal.adjusted() < -PLACES - 1:
        return Decimal(0)
    rounded = decimal.quantize(_UNIT, context=_ROUNDING)
    # `abs()` and unary minus would round to the context's precision: the copying forms do not.
    if rounded.copy_abs() >= _LIMIT:
        return None
    return rounded or rounded.copy_abs()  # minus zero is zero


def number_from_text(text: str) -> Decimal | None:
    """The number that `text` spells: sign, digits, `.` fraction, exponent. None for anything else."""
    match = _GRAMMAR.fullmatch(normalize(text))
    if match is None:
        return None
    digits = Decimal(match["digits"])
    exponent = int(match["exponent"] or 0)
    if not digits or exponent < -_LARGEST_EXPONENT:  # Decimal itself has no exponents beyond these
        return Decimal(0)
    return None if exponent > _LARGEST_EXPONENT else exact_number(Decimal(f"{match['digits']}e{exponent}"))


def decimal_of_json(text: str) -> Decimal:
    """A number with a fraction or an exponent as JSON spells it, with all its digits.

    One whose exponent no Decimal has is as far beyond every number here, or as near to zero, as a Decimal can tell.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        digits, _, exponent = text.lower().partition("e")
        bound = -_LARGEST_EXPONENT if exponent.startswith("-") else _LARGEST_EXPONENT
        return Decimal(f"{digits}e{bound}")
