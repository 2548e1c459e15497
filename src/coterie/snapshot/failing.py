"""The errors of kept snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from coterie.errors import Problem, StoreError

__all__ = ["damaged", "newer", "telling"]


def damaged(path: str, message: str) -> StoreError:
    """A file of the journal is not what was written."""
    hint = "Nothing was changed. Restore it from a backup, or open with repair: what is damaged is set aside."
    return StoreError(Problem(code="snapshots_damaged", path=path, message=message, hint=hint))


def newer(path: str, version: int, known: int) -> StoreError:
    """A file of the journal was written by a newer Coterie."""
    message = f"The file has version {version}; this Coterie reads up to {known}."
    hint = "Nothing was changed. Use the newer Coterie that wrote it."
    return StoreError(Problem(code="snapshots_newer", path=path, message=message, hint=hint))


@contextmanager
def telling(path: str, doing: str) -> Iterator[None]:
    """Says as a StoreError (`snapshots_failed`) what the file system refuses."""
    try:
        yield
    except OSError as error:
        message = f"{doing}: {(error.strerror or str(error)).lower()}."
        hint = "What was published before is as it was. Is there room, and may you write there?"
        raise StoreError(Problem(code="snapshots_failed", path=path, message=message, hint=hint)) from error
