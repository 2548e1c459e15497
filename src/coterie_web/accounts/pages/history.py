"""The history: who did what, when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_safe

from coterie_web.accounts.forms import HistoryFilter
from coterie_web.accounts.models import HistoryEntry
from coterie_web.accounts.pages.frame import in_settings
from coterie_web.accounts.permissions import may_read_history
from coterie_web.accounts.queries import visible_history
from coterie_web.accounts.requests import user_of
from coterie_web.ui.refusals import demand

__all__ = ["history"]

_ON_A_PAGE = 50
_LONGEST_NUMBER = 18


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    demand(may_read_history(user), "The history is for managers and administrators. Ask one of them.")
    form = HistoryFilter(request.GET, user=user)
    found = _filtered(visible_history(user), form)
    before = request.GET.get("before", "")[:_LONGEST_NUMBER]
    if before.isascii() and before.isdigit():
        found = found.filter(id__lt=int(before))
    entries = list(found[: _ON_A_PAGE + 1])
    shown = entries[:_ON_A_PAGE]
    older = _address(request, shown[-1].id) if len(entries) > _ON_A_PAGE else ""
    context = {"form": form, "entries": shown, "older": older, "is_first": not before}
    return render(request, "accounts/history.html", {**in_settings(user, tab="history"), **context})


def _filtered(entries: QuerySet[HistoryEntry], form: HistoryFilter) -> QuerySet[HistoryEntry]:
    """Those that the form asks for; a field that cannot be read asks for nothing."""
    form.is_valid()
    wanted = form.cleaned_data
    if who := wanted.get("who"):
        entries = entries.filter(acting_user=who)
    if kind := wanted.get("kind"):
        entries = entries.filter(subject_type=kind)
    if since := wanted.get("since"):
        entries = entries.filter(at__gte=_midnight(since))
    if until := wanted.get("until"):
        entries = entries.filter(at__lt=_midnight(until + timedelta(days=1)))
    return entries


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, get_current_timezone())


def _address(request: HttpRequest, before: int) -> str:
    """This page again, from that entry on."""
    kept = request.GET.copy()
    kept["before"] = str(before)
    return f"?{kept.urlencode()}"
