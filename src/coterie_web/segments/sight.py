"""What people read in a definition who do not see all that it refers to: the keys, and nothing else.

The key of a reference is a part of the definition. Whoever put it there saw both segments, and is told who reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from coterie import Problem
from coterie_web.accounts.models import BusinessUnit, User
from coterie_web.accounts.units import unit_tree
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import may_change, visible_segments
from coterie_web.segments.references import placed_keys

__all__ = ["read_by_the_blind", "warnings_of"]

_MOST_NAMED = 3


def warnings_of(segment: Segment, *, user: User) -> list[Problem]:
    """Where the draft names a segment that some do not see who will read the draft; none of it keeps it from anything.

    It is told to who may change it; of what they do not see themselves, nothing is.
    """
    places = placed_keys({"definition": segment.definition})
    words = read_by_the_blind(segment, {key for _, key in places}, user=user)
    return [_warning(path, words[key]) for path, key in places if key in words]


def read_by_the_blind(segment: Segment, keys: Collection[str], *, user: User) -> dict[str, str]:
    """The same in a sentence, by the key of a segment that is referred to."""
    if not keys or not may_change(user, segment):
        return {}
    tree = unit_tree()
    reading = tree.seeing(segment.owner.unit_id)
    words: dict[str, str] = {}
    for key, unit_id in visible_segments(user).filter(key__in=keys).values_list("key", "owner__unit_id"):
        if blind := reading - tree.seeing(unit_id):
            who = _named(tree.topmost(blind))
            words[key] = f"People of {who} will read the key {key} here, but do not see that segment."
    return words


def _named(units: Sequence[BusinessUnit]) -> str:
    names = [unit.name for unit in units[:_MOST_NAMED]]
    if more := len(units) - len(names):
        return f"{', '.join(names)} and {more:,} more {'unit' if more == 1 else 'units'}"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _warning(path: str, words: str) -> Problem:
    hint = "They are told nothing else of it."
    return Problem(code="reference_out_of_sight", path=path, message=words, hint=hint)
