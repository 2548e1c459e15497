"""Values as they are stored, made Python's own; and numbers back again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from coterie.catalog.model import AttributeType
from coterie.values.text import list_elements

__all__ = ["moment_of", "python_value", "scaled_decimal", "scaled_integer"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def python_value(value: object, kind: AttributeType | None, scale: int) -> object:
    """Numbers as Decimal, datetimes aware in UTC, lists as lists; all else as it is."""
    if value is None:
        return None
    if kind is AttributeType.NUMBER:
        return scaled_decimal(value, scale)
    if kind is AttributeType.MULTI_CHOICE:
        return list_elements(str(value))
    if kind is AttributeType.DATETIME:
        assert isinstance(value, int)
        return moment_of(value)
    return value


def moment_of(instant: int) -> datetime:
    """Milliseconds since 1970 as an aware datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=instant)


def scaled_decimal(stored: object, scale: int) -> Decimal:
    """The number that is kept as an integer, multiplied by ten to the power of `scale`."""
    sign, digits, exponent = Decimal(str(stored)).as_tuple()
    assert isinstance(exponent, int)
    return Decimal((sign, digits, exponent - scale))


def scaled_integer(number: Decimal, scale: int) -> int | None:
    """What a number is kept as; None where it has more digits than are kept."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    scaled = Decimal((sign, digits, exponent + scale))
    return int(scaled) if scaled == scaled.to_integral_value() else None
