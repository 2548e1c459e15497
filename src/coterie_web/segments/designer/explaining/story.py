"""An explanation as it is told: lines that are true or false, and the records that were looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from coterie import Explanation, NodeReason, Reason
from coterie.catalog.model import Catalog
from coterie.definition.nodes import Combine
from coterie.definition.phrases import spoken
from coterie_web.segments.designer.moments import when_words

__all__ = ["Cell", "Chapter", "Line", "Story", "story_of"]

_COMBINED = {None: "", Combine.OR: "or", Combine.AND_ALSO: "and also", Combine.BUT_NOT: "but not"}

_REASONS = {
    Reason.OUT_OF_SCOPE: "outside the segment’s scope",
    Reason.KEPT_OUT: "kept out by hand",
    Reason.KEPT_IN: "kept in by hand",
    Reason.CHOSEN: "chosen by hand",
    Reason.DEFINITION: "",
}

_HIDDEN = frozenset(("message_id",))
"""Columns that say nothing to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value of a record, in words."""

    text: str
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A condition, group or block: whether it is true, the one value that decided, or the records that did."""

    words: str
    matches: bool
    value: str
    children: tuple[Line, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def true_children(self) -> int:
        """How many of those in it are true."""
        return sum(child.matches for child in self.children)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A step: how it joins, whether the contact is in so far, and what it asks."""

    combine: str
    icon: str
    name: str
    so_far: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An explanation as it is told. `decided` says what decided, where it was not the definition."""

    member: bool
    decided: str
    changes_at: datetime | None
    chapters: tuple[Chapter, ...]


def story_of(explanation: Explanation, zone: str, now: datetime, catalog: Catalog) -> Story:
    """The explanation in words, with moments in a zone."""
    telling = _Telling(zone, now, catalog)
    return Story(
        member=explanation.member,
        decided=_REASONS[explanation.reason],
        changes_at=explanation.changes_at,
        chapters=tuple(
            Chapter(
                combine=_COMBINED[step.combine],
                icon=step.combine.value.replace("_", "-") if step.combine else "profile",
                name="",
                so_far=step.so_far,
                lines=tuple(telling.lines(step.node)),
            )
            for step in explanation.steps
        ),
    )


@dataclass(frozen=True, slots=True)
class _Telling:
    zone: str
    now: datetime
    catalog: Catalog

    def lines(self, node: NodeReason) -> Iterator[Line]:
        """A block in lines; one that has but one thing in it is that thing."""
        while len(node.children) == 1 and node.wording == node.children[0].wording:
            node = node.children[0]
        yield self._line(node)

    def _line(self, node: NodeReason) -> Line:
        heads, rows = self._table(node.evidence)
        single = rows[0][0].text if len(rows) == 1 and len(rows[0]) == 1 else ""
        return Line(
            words=_group_words(node) if node.children else node.wording[:1].upper() + node.wording[1:],
            matches=node.matches,
            value=single,
            children=tuple(self._line(child) for child in node.children),
            heads=() if single else heads,
            rows=() if single else rows,
        )

    def _table(
        self, evidence: tuple[Mapping[str, object], ...]
    ) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
        names = list(dict.fromkeys(name for row in evidence for name in row if name not in _HIDDEN))
        rows = tuple(tuple(self._cell(row.get(name)) for name in names) for row in evidence)
        return tuple(map(spoken, names)), rows

    def _cell(self, value: object) -> Cell:
        return Cell(text=self._words(value), is_number=isinstance(value, Decimal | int) and not isinstance(value, bool))

    def _words(self, value: object) -> str:
        match value:
            case None:
                return "–"
            case bool():
                return "yes" if value else "no"
            case datetime():
                return f"{when_words(value, self.zone, self.now)}:{value:%S}"
            case date():
                return f"{value.day} {value:%b %Y}"
            case list() | tuple():
                return ", ".join(map(self._words, value)) or "–"
            case Decimal():
                return f"{value.normalize():f}"
            case _:
                return str(value)


def _group_words(node: NodeReason) -> str:
    match node.path.rpartition(".")[2].partition("[")[0]:
        case _ if len(node.children) == 1:
            return "This" if node.matches == node.children[0].matches else "Not this"
        case _ if any(child.path.startswith(f"{node.path}.any") for child in node.children):
            return "Any of these"
        case _:
            return "All of these"
