"""What is called again and again by what may take long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Pause", "go_on"]

Pause: TypeAlias = "Callable[[], object]"
"""Returns when the work may go on. What it raises breaks the work off."""


def go_on() -> None:
    """The pause of who waits as long as it takes."""
