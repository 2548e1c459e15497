"""Text: what is blank, how it is trimmed, how it is folded for comparison (semantics, rules 2 and 6)."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["WHITE_SPACE", "fold", "is_storable", "normalize"]

WHITE_SPACE = "".join(
    map(
        chr,
        (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000),
    )
)
"""The characters of the Unicode property White_Space. `str.strip()` would also take U+001C to U+001F."""


def normalize(text: str) -> str:
    """NFC(trim(text)): what `match_case` compares, and what is kept. Empty for blank text, which is missing."""
    return unicodedata.normalize("NFC", text.strip(WHITE_SPACE))


def fold(text: str) -> str:
    """NFC(casefold(NFC(trim(text)))): what text is compared by (semantics, rule 6)."""
    return unicodedata.normalize("NFC", normalize(text).casefold())


def is_storable(text: str) -> bool:
    """Whether `text` is Unicode text at all: a lone surrogate, which JSON can spell, is not."""
    return text.isascii() or _SURROGATE.search(text) is None


_SURROGATE = re.compile("[\ud800-\udfff]")
