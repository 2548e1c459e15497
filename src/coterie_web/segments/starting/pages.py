"""Beginning a segment: the template chooser, naming it, and saving one as a template."""

from __future__ import annotations

import uuid
from itertools import groupby

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coterie_web.accounts.permissions import may_make_segments
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.heading import heading
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import readable_segment
from coterie_web.segments.starting.chooser import entries_for, fields_of, fill, found_by, offered_answers
from coterie_web.segments.starting.creating import Beginning, create_segment
from coterie_web.segments.starting.forms import NewSegment, NewTemplate
from coterie_web.segments.starting.offers import Offer, offer_named, visible_templates
from coterie_web.segments.starting.templating import candidates_in, delete_template, save_as_template
from coterie_web.segments.zone_options import zone_options
from coterie_web.ui.clock import now
from coterie_web.ui.fragments import wants
from coterie_web.ui.refusals import demand

__all__ = ["choose", "new", "remove_template", "template_of"]

_MAKERS = "Viewers look at segments; marketers make them."


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """The templates, what the chosen one finds, and its parameters. Select leads on to naming; Cancel begins blank."""
    user, query = user_of(request), request.GET
    demand(may_make_segments(user), _MAKERS)
    shown, everything = entries_for(user, query)
    fitting = [entry for entry in shown if entry.reason is None]
    chosen = next((entry for entry in fitting if entry.offer.identity == query.get("template")), None)
    chosen = chosen or next(iter(fitting), None)
    by_category = [(name, list(alike)) for name, alike in groupby(shown, key=lambda entry: entry.offer.category)]
    context: dict[str, object] = {"groups": by_category, "everything": everything, "chosen": chosen, "query": query}
    if chosen is not None:
        answers = offered_answers(query, chosen.offer)
        filled = fill(chosen.offer, answers)
        context |= {
            "fields": fields_of(chosen.offer, answers, user, filled.problems),
            "found": None if filled.problems else found_by(filled.definition, user, now=now()),
            "used": Segment.objects.filter(template=chosen.offer.identity).count(),
            "is_theirs": chosen.offer.owner == user,
        }
    if wants(request, "found"):
        return render(request, "segments/starting/found.html", context)
    context |= {
        "categories": sorted({entry.offer.category for entry in everything}),
        "records": sorted({record for entry in everything for record in entry.records}),
    }
    template = "swapped" if wants(request, "offers") else "choose"
    return render(request, f"segments/starting/{template}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Name a new segment, and make it. The address says its type, and which template it begins from."""
    user, query = user_of(request), request.GET
    demand(may_make_segments(user), _MAKERS)
    kind = Segment.Type.STATIC if query.get("type") == Segment.Type.STATIC else Segment.Type.DYNAMIC
    offer = offer_named(query.get("template", ""), user) if kind == Segment.Type.DYNAMIC else None
    if offer is not None and fill(offer, offered_answers(query, offer)).problems:
        return redirect(f"{reverse('segments:choose-template')}?{query.urlencode()}")
    initial = {} if offer is None else {"name": offer.name, "description": offer.description}
    form = NewSegment(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_segment(_beginning(kind, form, offer, query), acting_user=user, now=now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("segments:members" if kind == Segment.Type.STATIC else "segments:definition", made.id)
    context = {"form": form, "type": kind, "offer": offer, "zones": zone_options()}
    if offer is not None:
        context["wording"] = engine().describe(_mapping(fill(offer, offered_answers(query, offer)).definition))
    return render(request, "segments/starting/new.html", context, status=200 if not form.errors else 422)


def _beginning(kind: str, form: NewSegment, offer: Offer | None, query: QueryDict) -> Beginning:
    details = dict(form.cleaned_data)
    key = str(details.pop("key"))
    if kind == Segment.Type.STATIC:
        return Beginning(type=kind, key=key, details=details, content={"members": []})
    if offer is None:
        return Beginning(type=kind, key=key, details=details, content={"definition": {"blocks": []}})
    definition = fill(offer, offered_answers(query, offer)).definition
    return Beginning(type=kind, key=key, details=details, content={"definition": definition}, template=offer.identity)


def _mapping(definition: object) -> dict[str, object]:
    assert isinstance(definition, dict), "a definition is a mapping"
    return definition


@require_http_methods(["GET", "HEAD", "POST"])
def template_of(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Save a segment as a template, with the conditions that are ticked as its parameters."""
    user, catalog = user_of(request), engine().catalog
    segment = readable_segment(user, segment_id)
    demand(may_make_segments(user), "Viewers look at segments; marketers make templates of them.")
    initial = {"name": segment.name, "description": segment.description}
    form = NewTemplate(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        parameters = {at: request.POST.get(f"label-{at}", "") for at in request.POST.getlist("parameter")}
        try:
            made = save_as_template(
                segment, **form.cleaned_data, parameters=parameters, acting_user=user, now=now(), catalog=catalog
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{made.name} is a template now: New segment offers it.")
            return redirect(segment)
    candidates = candidates_in(segment.definition, catalog)
    context = {**heading(segment, user, tab="definition"), "form": form, "candidates": candidates}
    return render(request, "segments/starting/template.html", context, status=422 if form.errors else 200)


@require_POST
def remove_template(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    template = next((each for each in visible_templates(user) if each.id == template_id), None)
    if template is None:
        raise Http404
    delete_template(template, acting_user=user, now=now())
    messages.success(request, f"The template {template.name} was deleted.")
    return redirect("segments:choose-template")
