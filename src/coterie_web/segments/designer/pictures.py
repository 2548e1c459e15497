"""The flow of a set through the steps of a draft, as numbers for pictures: the band beside it, and the waterfall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from coterie.catalog.model import Catalog
from coterie.definition.phrases import label_of
from coterie_web.segments.designer.counting import Counts
from coterie_web.segments.designer.tree import Behavior, Block, Everyone, Parentheses, Profile, Reference, Tree
from coterie_web.segments.designer.words import JOINTS

__all__ = ["Band", "Bands", "Bar", "bands_of", "block_icon", "block_name", "waterfall_of"]

_WIDEST = 95.0
"""Percent of its column that the band takes where the set is largest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where the band's edges are, in percent: at the top and at the foot."""

    top: float
    foot: float

    @property
    def area(self) -> str:
        """The path of the band."""
        a, b = _shown(self.top), _shown(self.foot)
        c, d = _shown(100 - self.top), _shown(100 - self.foot)
        return f"M{a} 0C{a} 55 {b} 45 {b} 100H{d}C{d} 45 {c} 55 {c} 0Z"

    @property
    def edges(self) -> str:
        """The path of its two edges."""
        a, b = _shown(self.top), _shown(self.foot)
        c, d = _shown(100 - self.top), _shown(100 - self.foot)
        return f"M{a} 0C{a} 55 {b} 45 {b} 100M{c} 0C{c} 55 {d} 45 {d} 100"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """The bands beside a step: beside its joint, which keeps the total before, and beside its block."""

    joint: Band | None
    block: Band | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A step in the waterfall: what is left, and what it took or brought. Widths are percent of the largest total."""

    icon: str
    name: str
    why: str
    so_far: int
    delta: int | None
    keep: str
    changed_at: str
    changed: str
    grows: bool


def bands_of(tree: Tree, counts: Counts | None) -> Mapping[str, Bands]:
    """The bands beside each step, by its block's id; the last, under the key `end`, leads to the result."""
    totals = _totals(tree, counts)
    result = None if counts is None else counts.total
    largest = max((total for total in (*totals, result) if total is not None), default=0)
    bands: dict[str, Bands] = {}
    before: int | None = None
    for step, total in zip(tree.steps, totals, strict=True):
        start = total if before is None and not bands else before
        bands[step.block.id] = Bands(joint=_band(start, start, largest), block=_band(start, total, largest))
        before = total
    bands["end"] = Bands(joint=None, block=_band(before, before if result is None else result, largest))
    return bands


def _totals(tree: Tree, counts: Counts | None) -> list[int | None]:
    return [None if counts is None else counts.so_far.get(step.block.id) for step in tree.steps]


def _band(before: int | None, after: int | None, largest: int) -> Band | None:
    if before is None or after is None:
        return None
    return Band(top=_edge(before, largest), foot=_edge(after, largest))


def _edge(total: int, largest: int) -> float:
    return 50 - (_WIDEST * total / largest / 2 if largest else 0)


def _shown(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def waterfall_of(tree: Tree, counts: Counts, catalog: Catalog, segments: Mapping[str, str]) -> tuple[Bar, ...]:
    """The steps whose totals are known, one after the other; then what is changed by hand."""
    totals = _totals(tree, counts)
    known = [total for total in totals[: totals.index(None) if None in totals else None] if total is not None]
    by_hand = counts.total if tree.keep_in or tree.keep_out else None
    largest = max((*known, by_hand or 0))
    bars: list[Bar] = []
    before: int | None = None
    for step, total in zip(tree.steps, known, strict=False):
        bar = Bar(
            icon=step.combine.replace("_", "-") if step.combine and before is not None else block_icon(step.block),
            name=block_name(step.block, catalog, segments),
            why=f"of {counts.in_scope:,} in scope" if before is None else JOINTS.get(step.combine, ""),
            **_flow(before, total, largest),
        )
        bars.append(bar)
        before = total
    if by_hand is not None:
        bars.append(Bar(icon="pencil", name="By hand", why="kept in or out", **_flow(before, by_hand, largest)))
    return tuple(bars)


class _Flow(TypedDict):
    """What a bar shows of two totals."""

    so_far: int
    delta: int | None
    keep: str
    changed_at: str
    changed: str
    grows: bool


def _flow(before: int | None, total: int, largest: int) -> _Flow:
    low, high = sorted((total if before is None else before, total))
    return _Flow(
        so_far=total,
        delta=None if before is None else total - before,
        keep=_percent(low, largest),
        changed_at=_percent(low, largest),
        changed=_percent(high - low, largest),
        grows=before is not None and total > before,
    )


def _percent(part: int, whole: int) -> str:
    return _shown(100 * part / whole if whole else 0)


def block_icon(block: Block) -> str:
    """The picture of a kind of block."""
    match block:
        case Profile():
            return "profile"
        case Behavior():
            return "behavior"
        case Reference():
            return "segment"
        case Everyone():
            return "people"
        case Parentheses():
            return "parentheses"


def block_name(block: Block, catalog: Catalog, segments: Mapping[str, str]) -> str:
    """What a block is called in short; `segments` are names by key."""
    match block:
        case Profile():
            return "Profile"
        case Behavior(interaction=name):
            return label_of(name, catalog.interactions)
        case Reference(segment=key):
            return segments.get(key, key)
        case Everyone():
            return "Everyone"
        case Parentheses():
            return "Parentheses"
