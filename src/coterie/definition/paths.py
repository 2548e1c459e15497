"""Where something stands in a definition, what was found wrong there, and the order of such places in a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coterie.errors import Problem
from coterie.values.documents import join_path

__all__ = ["Finding", "Path", "format_path", "in_document_order", "problems_of", "shown"]

Path = tuple[str | int, ...]
"""Keys of mappings and indexes of lists, from the top."""

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem whose place is not yet written out."""

    code: str
    path: Path
    message: str
    hint: str = ""


def format_path(path: Path) -> str:
    """`("blocks", 1, "block")` → `blocks[1].block`. A key too long to be read is cut."""
    text = ""
    for component in path:
        text = join_path(text, cut(component) if isinstance(component, str) else component)
    return text


def cut(text: str) -> str:
    """`text`, cut where it is too long for a message."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def shown(value: object) -> str:
    """`value` as a message shows it: quoted where it is text, and cut where it is long."""
    if isinstance(value, str):
        return repr(cut(value))
    return cut(str(value).lower() if isinstance(value, bool) else str(value))


def problems_of(findings: Iterable[Finding], lines: Mapping[str, int]) -> list[Problem]:
    """The findings as problems, each with the line of its place, or of what holds it where it is not there."""
    return [
        Problem(
            code=finding.code,
            path=format_path(finding.path),
            message=finding.message,
            hint=finding.hint,
            line=_line(finding.path, lines),
        )
        for finding in findings
    ]


def _line(path: Path, lines: Mapping[str, int]) -> int | None:
    for length in range(len(path), -1, -1):
        line = lines.get(format_path(path[:length]))
        if line is not None:
            return line
    return None


def in_document_order(findings: Iterable[Finding], tree: object) -> list[Finding]:
    """The findings in the order of their places in `tree`. A key that is missing comes first in its mapping."""
    order = _Order(tree)
    return sorted(findings, key=lambda finding: order.of(finding.path))


class _Order:
    """The positions of keys in their mappings, looked up once for each mapping."""

    def __init__(self, tree: object) -> None:
        self._tree = tree
        self._positions: dict[int, dict[str, int]] = {}

    def of(self, path: Path) -> tuple[int, ...]:
        positions: list[int] = []
        place = self._tree
        for component in path:
            position = self._position(place, component)
            positions.append(position)
            place = _child(place, component)
        return tuple(positions)

    def _position(self, place: object, component: str | int) -> int:
        if isinstance(component, int):
            return component
        if not isinstance(place, dict):
            return -1
        if id(place) not in self._positions:
            self._positions[id(place)] = {key: position for position, key in enumerate(place)}
        return self._positions[id(place)].get(component, -1)


def _child(place: object, component: str | int) -> object:
    if isinstance(place, dict):
        return place.get(component)
    if isinstance(place, list) and isinstance(component, int) and component < len(place):
        return place[component]
    return None
