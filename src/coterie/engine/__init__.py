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

__all__ = [
    "Breakdown",
    "Engine",
    "Explanation",
    "NodeCount",
    "NodeReason",
    "Reason",
    "StepCount",
    "StepReason",
    "open_engine",
]
