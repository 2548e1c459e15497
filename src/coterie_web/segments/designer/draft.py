"""A draft as it stands: its tree, and which revision that is. Undo and redo walk along its steps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Max, Min

from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.reading import tree_of
from coterie_web.segments.designer.stored import from_json, to_json
from coterie_web.segments.designer.tree import Tree
from coterie_web.segments.designer.written import written
from coterie_web.segments.models import Segment

__all__ = ["Draft", "draft_of", "is_written_by", "pinned_of", "revision_of", "tree_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What people see of a draft. `step` is the one that holds the tree; None where none does yet."""

    tree: Tree
    revision: str
    step: int | None
    can_undo: bool
    can_redo: bool


def draft_of(segment: Segment) -> Draft:
    """The draft of a dynamic segment. One that was written otherwise than here is read from its definition."""
    number = segment.draft_number
    stored = segment.steps.filter(number=number).first()
    tree = None if stored is None else from_json(stored.tree)
    if tree is not None and not is_written_by(tree, segment):
        tree = None
    ends = segment.steps.order_by().aggregate(first=Min("number"), last=Max("number"))
    first, last = (number if end is None else end for end in ends.values())
    shown = tree_of(segment.definition, segment.pinned) if tree is None else tree
    return Draft(
        tree=shown,
        revision=revision_of(number, shown),
        step=None if tree is None else number,
        can_undo=first < number or (tree is None and stored is not None),
        can_redo=tree is not None and last > number,
    )


def tree_at(segment: Segment, revision: str) -> Tree | None:
    """The tree that had that revision, if it is kept."""
    number = revision.partition("-")[0]
    stored = segment.steps.filter(number=int(number)).first() if number.isdecimal() and len(number) < 10 else None
    tree = None if stored is None else from_json(stored.tree)
    return tree if tree is not None and revision_of(int(number), tree) == revision else None


def is_written_by(tree: Tree, segment: Segment) -> bool:
    """Whether the segment's definition and pins are those that the tree writes."""
    definition = written(tree.steps, engine().catalog).definition
    pinned = {side: keys for side, keys in segment.pinned.items() if keys}
    return definition == (segment.definition or {"blocks": []}) and pinned_of(tree) == pinned


def pinned_of(tree: Tree) -> dict[str, list[str]]:
    """The keys kept in and out by hand, as a segment file has them."""
    sides = {"keep_in": list(tree.keep_in), "keep_out": list(tree.keep_out)}
    return {side: keys for side, keys in sides.items() if keys}


def revision_of(number: int, tree: Tree) -> str:
    """A name for what a page shows, by which it is known whether a form is of that page."""
    content = json.dumps(to_json(tree), sort_keys=True, ensure_ascii=False)
    return f"{number}-{sha256(content.encode(errors='surrogatepass')).hexdigest()[:12]}"
