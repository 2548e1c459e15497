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
from coterie.engine.refreshed import Delta, DeltaPart, LogLine, Published, Refresh, SegmentState, SegmentStatus

__all__ = [
    "Breakdown",
    "Checked",
    "Delta",
    "DeltaPart",
    "Difference",
    "Engine",
    "Explanation",
    "LogLine",
    "NodeCount",
    "NodeReason",
    "Published",
    "Reason",
    "Rebuilt",
    "Refresh",
    "SegmentState",
    "SegmentStatus",
    "StepCount",
    "StepReason",
    "check",
    "open_engine",
    "rebuild",
]
