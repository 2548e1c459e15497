"""The page of what was found, and the list below the search field while somebody types."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coterie_web.accounts.requests import user_of
from coterie_web.search.finding import find
from coterie_web.ui.requests import HtmxRequest

__all__ = ["search"]

_LONGEST_QUERY = 200
_QUICK, _ON_A_PAGE = 5, 20


@require_safe
def search(request: HtmxRequest) -> HttpResponse:
    query = request.GET.get("q", "")[:_LONGEST_QUERY].strip()
    results = find(user_of(request), query, limit=_QUICK if request.htmx else _ON_A_PAGE)
    template = "search/quick.html" if request.htmx else "search/search.html"
    context = {"query": query, "results": results, "count": sum(len(each.hits) for each in results)}
    return render(request, template, context)
