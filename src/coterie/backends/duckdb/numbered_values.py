"""The values that occur of an attribute, numbered as they are met, and chosen from by what somebody types."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from coterie.backends.duckdb.naming import value_column
from coterie.backends.duckdb.python_values import python_value, scaled_decimal
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import Attribute, AttributeType
from coterie.planning.browsing import ValueCount
from coterie.records.arrays import as_flags, one_array
from coterie.records.text_columns import FoldedText
from coterie.values.text import fold, is_storable, list_elements

__all__ = ["MISSING", "Codes", "Counts", "NumberedValues", "ValueKind"]

Codes = NDArray[np.int32]
Counts = NDArray[np.int64]

MISSING = -1
"""The code of a missing value."""

_LARGE = pa.decimal128(38, 0)

_TEXTS = {AttributeType.TEXT, AttributeType.CHOICE, AttributeType.MULTI_CHOICE}


@dataclass(frozen=True, slots=True)
class ValueKind:
    """How values are stored: their type, and of numbers the power of ten that they are multiplied by."""

    type: AttributeType
    scale: int

    @classmethod
    def of(cls, attribute: Attribute, table: str, source: Source) -> ValueKind:
        is_number = attribute.type is AttributeType.NUMBER
        return cls(attribute.type, source.number_scale(table, value_column(attribute.name)) if is_number else 0)


class NumberedValues:
    """Stored values, each with a code for good. Of lists, what is chosen from are their elements."""

    def __init__(self, kind: ValueKind) -> None:
        self._kind = kind
        self._stored: pa.Array | None = None
        self._choices = _Choices() if kind.type is AttributeType.MULTI_CHOICE else None
        self._texts: pa.Array = pa.array([], pa.string())

    def __len__(self) -> int:
        return 0 if self._stored is None else len(self._stored)

    @property
    def nbytes(self) -> int:
        return int(self._texts.nbytes) + (0 if self._stored is None else int(self._stored.nbytes))

    def codes(self, values: pa.ChunkedArray) -> Codes:
        """The codes of stored values; new ones are numbered."""
        if self._stored is None:
            return self._first_codes(values)
        own = one_array(values)
        if own.type != self._stored.type:  # numbers that have become too large for 64 bits
            self._stored, own = self._stored.cast(_LARGE), own.cast(_LARGE)
        found = pc.index_in(own, value_set=self._stored, skip_nulls=True)
        is_new = pc.and_(pc.is_valid(own), pc.is_null(found))
        if pc.any(is_new).as_py():
            self._learn(own.filter(is_new).unique())
            found = pc.index_in(own, value_set=self._stored, skip_nulls=True)
        return _as_codes(found)

    def _first_codes(self, values: pa.ChunkedArray) -> Codes:
        # Of no chunk there is no type that Arrow can encode.
        encoded = one_array(values.dictionary_encode()) if len(values) else one_array(values).dictionary_encode()
        self._learn(encoded.dictionary)
        return _as_codes(encoded.indices)

    def _learn(self, new: pa.Array) -> None:
        if self._choices is not None:
            self._choices.learn(new.to_pylist(), first=len(self))
        self._stored = new if self._stored is None else pa.concat_arrays([self._stored, new])

    def most_frequent(self, counts: Counts, *, containing: str, limit: int) -> list[ValueCount]:
        """Values that hold a text, whatever its case: those that begin with it, of most records, and least first.

        `counts` says by code how many records have a stored value.
        """
        if self._stored is None or not is_storable(containing):
            return []
        values = self._stored if self._choices is None else self._choices.values()
        counts = counts if self._choices is None else self._choices.counted(counts)
        is_held, is_beginning = self._found(values, fold(containing))
        places = np.flatnonzero(is_held & (counts > 0))
        candidates = pa.table(
            {"begins": is_beginning[places], "count": counts[places], "value": _sortable(values.take(pa.array(places)))}
        )
        order = [("begins", "descending"), ("count", "descending"), ("value", "ascending")]
        best = places[pc.select_k_unstable(candidates, min(limit, len(places)), sort_keys=order).to_numpy()]
        shown = values.take(pa.array(best)).to_pylist()
        return [ValueCount(value=self._shown(v), count=int(n)) for v, n in zip(shown, counts[best], strict=True)]

    def _shown(self, value: object) -> object:
        return value if self._choices is not None else python_value(value, self._kind.type, self._kind.scale)

    def _found(self, values: pa.Array, sought: str) -> tuple[NDArray[np.bool_], NDArray[np.int8]]:
        """Which values hold a folded text, and which begin with it."""
        if not sought:
            return np.ones(len(values), np.bool_), np.zeros(len(values), np.int8)
        if len(self._texts) < len(values):
            more = _texts(values.slice(len(self._texts)), self._kind)
            self._texts = pa.concat_arrays([self._texts, more])
        is_held = as_flags(pc.match_substring(self._texts, sought))
        return is_held, as_flags(pc.starts_with(self._texts, sought)).astype(np.int8)


@dataclass(slots=True)
class _Choices:
    """The elements of lists: each numbered, with the codes of the lists that hold it."""

    numbers: dict[str, int] = field(default_factory=dict)
    lists: list[int] = field(default_factory=list)
    elements: list[int] = field(default_factory=list)

    def learn(self, lists: list[str], *, first: int) -> None:
        """Take in lists whose codes begin with `first`. One that holds an element twice counts once."""
        for code, kept in enumerate(lists, first):
            for element in dict.fromkeys(list_elements(kept)):
                self.lists.append(code)
                self.elements.append(self.numbers.setdefault(element, len(self.numbers)))

    def values(self) -> pa.Array:
        return pa.array(self.numbers, pa.string())

    def counted(self, counts: Counts) -> Counts:
        """By the number of an element how many records have it."""
        found = np.zeros(len(self.numbers), np.int64)
        np.add.at(found, np.array(self.elements, np.int64), counts[np.array(self.lists, np.int64)])
        return found


def _as_codes(found: pa.Array) -> Codes:
    codes: Codes = pc.fill_null(found, MISSING).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes


def _texts(values: pa.Array, kind: ValueKind) -> pa.Array:
    """The text that each value is found by, folded."""
    if kind.type in _TEXTS:
        return FoldedText.of(values.cast(pa.string())).folded.cast(pa.string())
    match kind.type:
        case AttributeType.NUMBER:
            return pa.array([_digits(value, kind.scale) for value in values.to_pylist()], pa.string())
        case AttributeType.DATETIME:
            return pc.utf8_lower(values.cast(pa.timestamp("ms", "UTC")).cast(pa.string()))
        case _:  # days and truth values as Arrow writes them: 2026-11-23, true
            return values.cast(pa.string())


def _digits(stored: object, scale: int) -> str:
    """A number without an exponent, and without zeros at the end of its fraction."""
    digits = f"{scaled_decimal(stored, scale):f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _sortable(values: pa.Array) -> pa.Array:
    return values.cast(pa.int8()) if pa.types.is_boolean(values.type) else values
