"""What is offered while one types: values that occur, with how often; contacts by key, name and e-mail."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coterie import QuestionError, ValueCount
from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.asked import owners_of
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.designer.tree import Condition, Tree
from coterie_web.segments.queries import readable_segment, visible_contacts

__all__ = ["contact_names", "values"]

_MOST = 20
_LONGEST = 200
"""Characters of what is typed that are looked for."""


@require_safe
def values(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Values that occur of the attribute that a condition is about."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    name = request.GET.get("input", "")
    typed = request.GET.getlist(name)[-1:] or [""]
    found = _values(draft_of(segment).tree, name.partition(".")[0], typed[0][:_LONGEST], user)
    return render(request, "segments/designer/values.html", {"values": found})


def _values(tree: Tree, part_id: str, typed: str, user: User) -> tuple[ValueCount, ...]:
    condition, owner = tree.find(part_id), owners_of(tree, engine().catalog).get(part_id, "")
    if not isinstance(condition, Condition) or not owner or not condition.attribute:
        return ()
    try:
        return engine().values(owner, condition.attribute, containing=typed, limit=_MOST, within=visible_contacts(user))
    except QuestionError:  # the attribute is not there any more
        return ()


@require_safe
def contact_names(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Contacts that the person may see whose key, name or e-mail is being typed."""
    user = user_of(request)
    readable_segment(user, segment_id)
    typed = next((texts[-1] for _, texts in request.GET.lists() if texts), "")[:_LONGEST]
    rows = engine().contacts(visible_contacts(user), search=typed, limit=_MOST).contacts if typed.strip() else ()
    return render(request, "segments/designer/contact_names.html", {"rows": rows})
