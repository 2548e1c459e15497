"""Which units a person belongs to: the tree, asked upward and downward."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass

from coterie_web.accounts.models import BusinessUnit, User

__all__ = ["Reach", "reach_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a person's unit lets them see. None: everything, for they belong to the whole organization.

    `below` are their unit and all under it: whose contacts and segments they see. `above` are the units over theirs:
    whose segments they may read and use too, as those of the organization.
    """

    below: frozenset[uuid.UUID] | None
    above: frozenset[uuid.UUID]
    keys: frozenset[str] | None
    """The keys of the units below, as contacts have them."""

    def covers(self, unit_id: object) -> bool:
        """Whether that unit is theirs, or under it. None, the whole organization, is covered by itself alone."""
        return self.below is None or unit_id in self.below

    def sees(self, unit_id: object) -> bool:
        """Whether people and segments of that unit are seen: those within, above, and of the whole organization."""
        return self.below is None or unit_id is None or unit_id in self.below | self.above


def reach_of(user: User) -> Reach:
    """What the person's unit lets them see."""
    if user.unit_id is None:
        return Reach(below=None, above=frozenset(), keys=None)
    units = list(BusinessUnit.objects.all())
    children: defaultdict[uuid.UUID | None, list[BusinessUnit]] = defaultdict(list)
    for unit in units:
        children[unit.parent_id].append(unit)
    by_id = {unit.id: unit for unit in units}
    below: dict[uuid.UUID, str] = {}
    ahead = [by_id[user.unit_id]]
    while ahead:
        unit = ahead.pop()
        if unit.id not in below:
            below[unit.id] = unit.key
            ahead += children[unit.id]
    above: set[uuid.UUID] = set()
    parent = by_id[user.unit_id].parent_id
    while parent is not None and parent not in above:
        above.add(parent)
        parent = by_id[parent].parent_id
    return Reach(below=frozenset(below), above=frozenset(above), keys=frozenset(below.values()))
