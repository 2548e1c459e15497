"""A raw column → a column of its attribute's type, whatever source it came from (semantics, rules 2 to 6).

Arrow arrays of the usual types are read whole; everything else value by value through `scalars`, with the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coterie.catalog import Attribute, AttributeType
from coterie.records.arrays import as_flags, by_distinct, one_array, true_rows
from coterie.records.number_columns import (
    ScaledNumbers,
    numbers_from_decimals,
    numbers_from_floats,
    numbers_from_objects,
    numbers_from_text,
)
from coterie.records.raw import RawColumn
from coterie.records.scalars import (
    ILL_TYPED,
    IllTyped,
    boolean_of,
    choices_of,
    date_of,
    instant_of,
    key_of,
    text_of,
)
from coterie.records.text_columns import FoldedText, folded_lists, joined, normalized, split_choices
from coterie.records.time_columns import (
    LocalClock,
    days_from_text,
    instants_from_days,
    instants_from_text,
    instants_from_timestamps,
)
from coterie.values.text import fold

__all__ = ["TypedColumn", "typed_column", "typed_instants", "typed_keys"]

_TEXTS = pa.list_(pa.string())
_DAYS = (date.min.toordinal() - date(1970, 1, 1).toordinal(), date.max.toordinal() - date(1970, 1, 1).toordinal())


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column of its type; null where missing.

    `values`: string (a list of texts as one, see `values.text`), int64 or decimal128(38, 0), bool, date32, or int64
    milliseconds. `folded` stands beside text and choices; `numbers` beside numbers, with their scale. `ill` and
    `unlisted` are the rows (in order) of which something did not parse, or holds a choice that the catalog does not
    list.
    """

    values: pa.Array
    folded: pa.Array | None = None
    numbers: ScaledNumbers | None = None
    ill: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    unlisted: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))


def typed_column(raw: RawColumn, attribute: Attribute, clock: LocalClock) -> TypedColumn:
    """`raw` read as `attribute`."""
    values = _readable(raw)
    match attribute.type:
        case AttributeType.TEXT:
            texts, ill = _texts(values, text_of)
            return _text_column(texts, ill)
        case AttributeType.CHOICE:
            texts, ill = _texts(values, text_of)
            column = _text_column(texts, ill)
            return _with_unlisted(column, attribute, column.folded)
        case AttributeType.MULTI_CHOICE:
            return _multi_choice(values, attribute)
        case AttributeType.NUMBER:
            numbers = _numbers(values)
            return TypedColumn(numbers.unscaled, numbers=numbers, ill=true_rows(numbers.ill))
        case AttributeType.BOOLEAN:
            return _booleans(values)
        case AttributeType.DATE:
            return _dates(values)
        case AttributeType.DATETIME:
            return typed_instants(raw, clock)
        case _:
            assert_never(attribute.type)


def typed_keys(raw: RawColumn) -> TypedColumn:
    """`raw` read as keys: text, or the digits of whole numbers. `folded` is for a key that is an attribute too."""
    values = _readable(raw)
    if isinstance(values, pa.Array) and pa.types.is_integer(values.type):
        digits = values.cast(pa.string())
        return TypedColumn(digits, folded=digits)
    texts, ill = _texts(values, key_of)
    return _text_column(texts, ill)


def typed_instants(raw: RawColumn, clock: LocalClock) -> TypedColumn:
    """`raw` read as instants; without an offset they are local to the clock's zone."""
    values = _readable(raw)
    if isinstance(values, pa.Array):
        kind = values.type
        if pa.types.is_null(kind):
            return TypedColumn(values.cast(pa.int64()))
        for accepts, read in (
            (pa.types.is_string, instants_from_text),
            (pa.types.is_timestamp, instants_from_timestamps),
            (pa.types.is_date, instants_from_days),
        ):
            if accepts(kind):
                cells = normalized(values) if read is instants_from_text else values
                instants, ill = read(cells, clock)
                return TypedColumn(instants, ill=true_rows(ill))
    return _from_scalars(_objects(values), lambda value: instant_of(value, clock.zone), pa.int64())


