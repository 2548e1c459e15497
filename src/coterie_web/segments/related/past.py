"""What was done to a segment, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coterie_web.accounts.models import HistoryEntry
from coterie_web.segments.models import Segment

__all__ = ["Deed", "Past", "history_of"]

_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An entry of the history, and what else is known of it, in words."""

    entry: HistoryEntry
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Some deeds; `older` asks for those before, None where there are none."""

    deeds: tuple[Deed, ...]
    older: str | None


def history_of(segment: Segment, *, before: str) -> Past:
    """The deeds before the entry with that number; the newest where it is none."""
    entries = HistoryEntry.objects.filter(subject_type="segment", subject_id=str(segment.id)).order_by("-id")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        entries = entries.filter(id__lt=int(before))
    found = list(entries[: _PAGE + 1])
    shown = found[:_PAGE]
    deeds = tuple(Deed(entry=entry, words=_words(entry.details)) for entry in shown)
    return Past(deeds=deeds, older=str(shown[-1].id) if len(found) > _PAGE else None)


def _words(details: Mapping[str, object]) -> str:
    """What an entry says besides: `version 3`, `name, tags`, `from Ana to Ben`."""
    parts = details.get("parts")
    said = [
        f"version {details['version']}" if "version" in details else "",
        ", ".join(str(part).replace("_", " ") for part in parts) if isinstance(parts, list) else "",
        f"from {details['from']} to {details['to']}" if "from" in details and "to" in details else "",
        f"as {details['template']}" if "template" in details else "",
        f"“{details['note']}”" if "note" in details else "",
    ]
    return " · ".join(filter(None, said))
