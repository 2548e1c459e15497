"""The definition as text, both ways."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from coterie import DefinitionError, Problem
from coterie.definition.reading import read
from coterie.definition.yaml_layout import write_yaml
from coterie.values.documents import Tree as Document
from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.actions import is_editable, replace_tree
from coterie_web.segments.designer.alignment import with_ids_of
from coterie_web.segments.designer.checked import keys_in
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.designer.operations import fresh_id
from coterie_web.segments.designer.reading import tree_of
from coterie_web.segments.designer.tree import Tree
from coterie_web.segments.designer.written import written
from coterie_web.segments.heading import heading
from coterie_web.segments.lifecycle import NotNow
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import may_change, readable_segment
from coterie_web.segments.references import needed_files
from coterie_web.ui.clock import now

__all__ = ["text"]

_INCOMPLETE = frozenset(("missing_key", "empty", "segment_not_live"))
"""What a draft may lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the text, and what is wrong in it."""

    number: int
    problems: tuple[Problem, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """The definition as YAML. What is saved replaces the tree; parts that stay the same stay themselves."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    if segment.type == Segment.Type.STATIC and not is_editable(user, segment):
        return redirect("segments:definition", segment.id)
    draft = draft_of(segment)
    typed = request.POST.get("text", "").replace("\r\n", "\n") if request.method == "POST" else _yaml(draft.tree)
    tree, problems = _read(typed, draft.tree, segment, user)
    refusal = ""
    if request.method == "POST":
        refusal = _saved(request, segment, tree, problems, user)
        if not refusal:
            return redirect(f"{reverse('segments:definition', args=[segment.id])}?counts=now")
    context = {
        **heading(segment, user, tab="definition"),
        "text": typed,
        "lines": _lines(typed, problems),
        "problems": problems,
        "refusal": refusal,
        "revision": draft.revision,
        "is_editable": is_editable(user, segment),
    }
    return render(request, "segments/designer/text.html", context, status=409 if refusal else 200)


def _saved(request: HttpRequest, segment: Segment, tree: Tree | None, problems: tuple[Problem, ...], user: User) -> str:
    """Save what was typed; the words of a refusal, where that is not possible."""
    if not may_change(user, segment):
        raise PermissionDenied
    if tree is None or any(problem.code not in _INCOMPLETE for problem in problems):
        return "Nothing is saved yet: mend what is marked first."
    try:
        replace_tree(segment, tree, request.POST.get("revision", ""), acting_user=user, now=now())
    except NotNow as refused:
        return str(refused)
    return ""


def _yaml(tree: Tree) -> str:
    definition = cast("dict[str, Document]", written(tree.steps, engine().catalog).definition)
    return write_yaml(definition)


def _read(typed: str, current: Tree, segment: Segment, user: User) -> tuple[Tree | None, tuple[Problem, ...]]:
    """The tree that a text says, and everything that is wrong with it, in the order of its lines."""
    try:
        document = read(typed).tree
    except DefinitionError as error:
        return None, error.problems
    tree = tree_of(document if isinstance(document, dict) else {}, ids=fresh_id)
    tree = replace(with_ids_of(tree, current, fresh_id), keep_in=current.keep_in, keep_out=current.keep_out)
    try:
        problems = engine().validate(typed, segments=needed_files(user, keys_in(tree), of=segment))
    except DefinitionError as error:  # a file that is referred to cannot be read
        problems = list(error.problems)
    return tree, (*_strangers(document), *problems)


def _strangers(document: object) -> tuple[Problem, ...]:
    """Keys of a segment file: what is written here is the definition alone."""
    keys = [key for key in document if key != "blocks"] if isinstance(document, dict) else []
    message, hint = "Only the definition is written here, under 'blocks'.", "The rest is under General."
    return tuple(Problem(code="unknown_key", path=key, message=message, hint=hint) for key in keys)


def _lines(typed: str, problems: tuple[Problem, ...]) -> tuple[Line, ...]:
    count = typed.count("\n") + 1
    return tuple(
        Line(number=number, problems=tuple(problem for problem in problems if (problem.line or 1) == number))
        for number in range(1, count + 1)
    )
