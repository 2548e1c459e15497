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

__all__ = [
    "Breakdown",
    "Checked",
    "Difference",
    "Engine",
    "Explanation",
    "NodeCount",
    "NodeReason",
    "Reason",
    "Rebuilt",
    "StepCount",
    "StepReason",
    "check",
    "open_engine",
    "rebuild",
]
