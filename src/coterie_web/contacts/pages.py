"""Contacts: the list, and everything of one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import get_current_timezone_name
from django.views.decorators.http import require_safe

from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.contact_table import columns_of, table_of, view_of
from coterie_web.catalogs.engine import engine
from coterie_web.contacts.events import shown_event
from coterie_web.contacts.queries import checkable_segments, kinds_of, readable_contact, segments_with, timeline_of
from coterie_web.contacts.records import shown_profile
from coterie_web.segments.queries import visible_contacts
from coterie_web.ui.clock import now
from coterie_web.ui.requests import HtmxRequest

__all__ = ["check", "contact", "contacts"]

_SEGMENTS = 25
"""Shown at first of the segments that a contact is in."""


@require_safe
def contacts(request: HtmxRequest) -> HttpResponse:
    """All contacts whom the person sees."""
    catalog = engine().catalog
    table = table_of(visible_contacts(user_of(request)), view_of(request.GET, catalog))
    context = {"table": table, "columns": columns_of(catalog), "zone": get_current_timezone_name()}
    return render(request, f"contacts/{'_list' if request.htmx.target == 'members' else 'list'}.html", context)


@require_safe
def contact(request: HtmxRequest, key: str) -> HttpResponse:
    """Profile, timeline, and segments since when."""
    user, moment = user_of(request), now()
    profile = readable_contact(user, key)
    kinds = kinds_of(request.GET.getlist("kind"))
    timeline = timeline_of(key, before=moment, after=request.GET.get("after"), kinds=kinds)
    context: dict[str, object] = {
        "contact": profile,
        "kinds": kinds,
        "timeline": timeline,
        "events": [shown_event(event) for event in timeline.events],
        "zone": get_current_timezone_name(),
        "moment": moment,
    }
    if request.htmx.target == "timeline":
        return render(request, "contacts/_timeline.html", context)
    most = None if request.GET.get("segments") == "all" else _SEGMENTS
    context["in_segments"] = segments_with(user, key, most=most)
    context["profile"] = shown_profile(profile)
    return render(request, "contacts/contact.html", context)


@require_safe
def check(request: HtmxRequest, key: str) -> HttpResponse:
    """The live segments, each leading to why this contact is in or out."""
    user = user_of(request)
    profile, search = readable_contact(user, key), request.GET.get("q", "").strip()
    found = checkable_segments(user, key, search=search)
    template = "_checkable.html" if request.htmx.target == "checkable" else "check.html"
    return render(request, f"contacts/{template}", {"contact": profile, "found": found, "search": search})
