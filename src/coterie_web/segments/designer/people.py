"""The people behind a number: of the whole draft, of a part of it, of the steps so far."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coterie import ContactPage, DefinitionError, Membership, QuestionError
from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.counting import alone
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.designer.tree import Condition, Group, Parentheses, Related, Step, Tree, parts_of
from coterie_web.segments.designer.view import Page, page_of
from coterie_web.segments.designer.written import written
from coterie_web.segments.files import live_file
from coterie_web.segments.heading import heading
from coterie_web.segments.queries import readable_segment, visible_contacts
from coterie_web.segments.references import needed_files, referred_keys
from coterie_web.ui.clock import now

__all__ = ["against_live", "people"]

_SAMPLE, _PAGE = 10, 50


@require_safe
def people(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Who is counted: a sample below the designer, or a page of its own."""
    user, moment = user_of(request), now()
    segment = readable_segment(user, segment_id)
    page = page_of(segment, draft_of(segment), user, as_of=moment)
    steps, words = _asked(page.draft.tree, request.GET.get("part"), request.GET.get("so_far"))
    is_sample = bool(getattr(request, "htmx", False))
    is_whole = request.GET.keys().isdisjoint(("part", "so_far"))
    members = _members(page, steps, user, moment, with_pins=is_whole)
    found = None if members is None else _found(members, request.GET.get("after"), _SAMPLE if is_sample else _PAGE)
    context = {"page": page, "found": found, "words": words, "as_of": moment, "query": _query(request)}
    if is_sample:
        return render(request, "segments/designer/sample.html", context)
    return render(request, "segments/designer/people.html", {**heading(segment, user, tab="definition"), **context})


def _query(request: HttpRequest) -> str:
    """The question that the next page asks again."""
    asked = request.GET.copy()
    asked.pop("after", None)
    return asked.urlencode()


def _found(members: Membership, after: str | None, limit: int) -> ContactPage:
    try:
        return engine().contacts(members, after=after, limit=limit)
    except QuestionError as error:
        raise Http404 from error


def _asked(tree: Tree, part_id: str | None, so_far: str | None) -> tuple[tuple[Step, ...], str]:
    """The steps that are asked about, and what to call them."""
    if so_far is not None:
        return _until(tree.steps, so_far), "The people so far"
    if part_id is None:
        return tree.steps, "The people in this draft"
    part = tree.find(part_id)
    match part:
        case None:
            raise Http404
        case Condition() | Group() | Related():
            return (Step(block=alone(part)),), "The people of one condition"
        case _:
            return (Step(block=part),), "The people of one block"


def _until(steps: tuple[Step, ...], block_id: str) -> tuple[Step, ...]:
    """The steps of one list up to a block, inside parentheses or not."""
    lists: list[tuple[Step, ...]] = [steps]
    lists += [part.steps for part in parts_of(steps) if isinstance(part, Parentheses)]
    for each in lists:
        ids = [step.block.id for step in each]
        if block_id in ids:
            return each[: ids.index(block_id) + 1]
    raise Http404


def _members(
    page: Page, steps: tuple[Step, ...], user: User, moment: datetime, *, with_pins: bool
) -> Membership | None:
    """Who is found by some steps; None where they are not complete."""
    check = page.check
    file = {**check.file, "definition": written(steps, engine().catalog).definition}
    if not with_pins:
        file.pop("pinned", None)
    try:
        return engine().members(file, as_of=moment, segments=check.segments, within=visible_contacts(user))
    except DefinitionError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How many would enter and leave if the draft were live."""

    entered: int
    left: int


@require_safe
def against_live(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """How many would enter and leave a live segment, were its draft published now."""
    user, moment = user_of(request), now()
    segment = readable_segment(user, segment_id)
    if segment.live_version is None:
        raise Http404
    page = page_of(segment, draft_of(segment), user, as_of=moment)
    then = _members(page, page.draft.tree.steps, user, moment, with_pins=True)
    file = live_file(segment)
    files = needed_files(user, referred_keys(file), of=segment)
    served = engine().members(file, as_of=moment, segments=files, within=visible_contacts(user))
    difference = None if then is None else Difference(entered=len(then - served), left=len(served - then))
    return render(request, "segments/designer/against_live.html", {"page": page, "difference": difference})
