"""Coterie: who, exactly, right now, and why.

    engine = coterie.open("shop.duckdb", catalog="catalog.yaml")
    engine.load("contact", "customers.csv")
    engine.count(definition, as_of=datetime(2026, 11, 23, 12, tzinfo=UTC))

The library is described in `docs/library.md`, the language in `docs/conditions.md`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coterie.catalog import Catalog, parse_catalog
    from coterie.definition import Definition, DynamicSegment, StaticSegment, parse
    from coterie.engine import (
        AttributeValue,
        Breakdown,
        Cancellation,
        Checked,
        ContactPage,
        ContactRow,
        Delta,
        DeltaPart,
        Difference,
        Engine,
        Entered,
        Event,
        Explanation,
        Happening,
        LogLine,
        NodeCount,
        NodeReason,
        PlannedSegment,
        Profile,
        Published,
        Reason,
        Rebuilt,
        Refresh,
        RefreshPlan,
        RelatedRecord,
        RelatedRecords,
        SegmentSize,
        SegmentState,
        SegmentStatus,
        Span,
        StepCount,
        StepReason,
        Timeline,
        ValueCount,
        check,
        rebuild,
    )
    from coterie.engine import open_engine as open  # noqa: A004 - `coterie.open` is the library's door
    from coterie.errors import (
        CatalogError,
        CoterieError,
        DefinitionError,
        Problem,
        QuestionCancelled,
        QuestionError,
        ReadError,
        StoreError,
    )
    from coterie.membership import Membership
    from coterie.records import ImportReport, IngestReport
    from coterie.snapshot import Cause

__all__ = [
    "AttributeValue",
    "Breakdown",
    "Cancellation",
    "Catalog",
    "CatalogError",
    "Cause",
    "Checked",
    "ContactPage",
    "ContactRow",
    "CoterieError",
    "Definition",
    "DefinitionError",
    "Delta",
    "DeltaPart",
    "Difference",
    "DynamicSegment",
    "Engine",
    "Entered",
    "Event",
    "Explanation",
    "Happening",
    "ImportReport",
    "IngestReport",
    "LogLine",
    "Membership",
    "NodeCount",
    "NodeReason",
    "PlannedSegment",
    "Problem",
    "Profile",
    "Published",
    "QuestionCancelled",
    "QuestionError",
    "ReadError",
    "Reason",
    "Rebuilt",
    "Refresh",
    "RefreshPlan",
    "RelatedRecord",
    "RelatedRecords",
    "SegmentSize",
    "SegmentState",
    "SegmentStatus",
    "Span",
    "StaticSegment",
    "StepCount",
    "StepReason",
    "StoreError",
    "Timeline",
    "ValueCount",
    "check",
    "open",
    "parse",
    "parse_catalog",
    "rebuild",
]

_ROOMS = {
    "catalog": ("Catalog", "parse_catalog"),
    "definition": ("Definition", "DynamicSegment", "StaticSegment", "parse"),
    "engine": (
        "AttributeValue",
        "Breakdown",
        "Cancellation",
        "Checked",
        "ContactPage",
        "ContactRow",
        "Delta",
        "DeltaPart",
        "Difference",
        "Engine",
        "Entered",
        "Event",
        "Explanation",
        "Happening",
        "LogLine",
        "NodeCount",
        "NodeReason",
        "PlannedSegment",
        "Profile",
        "Published",
        "Reason",
        "Rebuilt",
        "Refresh",
        "RefreshPlan",
        "RelatedRecord",
        "RelatedRecords",
        "SegmentSize",
        "SegmentState",
        "SegmentStatus",
        "Span",
        "StepCount",
        "StepReason",
        "Timeline",
        "ValueCount",
        "check",
        "open",
        "rebuild",
    ),
    "errors": (
        "CatalogError",
        "CoterieError",
        "DefinitionError",
        "Problem",
        "QuestionCancelled",
        "QuestionError",
        "ReadError",
        "StoreError",
    ),
    "membership": ("Membership",),
    "records": ("ImportReport", "IngestReport"),
    "snapshot": ("Cause",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}
_OTHER_NAMES = {"open": "open_engine"}


def __getattr__(name: str) -> object:
    """Fetch a public name from its room when it is first used: `coterie --help` needs no database."""
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module 'coterie' has no attribute {name!r}")
    value = getattr(import_module(f"coterie.{room}"), _OTHER_NAMES.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