# --- what comes in ----------------------------------------------------------------------------------------------------


def _readable(raw: RawColumn) -> pa.Array | list[object]:
    """The cells as a plain Arrow array where they have one type, else as objects."""
    if isinstance(raw.values, list):
        return _array_of(raw.values)
    values = raw.values
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
        return values.cast(pa.string())
    if pa.types.is_date64(values.type):
        return values.cast(pa.date32())
    return values


_ONE_TYPE: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


def _array_of(objects: list[object]) -> pa.Array | list[object]:
    types = set(map(type, objects)) - {type(None)}
    type_ = _ONE_TYPE.get(next(iter(types), str)) if len(types) <= 1 else None
    if type_ is None:
        return objects
    try:
        return pa.array(objects, type=type_, from_pandas=False)
    except (OverflowError, UnicodeEncodeError, pa.ArrowException):
        return objects  # a number beyond 64 bits, a lone surrogate: read one by one


def _objects(values: pa.Array | list[object]) -> Sequence[object]:
    if isinstance(values, list):
        return values
    try:
        return list(values.to_pylist())
    except (ValueError, OverflowError):  # beyond what Python's own types hold: no value of ours
        return [object() if cell.is_valid else None for cell in values]


def _from_scalars(
    objects: Sequence[object], read: Callable[[object], object | IllTyped | None], type_: pa.DataType
) -> TypedColumn:
    answers = [read(value) for value in objects]
    ill = np.fromiter((answer is ILL_TYPED for answer in answers), bool, len(answers))
    return TypedColumn(pa.array([None if a is ILL_TYPED else a for a in answers], type=type_), ill=true_rows(ill))


# --- text and choices -------------------------------------------------------------------------------------------------


def _texts(
    values: pa.Array | list[object], read: Callable[[object], str | IllTyped | None]
) -> tuple[pa.StringArray, np.ndarray]:
    """The texts of a column, and the rows that hold none."""
    if isinstance(values, pa.Array) and (pa.types.is_string(values.type) or pa.types.is_null(values.type)):
        return values.cast(pa.string()), np.zeros(0, np.int64)
    column = _from_scalars(_objects(values), read, pa.string())
    return column.values, column.ill


def _text_column(texts: pa.StringArray, ill: np.ndarray) -> TypedColumn:
    folded = FoldedText.of(texts)
    return TypedColumn(folded.kept, folded=folded.folded, ill=ill)


def _with_unlisted(column: TypedColumn, attribute: Attribute, folded: pa.Array | None) -> TypedColumn:
    """`column` with the rows whose choice is not among the listed ones, where the catalog lists any."""
    if not attribute.choices or folded is None:
        return column
    listed = pa.array([fold(choice) for choice in attribute.choices], pa.string())
    unlisted = as_flags(pc.invert(pc.is_in(folded, value_set=listed))) & as_flags(folded.is_valid())
    return TypedColumn(column.values, column.folded, None, column.ill, true_rows(unlisted))


def _multi_choice(values: pa.Array | list[object], attribute: Attribute) -> TypedColumn:
    lists, ill = _lists(values)
    folded = folded_lists(lists)
    column = TypedColumn(joined(folded.kept), folded=joined(folded.folded), ill=ill)
    if not attribute.choices:
        return column
    elements = _with_unlisted(TypedColumn(folded.kept), attribute, one_array(folded.folded.flatten())).unlisted
    counts = pc.fill_null(pc.list_value_length(folded.folded), 0).to_numpy(zero_copy_only=False)
    owners = np.repeat(np.arange(len(lists)), counts)
    return TypedColumn(column.values, column.folded, None, ill, np.unique(owners[elements]))


