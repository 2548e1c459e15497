"""In which zone a segment tells the time."""

from __future__ import annotations

from coterie_web.catalogs.engine import engine
from coterie_web.segments.models import Segment

__all__ = ["zone_of"]


def zone_of(segment: Segment) -> str:
    """Its own zone, or the organization's."""
    return segment.time_zone or engine().catalog.organization.time_zone
