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
from coterie_web.segments.designer.pictures import block_icon, block_name
from coterie_web.segments.designer.tree import Reference, Tree
from coterie_web.segments.designer.written import Places, written

__all__ = ["Cell", "Chapter", "Line", "Setting", "Story", "story_of", "value_words"]

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
    """A condition, group or block: whether it is true, the one value that decided, or the records that did.

    `link` is the id of the segment that it is about, if any.
    """

    words: str
    link: str
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
class Setting:
    """Where a story is told: the tree that was asked about, and the segments that the reader sees, by key.

    Of each segment its name and id. Moments are told in a zone, as of one of them.
    """

    tree: Tree
    catalog: Catalog
    segments: Mapping[str, tuple[str, str]]
    zone: str
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An explanation as it is told. `decided` says what decided, where it was not the definition."""

    member: bool
    decided: str
    changes_at: datetime | None
    chapters: tuple[Chapter, ...]


def story_of(explanation: Explanation, setting: Setting) -> Story:
    """The explanation in words."""
    places = written(setting.tree.steps, setting.catalog).places
    telling = _Telling(setting, places)
    names = {key: name for key, (name, _) in setting.segments.items()}
    return Story(
        member=explanation.member,
        decided=_REASONS[explanation.reason],
        changes_at=explanation.changes_at,
        chapters=tuple(
            Chapter(
                combine=_COMBINED[reason.combine],
                icon=reason.combine.value.replace("_", "-") if reason.combine else block_icon(step.block),
                name=block_name(step.block, setting.catalog, names),
                so_far=reason.so_far,
                lines=tuple(telling.lines(reason.node)),
            )
            for reason, step in zip(explanation.steps, setting.tree.steps, strict=False)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Telling:
    setting: Setting
    places: Places

    def lines(self, node: NodeReason) -> Iterator[Line]:
        """A block in lines. One that has but one thing in it is that thing; of all of several, each has its line."""
        while len(node.children) == 1 and node.matches == node.children[0].matches:
            node = node.children[0]
        if node.children and _group_words(node) == _ALL:
            yield from (self._line(child) for child in node.children)
        else:
            yield self._line(node)

    def _line(self, node: NodeReason) -> Line:
        heads, rows = self._table(node.evidence)
        single = rows[0][0].text if len(rows) == 1 and len(rows[0]) == 1 else ""
        words, link = self._words_of(node)
        return Line(
            words=words,
            link=link,
            matches=node.matches,
            value=single,
            children=tuple(self._line(child) for child in node.children),
            heads=() if single else heads,
            rows=() if single else rows,
        )

    def _words_of(self, node: NodeReason) -> tuple[str, str]:
        """What a line says, and the id of the segment that it is about, where one can look into that."""
        for part_id in self.places.at(node.path.removeprefix("definition.")):
            part = self.setting.tree.find(part_id)
            if isinstance(part, Reference):
                name, segment_id = self.setting.segments.get(part.segment, (part.segment, ""))
                return f"Member of {name}", segment_id
        words = _group_words(node) if node.children else node.wording
        return words[:1].upper() + words[1:], ""

    def _table(
        self, evidence: tuple[Mapping[str, object], ...]
    ) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
        names = list(dict.fromkeys(name for row in evidence for name in row if name not in _HIDDEN))
        rows = tuple(tuple(self._cell(row.get(name)) for name in names) for row in evidence)
        return tuple(map(spoken, names)), rows

    def _cell(self, value: object) -> Cell:
        text = value_words(value, self.setting.zone, self.setting.as_of)
        return Cell(text=text, is_number=isinstance(value, Decimal | int) and not isinstance(value, bool))


def value_words(value: object, zone: str, as_of: datetime) -> str:
    """A value of a record, in words; moments in a zone."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{when_words(value, zone, as_of)}:{value:%S}"
        case date():
            return f"{value.day} {value:%b %Y}"
        case list() | tuple():
            return ", ".join(value_words(each, zone, as_of) for each in value) or "–"
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return str(value)


_ALL = "All of these"


def _group_words(node: NodeReason) -> str:
    """What a node with others in it says of them."""
    paths = [child.path.removeprefix(node.path) for child in node.children]
    if all(path.startswith(".any[") for path in paths):
        return "Any of these"
    if paths == [".not"]:
        return "Not what follows"
    if any(path.startswith(".blocks[") for path in paths):
        return "These, step by step"
    return _ALL
