"""Putting another definition, or other members, into a draft as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from coterie import DefinitionError, Problem
from coterie_web.accounts.history import record
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.drafts import load_content
from coterie_web.segments.files import content_of_draft, draft_file
from coterie_web.segments.lifecycle import hold, subject
from coterie_web.segments.lifecycle.locks import CONTENT, why_locked
from coterie_web.segments.membership.filling import Keys, put_members
from coterie_web.segments.membership.pinning import merged_pins
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import visible_contacts
from coterie_web.segments.references import needed_files, referred_keys
from coterie_web.ui.refusals import NotNow

__all__ = ["change_definition", "change_members", "flaws_of"]

_INCOMPLETE = frozenset({"missing_key", "empty", "segment_not_live", "unknown_segment"})
"""What may be wrong with a draft that is saved: it cannot go live, but be worked on."""


def flaws_of(segment: Segment, *, acting_user: User) -> list[Problem]:
    """What is wrong with a draft so that not even a draft may say it."""
    file = draft_file(segment)
    try:
        problems = engine().validate(file, segments=needed_files(acting_user, referred_keys(file), of=segment))
    except DefinitionError as error:
        problems = list(error.problems)
    return [problem for problem in problems if problem.code not in _INCOMPLETE]


@transaction.atomic
def change_definition(
    segment: Segment,
    *,
    definition: Mapping[str, object] | None,
    pinned: Mapping[str, list[str]] | None,
    acting_user: User,
    now: datetime,
) -> None:
    """Let a dynamic draft say this; None leaves a part as it is.

    Raises NotAllowed, NotNow (`locked`, `wrong_type`) and DefinitionError: also where a contact is pinned whom the
    person does not see (`unknown_contact`).
    """
    held = _held(segment, Segment.Type.DYNAMIC, acting_user)
    content = content_of_draft(held)
    if definition is not None:
        content["definition"] = definition
    if pinned is not None:
        content["pinned"] = merged_pins(pinned, held.pinned, visible_contacts(acting_user))
    if content == content_of_draft(held):
        return
    load_content(held, content, now=now)
    _refuse_flaws(held, acting_user)
    held.save()
    record("changed the definition", of=subject(held), acting_user=acting_user, now=now)


@transaction.atomic
def change_members(segment: Segment, keys: list[str], *, acting_user: User, now: datetime) -> None:
    """Let a static draft have these members, of those that the person sees; who is out of scope is left out.

    Raises NotAllowed and NotNow (`locked`, `wrong_type`, `too_many_members`).
    """
    held = _held(segment, Segment.Type.STATIC, acting_user)
    put_members(held, Keys(add=keys, remove=None), acting_user=acting_user, now=now)


def _held(segment: Segment, type_: str, acting_user: User) -> Segment:
    held = hold(segment, acting_user=acting_user)
    if held.type != type_:
        parts = "a definition" if held.type == Segment.Type.DYNAMIC else "members"
        raise NotNow("wrong_type", f"{held.name} is {held.type}: it has {parts} of its own, and nothing else.")
    reason = why_locked(held, {CONTENT})
    if reason is not None:
        raise NotNow("locked", reason)
    return held


def _refuse_flaws(held: Segment, acting_user: User) -> None:
    flaws = flaws_of(held, acting_user=acting_user)
    if flaws:
        raise DefinitionError(*flaws)
