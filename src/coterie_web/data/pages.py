"""What is loaded, what arrives, and in a demo the switch of its stream."""

from __future__ import annotations

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.data.queries import last_arrived, loaded, may_see_data, visible_version, waiting
from coterie_web.demo.models import Demo
from coterie_web.demo.switching import RATES, STREAM_HOURS, may_switch
from coterie_web.ingest.set_aside import (
    drop,
    last_set_aside,
    may_decide,
    set_aside_count,
    set_aside_records,
    try_again,
)
from coterie_web.ingest.waiting import why_it_stands_still
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow

__all__ = ["decide", "overview"]

_ID = re.compile(r"[0-9]{1,18}")


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


@require_safe
def overview(request: HtmxRequest) -> HttpResponse:
    """The page; asked for by itself, again and again, only the numbers of it."""
    user = user_of(request)
    if not may_see_data(user):
        raise PermissionDenied("The numbers of all records are for people of the whole organization.")
    demo, last = Demo.objects.first(), last_set_aside()
    context = {
        "loaded": loaded(),
        "arrived": last_arrived(),
        "waiting": waiting(),
        "why_it_stands_still": why_it_stands_still(),
        "set_aside_count": set_aside_count(last=last),
        "set_aside": [] if request.htmx else set_aside_records(last=last),
        "last_set_aside": last,
        "may_decide": may_decide(user),
        "data_version": engine().data_version,
        "visible_version": visible_version(),
        "zone": engine().catalog.organization.time_zone,
        "demo": demo,
        "is_flowing": demo is not None and demo.stream_until is not None and demo.stream_until > now(),
        "rates": RATES,
        "stream_hours": STREAM_HOURS,
        "may_switch": may_switch(user),
    }
    return render(request, "data/numbers.html" if request.htmx else "data/overview.html", context)


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """What is done about the records that were set aside up to the `last` that was seen: `do` is `again` or `drop`."""
    deed, words = (drop, "dropped") if request.POST.get("do") == "drop" else (try_again, "tried again")
    seen = request.POST.get("last", "")
    last = int(seen) if _ID.fullmatch(seen) else 0
    try:
        records = deed(last=last, acting_user=user_of(request), now=now())
        messages.success(
            request, f"{records:,} record{'s' if records != 1 else ''} {'are' if records != 1 else 'is'} {words}."
        )
    except NotNow as refused:
        messages.info(request, str(refused))
    return redirect("data:overview")
