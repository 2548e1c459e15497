"""People: who they are, what they may do, and where."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coterie_web.accounts.forms import InviteForm, PersonForm
from coterie_web.accounts.links import VALID_FOR
from coterie_web.accounts.models import BusinessUnit, Role, User
from coterie_web.accounts.pages.frame import in_settings
from coterie_web.accounts.people import change, deactivate, invite, new_link, reactivate
from coterie_web.accounts.permissions import may_invite, may_manage
from coterie_web.accounts.queries import readable_person, visible_people
from coterie_web.accounts.requests import user_of
from coterie_web.accounts.units import reach_of
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow, demand

__all__ = ["deactivate_person", "invite_person", "make_link", "people", "person", "reactivate_person"]


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    user, reach = user_of(request), reach_of(user_of(request))
    query = request.GET.get("q", "").strip()
    found = _matching(visible_people(user), query)
    rows = [(each, may_manage(user, each, reach)) for each in found]
    context = {"rows": rows, "query": query, "may_invite": may_invite(user), **in_settings(user, tab="people")}
    return render(request, "accounts/people.html", context)


def _matching(found: QuerySet[User], query: str) -> QuerySet[User]:
    """Those whose name or e-mail contains it; who may not sign in any more stand last."""
    if query:
        found = found.filter(name__icontains=query) | found.filter(email__icontains=query)
    return found.order_by("-is_active", "name", "email")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite_person(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    demand(may_invite(user), "Only an administrator of the whole organization invites people. Ask one of them.")
    form = InviteForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            invited, secret = invite(
                typed["email"], name=typed["name"], role=Role(typed["role"]), unit=typed["unit"],
                acting_user=user, now=now(),
            )  # fmt: skip
            return _show_link(request, invited, secret)
        except NotNow as refusal:
            form.refuse(refusal, "email")
    context = {"form": form, "roles": ROLE_WORDS, **in_settings(user, tab="people")}
    return render(request, "accounts/invite.html", context, status=422 if form.is_bound else 200)


def _show_link(request: HttpRequest, person: User, secret: str) -> HttpResponse:
    """The one answer that has the link: it is kept nowhere, and so this page answers the POST itself."""
    link = request.build_absolute_uri(reverse("accounts:sign-in-by-link", args=[secret]))
    context = {"person": person, "link": link, "expires_at": now() + VALID_FOR}
    return render(request, "accounts/link.html", {**in_settings(user_of(request), tab="people"), **context})


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    person = readable_person(user, person_id)
    manages = may_manage(user, person, reach_of(user))
    if request.method == "POST":
        demand(manages, f"{person.name} is managed by administrators of {person.unit_words}. Ask one of them.")
    as_kept: dict[str, object] = {"name": person.name, "role": person.role, "unit": person.unit}
    form = PersonForm(request.POST if request.method == "POST" else None, user=user, initial=as_kept)
    if form.is_valid() and _saved(form, person, user):
        messages.success(request, "Saved.")
        return redirect("accounts:person", person.id)
    context = {"person": person, "form": form, "manages": manages, "roles": ROLE_WORDS}
    context |= in_settings(user, tab="people")
    return render(request, "accounts/person.html", context, status=422 if form.is_bound else 200)


ROLE_WORDS = {
    Role.VIEWER: "sees segments, members and contacts",
    Role.MARKETER: "makes segments, and changes their own",
    Role.MANAGER: "changes the segments of the unit and below it, and reads the history",
    Role.ADMINISTRATOR: "manages people too; without a unit, also units and who is invited",
}


def _saved(form: PersonForm, person: User, user: User) -> bool:
    typed = form.cleaned_data
    unit: BusinessUnit | None = typed["unit"]
    try:
        change(person, name=typed["name"], role=Role(typed["role"]), unit=unit, acting_user=user, now=now())
    except NotNow as refusal:
        form.refuse(refusal)
        return False
    return True


@never_cache
@require_POST
def make_link(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    person = readable_person(user, person_id)
    return _show_link(request, person, new_link(person, acting_user=user, now=now()))


@require_POST
def deactivate_person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    person = readable_person(user, person_id)
    deactivate(person, acting_user=user, now=now())
    messages.success(request, f"{person.name} is signed out, and cannot sign in any more.")
    return redirect("accounts:person", person.id)


@require_POST
def reactivate_person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    person = readable_person(user, person_id)
    reactivate(person, acting_user=user, now=now())
    messages.success(request, f"{person.name} can sign in again.")
    return redirect("accounts:person", person.id)
