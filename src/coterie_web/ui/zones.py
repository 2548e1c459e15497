"""In which time zone moments are shown: the organization's, unless a person prefers another."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

__all__ = ["organization_zone", "set_organization_zone", "zone_named", "zones"]

_organization: list[str] = ["UTC"]


def set_organization_zone(name: str) -> None:
    """Show moments in this zone to who prefers none."""
    _organization[0] = name


def organization_zone() -> str:
    """The zone of the organization."""
    return _organization[0]


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name; the organization's where there is no name, or no such zone any more."""
    try:
        return ZoneInfo(name or organization_zone())
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(organization_zone())


@cache
def zones() -> tuple[str, ...]:
    """The names of all zones. Found on the disk, which takes a while, and so looked for once."""
    return tuple(sorted(available_timezones()))
