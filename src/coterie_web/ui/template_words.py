"""What all templates say: icons, numbers and moments as people read them, and addresses like this one."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version as version_of
from zoneinfo import ZoneInfo

from django.template.defaultfilters import date as formatted
from django.template.defaulttags import querystring as changed_query
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone, localtime
from jinja2 import pass_context
from jinja2.runtime import Context

from coterie_web.ui.clock import now
from coterie_web.ui.theme import theme_of

__all__ = ["FILTERS", "FUNCTIONS", "moment"]


@lru_cache(maxsize=256)  # a page has hundreds of a few dozens
def icon(name: str) -> SafeString:
    """A picture of the sprite; it stands beside a word, or in a button with a name, and so is hidden from readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("coterie/icons.svg"), name
    )


def count(number: int | None) -> str:
    """A number of people with separators; a dash where there is none."""
    return "–" if number is None else f"{number:,}"


def moment(instant: datetime | None, zone: str = "") -> str:
    """A moment in a zone, as short as it can be said: `14:03:22`, `Fri 20 Nov 14:03`, `6 Jan 2025 09:00`.

    Without a zone it is that of who reads it.
    """
    if instant is None:
        return "–"
    shown_in = ZoneInfo(zone) if zone else get_current_timezone()
    local, today = instant.astimezone(shown_in), now().astimezone(shown_in)
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    if local.year == today.year:
        return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"
    return f"{local.day} {local:%b} {local.year} {local:%H:%M}"


def ago(instant: datetime | None) -> str:
    """How long ago: `2 s ago`; beyond a day, the day."""
    if instant is None:
        return "–"
    seconds = max((now() - instant).total_seconds(), 0)
    for limit, size, unit in ((90, 1, "s"), (90 * 60, 60, "min"), (36 * 3600, 3600, "h")):
        if seconds < limit:
            return f"{int(seconds // size)} {unit} ago"
    return moment(instant)


def zone_words() -> str:
    """The zone in which moments are shown to who reads: `New York`."""
    name = getattr(get_current_timezone(), "key", "UTC")
    return name.rpartition("/")[2].replace("_", " ")


@pass_context
def theme(context: Context) -> str:
    """`light` or `dark`, where the person chose one in this browser."""
    request = context.get("request")
    return "" if request is None else theme_of(request)


@cache  # it is read from a file
def version() -> str:
    """Which Coterie this is."""
    return version_of("coterie")


def initials(name: str) -> str:
    """Two letters for a picture of somebody; one of who is called by one word."""
    words = str(name).split() or ["?"]
    return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper()


def value(shown: object, zone: str = "") -> str:
    """A value of a record as people read it; a dash where there is none."""
    match shown:
        case None | ():
            return "–"
        case bool():
            return "Yes" if shown else "No"
        case Decimal():
            return _plain(shown)
        case datetime():
            return moment(shown, zone)
        case date():
            return f"{shown.day} {shown:%b} {shown.year}"
        case tuple():
            return ", ".join(map(str, shown))
        case _:
            return str(shown)


def _plain(number: Decimal) -> str:
    """A number without an exponent and without superfluous zeros, thousands apart."""
    whole, _, fraction = f"{number:,f}".partition(".")
    return ".".join(filter(None, (whole, fraction.rstrip("0"))))


def date_as(instant: datetime | date, format_: str) -> str:
    """A moment, in the zone of who reads it, or a day, in a format of Django's."""
    return formatted(localtime(instant) if isinstance(instant, datetime) else instant, format_)


@pass_context
def querystring(context: Context, **changes: object) -> str:
    """The parameters of this address with changes: `?q=paris&sort=name`. None takes one out."""
    return changed_query(None, context["request"].GET, **changes)  # type: ignore[arg-type] # it asks the query alone


@pass_context
def hidden_fields(context: Context, *others: str) -> SafeString:
    """The parameters of this address as hidden fields of a form that changes the others."""
    query = context["request"].GET
    fields = ((name, text) for name in query if name not in others for text in query.getlist(name))
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', fields)


FUNCTIONS = {
    "hidden_fields": hidden_fields,
    "icon": icon,
    "querystring": querystring,
    "theme": theme,
    "version": version,
    "zone_words": zone_words,
}
FILTERS = {
    "ago": ago,
    "count": count,
    "date": date_as,
    "initials": initials,
    "moment": moment,
    "value": value,
}
