"""Deeds on many segments: each a transaction of its own, so that one refusal keeps nothing else back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import delete, stop
from coterie_web.segments.models import LIVE_STATUSES, Segment
from coterie_web.segments.queries import visible_segments
from coterie_web.ui.refusals import Refusal

__all__ = ["Outcome", "delete_all", "stop_all", "ticked"]

_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """For how many it was done, and what was said of the others."""

    done: int
    refusals: tuple[str, ...]


def ticked(ids: Iterable[str], user: User) -> list[Segment]:
    """The segments with these ids that the person sees; what is no id, and what they do not see, is left out."""
    known = set()
    for text in list(ids)[:_MOST]:
        try:
            known.add(uuid.UUID(text))
        except ValueError:
            continue
    return list(visible_segments(user).filter(id__in=known))


def stop_all(segments: Sequence[Segment], *, acting_user: User, now: datetime) -> Outcome:
    """Stop them, those first to which no other refers: a segment and all that use it may be stopped together."""
    live = [segment for segment in segments if segment.status in LIVE_STATUSES]
    idle = tuple(f"{segment.name} is not live." for segment in segments if segment not in live)
    done, left = 0, live
    while left:
        outcome, refused = _each(left, lambda segment: stop(segment, acting_user=acting_user, now=now))
        done += outcome.done
        if not outcome.done:
            return Outcome(done=done, refusals=(*idle, *outcome.refusals))
        left = refused
    return Outcome(done=done, refusals=idle)


def delete_all(segments: Sequence[Segment], *, acting_user: User, now: datetime) -> Outcome:
    """Delete the drafts among them; that others name them was shown before."""
    outcome, _ = _each(segments, lambda segment: delete(segment, acting_user=acting_user, now=now, warned=True))
    return outcome


def _each(segments: Sequence[Segment], deed: Callable[[Segment], None]) -> tuple[Outcome, list[Segment]]:
    """Do it for each; and those for which it was refused."""
    refused: list[Segment] = []
    refusals: list[str] = []
    for segment in segments:
        try:
            deed(segment)
        except Refusal as refusal:
            refused.append(segment)
            refusals.append(str(refusal))
    return Outcome(done=len(segments) - len(refused), refusals=tuple(refusals)), refused
