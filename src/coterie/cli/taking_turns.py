"""Lets the threads of a process that answers many take turns sooner."""

from __future__ import annotations

import sys

__all__ = ["take_turns_sooner"]

_SECONDS = 0.0001
"""After so long a thread that runs Python lets another. A statement of DuckDB lets others ten to a hundred times, and
each time waited for Python's own five milliseconds where one of them had much to do."""


def take_turns_sooner() -> None:
    """From now on, and for all threads."""
    sys.setswitchinterval(_SECONDS)
