"""The engine: definitions in, exact sets, counts and reasons out."""

from coterie.engine.answers import (
    Breakdown,
    Explanation,
    NodeCount,
    NodeReason,
    Reason,
    StepCount,
    StepReason,
)
from coterie.engine.engine import Engine
from coterie.engine.opening import open_engine
from coterie.engine.rebuilding import Checked, Difference, Rebuilt, check, rebuild
from coterie.engine.refreshed import (
    Delta,
    DeltaPart,
    Happening,
    LogLine,
    PlannedSegment,
    Published,
    Refresh,
    RefreshPlan,
    SegmentState,
    SegmentStatus,
)
from coterie.planning.cancellation import Cancellation

__all__ = [
    "Breakdown",
    "Cancellation",
    "Checked",
    "Delta",
    "DeltaPart",
    "Difference",
    "Engine",
    "Explanation",
    "Happening",
    "LogLine",
    "NodeCount",
    "NodeReason",
    "PlannedSegment",
    "Published",
    "Reason",
    "Rebuilt",
    "Refresh",
    "RefreshPlan",
    "SegmentState",
    "SegmentStatus",
    "StepCount",
    "StepReason",
    "check",
    "open_engine",
    "rebuild",
]
