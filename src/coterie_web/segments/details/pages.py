"""The General tab."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from coterie_web.accounts.models import User
from coterie_web.accounts.permissions import may_give_away_segments
from coterie_web.accounts.queries import visible_people
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.details.actions import change_details, possible_owners, transfer
from coterie_web.segments.details.forms import DetailsForm
from coterie_web.segments.heading import heading
from coterie_web.segments.lifecycle.locks import DETAILS, why_locked
from coterie_web.segments.queries import may_change, readable_segment
from coterie_web.segments.zone_options import zone_options
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow

__all__ = ["general", "give"]

_VERSIONS = 5


@require_http_methods(["GET", "HEAD", "POST"])
def general(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """What is said of the segment, and its versions; what the status leaves open may be changed."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    form = DetailsForm(segment, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_details(segment, form.cleaned_data, acting_user=user, now=now())
        except ValidationError as error:
            form.add_error(None, error)
        except NotNow as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Saved." if changed else "Nothing was changed.")
            return redirect("segments:general", segment_id)
    is_theirs = may_change(user, segment)
    context = {
        **heading(segment, user, tab="general"),
        "form": form if is_theirs else None,
        "is_locked": why_locked(segment, DETAILS) is not None,
        "versions": segment.versions.all()[:_VERSIONS],
        "zone": segment.time_zone or engine().catalog.organization.time_zone,
        "zones": zone_options(),
        "owners": possible_owners(user) if is_theirs and may_give_away_segments(user) else [],
    }
    return render(request, "segments/details/general.html", context, status=422 if form.errors else 200)


@require_POST
def give(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Give the segment to another owner."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    owner = _person(request.POST.get("owner", ""), user)
    try:
        transfer(segment, owner, acting_user=user, now=now())
    except NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{segment.name} belongs to {owner.name} now.")
    return redirect("segments:general", segment_id)


def _person(identity: str, user: User) -> User:
    """Somebody whom the person sees; others are answered as if they were not there."""
    people = {str(person.id): person.id for person in visible_people(user)}
    return get_object_or_404(User.objects.select_related("unit"), id=people.get(identity))
