"""The publication files of a journal, in order, and what can be read from them about any moment.

A file says only what changed. Every entry leads to the one before it of the same segment, and every few files a root
lists where the last entry of each segment is. Files below a base are gone: what leads there leads to the base.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from pyroaring import BitMap

from coterie.snapshot.checksum import checksum
from coterie.snapshot.failing import damaged
from coterie.snapshot.layout import Entry
from coterie.snapshot.naming import FileName
from coterie.snapshot.publication import Issue
from coterie.snapshot.reading import PublicationFile, read_tail
from coterie.snapshot.shelf import Shelf
from coterie.snapshot.snapshot import LogEntry

__all__ = ["Entrance", "History", "Restored"]

_OPEN_ENTRIES = 200_000
"""So many entries are in memory of files that were read, each file counting as one more: some hundred files of a
thousand segments, all of which who looks for when members entered goes through again and again."""


class Restored(NamedTuple):
    """Members as of an entry, and what was read for them: deltas, their bytes, the bytes of the full one."""

    members: BitMap
    deltas: int
    delta_bytes: int
    full_bytes: int


class Entrance(NamedTuple):
    """Who entered with an entry, as of when, and the publication of the entry before it."""

    as_of: int
    entered: BitMap
    previous: int | None


class History:
    """The files, by number. Raises StoreError (`snapshots_damaged`, `snapshots_newer`) where one is not as written."""

    def __init__(self, shelf: Shelf, names: Sequence[FileName]) -> None:
        self._shelf = shelf
        self._names = list(names)
        self._numbers = [name.number for name in names]
        self._files: OrderedDict[int, PublicationFile] = OrderedDict()
        self._open_entries = 0

    @property
    def names(self) -> Sequence[FileName]:
        return self._names

    @property
    def last(self) -> int:
        """The number of the last publication, 0 where there is none."""
        return self._numbers[-1] if self._numbers else 0

    def count_after(self, number: int) -> int:
        """How many publications came after that one."""
        return len(self._numbers) - bisect_right(self._numbers, number)

    def append(self, name: FileName) -> None:
        """Take in the next file."""
        self._names.append(name)
        self._numbers.append(name.number)

    def rebase(self, base: FileName) -> list[FileName]:
        """Begin with `base` from now on; the files that it makes superfluous."""
        place = self._place(base.number)
        gone = [name for name in self._names[: place + 1] if name != base]
        self._names[: place + 1] = [base]
        self._numbers[: place + 1] = [base.number]
        self._files.clear()
        self._open_entries = 0
        return gone

    def file(self, number: int) -> PublicationFile:
        """The file of a publication, or the base that holds what it held."""
        place = self._place(max(number, self._numbers[0]))
        if place == len(self._numbers) or self._numbers[place] < number:
            raise damaged(self._shelf.path(str(self._names[0])), f"Publication {number} is missing.")
        number = self._numbers[place]
        found = self._files.get(number)
        if found is None:
            found = self._files[number] = PublicationFile(self._shelf, self._names[place])
            self._open_entries += 1 + len(found.keys)
            while self._open_entries > _OPEN_ENTRIES and len(self._files) > 1:
                self._open_entries -= 1 + len(self._files.popitem(last=False)[1].keys)
        self._files.move_to_end(number)
        return found

    def number_at(self, moment: int) -> int | None:
        """The last publication that was made as of that moment or earlier."""
        made = (name.number for name in reversed(self._names) if name.as_of <= moment)
        return next(made, None)

    def numbers_at(self, moments: Collection[int]) -> dict[int, int]:
        """As `number_at`, by moment; those before the first publication are left out."""
        ahead = sorted(moments)
        found: dict[int, int] = {}
        for name in reversed(self._names):
            while ahead and name.as_of <= ahead[-1]:
                found[ahead.pop()] = name.number
            if not ahead:
                break
        return found

    def issues(self) -> Iterator[Issue]:
        """When each publication was made, newest first."""
        for name in reversed(self._names):
            tail = read_tail(self._shelf, name)
            yield Issue(number=tail.number, data_version=tail.data_version, as_of=tail.as_of)

    def last_entries(self, number: int) -> dict[str, int]:
        """All segments, and the publication of the last entry of each, as of a publication."""
        places: dict[str, int] = {}
        for file in self._back_to_root(number):
            for key in file.keys:
                places.setdefault(key, file.tail.number)
            for key, place in file.directory.items():
                places.setdefault(key, max(place, self._numbers[0]))
        return places

    def last_entry(self, key: str, number: int) -> int | None:
        """The publication of a segment's last entry, as of a publication."""
        for file in self._back_to_root(number):
            if key in file.keys:
                return file.tail.number
            place = file.directory.get(key)
            if place is not None:
                return max(place, self._numbers[0])
        return None

    def definition(self, key: str, entry: Entry) -> bytes:
        """The text of the definition that an entry is about."""
        file = self.file(entry.defined_in)
        ref = file.entry(key).definition
        if ref is None:
            raise file.damaged(f"It should hold the definition of segment {key!r}.")
        return file.blob(ref)

    def restored(self, places: Mapping[str, int]) -> dict[str, Restored]:
        """The members of segments as of entries of theirs, each compared with its count and checksum."""
        pending = [(-number, key) for key, number in places.items()]
        heapify(pending)  # from the newest file to the oldest, so that each is opened once
        deltas = {key: _Deltas() for key in places}
        found: dict[str, Restored] = {}
        while pending:
            number, key = heappop(pending)
            file = self.file(-number)
            entry = file.entry(key)
            if entry.members is None:
                deltas[key].precede(file, entry)
                if not 0 < entry.previous < -number:
                    raise file.damaged(f"The members of segment {key!r} are nowhere in full.")
                heappush(pending, (-max(entry.previous, self._numbers[0]), key))
            else:
                found[key] = deltas.pop(key).onto(file.bitmap(entry.members), entry.members.length)
                self._compare(key, self.file(places[key]), found[key].members)
        return found

    def log(self, key: str, *, since: int | None, before: int | None, limit: int) -> list[LogEntry]:
        """Who entered and left, newest first; `before` is the number of a publication."""
        found: list[LogEntry] = []
        first = 0 if since is None else min((n.number for n in self._names if n.as_of >= since), default=self.last + 1)
        last = self.last if before is None else min(self.last, before - 1)
        number = self.last_entry(key, last) if self._names and last >= self._numbers[0] else None
        while number is not None and number >= first and len(found) < limit:
            file = self.file(number)
            entry = file.entry(key)
            if since is None or file.tail.as_of >= since:
                found += _log_entries(file, entry)
            number = self._previous(number, entry)
        return found[:limit]

    def entrance(self, key: str, number: int) -> Entrance:
        """Who entered a segment with one entry of it, and the entry before that."""
        file = self.file(number)
        entry = file.entry(key)
        return Entrance(file.tail.as_of, _entered(file, entry), self._previous(number, entry))

    def _previous(self, number: int, entry: Entry) -> int | None:
        """The publication of the entry before one, None where none is kept."""
        further = max(entry.previous, self._numbers[0])
        return further if entry.previous and further < number else None

    def _place(self, number: int) -> int:
        return bisect_left(self._numbers, number)

    def _back_to_root(self, number: int) -> Iterator[PublicationFile]:
        """The file of a publication and those before it, down to the one that lists all segments."""
        for place in range(self._place(number), -1, -1):
            file = self.file(self._numbers[place])
            if place and file.tail.parent != self._numbers[place - 1]:
                raise file.damaged(f"Publication {file.tail.parent}, on which it builds, is missing.")
            yield file
            if file.tail.root == file.tail.number:
                return

    def _compare(self, key: str, file: PublicationFile, members: BitMap) -> None:
        entry = file.entry(key)
        if (len(members), checksum(members)) != (entry.size, entry.checksum):
            raise file.damaged(f"The members of segment {key!r} are not those that its checksum was made of.")


