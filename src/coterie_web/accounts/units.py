"""Which units a person belongs to: the tree, asked upward and downward."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from coterie_web.accounts.models import BusinessUnit, User

__all__ = ["Reach", "UnitTree", "reach_of", "unit_tree"]


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


class UnitTree:
    """All business units, asked upward and downward."""

    def __init__(self, units: Iterable[BusinessUnit]) -> None:
        self._units = {unit.id: unit for unit in units}
        self._children: defaultdict[uuid.UUID | None, list[uuid.UUID]] = defaultdict(list)
        for unit in self._units.values():
            self._children[unit.parent_id].append(unit.id)

    def below(self, unit_id: uuid.UUID) -> frozenset[uuid.UUID]:
        """A unit and all under it."""
        below: set[uuid.UUID] = set()
        ahead = [unit_id]
        while ahead:
            each = ahead.pop()
            if each not in below:
                below.add(each)
                ahead += self._children[each]
        return frozenset(below)

    def above(self, unit_id: uuid.UUID) -> frozenset[uuid.UUID]:
        """All units over one."""
        above: set[uuid.UUID] = set()
        parent = self._units[unit_id].parent_id
        while parent is not None and parent not in above:
            above.add(parent)
            parent = self._units[parent].parent_id
        return frozenset(above)

    def seeing(self, unit_id: uuid.UUID | None) -> frozenset[uuid.UUID]:
        """The units whose people see what belongs to one; None, what belongs to the whole organization: all."""
        return frozenset(self._units) if unit_id is None else self.below(unit_id) | self.above(unit_id)

    def keys(self, unit_ids: Iterable[uuid.UUID]) -> frozenset[str]:
        """The keys of units, as contacts have them."""
        return frozenset(self._units[unit_id].key for unit_id in unit_ids)

    def topmost(self, unit_ids: Collection[uuid.UUID]) -> list[BusinessUnit]:
        """Those of the units that lie under none of the others, by name."""
        units = (self._units[unit_id] for unit_id in unit_ids)
        return sorted((unit for unit in units if unit.parent_id not in unit_ids), key=lambda unit: unit.name)


def unit_tree() -> UnitTree:
    """The units as they are now."""
    return UnitTree(BusinessUnit.objects.all())


def reach_of(user: User) -> Reach:
    """What the person's unit lets them see."""
    if user.unit_id is None:
        return Reach(below=None, above=frozenset(), keys=None)
    tree = unit_tree()
    below = tree.below(user.unit_id)
    return Reach(below=below, above=tree.above(user.unit_id), keys=tree.keys(below))
