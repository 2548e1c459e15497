"""Opening a journal: finds its files, checks that none is missing, reads the last state, and repairs where asked to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coterie.errors import StoreError
from coterie.snapshot.failing import damaged
from coterie.snapshot.history import History
from coterie.snapshot.naming import FileName, highest_number, leftovers, parsed
from coterie.snapshot.publication import Publication, Standing
from coterie.snapshot.reading import check_whole, read_tail
from coterie.snapshot.shelf import Shelf

__all__ = ["Opened", "opened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What is there: the files, the last publication, the next number, and what a repair set aside (paths)."""

    history: History
    latest: Publication | None
    next_number: int
    set_aside: tuple[str, ...]


def opened(shelf: Shelf, *, repair: bool) -> Opened:
    """Read what is there. Raises StoreError, having changed nothing; with `repair` what is damaged is set aside."""
    set_aside: list[str] = []
    while True:
        try:
            history = History(shelf, _kept(shelf))
            latest = _latest(shelf, history)
            break
        except StoreError as error:
            if not repair or error.code != "snapshots_damaged":
                raise
            set_aside += _set_aside(shelf, error)
    shelf.remove(leftovers(shelf.names(), history.names))
    return Opened(
        history=history,
        latest=latest,
        next_number=highest_number(shelf.names()) + 1,
        set_aside=tuple(set_aside),
    )


def _kept(shelf: Shelf) -> Sequence[FileName]:
    """The files that count: from the last base on. Raises StoreError where one is missing."""
    names = parsed(shelf.names())
    base = max((name for name in names if name.is_base), default=None)
    kept = names if base is None else [base, *(name for name in names if name.number > base.number)]
    for place, name in enumerate(kept):
        before = kept[place - 1].number if place else 0
        if name != base and name.number != before + 1 and read_tail(shelf, name).parent != before:
            missing = "A publication" if name.number > before else "There are two publications of one number: one"
            raise damaged(shelf.path(str(name)), f"{missing} between number {before} and this is missing.")
    return kept


def _latest(shelf: Shelf, history: History) -> Publication | None:
    """The last publication, its members in memory and compared with their checksums."""
    if not history.names:
        return None
    check_whole(shelf, history.names[-1])
    file = history.file(history.last)
    places = history.last_entries(history.last)
    entries = {key: history.file(number).entry(key) for key, number in places.items()}
    shown = {key: number for key, number in places.items() if entries[key].snapshot_version is not None}
    restored = history.restored(shown)
    standings: dict[str, Standing] = {}
    for key, entry in entries.items():
        found = restored.get(key)
        standings[key] = Standing(
            entry=entry,
            number=places[key],
            definition=history.definition(key, entry),
            problems=history.file(places[key]).blob(entry.problems),
            members=found.members if found else None,
            deltas=found.deltas if found else 0,
            delta_bytes=found.delta_bytes if found else 0,
            full_bytes=found.full_bytes if found else 0,
        )
    return Publication(file.issue, standings)


def _set_aside(shelf: Shelf, error: StoreError) -> list[str]:
    """Give the damaged file and all that build on it other names, the last first; their new paths."""
    present = set(shelf.names())
    names = parsed(present)
    culprit = next((name for name in names if shelf.path(str(name)) == error.path), None)
    if culprit is None:
        raise error
    new_paths: list[str] = []
    for name in reversed([culprit, *(name for name in names if name.number > culprit.number)]):
        other, count = f"{name}.damaged", 1
        while other in present:
            count += 1
            other = f"{name}.damaged-{count}"
        shelf.set_aside(str(name), other)
        new_paths.append(shelf.path(other))
    return new_paths[::-1]
