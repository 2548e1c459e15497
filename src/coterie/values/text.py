"""Text: what is blank, how it is trimmed, how it is folded for comparison (semantics, rules 2 and 6)."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["ESCAPES", "SEPARATOR", "WHITE_SPACE", "fold", "is_storable", "list_element", "list_elements", "normalize"]

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


SEPARATOR = "\x1f"
"""Stands before, between and after the elements of a list that is kept as one text: `list_element` finds one in it."""

ESCAPES = (("\x1e", "\x1e0"), (SEPARATOR, "\x1e1"))
"""What an element that holds the separator, or the sign it is escaped with, is written as, in this order."""


def list_element(text: str) -> str:
    """The part of a list kept as one text that stands for the element `text`."""
    for plain, escaped in ESCAPES:
        text = text.replace(plain, escaped)
    return f"{SEPARATOR}{text}{SEPARATOR}"


def list_elements(kept: str) -> list[str]:
    """The elements of a list that is kept as one text."""
    elements = kept[1:-1].split(SEPARATOR)
    for plain, escaped in reversed(ESCAPES):
        elements = [element.replace(escaped, plain) for element in elements]
    return elements


def is_storable(text: str) -> bool:
    """Whether `text` is Unicode text at all: a lone surrogate, which JSON can spell, is not."""
    return text.isascii() or _SURROGATE.search(text) is None


_SURROGATE = re.compile("[\ud800-\udfff]")
