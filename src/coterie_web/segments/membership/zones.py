"""In which zone the pages of a segment tell the time."""

from __future__ import annotations

from django.utils.timezone import get_current_timezone_name

from coterie_web.segments.models import Segment

__all__ = ["zone_of"]


def zone_of(segment: Segment) -> str:
    """Its own zone, in which its windows begin; else that of who reads."""
    return segment.time_zone or get_current_timezone_name()
