"""What is loaded, what arrives, and in a demo the switch of its stream."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.data.queries import last_arrived, loaded, may_see_data, visible_version, waiting
from coterie_web.demo.models import Demo
from coterie_web.demo.switching import RATES, STREAM_HOURS, may_switch
from coterie_web.ui.clock import now

__all__ = ["overview"]


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


@require_safe
def overview(request: HtmxRequest) -> HttpResponse:
    """The page; asked for by itself, again and again, only the numbers of it."""
    user = user_of(request)
    if not may_see_data(user):
        raise PermissionDenied("The numbers of all records are for people of the whole organization.")
    demo = Demo.objects.first()
    context = {
        "loaded": loaded(),
        "arrived": last_arrived(),
        "waiting": waiting(),
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
