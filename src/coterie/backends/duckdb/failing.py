"""What the database says when it fails, as errors of the store."""

from __future__ import annotations

import duckdb

from coterie.errors import Problem, StoreError

__all__ = ["failed", "told", "untakable"]

_ABOUT_VALUES = (duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError, duckdb.ProgrammingError)
"""What DuckDB raises for what it was given, and not for want of room, memory or a sound file."""


def failed(what: str, error: duckdb.Error) -> StoreError:
    """The error for a store that could not be opened, written or read.

    `store_closed`; `store_refused` where what was to be written is to blame; else `store_failed`.
    """
    if isinstance(error, duckdb.ConnectionException):
        message, hint = "The store has been closed.", "Open it again with coterie.open."
        return StoreError(Problem(code="store_closed", path="store", message=message, hint=hint))
    message = f"The store could not be {what}: {told(error)}"
    if what == "written" and isinstance(error, _ABOUT_VALUES):
        return untakable(message)
    hint = "Nothing in it was changed. Is there room on the disk, and memory?"
    return StoreError(Problem(code="store_failed", path="store", message=message, hint=hint))


def untakable(message: str) -> StoreError:
    """The error for what the store cannot take in, though it is well."""
    hint = "Nothing in it was changed. This is a defect of Coterie: please report it, with the records."
    return StoreError(Problem(code="store_refused", path="store", message=message, hint=hint))


def told(error: duckdb.Error) -> str:
    """What DuckDB says, as the end of a sentence: its first line, without advice on statements."""
    return str(error).partition("\n")[0].rstrip(". ") + "."
