"""Business units: the tree, and each of them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coterie_web.accounts.forms import UnitForm
from coterie_web.accounts.models import BusinessUnit, User
from coterie_web.accounts.pages.frame import in_settings
from coterie_web.accounts.permissions import may_keep_units
from coterie_web.accounts.queries import readable_unit, visible_people, visible_units
from coterie_web.accounts.requests import user_of
from coterie_web.accounts.unit_tree import add_unit, change_unit, remove_unit
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow, demand

__all__ = ["new_unit", "remove", "unit", "units"]

_ASK = "Only an administrator of the whole organization changes its units. Ask one of them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A unit as the tree shows it."""

    unit: BusinessUnit
    depth: int
    people: int

    @property
    def steps(self) -> range:
        """One for each unit above: the template indents by them."""
        return range(self.depth)


@require_safe
def units(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    counted = visible_units(user).annotate(active=Count("people", filter=Q(people__is_active=True)))
    context = {"rows": _rows(counted), "keeps_units": may_keep_units(user), **in_settings(user, tab="units")}
    return render(request, "accounts/units.html", context)


def _rows(found: Iterable[BusinessUnit]) -> list[Row]:
    """The tree, line by line. The first above which none is seen stands at the edge."""
    children: defaultdict[uuid.UUID | None, list[BusinessUnit]] = defaultdict(list)
    listed = list(found)
    seen = {unit.id for unit in listed}
    for unit in listed:
        children[unit.parent_id if unit.parent_id in seen else None].append(unit)
    rows: list[Row] = []
    ahead = [(unit, 0) for unit in reversed(children[None])]
    while ahead:
        unit, depth = ahead.pop()
        rows.append(Row(unit=unit, depth=depth, people=getattr(unit, "active", 0)))
        ahead += [(child, depth + 1) for child in reversed(children[unit.id])]
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
def new_unit(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    demand(may_keep_units(user), _ASK)
    offered = {"key": request.GET.get("key", ""), "name": request.GET.get("key", "")}
    form = UnitForm(request.POST if request.method == "POST" else None, initial=offered)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            added = add_unit(typed["key"], name=typed["name"], parent=typed["parent"], acting_user=user, now=now())
        except NotNow as refusal:
            form.refuse(refusal, "key")
        else:
            messages.success(request, f"{added.name} is added.")
            return redirect("accounts:units")
    context = {"form": form, **in_settings(user, tab="units")}
    return render(request, "accounts/unit_new.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def unit(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    unit = readable_unit(user, unit_id)
    if request.method == "POST":
        demand(may_keep_units(user), _ASK)
    as_kept = {"key": unit.key, "name": unit.name, "parent": unit.parent}
    form = UnitForm(request.POST if request.method == "POST" else None, initial=as_kept)
    if form.is_valid() and _saved(form, unit, user):
        messages.success(request, "Saved.")
        return redirect("accounts:unit", unit.id)
    context = {
        "unit": unit, "form": form, "keeps_units": may_keep_units(user), **in_settings(user, tab="units"),
        "people": visible_people(user).filter(unit=unit), "children": visible_units(user).filter(parent=unit),
    }  # fmt: skip
    return render(request, "accounts/unit.html", context, status=422 if form.is_bound else 200)


def _saved(form: UnitForm, unit: BusinessUnit, user: User) -> bool:
    typed = form.cleaned_data
    try:
        change_unit(unit, key=typed["key"], name=typed["name"], parent=typed["parent"], acting_user=user, now=now())
    except NotNow as refusal:
        form.refuse(refusal, {"key_taken": "key", "unit_circle": "parent"}.get(refusal.code))
        return False
    return True


@require_POST
def remove(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    unit = readable_unit(user, unit_id)
    remove_unit(unit, acting_user=user, now=now())
    messages.success(request, f"{unit.name} is removed.")
    return redirect("accounts:units")
