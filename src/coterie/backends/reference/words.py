"""Text as rule 6 compares it, written from the rule alone."""

from __future__ import annotations

import unicodedata

__all__ = ["folded", "matches_pattern", "trimmed"]

WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters with the Unicode property White_Space; Python's own `strip` takes U+001C to U+001F too."""


def trimmed(text: str) -> str:
    """NFC(trim(text)): what `match_case` compares, what patterns search, and what keys are."""
    return unicodedata.normalize("NFC", text.strip(WHITE_SPACE))


def folded(text: str) -> str:
    """NFC(casefold(NFC(trim(text)))): what all other text operators compare."""
    return unicodedata.normalize("NFC", trimmed(text).casefold())


def matches_pattern(pattern: str, text: str, *, match_case: bool) -> bool:
    """Whether the RE2 `pattern`, as written, is found anywhere in the trimmed NFC `text`."""
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.case_sensitive = match_case
    options.log_errors = False
    return re2.compile(pattern, options).search(trimmed(text)) is not None