class _Deltas:
    """The changes of a segment, found from the last to the first, and applied from the first to the last."""

    def __init__(self) -> None:
        self._found: list[tuple[bytes, bytes]] = []  # as they are in the files: a tenth of what bitmaps take
        self._entries = 0
        self._bytes = 0

    def precede(self, file: PublicationFile, entry: Entry) -> None:
        """Add the changes of an entry before those that are here already."""
        for change in reversed(entry.changes):
            self._found.append((file.blob(change.entered), file.blob(change.left)))
            self._bytes += change.entered.length + change.left.length
        self._entries += bool(entry.changes)

    def onto(self, members: BitMap, full_bytes: int) -> Restored:
        """The set after all changes."""
        for entered, left in reversed(self._found):
            if left:
                members -= BitMap.deserialize(left)
            if entered:
                members |= BitMap.deserialize(entered)
        return Restored(members, self._entries, self._bytes, full_bytes)


def _entered(file: PublicationFile, entry: Entry) -> BitMap:
    """Who is in after all changes of an entry and was not before: one may leave and enter for several causes."""
    if len(entry.changes) == 1:
        return file.bitmap(entry.changes[0].entered)
    seen, new, inside = BitMap(), BitMap(), BitMap()
    for change in entry.changes:
        entered, left = file.bitmap(change.entered), file.bitmap(change.left)
        new |= entered - seen
        seen |= entered | left
        inside = (inside | entered) - left
    return new & inside


def _log_entries(file: PublicationFile, entry: Entry) -> list[LogEntry]:
    assert entry.snapshot_version is not None or not entry.changes
    return [
        LogEntry(
            publication=file.tail.number,
            as_of=file.tail.as_of,
            data_version=file.tail.data_version,
            definition_version=entry.snapshot_version or 0,
            cause=change.cause,
            entered=file.bitmap(change.entered),
            left=file.bitmap(change.left),
        )
        for change in reversed(entry.changes)
    ]
