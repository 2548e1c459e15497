"""The journal of publications: what is published, what was at any kept moment, and who entered and left since.

One process at a time may have a folder's journal open: whoever owns the store beside it. Threads may share a journal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from threading import RLock

from pyroaring import BitMap

from coterie.errors import Problem, StoreError
from coterie.snapshot.composing import check_updates, composed
from coterie.snapshot.entrances import Entrances, Found
from coterie.snapshot.history import History
from coterie.snapshot.naming import FileName
from coterie.snapshot.opening import Opened, opened
from coterie.snapshot.past_sizes import PastSizes
from coterie.snapshot.publication import Issue, Publication, Standing, snapshot_of
from coterie.snapshot.reading import check_whole
from coterie.snapshot.retaining import write_base
from coterie.snapshot.shelf import FolderShelf, MemoryShelf, Shelf, Sink
from coterie.snapshot.snapshot import LogEntry, Snapshot, Update
from coterie.snapshot.writing import FileWriter

__all__ = ["Journal"]

_ROOT_EVERY = 64
"""Publications after which one lists all segments again."""

_LOOKED_THROUGH = 1024
"""So many changes of segments, newest first, are looked through for when contacts entered."""

_READ_AT_ONCE = 64
"""So many of them while nobody publishes."""


class Journal:
    """Publications of segments, kept in order.

    Moments are milliseconds since 1970 UTC. Bitmaps handed in are kept, those handed out are shared: change neither.
    """

    def __init__(self, shelf: Shelf, state: Opened) -> None:
        self._shelf = shelf
        self._history: History = state.history
        self._entrances = Entrances(self._history)
        self._past_sizes = PastSizes(self._history)
        self._latest = state.latest
        self._next = state.next_number
        self._set_aside = state.set_aside
        self._is_in_doubt = False
        self._lock = RLock()

    @classmethod
    def open(cls, folder: Path | None, *, repair: bool = False) -> Journal:
        """The journal in a folder, which is made where there is none; None: in memory only, with the same answers.

        Raises StoreError (`snapshots_damaged`, `snapshots_newer`, `snapshots_failed`), having changed nothing. With
        `repair` a damaged file, and those that build on it, are set aside under other names (`set_aside`), and the
        journal goes on from the last good state before them.
        """
        shelf: Shelf = MemoryShelf() if folder is None else FolderShelf(folder)
        return cls(shelf, opened(shelf, repair=repair))

    @property
    def latest(self) -> Publication | None:
        """What is published now, None before the first publication."""
        return self._latest

    @property
    def set_aside(self) -> tuple[str, ...]:
        """The paths of the files that opening with `repair` set aside."""
        return self._set_aside

    def publish(self, data_version: int, as_of: int, updates: Sequence[Update]) -> Publication:
        """Publish what changed; all other segments stand at the new data version and moment, as they are.

        It is kept for good when this returns. Raises ValueError where updates contradict what they follow, and
        StoreError (`snapshots_failed`) where it cannot be written: then what was published before still is.
        """
        with self._lock:
            self._check_certain()
            latest = self._latest
            check_updates(updates, latest.standings if latest else {})
            issue = Issue(number=self._next, data_version=data_version, as_of=as_of)
            name = FileName(issue.number, as_of)
            changed: dict[str, Standing] = {}

            def content(sink: Sink) -> None:
                writer = FileWriter(sink)
                changed.update(composed(writer, issue, updates, latest))
                self._finish(writer, issue, changed)

            self._write(name, content)
            self._history.append(name)
            self._next += 1
            standings = {**(latest.standings if latest else {}), **changed}
            self._latest = Publication(issue, standings)
            self._is_in_doubt = False
            return self._latest

    def snapshot_at(self, key: str, moment: int) -> Snapshot | None:
        """The snapshot of a segment that was published at a moment: with the last publication as of then or earlier.

        None where none is kept, and where the segment was not published then.
        """
        with self._lock:
            number = self._history.number_at(moment)
            place = None if number is None else self._history.last_entry(key, number)
            if number is None or place is None:
                return None
            entry = self._history.file(place).entry(key)
            if not entry.state.is_published or entry.snapshot_version is None:
                return None
            members = self._history.restored({key: place})[key].members
            return snapshot_of(key, entry, self._history.file(number).issue, members)

    def members_at(self, key: str, moment: int) -> BitMap | None:
        """The members of a segment that were published at a moment; None as for `snapshot_at`."""
        snapshot = self.snapshot_at(key, moment)
        return None if snapshot is None else snapshot.members

    def log(self, key: str, *, since: int | None = None, before: int | None = None, limit: int = 100) -> list[LogEntry]:
        """Who entered and left a segment, newest first: at most `limit` changes, published as of `since` or later.

        With `before`, those of earlier publications than the one with that number.
        """
        with self._lock:
            return self._history.log(key, since=since, before=before, limit=limit)

    def entered(self, wanted: Mapping[str, BitMap]) -> Found:
        """By segment and member (of those that are wanted) the moment as of which it last entered.

        Those are left out whose entrance is not kept, or so far `back` that it is not looked for. Publishing goes on
        meanwhile.
        """
        with self._lock:
            standings = self._latest.standings if self._latest else {}
            last = {key: standings[key] for key in wanted if key in standings}
            members = {key: wanted[key] & (standing.members or BitMap()) for key, standing in last.items()}
            found = self._entrances.found(members, {key: standing.number for key, standing in last.items()})
        read = 0
        while found.missing and read < _LOOKED_THROUGH:
            with self._lock:  # each time anew: publishing need not wait for all
                read += self._entrances.read_on(found, _READ_AT_ONCE)
        found.back = {key: moment for key, moment in found.back.items() if len(found.entered[key]) < len(members[key])}
        return found

    def sizes(self, key: str, moments: Collection[int]) -> dict[int, int]:
        """By moment how many members of a segment were published then; moments at which it was not are left out."""
        with self._lock:
            numbers = self._history.numbers_at(moments)
        sizes: dict[int, int] = {}
        for moment, number in numbers.items():
            with self._lock:  # for each anew: publishing need not wait for all
                size = self._past_sizes.size(key, number)
            if size is not None:
                sizes[moment] = size
        return sizes

    def publications(self) -> list[Issue]:
        """When each kept publication was made, and of which data, newest first."""
        with self._lock:
            return list(self._history.issues())

    def retain(self, before: int) -> int:
        """Drop the publications that only say what was before that moment; how many those are.

        The state at the moment itself, and every later one, stays. May be ended at any point, and run again.
        """
        with self._lock:
            self._check_certain()
            number = self._history.number_at(before)
            if number is None or number == self._history.names[0].number:
                return 0
            name = next(name for name in self._history.names if name.number == number).as_base
            self._write(name, lambda sink: write_base(FileWriter(sink), self._history, number))
            gone = self._history.rebase(name)
            self._entrances.forget()
            self._past_sizes.forget()
            self._is_in_doubt = False
            self._shelf.remove([str(name) for name in gone])
            return len(gone) - 1

    def check(self) -> None:
        """Read every byte that is kept, and compare it with its crc32. Raises StoreError (`snapshots_damaged`)."""
        with self._lock:
            for name in self._history.names:
                check_whole(self._shelf, name)

    def _finish(self, writer: FileWriter, issue: Issue, changed: dict[str, Standing]) -> None:
        last = self._history.last
        root = self._history.file(last).tail.root if last else issue.number
        if not last or self._history.count_after(root) >= _ROOT_EVERY:
            standings = self._latest.standings if self._latest else {}
            places = ((key, standing.number) for key, standing in standings.items() if key not in changed)
            writer.finish(issue, parent=last, root=issue.number, places=places)
        else:
            writer.finish(issue, parent=last, root=root)

    def _write(self, name: FileName, content: Callable[[Sink], None]) -> None:
        """Write a file, or leave none of that name. Where even that is uncertain, the journal must be opened again.

        So it must where the caller does not come to say that what the file says is known here, too.
        """
        self._is_in_doubt = True
        try:
            self._shelf.write(str(name), content)
        except BaseException:
            self._is_in_doubt = str(name) in self._shelf.names()
            raise

    def _check_certain(self) -> None:
        if self._is_in_doubt:
            message = "A publication could neither be written for good nor taken back."
            hint = "Open the journal again: it then says what is published."
            path = self._shelf.path("")
            raise StoreError(Problem(code="snapshots_failed", path=path, message=message, hint=hint))
