"""How causes and directions stand in addresses."""

from __future__ import annotations

from coterie import Cause
from coterie_web.segments.membership.changes import Direction

__all__ = ["CauseConverter", "DirectionConverter"]


class CauseConverter:
    """`data`, `time` or `definition`."""

    regex = "|".join(Cause)

    def to_python(self, text: str) -> Cause:
        return Cause(text)

    def to_url(self, cause: Cause) -> str:
        return Cause(cause).value


class DirectionConverter:
    """`entered` or `left`."""

    regex = "|".join(Direction)

    def to_python(self, text: str) -> Direction:
        return Direction(text)

    def to_url(self, direction: Direction) -> str:
        return Direction(direction).value
