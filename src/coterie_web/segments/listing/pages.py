"""The list of segments, and what is done to many of them at once."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from coterie_web.accounts.models import User
from coterie_web.accounts.permissions import may_make_segments
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.exporting import definitions_file
from coterie_web.segments.lifecycle.places import present_quota
from coterie_web.segments.listing.bulk import Outcome, delete_all, stop_all, ticked
from coterie_web.segments.listing.choosing import Chips, choice_of, chosen
from coterie_web.segments.listing.facts import COLUMNS, Facts, value_of
from coterie_web.segments.listing.lines import lines_of
from coterie_web.segments.listing.ordering import page_of
from coterie_web.segments.listing.rows import owner_of, rows_for, users_of
from coterie_web.segments.queries import visible_contacts
from coterie_web.segments.starting.offers import offers_for
from coterie_web.ui.clock import now
from coterie_web.ui.fragments import wants

__all__ = ["bulk", "home", "segments"]

_PAGE = 25


@require_safe
def home(_: HttpRequest) -> HttpResponse:
    return redirect("segments:list")


@require_safe
def segments(request: HttpRequest) -> HttpResponse:
    user, query = user_of(request), request.GET
    rows = rows_for(user)
    if not rows and not query:
        return render(request, "segments/listing/empty.html", _first_run(user))
    uses, facts, choice = users_of({row.id for row in rows}), Facts(user), choice_of(query)
    column, descending = _order(query)
    wanted = chosen(rows, choice, uses)
    owners = {owner_of(text): name for text, name in {row.owner_id: row.owner_name for row in rows}.items()}
    page = page_of(
        wanted,
        value_of(column, facts, uses),
        descending=descending,
        after=query.get("after", ""),
        before=query.get("before", ""),
        size=_PAGE,
    )
    address = _addresses(query)
    context = {
        "page": page,
        "lines": list(lines_of(page.rows, user, facts, uses)),
        "everything": len(rows),
        "chips": list(Chips(wanted, choice, uses, user=user, owners=owners, address=address)),
        "columns": _columns(column, descending, address),
        "query": query,
        "next_address": address(after=page.after) if page.after else None,
        "previous_address": address(before=page.before) if page.before else None,
        "first_address": address(),
        "quota": present_quota(),
        "may_make": may_make_segments(user),
        "latest": facts.latest,
    }
    template = "segments/listing/fragment.html" if wants(request, "segments") else "segments/listing/list.html"
    return render(request, template, context)


def _first_run(user: User) -> dict[str, object]:
    """What stands between the person and a first segment."""
    return {
        "may_make": may_make_segments(user),
        "contacts": engine().contacts(visible_contacts(user), limit=1).total,
        "templates": len(offers_for(user)),
    }


def _order(query: QueryDict) -> tuple[str, bool]:
    """The column that the list is sorted by, and whether from its end."""
    asked = query.get("sort", "")
    column = asked.removeprefix("-")
    return (column, asked.startswith("-")) if column in COLUMNS else ("name", False)


def _addresses(query: QueryDict) -> Callable[..., str]:
    """Makes addresses of the list: as it is asked for now, with some of it changed, and from its start."""
    path = reverse("segments:list")
    kept = {name: values for name, values in query.lists() if name not in ("after", "before")}

    def address(**changes: str | None) -> str:
        text = urlencode({name: value for name, value in {**kept, **changes}.items() if value is not None}, doseq=True)
        return f"{path}?{text}" if text else path

    return address


def _columns(column: str, descending: bool, address: Callable[..., str]) -> dict[str, dict[str, str]]:
    """For each column, how it is sorted now, and the address that sorts by it: again, the other way."""
    heads = {}
    for name in COLUMNS:
        is_sorted = name == column
        backward = not descending if is_sorted else name in {"members", "evaluated", "used"}
        order = ("descending" if descending else "ascending") if is_sorted else ""
        heads[name] = {"order": order, "address": address(sort=f"-{name}" if backward else name)}
    return heads


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Stop, export or delete what is ticked; what is refused is said, and the rest is done."""
    user = user_of(request)
    segments = ticked(request.POST.getlist("segment"), user)
    match request.POST.get("do"):
        case "export" if segments:
            return definitions_file(segments, visible_contacts(user))
        case "stop":
            _say(request, "stopped", stop_all(segments, acting_user=user, now=now()))
        case "delete" if segments and "sure" not in request.POST:
            context = {"segments": segments, "back": _back(request)}
            return render(request, "segments/listing/delete.html", context)
        case "delete":
            _say(request, "deleted", delete_all(segments, acting_user=user, now=now()))
        case _:
            messages.warning(request, "Tick some segments first, then choose what to do with them.")
    return redirect(_back(request))


def _say(request: HttpRequest, what: str, outcome: Outcome) -> None:
    if outcome.done:
        messages.success(request, f"{outcome.done:,} {'segment' if outcome.done == 1 else 'segments'} {what}.")
    for refusal in outcome.refusals:
        messages.error(request, refusal)


def _back(request: HttpRequest) -> str:
    """The list as it was, where the form says so."""
    asked = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if is_ours and asked.startswith(reverse("segments:list")) else reverse("segments:list")
