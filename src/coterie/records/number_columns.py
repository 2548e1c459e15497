"""Whole columns of numbers: exact, as integers at a common scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coterie.records.arrays import as_flags, one_array, true_rows
from coterie.records.scalars import ILL_TYPED, IllTyped, number_of
from coterie.values.numbers import PLACES, WHOLE_DIGITS

__all__ = ["ScaledNumbers", "numbers_from_decimals", "numbers_from_floats", "numbers_from_objects", "numbers_from_text"]

_PLAIN = r"^[+-]?[0-9]{1,18}(\.[0-9]{1,10})?$"
_HUGE = pa.decimal128(38, 0)
_INT64 = 2**63 - 1
# Typed, as in `text_columns`.
_ZERO, _ONE = pa.scalar(0, pa.int32()), pa.scalar(1, pa.int32())
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class ScaledNumbers:
    """Numbers × 10^`scale`, null where missing: int64, or decimal128(38, 0) where one of them is longer.

    `largest` is the greatest absolute value of them; `ill` tells the rows that hold no number.
    """

    unscaled: pa.Array
    scale: int
    largest: int
    ill: np.ndarray

    def at(self, scale: int, *, huge: bool) -> pa.Array:
        """The numbers × 10^`scale`, as decimal128(38, 0) if `huge`; `scale` is not below that of these."""
        factor = 10 ** (scale - self.scale)
        if self.largest * factor <= _INT64:
            widened = (
                self.unscaled
                if factor == 1
                else pc.multiply(self.unscaled.cast(pa.int64()), pa.scalar(factor, pa.int64()))
            )
            return widened.cast(_HUGE) if huge else widened.cast(pa.int64())
        exact = [None if number is None else Decimal(int(number) * factor) for number in self.unscaled.to_pylist()]
        return pa.array(exact, type=_HUGE)

    @classmethod
    def of_integers(cls, integers: pa.Array, scale: int = 0, ill: np.ndarray | None = None) -> ScaledNumbers:
        """Integers of any width that stand for themselves ÷ 10^`scale`."""
        bounds = pc.min_max(integers)
        low, high = bounds["min"].as_py(), bounds["max"].as_py()
        largest = 0 if low is None else max(abs(int(low)), abs(int(high)))
        unscaled = integers.cast(pa.int64() if largest <= _INT64 else _HUGE)
        return cls(unscaled, scale, largest, np.zeros(len(integers), bool) if ill is None else ill)


def numbers_from_objects(values: Sequence[object]) -> ScaledNumbers:
    """The exact way, value by value."""
    read = [number_of(value) for value in values]
    return _from_verdicts(read)


def _from_verdicts(read: Sequence[Decimal | IllTyped | None]) -> ScaledNumbers:
    ill = np.fromiter((number is ILL_TYPED for number in read), bool, len(read))
    numbers = [number if isinstance(number, Decimal) else None for number in read]
    scale = max((_places(number) for number in numbers if number is not None), default=0)
    unscaled = [None if number is None else number.scaleb(scale, _WIDE) for number in numbers]
    largest = max((abs(int(number)) for number in unscaled if number is not None), default=0)
    if largest <= _INT64:
        array = pa.array([None if number is None else int(number) for number in unscaled], type=pa.int64())
    else:
        array = pa.array([None if n is None else n.quantize(Decimal(1), context=_WIDE) for n in unscaled], type=_HUGE)
    return ScaledNumbers(array, scale, largest, ill)


def _places(number: Decimal) -> int:
    """Digits after the point, without the zeros at the end."""
    exponent = number.normalize(_WIDE).as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def numbers_from_text(strings: pa.StringArray) -> ScaledNumbers:
    """Numbers spelled as text; plain decimals at the speed of Arrow, the rest once per distinct value."""
    plain = pc.match_substring_regex(strings, _PLAIN)
    rest = ~as_flags(plain) & as_flags(strings.is_valid())
    decimals = pc.if_else(plain, strings, pa.scalar(None, pa.string()))
    scale = _places_of_text(decimals)
    unscaled = _unscaled(decimals.cast(pa.decimal128(38, scale)))
    numbers = ScaledNumbers.of_integers(unscaled, scale)
    return _with_rest(numbers, rest, strings) if rest.any() else numbers


def _places_of_text(decimals: pa.StringArray) -> int:
    """The most digits that stand after a point, the zeros at the end apart."""
    fractions = decimals.filter(pc.fill_null(pc.greater_equal(pc.find_substring(decimals, "."), _ZERO), False))
    if not len(fractions):
        return 0
    shortest = pc.utf8_rtrim(fractions, "0")
    places = pc.subtract(pc.subtract(pc.binary_length(shortest), pc.find_substring(shortest, ".")), _ONE)
    return int(pc.max(places).as_py())


def _unscaled(decimals: pa.Decimal128Array) -> pa.Array:
    """The integers that decimals are made of, without their point. No digit is moved."""
    if not len(decimals):
        return pa.array([], pa.int64())
    return pa.Array.from_buffers(_HUGE, len(decimals), decimals.buffers(), offset=decimals.offset)


def _with_rest(numbers: ScaledNumbers, rest: np.ndarray, values: pa.Array) -> ScaledNumbers:
    """`numbers` with the rows of `rest` read exactly from `values`, once per distinct value."""
    encoded = values.filter(pa.array(rest)).dictionary_encode()
    others = numbers_from_objects(encoded.dictionary.to_pylist())
    scale = max(numbers.scale, others.scale)
    largest = max(numbers.largest * 10 ** (scale - numbers.scale), others.largest * 10 ** (scale - others.scale))
    huge = largest > _INT64
    merged = pc.replace_with_mask(
        numbers.at(scale, huge=huge), pa.array(rest), others.at(scale, huge=huge).take(encoded.indices)
    )
    ill = numbers.ill.copy()
    ill[true_rows(rest)] = others.ill[encoded.indices.to_numpy(zero_copy_only=False)]
    return ScaledNumbers(one_array(merged), scale, largest, ill)


def numbers_from_decimals(decimals: pa.Array) -> ScaledNumbers:
    """Typed decimals; those that may be too long or too fine are read one by one."""
    kind = decimals.type
    if kind.scale < 0 or kind.scale > PLACES or kind.precision - kind.scale > WHOLE_DIGITS:
        return numbers_from_objects(decimals.to_pylist())
    exact = decimals.cast(pa.decimal128(38, kind.scale))
    return ScaledNumbers.of_integers(_unscaled(exact), kind.scale)


def numbers_from_floats(floats: pa.Array) -> ScaledNumbers:
    """Typed floats, each its shortest decimal; NaN and infinities are missing.

    A decimal of at most 15 digits (6 for a narrow float) that rounds to the float is its shortest one. So dividing
    integers by powers of ten finds it without spelling it; the rest is spelled, once per distinct value.
    """
    narrow = np.float32 if floats.type == pa.float32() else np.float64
    values = np.asarray(pc.fill_null(floats, float("nan")).to_numpy(zero_copy_only=False)).astype(np.float64)
    left = np.isfinite(values)
    missing = ~left
    unscaled, scales = np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
    digits = 10.0**6 if narrow is np.float32 else 10.0**15
    for places in range(PLACES + 1):
        rows = true_rows(left)
        if not len(rows):
            break
        with np.errstate(over="ignore"):  # infinite then, and spelled below
            candidates = np.rint(values[rows] * 10.0**places)
        exact = (np.abs(candidates) < digits) & ((candidates / 10.0**places).astype(narrow) == values[rows])
        found = rows[exact]
        unscaled[found], scales[found] = candidates[exact].astype(np.int64), places
        left[found] = False
    return _scaled_floats(unscaled, scales, missing, left, values.astype(narrow))


def _scaled_floats(
    unscaled: np.ndarray, scales: np.ndarray, missing: np.ndarray, left: np.ndarray, values: np.ndarray
) -> ScaledNumbers:
    scale = int(scales.max(initial=0))
    factors = np.power(10, scale - scales, dtype=np.int64)
    with np.errstate(over="ignore"):
        fits = np.abs(unscaled) <= _INT64 // factors
        integers = pa.array(unscaled * factors, mask=missing | left | ~fits)
    numbers = ScaledNumbers.of_integers(integers, scale)
    rest = left | ~fits
    if not rest.any():
        return numbers
    # Spelled as numpy spells them: the shortest text that reads back as the same float.
    texts = np.full(len(values), None, dtype=object)
    texts[rest] = [str(value) for value in values[rest]]
    return _with_rest(numbers, rest, pa.array(texts, pa.string()))
