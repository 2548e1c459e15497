"""From a name to a key that nobody has."""

from __future__ import annotations

import re
import unicodedata

from coterie_web.accounts.models import HistoryEntry
from coterie_web.segments.models import Segment

__all__ = ["free_key", "is_key", "is_taken", "key_of"]

_LONGEST = 80
_KEY = re.compile(r"[a-z0-9-]{1,200}")


def is_key(text: str) -> bool:
    """Whether a segment may have this key."""
    return _KEY.fullmatch(text) is not None


def key_of(name: str) -> str:
    """A name in lower-case letters, digits and hyphens: `Über 30, Köln` → `uber-30-koln`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].rstrip("-") or "segment"


def is_taken(key: str) -> bool:
    """Whether a segment has this key, or had it when it was live: what was published of that is still told by it."""
    if Segment.objects.filter(key=key).exists():
        return True
    gone = HistoryEntry.objects.filter(subject_type="segment", deed="deleted", details__key=key)
    return any(entry.details.get("was_live") for entry in gone)


def free_key(name: str) -> str:
    """A key made of the name, with a number where another segment has that one."""
    first = key_of(name)
    key, number = first, 1
    while is_taken(key):
        number += 1
        key = f"{first}-{number}"
    return key
