"""The bytes of a publication file; `docs/snapshot-format.md` describes them for others.

    head | blobs | contents (entries, directory) | tail

All numbers are little-endian. A blob is named by a `Ref`: where it is, how long, and its crc32; nothing has length 0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sys import intern
from typing import NamedTuple

from coterie.snapshot.snapshot import Cause, State

__all__ = [
    "CLOSING",
    "END",
    "HEAD",
    "MAGIC",
    "NO_BLOB",
    "TAIL",
    "VERSION",
    "ChangeRefs",
    "Entry",
    "Good",
    "Ref",
    "Tail",
    "directory_bytes",
    "entry_bytes",
    "read_directory",
    "read_entry",
    "read_index",
]

VERSION = 1
MAGIC = b"COTERIE\x1a"
END = b"\x1aEIRETOC"

HEAD = struct.Struct("<8sII")
"""Magic, format version, zero."""

TAIL = struct.Struct("<QQQQqqIIII")
"""The fields of `Tail`, and crc32 of them."""

CLOSING = struct.Struct("<II8s")
"""crc32 of all bytes before, zero, end mark."""

_LENGTHS = struct.Struct("<IH")
_ENTRY = struct.Struct("<BBBxQQQQQQQII")
"""The fields of `Entry` that are always there; the last three are the `Ref` of the problems."""
_REF = struct.Struct("<QII")
_GOOD = struct.Struct("<Qqq")
_CHANGE = struct.Struct("<BQIIQII")
_PLACE = struct.Struct("<HQ")

_DEFINITION, _MEMBERS, _SNAPSHOT, _GOOD_BEFORE = 1, 2, 4, 8
_STATES = (State.LIVE, State.STOPPED, State.FAILING, State.WITHHELD)
_STATE_NUMBERS = {state: number for number, state in enumerate(_STATES)}
_CAUSES = (Cause.DATA, Cause.TIME, Cause.DEFINITION)
_CAUSE_NUMBERS = {cause: number for number, cause in enumerate(_CAUSES)}


class Ref(NamedTuple):
    """Where a blob stands in its file, its length and its crc32."""

    offset: int
    length: int
    crc: int


NO_BLOB = Ref(0, 0, 0)


class ChangeRefs(NamedTuple):
    """The blobs of one cause's change."""

    cause: Cause
    entered: Ref
    left: Ref


class Good(NamedTuple):
    """The last publication in which a segment that is not live any more was."""

    publication: int
    data_version: int
    as_of: int


class Entry(NamedTuple):  # a tuple, since hundreds of thousands are made when a journal is opened
    """What a publication file says of one segment that changed.

    `previous` is the publication of the entry before this (0: none), `defined_in` that of the entry with the text of
    the definition. `definition` and `members` are None where this file does not hold them. `snapshot_version` is the
    version of the definition that the members are of, None while there have never been any.
    """

    state: State
    previous: int
    defined_in: int
    definition_version: int
    snapshot_version: int | None
    size: int
    checksum: int
    definition: Ref | None
    problems: Ref
    members: Ref | None
    good: Good | None
    changes: tuple[ChangeRefs, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The end of a publication file, from which it is read.

    `parent` is the publication before this (0: none), `root` the last one up to this with a directory of all segments.
    """

    number: int
    parent: int
    root: int
    contents: int
    data_version: int
    as_of: int
    entries: int
    places: int
    contents_crc: int


def entry_bytes(key: str, entry: Entry) -> bytes:
    """An entry as it is written."""
    name = key.encode()
    flags = (
        (entry.definition is not None) * _DEFINITION
        | (entry.members is not None) * _MEMBERS
        | (entry.snapshot_version is not None) * _SNAPSHOT
        | (entry.good is not None) * _GOOD_BEFORE
    )
    parts = [
        name,
        _ENTRY.pack(
            _STATE_NUMBERS[entry.state],
            flags,
            len(entry.changes),
            entry.previous,
            entry.defined_in,
            entry.definition_version,
            entry.snapshot_version or 0,
            entry.size,
            entry.checksum,
            *entry.problems,
        ),
    ]
    parts += [_REF.pack(*ref) for ref in (entry.definition, entry.members) if ref is not None]
    if entry.good is not None:
        parts.append(_GOOD.pack(*entry.good))
    parts += [_CHANGE.pack(_CAUSE_NUMBERS[cause], *entered, *left) for cause, entered, left in entry.changes]
    body = b"".join(parts)
    return _LENGTHS.pack(_LENGTHS.size + len(body), len(name)) + body


def read_index(contents: bytes, entries: int) -> tuple[dict[str, int], int]:
    """Where the entry of each key begins, and where the directory does."""
    index: dict[str, int] = {}
    offset = 0
    for _ in range(entries):
        length, name = _LENGTHS.unpack_from(contents, offset)
        start = offset + _LENGTHS.size
        index[intern(contents[start : start + name].decode())] = offset  # one key of a segment for all its files
        offset += length
    return index, offset


def read_entry(contents: bytes, offset: int) -> Entry:
    """The entry that begins there."""
    _, name = _LENGTHS.unpack_from(contents, offset)
    offset += _LENGTHS.size + name
    state, flags, changes, *fields = _ENTRY.unpack_from(contents, offset)
    previous, defined_in, version, snapshot, size, total, *problems = fields
    offset += _ENTRY.size
    definition = members = good = None
    if flags & _DEFINITION:
        definition = Ref(*_REF.unpack_from(contents, offset))
        offset += _REF.size
    if flags & _MEMBERS:
        members = Ref(*_REF.unpack_from(contents, offset))
        offset += _REF.size
    if flags & _GOOD_BEFORE:
        good = Good(*_GOOD.unpack_from(contents, offset))
        offset += _GOOD.size
    return Entry(
        state=_STATES[state],
        previous=previous,
        defined_in=defined_in,
        definition_version=version,
        snapshot_version=snapshot if flags & _SNAPSHOT else None,
        size=size,
        checksum=total,
        definition=definition,
        problems=Ref(*problems),
        members=members,
        good=good,
        changes=tuple([_read_change(contents, offset + place * _CHANGE.size) for place in range(changes)]),
    )


def _read_change(contents: bytes, offset: int) -> ChangeRefs:
    cause, *refs = _CHANGE.unpack_from(contents, offset)
    return ChangeRefs(_CAUSES[cause], Ref(*refs[:3]), Ref(*refs[3:]))


def directory_bytes(places: Iterable[tuple[str, int]]) -> bytes:
    """A directory as it is written: keys, and the publication of the last entry of each."""
    names = ((key.encode(), number) for key, number in places)
    return b"".join([_PLACE.pack(len(name), number) + name for name, number in names])


def read_directory(contents: bytes, offset: int, places: int) -> Mapping[str, int]:
    """The directory that begins there."""
    directory: dict[str, int] = {}
    for _ in range(places):
        length, number = _PLACE.unpack_from(contents, offset)
        offset += _PLACE.size
        directory[contents[offset : offset + length].decode()] = number
        offset += length
    return directory
