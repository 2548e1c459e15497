"""Moments and spans of time, in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from coterie import Span
from coterie_web.segments.designer.words import place_words

__all__ = ["moves_words", "span_words", "when_words"]


def span_words(span: Span, zone: str, now: datetime, *, is_ahead: bool) -> str:
    """The bounds of a span, and when they move: "Since Sat 24 Oct 00:00, New York. Moves on at 00:00 tomorrow."

    `is_ahead`: what lies ahead is asked about, so that a lone end is one until which it counts.
    """
    said = _bounds(span, zone, now, is_ahead=is_ahead)
    return " ".join(filter(None, (said, moves_words(span, zone, now))))


def _bounds(span: Span, zone: str, now: datetime, *, is_ahead: bool) -> str:
    start, end = _bound(span.start, zone, now), _last(span.end, zone, now)
    place = "" if isinstance(span.start or span.end, date) and not _is_instant(span) else f", {place_words(zone)}"
    match start, end:
        case "", "":
            return ""
        case _, "":
            return f"From {start} on{place}." if is_ahead else f"Since {start}{place}."
        case "", _:
            return f"Until {end}{place}." if is_ahead else f"Before {end}{place}."
        case _ if start == end:
            return f"On {start}{place}."
        case _:
            return f"From {start} to {end}{place}."


def _is_instant(span: Span) -> bool:
    return isinstance(span.start, datetime) or isinstance(span.end, datetime)


def _bound(bound: date | datetime | None, zone: str, now: datetime) -> str:
    match bound:
        case None:
            return ""
        case datetime():
            return when_words(bound, zone, now)
        case _:
            return _day(bound, now)


def _last(bound: date | datetime | None, zone: str, now: datetime) -> str:
    """An end as people say it: the last of the days, the first instant that is out."""
    if bound is None or isinstance(bound, datetime):
        return _bound(bound, zone, now)
    return _day(bound - timedelta(days=1), now)


def _day(day: date, now: datetime) -> str:
    year = "" if day.year == now.year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%b}{year}"


def when_words(moment: datetime, zone: str, now: datetime) -> str:
    """A moment with its day: `Sat 24 Oct 00:00`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{_day(local.date(), now.astimezone(ZoneInfo(zone)))} {local:%H:%M}"


def moves_words(span: Span, zone: str, now: datetime) -> str:
    """When a span moves on; nothing where it never does."""
    if span.moves_at is None:
        return "Moves on all the time."
    return f"Moves on {at_words(span.moves_at, zone, now)}."


def at_words(moment: datetime, zone: str, now: datetime) -> str:
    """A moment ahead, as one says when something happens: `at 00:00 tomorrow`."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    match (local.date() - today).days:
        case 0:
            return f"at {local:%H:%M} today"
        case 1:
            return f"at {local:%H:%M} tomorrow"
        case _:
            return f"on {_day(local.date(), now)} at {local:%H:%M}"
