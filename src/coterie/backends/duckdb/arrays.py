"""What the numpy arrays are called that rows come as."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Flags", "Integers", "Ordinals", "Places"]

Flags: TypeAlias = NDArray[np.bool_]
"""Of each row, or each value, whether something is so."""

Integers: TypeAlias = NDArray[np.int64] | NDArray[np.object_]
"""Whole numbers; Python's own where some do not fit."""

Ordinals: TypeAlias = NDArray[np.uint32]
"""Records by their ordinals (see `ordinals`), or by their places among some."""

Places: TypeAlias = NDArray[np.int64]
"""Rows by where they stand among others, in order."""
