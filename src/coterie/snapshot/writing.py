"""Writes one publication file: blobs as they come, then the contents and the tail that lead to them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from pyroaring import BitMap

from coterie.snapshot.layout import (
    CLOSING,
    END,
    HEAD,
    MAGIC,
    NO_BLOB,
    TAIL,
    VERSION,
    Entry,
    Ref,
    Tail,
    directory_bytes,
    entry_bytes,
)
from coterie.snapshot.publication import Issue
from coterie.snapshot.shelf import Sink

__all__ = ["FileWriter"]

_BUFFER = 1 << 20


class FileWriter:
    """Takes blobs and entries in any order, and ends with `finish`."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._crc = 0
        self._offset = 0
        self._entries: list[bytes] = []
        self._append(HEAD.pack(MAGIC, VERSION, 0))

    def blob(self, data: bytes) -> Ref:
        """Keep some bytes."""
        if not data:
            return NO_BLOB
        ref = Ref(self._offset, len(data), zlib.crc32(data))
        self._append(data)
        return ref

    def bitmap(self, members: BitMap) -> Ref:
        """Keep a set, in the portable form of roaring bitmaps."""
        return self.blob(members.serialize()) if members else NO_BLOB

    def full(self, members: BitMap) -> Ref:
        """Keep a set that will be read often, as small as it gets."""
        packed = members.copy()
        packed.run_optimize()
        return self.bitmap(packed)

    def entry(self, key: str, entry: Entry) -> None:
        """Keep what is said of a segment."""
        self._entries.append(entry_bytes(key, entry))

    def finish(self, issue: Issue, *, parent: int, root: int, places: Iterable[tuple[str, int]] = ()) -> None:
        """End the file. `places` is its directory: all segments without an entry here, where it is a root."""
        listed = list(places)
        contents = b"".join([*self._entries, directory_bytes(listed)])
        tail = Tail(
            number=issue.number,
            parent=parent,
            root=root,
            contents=self._offset,
            data_version=issue.data_version,
            as_of=issue.as_of,
            entries=len(self._entries),
            places=len(listed),
            contents_crc=zlib.crc32(contents),
        )
        self._append(contents)
        self._append(tail_bytes(tail))
        self._flush()
        self._sink(CLOSING.pack(self._crc, 0, END))

    def _append(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._offset += len(data)
        if self._waiting_bytes >= _BUFFER:
            self._flush()

    def _flush(self) -> None:
        data = b"".join(self._waiting)
        self._crc = zlib.crc32(data, self._crc)
        self._waiting, self._waiting_bytes = [], 0
        self._sink(data)


def tail_bytes(tail: Tail) -> bytes:
    """The fields of a tail and their crc32."""
    fields = TAIL.pack(
        tail.number,
        tail.parent,
        tail.root,
        tail.contents,
        tail.data_version,
        tail.as_of,
        tail.entries,
        tail.places,
        tail.contents_crc,
        0,
    )[:-4]
    return fields + zlib.crc32(fields).to_bytes(4, "little")
