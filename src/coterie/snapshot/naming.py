"""The names of publication files: number and moment, so that a listing of the folder says when each was made.

000000000012@1764201600000.publication      a publication
000000000012@1764201600000.base             the same with all segments in full; what is numbered lower is gone
….damaged, ….damaged-2                      set aside by a repair
….tmp                                       left over from a process that ended while it wrote
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

__all__ = ["FileName", "highest_number", "leftovers", "parsed"]

_NAME = re.compile(r"(\d{12,})@(-?\d+)\.(publication|base)")
_ANY = re.compile(_NAME.pattern + r"(\.damaged(-\d+)?|\.tmp)?")


@dataclass(frozen=True, slots=True, order=True)
class FileName:
    """The name of a publication file."""

    number: int
    as_of: int
    is_base: bool = False

    def __str__(self) -> str:
        return f"{self.number:012d}@{self.as_of}.{'base' if self.is_base else 'publication'}"

    @property
    def as_base(self) -> FileName:
        """The name of the base that takes the place of this publication."""
        return replace(self, is_base=True)


def parsed(names: Iterable[str]) -> list[FileName]:
    """The publication files among these files, by number."""
    matches = (_NAME.fullmatch(name) for name in names)
    return sorted(FileName(int(match[1]), int(match[2]), match[3] == "base") for match in matches if match)


def highest_number(names: Iterable[str]) -> int:
    """The highest number that was ever given to a publication of which something is there, 0 for none."""
    matches = (_ANY.fullmatch(name) for name in names)
    return max((int(match[1]) for match in matches if match), default=0)


def leftovers(names: Iterable[str], kept: Collection[FileName]) -> list[str]:
    """What ended processes left over: half-written files, and those that a base has taken the place of."""
    counted = {str(name) for name in kept}
    half_written = re.compile(_NAME.pattern + r"\.tmp")
    return [name for name in names if half_written.fullmatch(name) or (_NAME.fullmatch(name) and name not in counted)]
