"""The naive judge: plain Python, contact by contact, row by row, sharing no reading, folding or calendar with others.

It decides what the right answer is wherever two engines disagree, so the rules are written down here a second time, on
purpose, and so as to be obviously right rather than fast.
"""

from coterie.backends.reference.counting import Breakdown, NodeCount, StepCount
from coterie.backends.reference.engine import ReferenceEngine
from coterie.backends.reference.ingesting import Ingested

__all__ = ["Breakdown", "Ingested", "NodeCount", "ReferenceEngine", "StepCount"]
