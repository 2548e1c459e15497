"""Runs: sorted arrays of accepted messages that never change, in memory or in files that show whether they are damaged.

An entry is a pair of uint64: the hash of a message's id, and that of its content. A run is sorted by the first.
A file holds, in little endian: a header of one page; the entries, 256 to a page; the fences, which are the first hash
of each page; and a CRC-32 of each MiB of entries. The header holds the count, and the CRC-32 of fences and CRCs: with
the count it identifies the run. A lookup reads one page of the file for each hash that it looks for.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DamagedRunError",
    "Entries",
    "Run",
    "in_order",
    "merged",
    "open_run",
    "sorted_places",
    "sync_folder",
    "write_run",
]

Entries = NDArray[np.uint64]
"""An array of (n, 2): hash of the id, hash of the content."""

_MAGIC = b"COTERIEM"
_VERSION = 1
_HEADER = struct.Struct("<8sIQI")
_CRC = struct.Struct("<I")
_PAGE = 4096
_PER_PAGE = 256
_CHUNK = 65_536
_WORD = np.dtype("<u8")
_PIECE = 1 << 20
_DENSE = 16
"""A run is read through where one of so many of its entries is looked for."""


class DamagedRunError(Exception):
    """A run file is missing, is another than it should be, or its bytes are not those that were written."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Entries in order, with the first hash of each page; of those in a file also its path, checksum and CRCs."""

    entries: Entries
    fences: NDArray[np.uint64]
    path: Path | None = None
    checksum: int = 0
    crcs: NDArray[np.uint32] | None = None

    @classmethod
    def of(cls, entries: Entries) -> Run:
        """A run in memory, of entries that are in order."""
        return cls(entries, entries[::_PER_PAGE, 0].copy())

    def __len__(self) -> int:
        return len(self.entries)

    def with_entries(self, more: Entries) -> Run:
        """A run in memory of these entries and `more`, which are in order as well."""
        return Run.of(np.insert(self.entries, self.places(more[:, 0]), more, axis=0))

    def places(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """For each of the hashes, which are in order, the place of the first entry that is not below it."""
        if len(hashes) * _DENSE > len(self):
            return self._places_in_passing(hashes)
        low = np.maximum(np.searchsorted(self.fences, hashes, side="left") - 1, 0) * _PER_PAGE
        high = np.minimum(low + _PER_PAGE, len(self))
        while (searching := low < high).any():
            middle = (low + high) // 2
            below = searching & (self.entries[np.minimum(middle, len(self) - 1), 0] < hashes)
            low, high = np.where(below, middle + 1, low), np.where(searching & ~below, middle, high)
        return low

    def _places_in_passing(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The same by reading all entries once: faster where nearly every page is looked at."""
        places, first = np.full(len(hashes), len(self), np.int64), 0
        for start in range(0, len(self), _PIECE):
            held = np.ascontiguousarray(self.entries[start : start + _PIECE, 0])
            last = int(np.searchsorted(hashes, held[-1], side="right"))
            places[first:last] = start + np.searchsorted(held, hashes[first:last], side="left")
            first = last
        return places

    def find(self, wanted: Entries) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which of the `wanted` entries have their first hash in this run; and which are in it, both hashes alike."""
        found, same = np.zeros(len(wanted), bool), np.zeros(len(wanted), bool)
        if not len(self):
            return found, same
        places, rows = self.places(wanted[:, 0]), np.arange(len(wanted))
        while len(rows):  # more than once only where several entries share a first hash
            inside = places < len(self)
            places, rows = places[inside], rows[inside]
            held = self.entries[places]
            like = held[:, 0] == wanted[rows, 0]
            places, rows, held = places[like], rows[like], held[like]
            found[rows] = True
            equal = held[:, 1] == wanted[rows, 1]
            same[rows[equal]] = True
            places, rows = places[~equal] + 1, rows[~equal]
        return found, same

    def verify(self, chunks: Iterable[int] | None = None) -> None:
        """Read the file's entries, or some chunks of them. Raises DamagedRunError where they were not written so."""
        if self.path is None or self.crcs is None:
            return
        with self.path.open("rb") as file:
            for chunk in range(len(self.crcs)) if chunks is None else chunks:
                file.seek(_PAGE + chunk * _CHUNK * 16)
                rows = min(_CHUNK, len(self) - chunk * _CHUNK)
                if zlib.crc32(file.read(rows * 16)) != self.crcs[chunk]:
                    raise DamagedRunError(f"{self.path}: entries are damaged")


# --- order -----------------------------------------------------------------------------------------------------------


def sorted_places(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The places of `hashes` in ascending order, of equal ones in the order in which they stand.

    The upper bits are sorted with the place in the lower ones, three times faster than argsort; the rest is nearly in
    order then, if it is not already.
    """
    bits = np.uint64(max(len(hashes) - 1, 1).bit_length())
    packed = (hashes >> bits) << bits
    packed |= np.arange(len(hashes), dtype=np.uint64)
    packed.sort()
    places = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    taken = hashes[places]
    if (taken[1:] < taken[:-1]).any():
        places = places[np.argsort(taken, kind="stable")]
    return places


def in_order(entries: Entries) -> Entries:
    """The entries, sorted by their first hash."""
    ordered: Entries = entries[sorted_places(np.ascontiguousarray(entries[:, 0]))]
    return ordered


def merged(runs: Sequence[Run]) -> Iterator[Entries]:
    """All entries of `runs` in order, piece by piece, in memory that does not grow with them."""
    fences = np.sort(np.concatenate([run.fences for run in runs]))
    step = max(_PIECE // _PER_PAGE, 1)
    cuts = np.unique(fences[step::step])
    starts = [0] * len(runs)
    bounds = [np.append(run.places(cuts), len(run)) for run in runs]
    for piece in range(len(cuts) + 1):
        ends = [int(bound[piece]) for bound in bounds]
        part = np.concatenate([run.entries[start:end] for run, start, end in zip(runs, starts, ends, strict=True)])
        yield part[np.argsort(part[:, 0], kind="stable")]
        starts = ends


# --- files -----------------------------------------------------------------------------------------------------------


def write_run(path: Path, pieces: Iterable[Entries]) -> Run:
    """Write entries, which come in order, to a new file that is there whole or not at all, even if the power fails."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(bytes(_PAGE))
            count, fences, crcs = 0, [np.empty(0, _WORD)], []
            for chunk in _chunks(pieces):
                raw = np.ascontiguousarray(chunk, _WORD)
                file.write(raw.data)
                crcs.append(zlib.crc32(raw.data))
                fences.append(raw[::_PER_PAGE, 0].copy())
                count += len(raw)
            tail = np.concatenate(fences).tobytes() + np.array(crcs, "<u4").tobytes()
            file.write(tail)
            file.seek(0)
            head = _HEADER.pack(_MAGIC, _VERSION, count, zlib.crc32(tail))
            file.write(head + _CRC.pack(zlib.crc32(head)))
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return open_run(path, count, zlib.crc32(tail))


def _chunks(pieces: Iterable[Entries]) -> Iterator[Entries]:
    """The same entries, all chunks but the last of one size."""
    rest: Entries = np.empty((0, 2), np.uint64)
    for piece in pieces:
        rest = np.concatenate([rest, piece]) if len(rest) else piece
        whole = len(rest) - len(rest) % _CHUNK
        for start in range(0, whole, _CHUNK):
            yield rest[start : start + _CHUNK]
        rest = rest[whole:]
    if len(rest):
        yield rest


def sync_folder(folder: Path) -> None:
    """Make the names of files in a folder outlast a loss of power, where the system lets folders be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_run(path: Path, count: int, checksum: int) -> Run:
    """The run of `count` entries and that checksum at `path`. Raises DamagedRunError where it is not there.

    Looks at the header, the length, fences and CRCs, which takes a hundredth of reading it all: see `Run.verify`.
    """
    pages, chunks = -(-count // _PER_PAGE), -(-count // _CHUNK)
    size = _PAGE + count * 16 + pages * 8 + chunks * 4
    head = _HEADER.pack(_MAGIC, _VERSION, count, checksum)
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != size:
                raise DamagedRunError(f"{path}: another length than {size}")
            if file.read(len(head) + _CRC.size) != head + _CRC.pack(zlib.crc32(head)):
                raise DamagedRunError(f"{path}: another header")
            file.seek(_PAGE + count * 16)
            tail = file.read()
            if zlib.crc32(tail) != checksum:
                raise DamagedRunError(f"{path}: its end is damaged")
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise DamagedRunError(f"{path}: {error}") from error
    if hasattr(view, "madvise") and hasattr(mmap, "MADV_RANDOM"):
        view.madvise(mmap.MADV_RANDOM)
    entries = np.frombuffer(view, _WORD, count * 2, _PAGE).reshape(count, 2)
    crcs = np.frombuffer(tail, "<u4", chunks, pages * 8)
    return Run(entries, np.frombuffer(tail, _WORD, pages), path, checksum, crcs)
