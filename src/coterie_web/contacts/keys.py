"""Keys of contacts in addresses. A key may hold any text; a path may not.

Browsers take `.` and `..` out of paths, however they are written, and servers differ about encoded slashes. So what a
segment of a path cannot hold is written as `~` and two hexadecimal digits; all else Django encodes as usual.
"""

from __future__ import annotations

import re

__all__ = ["KeyConverter"]

_ESCAPED = re.compile(r"[~/\\\x00-\x1f\x7f]|\A\.{1,2}\Z")
_ESCAPES = re.compile(r"~([0-7][0-9A-F])")


class KeyConverter:
    """A contact's key as one segment of a path."""

    regex = "[^/]+"

    def to_python(self, text: str) -> str:
        return _ESCAPES.sub(lambda found: chr(int(found[1], 16)), text)

    def to_url(self, key: str) -> str:
        return _ESCAPED.sub(lambda found: "".join(f"~{ord(each):02X}" for each in found[0]), key)
