"""The engine: definitions in, exact sets, counts and reasons out."""

from coterie.engine.answers import (
    Breakdown,
    Explanation,
    NodeCount,
    NodeReason,
    Reason,
    Span,
    StepCount,
    StepReason,
)
from coterie.engine.engine import Engine
from coterie.engine.growth import SegmentSize
from coterie.engine.opening import open_engine
from coterie.engine.rebuilding import Checked, Difference, Rebuilt, check, rebuild
from coterie.engine.refreshed import (
    Delta,
    DeltaPart,
    Entered,
    Happening,
    LogLine,
    PlannedSegment,
    Published,
    Refresh,
    RefreshPlan,
    SegmentState,
    SegmentStatus,
)
from coterie.planning.browsing import (
    AttributeValue,
    ContactPage,
    ContactRow,
    Event,
    Profile,
    RelatedRecord,
    RelatedRecords,
    Timeline,
    ValueCount,
)
from coterie.planning.cancellation import Cancellation

__all__ = [
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
    "open_engine",
    "rebuild",
]
