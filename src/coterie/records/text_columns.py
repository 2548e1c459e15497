"""Whole columns of text: trimmed and folded, ASCII at the speed of Arrow, the rest once per distinct value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coterie.records.arrays import as_flags, by_distinct, is_ascii, one_array, overlaid
from coterie.values.text import ESCAPES, SEPARATOR, fold, normalize

__all__ = ["FoldedText", "folded_lists", "joined", "normalized", "split_choices"]

# Typed, and made once: to find the type of a Python value, Arrow looks for a module that may not be there, every time.
_NOTHING = pa.scalar(None, pa.string())
_EMPTY = pa.scalar("", pa.string())
_EDGE = pa.scalar(SEPARATOR, pa.string())
_NO_LENGTH = pa.scalar(0, pa.int32())


@dataclass(frozen=True, slots=True)
class FoldedText:
    """Text as it is kept and as it is compared (semantics, rule 6); null where it is missing."""

    kept: pa.Array
    folded: pa.Array

    @classmethod
    def of(cls, strings: pa.StringArray) -> FoldedText:
        kept = normalized(strings)
        if is_ascii(kept):
            return cls(kept, pc.ascii_lower(kept))
        wide = ~as_flags(pc.string_is_ascii(kept)) & ~as_flags(kept.is_null())
        others = by_distinct(kept.filter(pa.array(wide)), lambda text: fold(str(text)), pa.string())
        return cls(kept, overlaid(pc.ascii_lower(kept), wide, others))


def normalized(strings: pa.StringArray) -> pa.StringArray:
    """values.text.normalize of every string; null where nothing is left."""
    trimmed = pc.ascii_trim_whitespace(strings)
    if not is_ascii(strings):
        wide = ~as_flags(pc.string_is_ascii(strings)) & ~as_flags(strings.is_null())
        others = by_distinct(strings.filter(pa.array(wide)), lambda text: normalize(str(text)), pa.string())
        trimmed = overlaid(trimmed, wide, others)
    blank = pc.equal(pc.binary_length(trimmed), _NO_LENGTH)
    return pc.if_else(blank, _NOTHING, trimmed) if pc.any(blank).as_py() else trimmed


def split_choices(strings: pa.StringArray) -> pa.ListArray:
    """Texts separated by `;` as lists of them."""
    return pc.split_pattern(strings, ";")


def joined(lists: pa.ListArray) -> pa.StringArray:
    """Each list as one text, as `values.text.list_elements` reads it; null where there is no list."""
    elements = one_array(lists.flatten())
    for plain, escaped in ESCAPES:
        elements = pc.replace_substring(elements, plain, escaped)
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate(([0], np.cumsum(lengths))).astype(np.int32))
    texts = pc.binary_join(pa.ListArray.from_arrays(offsets, elements, mask=lists.is_null()), _EDGE)
    return pc.binary_join_element_wise(_EDGE, texts, _EDGE, _EMPTY)


def folded_lists(lists: pa.ListArray) -> FoldedText:
    """Lists of texts, each text trimmed and folded, blank ones dropped; null where none is left."""
    flat = FoldedText.of(one_array(lists.flatten()))
    kept_elements = as_flags(flat.kept.is_valid())
    counts = np.asarray(pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False), dtype=np.int64)
    owners = np.repeat(np.arange(len(lists)), counts)
    remaining = np.bincount(owners[kept_elements], minlength=len(lists))
    offsets = np.concatenate(([0], np.cumsum(remaining))).astype(np.int32)
    mask = pa.array(remaining == 0)
    chosen = pa.array(kept_elements)

    def lists_of(texts: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(pa.array(offsets), texts.filter(chosen), mask=mask)

    return FoldedText(lists_of(flat.kept), lists_of(flat.folded))
