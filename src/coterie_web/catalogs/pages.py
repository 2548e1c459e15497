"""The organization: its calendar, what may be asked about, and which units its data name."""

from __future__ import annotations

from calendar import day_name, month_name

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coterie_web.accounts.pages.frame import in_settings
from coterie_web.accounts.permissions import may_keep_units
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.catalogs.units import units_in_data
from coterie_web.ui.refusals import demand
from coterie_web.ui.requests import HtmxRequest

__all__ = ["organization", "units_found"]


@require_safe
def organization(request: HtmxRequest) -> HttpResponse:
    catalog = engine().catalog
    calendar = catalog.organization
    context = {
        **in_settings(user_of(request), tab="organization"),
        "catalog": catalog, "data_version": engine().data_version, "live_quota": settings.CONFIGURATION.live_quota,
        "first_weekday": day_name[calendar.first_weekday], "fiscal_start": month_name[calendar.fiscal_start_month],
        "entities": [entity for name, entity in catalog.entities.items() if name != "contact"],
    }  # fmt: skip
    return render(request, "catalogs/organization.html", context)


@require_safe
def units_found(request: HtmxRequest) -> HttpResponse:
    """Units that contacts have, and that are in no tree yet; a part of the page of units where htmx asks."""
    user = user_of(request)
    demand(may_keep_units(user), "Only an administrator of the whole organization adds units. Ask one of them.")
    template = "catalogs/found.html" if request.htmx else "catalogs/units_found.html"
    column = engine().catalog.contact.business_unit
    context = {**in_settings(user, tab="units"), "found": units_in_data(), "column": column}
    return render(request, template, context)
