"""A predicate as algebra on flags of what it is made of.

It is either true or not, and its negation is the exact complement (see `printing`): so flags combine like sets.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import assert_never

import numpy as np

from coterie.backends.duckdb.arrays import Flags
from coterie.planning.leaves import All, Any, AttributeTest, Negation, Predicate, Related

__all__ = ["flags_of"]


def flags_of(predicate: Predicate, told: Callable[[AttributeTest | Related], Flags]) -> Flags:
    """The flags of a predicate, from those `told` of its tests and clauses, which are not written to."""
    match predicate:
        case AttributeTest() | Related():
            return told(predicate)
        case All(predicates=predicates):
            return reduce(np.logical_and, (flags_of(inner, told) for inner in predicates))
        case Any(predicates=predicates):
            return reduce(np.logical_or, (flags_of(inner, told) for inner in predicates))
        case Negation(predicate=inner):
            return ~flags_of(inner, told)
        case _:
            assert_never(predicate)