def _lists(values: pa.Array | list[object]) -> tuple[pa.ListArray, np.ndarray]:
    nothing = np.zeros(0, np.int64)
    if isinstance(values, pa.Array):
        kind = values.type
        if pa.types.is_string(kind):
            return split_choices(values), nothing
        if pa.types.is_null(kind):
            return values.cast(_TEXTS), nothing
        if pa.types.is_list(kind) and _is_textual(kind.value_type):
            return values.cast(_TEXTS), nothing
    read = [choices_of(value) for value in _objects(values)]
    ill = np.fromiter((ill for _, ill in read), bool, len(read))
    return pa.array([texts for texts, _ in read], type=_TEXTS), true_rows(ill)


def _is_textual(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


# --- numbers, truth values, days --------------------------------------------------------------------------------------


def _numbers(values: pa.Array | list[object]) -> ScaledNumbers:
    if isinstance(values, pa.Array):
        kind = values.type
        if pa.types.is_string(kind):
            return numbers_from_text(normalized(values))
        if pa.types.is_integer(kind) or pa.types.is_null(kind):
            return ScaledNumbers.of_integers(values.cast(pa.int64()) if pa.types.is_null(kind) else values)
        if pa.types.is_float32(kind) or pa.types.is_float64(kind):
            return numbers_from_floats(values)
        if pa.types.is_float16(kind):
            return numbers_from_objects(list(values.to_numpy(zero_copy_only=False)))
        if pa.types.is_decimal(kind):
            return numbers_from_decimals(values)
    return numbers_from_objects(_objects(values))


def _booleans(values: pa.Array | list[object]) -> TypedColumn:
    if isinstance(values, pa.Array):
        if pa.types.is_boolean(values.type) or pa.types.is_null(values.type):
            return TypedColumn(values.cast(pa.bool_()))
        if pa.types.is_string(values.type):
            texts = normalized(values)
            read = by_distinct(texts, lambda text: _or_none(boolean_of(text)), pa.bool_())
            return TypedColumn(read, ill=true_rows(as_flags(texts.is_valid()) & ~as_flags(read.is_valid())))
    return _from_scalars(_objects(values), boolean_of, pa.bool_())


def _or_none(answer: bool | IllTyped | None) -> bool | None:
    return answer if isinstance(answer, bool) else None


def _dates(values: pa.Array | list[object]) -> TypedColumn:
    if isinstance(values, pa.Array):
        kind = values.type
        if pa.types.is_null(kind):
            return TypedColumn(values.cast(pa.date32()))
        if pa.types.is_string(kind):
            days, ill = days_from_text(normalized(values))
            return TypedColumn(days, ill=true_rows(ill))
        if pa.types.is_date32(kind):
            return _calendar_days(values.cast(pa.int32()), as_flags(values.is_valid()))
        if pa.types.is_timestamp(kind) and kind.tz is None:
            return _midnights(values)
    return _from_scalars(_objects(values), date_of, pa.date32())


def _midnights(timestamps: pa.Array) -> TypedColumn:
    """Timestamps that are exact local midnights as days."""
    per_day = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}[timestamps.type.unit]
    valid = as_flags(timestamps.is_valid())
    units = pc.fill_null(timestamps.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    midnight = units % per_day == 0
    return _calendar_days(pa.array(units // per_day, mask=~(valid & midnight)), valid)


def _calendar_days(days: pa.Array, valid: np.ndarray) -> TypedColumn:
    """Days since 1970 as date32; `valid` tells where something was given, ill-typed outside the years 1 to 9999."""
    inside = as_flags(pc.and_(pc.greater_equal(days, _DAYS[0]), pc.less_equal(days, _DAYS[1])))
    numbers = np.asarray(pc.fill_null(days, 0).to_numpy(zero_copy_only=False))
    safe = np.where(inside, numbers, 0).astype(np.int32)
    return TypedColumn(pa.array(safe, mask=~inside).cast(pa.date32()), ill=true_rows(valid & ~inside))
