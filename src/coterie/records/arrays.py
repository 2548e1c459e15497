"""Small tools on Arrow arrays that every reading of a column needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["as_flags", "by_distinct", "character_data", "is_ascii", "one_array", "overlaid", "true_rows"]


def one_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`values` in one piece."""
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
    return values


def as_flags(mask: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """A Boolean array as numpy; null is False."""
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=bool)


def true_rows(mask: np.ndarray) -> np.ndarray:
    """The positions at which `mask` is set, in order."""
    return np.flatnonzero(mask)


def character_data(strings: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """The UTF-8 bytes of a string array and the offsets (rows + 1) at which each string begins and ends in them."""
    _, offset_buffer, data_buffer = strings.buffers()
    if offset_buffer is None:
        return np.zeros(0, np.uint8), np.zeros(len(strings) + 1, np.int32)
    offsets = np.frombuffer(offset_buffer, np.int32)[strings.offset : strings.offset + len(strings) + 1]
    data = np.frombuffer(data_buffer, np.uint8) if data_buffer is not None else np.zeros(0, np.uint8)
    return data, offsets


def is_ascii(strings: pa.StringArray) -> bool:
    """Whether no string holds anything but ASCII."""
    data, offsets = character_data(strings)
    used = data[offsets[0] : offsets[-1]] if len(offsets) else data
    return not len(used) or int(used.max()) < 128


def by_distinct(values: pa.Array, read: Callable[[object], object], type_: pa.DataType) -> pa.Array:
    """`read` of every value, called once per distinct one. Nulls stay null."""
    encoded = values.dictionary_encode()
    answers: Sequence[object] = [read(value) for value in encoded.dictionary.to_pylist()]
    return pa.array(answers, type=type_).take(encoded.indices)


def overlaid(base: pa.Array, mask: np.ndarray, replacements: pa.Array) -> pa.Array:
    """`base` with the rows of `mask` replaced, in order, by `replacements`."""
    if not mask.any():
        return base
    return one_array(pc.replace_with_mask(base, pa.array(mask), replacements))
