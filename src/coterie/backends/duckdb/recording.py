"""One change of the store on its way into the archive: kept before the store commits, taken back if it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

import pyarrow as pa

from coterie.backends.duckdb.failing import untakable
from coterie.catalog import Catalog
from coterie.errors import Problem, StoreError
from coterie.records.archive import Archive
from coterie.records.archived_files import ArchivedFile, Heading, damaged
from coterie.records.raw import RawBatch

__all__ = [
    "ArchiveRecording",
    "NoRecording",
    "Recording",
    "Rehearsal",
    "Rehearsed",
    "ReplayedRecording",
    "not_continuing",
]


class Recording(Protocol):
    """What a change tells while it is made: its records as they are read, and at last, before the commit, `keep`."""

    def batches(self, batches: Iterable[RawBatch]) -> Iterator[RawBatch]:
        """The batches as they come, each archived while it is dealt with."""
        ...

    def operations(self, operations: Sequence[Mapping[object, object]]) -> None:
        """Archive the operations of a batch that is ingested."""
        ...

    def write(self) -> None:
        """Write what was told so far. It counts for nothing without `keep`."""
        ...

    def keep(self, *, changed: bool, data_version: int) -> None:
        """Say that the change will be committed, and what the data version is then. The last thing before the commit.

        A change that is undone does not say so, and leaves nothing in the archive.
        """
        ...


class NoRecording:
    """Of a store without archive."""

    def batches(self, batches: Iterable[RawBatch]) -> Iterator[RawBatch]:
        yield from batches

    def operations(self, operations: Sequence[Mapping[object, object]]) -> None:
        pass

    def write(self) -> None:
        pass

    def keep(self, *, changed: bool, data_version: int) -> None:
        pass


class Rehearsed(Exception):  # noqa: N818 - no error: the change could be made
    """A change has come to where it would be kept: whether data would differ, and at which version."""


class Rehearsal(NoRecording):
    """Of a change that is tried out: it is written as if for `recording`, and broken off where it would be kept."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def operations(self, operations: Sequence[Mapping[object, object]]) -> None:
        self._recording.operations(operations)

    def keep(self, *, changed: bool, data_version: int) -> None:
        self._recording.write()
        raise Rehearsed(changed, data_version)


class ReplayedRecording(NoRecording):
    """Of a change that comes from the archive: it must do what it did when it was archived."""

    def __init__(self, file: ArchivedFile) -> None:
        self._file = file
        self.kept = False

    def keep(self, *, changed: bool, data_version: int) -> None:
        self.kept = True
        heading = self._file.heading
        if (changed, data_version) != (heading.changed, heading.data_version):
            self.refuse(f"data version {data_version} instead of {heading.data_version}")

    def refuse(self, outcome: str) -> None:
        """Raise the error for a file that does not continue what the store holds."""
        raise damaged(
            self._file.path,
            f"Replaying the file led to {outcome}: it does not continue what the store holds.",
            "Is this the archive of this store? Nothing of the file was applied.",
        )


class ArchiveRecording:
    """Of a change that is archived as file `number`. Batches are written by a thread, beside what the store does.

    `heading` makes the file's heading of `number`, of whether data `changed`, and of the `data_version`.
    """

    def __init__(self, archive: Archive, number: int, heading: Callable[..., Heading], catalog: Catalog) -> None:
        self._archive, self._number, self._heading, self._catalog = archive, number, heading, catalog
        self._writer = archive.writer(number)
        self._thread = ThreadPoolExecutor(1, "coterie-archive")
        self._written: Future[None] | None = None
        self._operations: Sequence[Mapping[object, object]] = ()
        self._published = False

    def batches(self, batches: Iterable[RawBatch]) -> Iterator[RawBatch]:
        for batch in batches:
            self._written = self._thread.submit(self._writer.add_batch, batch)
            yield batch
            self._wait()

    def operations(self, operations: Sequence[Mapping[object, object]]) -> None:
        self._operations = operations  # written once it is known that they change something

    def write(self) -> None:
        self._wait()
        with _told():
            self._writer.add_operations(self._operations)

    def keep(self, *, changed: bool, data_version: int) -> None:
        self.write()
        self._published = True
        with _told():
            heading = self._heading(number=self._number, changed=changed, data_version=data_version)
            self._archive.publish(self._writer, heading, self._catalog)

    def end(self, committed: Callable[[], bool]) -> bool:
        """Remove what was written unless the change was committed. Whether there is an archived file now."""
        self._thread.shutdown()  # which waits for the last batch
        with _told():
            if self._published and committed():
                return True
            self._writer.discard()
            if self._published:
                self._archive.withdraw(self._number)
        return False

    def _wait(self) -> None:
        """Until the last batch is written, which raises where that failed."""
        if self._written is not None:
            with _told():
                self._written.result()
            self._written = None


def not_continuing(archive: Archive, numbers: range, loads: int) -> StoreError:
    """The error for an archive that begins after what a store holds, or ends before."""
    first, last = numbers.start, numbers.stop - 1
    if loads < first - 1:
        message = f"The archive begins with number {first}, and the store holds loads up to {loads}."
        hint = "Put the missing files or the store back from a backup. Nothing was changed."
    else:
        message = f"The archive ends with number {last}, and the store holds loads up to {loads}."
        hint = (
            "Put the missing files back from a backup, or move the folder away: a new archive begins with the next "
            "load. Or open the store without archive. Nothing was changed."
        )
    return damaged(archive.folder, message, hint)


@contextmanager
def _told() -> Iterator[None]:
    """Failures of the disk, and of what is written to it, as errors of the store."""
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeError) as error:
        raise untakable(
            f"The archive could not be written: {str(error).partition(chr(10))[0].rstrip('. ')}."
        ) from error
    except (OSError, pa.ArrowException) as error:
        message = f"The archive could not be written: {str(error).partition(chr(10))[0].rstrip('. ')}."
        hint = "Nothing in the store was changed. Is there room on the disk?"
        raise StoreError(Problem(code="store_failed", path="archive", message=message, hint=hint)) from error
