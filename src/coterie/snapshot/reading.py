"""Reads one publication file: every byte that an answer comes from is checked against its crc32 first."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from pyroaring import BitMap

from coterie.errors import StoreError
from coterie.snapshot.failing import damaged, newer
from coterie.snapshot.layout import (
    CLOSING,
    END,
    HEAD,
    MAGIC,
    TAIL,
    VERSION,
    Entry,
    Ref,
    Tail,
    read_directory,
    read_entry,
    read_index,
)
from coterie.snapshot.naming import FileName
from coterie.snapshot.publication import Issue
from coterie.snapshot.shelf import Shelf

__all__ = ["PublicationFile", "check_whole", "read_tail"]

_NONSENSE = (struct.error, UnicodeDecodeError, ValueError, IndexError)
"""What reading meaningless bytes raises. Their crc32 is right, so another program wrote them."""

_TAIL_BYTES = TAIL.size + CLOSING.size

_SMALL = 1 << 20
"""Files of up to so many bytes are read at once, larger ones in windows of so many."""

_PIECE = 1 << 14
"""Longer blobs are read alone."""


class PublicationFile:
    """A publication file whose contents were found to be whole. Its blobs are read when they are asked for."""

    def __init__(self, shelf: Shelf, name: FileName) -> None:
        self._shelf = shelf
        self._name = str(name)
        self.tail = read_tail(shelf, name)
        size = shelf.size(self._name)
        self._window = -1, b""
        self._all = shelf.read(self._name, 0, size) if size <= _SMALL else None
        contents = self._read(self.tail.contents, size - _TAIL_BYTES - self.tail.contents)
        if zlib.crc32(contents) != self.tail.contents_crc:
            raise self.damaged("Its contents are not those that were written.")
        self._contents = contents
        try:
            self._index, self._places = read_index(contents, self.tail.entries)
        except _NONSENSE as error:
            raise self._senseless(error) from error
        self._directory: Mapping[str, int] | None = None

    @property
    def issue(self) -> Issue:
        return Issue(number=self.tail.number, data_version=self.tail.data_version, as_of=self.tail.as_of)

    @property
    def keys(self) -> Mapping[str, object]:
        """The segments that have an entry here."""
        return self._index

    @property
    def directory(self) -> Mapping[str, int]:
        """Of a root: the segments without an entry here, and the publications of their last ones."""
        if self._directory is None:
            try:
                self._directory = read_directory(self._contents, self._places, self.tail.places)
            except _NONSENSE as error:
                raise self._senseless(error) from error
        return self._directory

    def entry(self, key: str) -> Entry:
        """The entry of a segment that another file says is here."""
        offset = self._index.get(key)
        if offset is None:
            raise self.damaged(f"It should say something of segment {key!r}.")
        try:
            return read_entry(self._contents, offset)
        except _NONSENSE as error:
            raise self._senseless(error) from error

    def blob(self, ref: Ref) -> bytes:
        """The bytes that were kept there."""
        if ref.length == 0:
            return b""
        data = self._read(ref.offset, ref.length)
        if len(data) != ref.length or zlib.crc32(data) != ref.crc:
            raise self.damaged(f"The {ref.length} bytes at {ref.offset} are not those that were written.")
        return data

    def bitmap(self, ref: Ref) -> BitMap:
        """The set that was kept there."""
        try:
            return BitMap.deserialize(self.blob(ref)) if ref.length else BitMap()
        except ValueError as error:
            raise self._senseless(error) from error

    def damaged(self, message: str) -> StoreError:
        """The error that says what is wrong with this file."""
        return damaged(self._shelf.path(self._name), message)

    def _senseless(self, error: Exception) -> StoreError:
        return self.damaged(f"Its contents make no sense: {error}.")

    def _read(self, offset: int, length: int) -> bytes:
        if self._all is not None:
            return self._all[offset : offset + length]
        if length > _PIECE:
            return self._shelf.read(self._name, offset, length)
        start = offset - offset % _SMALL
        if self._window[0] != start:
            self._window = start, self._shelf.read(self._name, start, _SMALL + _PIECE)
        return self._window[1][offset - start : offset - start + length]


def read_tail(shelf: Shelf, name: FileName) -> Tail:
    """The tail of a file that, by its beginning, end and name, is the one that was written."""
    path, size = shelf.path(str(name)), shelf.size(str(name))
    head = shelf.read(str(name), 0, HEAD.size)
    if head[: len(MAGIC)] != MAGIC[: len(head)] or not head:
        raise damaged(path, "This is no file of published snapshots, or its beginning is damaged.")
    if size < HEAD.size + _TAIL_BYTES:
        raise damaged(path, "The file was cut off.")
    _, version, zero = HEAD.unpack(head)
    if version > VERSION and not _has_crc(shelf, str(name), HEAD.pack(MAGIC, VERSION, 0)):
        raise newer(path, version, VERSION)
    if version > VERSION:
        raise damaged(path, "Its beginning is not the one that was written.")
    end = shelf.read(str(name), size - _TAIL_BYTES, _TAIL_BYTES)
    _, no_more, mark = CLOSING.unpack(end[TAIL.size :])
    if version == 0 or zero or no_more or mark != END:
        raise damaged(path, "The file was cut off, or bytes of it are not those that were written.")
    *fields, crc = TAIL.unpack(end[: TAIL.size])
    if zlib.crc32(end[: TAIL.size - 4]) != crc:
        raise damaged(path, "Its end is not the one that was written.")
    tail = Tail(**dict(zip(Tail.__slots__, fields, strict=True)))
    if (tail.number, tail.as_of) != (name.number, name.as_of):
        raise damaged(path, f"This is publication {tail.number} as of {tail.as_of}: the file has another's name.")
    return tail


def check_whole(shelf: Shelf, name: FileName) -> None:
    """Compare all bytes of a file with the crc32 at its end."""
    read_tail(shelf, name)
    if not _has_crc(shelf, str(name), b""):
        raise damaged(shelf.path(str(name)), "Bytes of it are not those that were written.")


def _has_crc(shelf: Shelf, name: str, head: bytes) -> bool:
    """Whether a file has the crc32 at its end, if it began with `head`."""
    rest = shelf.size(name) - CLOSING.size
    crc, offset = zlib.crc32(head), len(head)
    while offset < rest:
        data = shelf.read(name, offset, min(_SMALL, rest - offset))
        crc, offset = zlib.crc32(data, crc), offset + len(data)
    return shelf.read(name, rest, 4) == crc.to_bytes(4, "little")
