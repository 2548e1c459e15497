"""All time zones, to be offered while one is typed."""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from coterie.values.times import zone_names

__all__ = ["zone_options"]


@lru_cache(maxsize=1)
def zone_options() -> SafeString:
    """The options of a list of values: six hundred, the same on every page, and so made once."""
    return format_html_join("", '<option value="{}"></option>', ((name,) for name in sorted(zone_names())))
