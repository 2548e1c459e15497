"""Editing a draft: each act checks who may, changes the draft's steps and the segment together, and is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.draft import Draft, draft_of, pinned_of, revision_of, tree_at
from coterie_web.segments.designer.form import Fields, read_form
from coterie_web.segments.designer.merging import merged
from coterie_web.segments.designer.operations import Operation, operated
from coterie_web.segments.designer.pins import pinned_by
from coterie_web.segments.designer.reading import tree_of
from coterie_web.segments.designer.stored import from_json, to_json
from coterie_web.segments.designer.tree import Tree
from coterie_web.segments.designer.written import written
from coterie_web.segments.drafts import wording_of
from coterie_web.segments.lifecycle import NotNow, subject
from coterie_web.segments.models import DraftStep, Segment
from coterie_web.segments.queries import may_change

__all__ = ["EDITABLE", "Edited", "edit", "is_editable", "redo", "replace_tree", "undo"]

EDITABLE = frozenset({Segment.Status.DRAFT, Segment.Status.EDITING})
"""The statuses in which a definition can be changed."""

KEPT_STEPS = 200

_ONE_SITTING = timedelta(minutes=10)
"""The history has one entry for what a person edits in one go; every step of it is among the draft's steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What became of a posted form.

    `has_turned`: the draft began, or ceased, to differ from what is served. `is_lost`: the form was of a page so old
    that what it says could not be told. `refused` were to be pinned, and are keys of nobody whom the person sees.
    """

    segment: Segment
    before: Draft
    after: Draft
    has_turned: bool = False
    is_stale: bool = False
    is_lost: bool = False
    refused: tuple[str, ...] = ()


def is_editable(user: User, segment: Segment) -> bool:
    """Whether the person can change the definition as things are; of a static segment it is a query, asked once."""
    return segment.status in EDITABLE and not segment.external_source and may_change(user, segment)


@transaction.atomic
def edit(
    segment: Segment, fields: Fields, revision: str, what: Operation | None, *, acting_user: User, now: datetime
) -> Edited:
    """Take over what a form says, then do what its button says. Raises NotNow and PermissionDenied."""
    segment = _locked(segment, acting_user)
    before, was_changed = draft_of(segment), segment.changed_since_live
    base = before.tree if revision == before.revision else tree_at(segment, revision)
    if base is None:
        return Edited(segment=segment, before=before, after=before, is_stale=True, is_lost=True)
    typed, refused = pinned_by(base, read_form(base, fields, engine().catalog), fields, acting_user)
    if what is not None and what.is_of_inputs:
        typed, what = operated(typed, what), None
    tree = typed if base is before.tree else merged(base, typed, before.tree)
    if what is not None:
        tree = operated(tree, what)
    after = _saved(segment, before, tree, acting_user, now)
    return Edited(
        segment=segment,
        before=before,
        after=after,
        has_turned=segment.changed_since_live is not was_changed,
        is_stale=revision != before.revision,
        refused=refused,
    )


@transaction.atomic
def replace_tree(segment: Segment, tree: Tree, revision: str, *, acting_user: User, now: datetime) -> Draft:
    """Take over a whole tree instead of that with a revision, as a step of its own.

    Raises PermissionDenied and NotNow (`locked`, `changed_meanwhile`).
    """
    segment = _locked(segment, acting_user)
    before = draft_of(segment)
    if revision != before.revision:
        message = "The draft was changed elsewhere meanwhile. Look at it, then save this text again to replace it."
        raise NotNow("changed_meanwhile", message)
    return _saved(segment, before, tree, acting_user, now)


@transaction.atomic
def undo(segment: Segment, *, acting_user: User, now: datetime) -> Edited:
    """Go back to the step before. Where there is none, nothing happens."""
    return _walk(segment, acting_user, now, back=True)


@transaction.atomic
def redo(segment: Segment, *, acting_user: User, now: datetime) -> Edited:
    """Go on to the step that was undone last. Where there is none, nothing happens."""
    return _walk(segment, acting_user, now, back=False)


def _locked(segment: Segment, acting_user: User) -> Segment:
    segment = (
        Segment.objects.select_for_update(of=("self",)).select_related("owner__unit", "live_version").get(id=segment.id)
    )
    if not may_change(acting_user, segment):
        raise PermissionDenied
    if segment.external_source:
        raise NotNow("external", f"{segment.name} is filled by {segment.external_source}. Change it there.")
    if segment.status not in EDITABLE:
        status = segment.status_words.lower()
        raise NotNow("locked", f"{segment.name} is {status}. Press Edit to work on a new version beside it.")
    return segment


def _saved(segment: Segment, before: Draft, tree: Tree, acting_user: User, now: datetime) -> Draft:
    """With the tree as the newest step. What was undone is dropped; a tree that is the same is no step."""
    if tree == before.tree:
        return before
    segment.steps.filter(number__gt=segment.draft_number).delete()
    if before.step is None:
        _begin(segment, before.tree, now)
    segment.draft_number += 1
    _add_step(segment, tree, now)
    segment.steps.filter(number__lte=segment.draft_number - KEPT_STEPS).delete()
    _write(segment, tree, acting_user, now)
    number = segment.draft_number
    return Draft(tree=tree, revision=revision_of(number, tree), step=number, can_undo=True, can_redo=False)


def _begin(segment: Segment, tree: Tree, now: datetime) -> None:
    """Make a step of a draft that was written otherwise than here, so that undo leads back to it."""
    if segment.steps.filter(number=segment.draft_number).exists():
        segment.draft_number += 1
    _add_step(segment, tree, now)


def _add_step(segment: Segment, tree: Tree, now: datetime) -> None:
    DraftStep.objects.create(segment=segment, number=segment.draft_number, tree=to_json(tree), made_at=now)


def _walk(segment: Segment, acting_user: User, now: datetime, *, back: bool) -> Edited:
    segment = _locked(segment, acting_user)
    before, was_changed = draft_of(segment), segment.changed_since_live
    number, steps = segment.draft_number, segment.steps
    if back:
        # A draft that was written otherwise than here follows the last step that was made here.
        found = steps.filter(number__lte=number if before.step is None else number - 1).last()
    else:
        found = steps.filter(number__gt=number).first() if before.step is not None else None
    if found is None:
        return Edited(segment=segment, before=before, after=before)
    if before.step is None:
        steps.filter(number__gt=number).delete()
        _begin(segment, before.tree, now)
    segment.draft_number = found.number
    _write(segment, from_json(found.tree), acting_user, now)
    has_turned = segment.changed_since_live is not was_changed
    return Edited(segment=segment, before=before, after=draft_of(segment), has_turned=has_turned)


def _write(segment: Segment, tree: Tree, acting_user: User, now: datetime) -> None:
    """The segment with the definition, pins and words of a tree."""
    segment.definition = written(tree.steps, engine().catalog).definition
    if segment.type == Segment.Type.STATIC:  # the query says nothing about the segment: nobody is in by it
        segment.save(update_fields=["definition", "draft_number"])
        return
    segment.pinned = pinned_of(tree)
    segment.wording = wording_of(segment)
    segment.changed_since_live = segment.live_version is not None and not _is_live(segment, tree)
    segment.changed_at = now
    segment.save(update_fields=["definition", "pinned", "wording", "draft_number", "changed_since_live", "changed_at"])
    _remember(segment, acting_user, now)


def _is_live(segment: Segment, tree: Tree) -> bool:
    """Whether what is served says the same, however it is written."""
    assert segment.live_version is not None
    live = segment.live_version.content
    served = tree_of(live.get("definition"), live.get("pinned"))
    catalog = engine().catalog
    same = written(served.steps, catalog).definition == written(tree.steps, catalog).definition
    return same and pinned_of(served) == pinned_of(tree)


def _remember(segment: Segment, acting_user: User, now: datetime) -> None:
    kind, identity, _ = subject(segment)
    lately = HistoryEntry.objects.filter(
        subject_type=kind, subject_id=identity, acting_user=acting_user, deed="edited", at__gt=now - _ONE_SITTING
    )
    if not lately.exists():
        record("edited", of=subject(segment), acting_user=acting_user, now=now)
