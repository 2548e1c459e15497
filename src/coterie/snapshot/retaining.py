"""A base: one publication with all segments in full, so that everything before it can go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from coterie.snapshot.history import History, Restored
from coterie.snapshot.layout import ChangeRefs, Entry, Ref
from coterie.snapshot.reading import PublicationFile
from coterie.snapshot.writing import FileWriter

__all__ = ["write_base"]

_AT_ONCE = 256
"""Segments held in memory together."""


def write_base(writer: FileWriter, history: History, number: int) -> None:
    """Write publication `number` so that nothing before it is needed. What changed with it stays in the log."""
    places = history.last_entries(number)
    for batch in _batches(places):
        entries = {key: history.file(place).entry(key) for key, place in batch.items()}
        shown = {key: place for key, place in batch.items() if entries[key].snapshot_version is not None}
        restored = history.restored(shown)
        for key, entry in entries.items():
            file = history.file(places[key])
            writer.entry(key, _whole(writer, history, key, entry, file, number, restored.get(key)))
    writer.finish(history.file(number).issue, parent=0, root=number)


def _batches(places: Mapping[str, int]) -> Iterator[dict[str, int]]:
    rest = iter(places.items())
    while batch := dict(islice(rest, _AT_ONCE)):
        yield batch


def _whole(
    writer: FileWriter,
    history: History,
    key: str,
    entry: Entry,
    file: PublicationFile,
    number: int,
    restored: Restored | None,
) -> Entry:
    def copied(ref: Ref) -> Ref:
        return writer.blob(file.blob(ref))

    changed_here = file.tail.number == number
    return entry._replace(
        previous=0,
        defined_in=number,
        definition=writer.blob(history.definition(key, entry)),
        problems=copied(entry.problems),
        members=writer.full(restored.members) if restored else None,
        changes=tuple([ChangeRefs(cause, copied(entered), copied(left)) for cause, entered, left in entry.changes])
        if changed_here
        else (),
    )
