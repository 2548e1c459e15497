"""Reads the files as another program would: by `docs/snapshot-format.md` alone, with struct and zlib."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from random import Random
from typing import Any

import pytest
from journal_history import ORDINALS, History
from pyroaring import BitMap

from coterie.snapshot import Cause, Change, Journal, State, Update, journal

CAUSES = {0: "data", 1: "time", 2: "definition"}


class Bytes:
    """Reads one thing after the other."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def __call__(self, code: str) -> Any:
        values = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return values[0] if len(values) == 1 else values

    def text(self, length: int) -> str:
        self.at += length
        return self.data[self.at - length : self.at].decode()


def blob(data: bytes, ref: tuple[int, int, int]) -> bytes:
    begin, length, crc = ref
    found = data[begin : begin + length]
    assert len(found) == length
    assert length == 0 or zlib.crc32(found) == crc
    return found


def members(data: bytes, ref: tuple[int, int, int]) -> set[int]:
    found = blob(data, ref)
    return set(BitMap.deserialize(found)) if found else set()


def read_entry(data: bytes, read: Bytes) -> tuple[str, dict[str, Any]]:
    begin, length = read.at, read("I")
    key = read.text(read("H"))
    state, flags, changes, zero = read("BBBB")
    assert zero == 0
    names = ("previous", "defined_in", "version", "members_version", "count", "checksum")
    entry: dict[str, Any] = {
        "state": state,
        "has_members": bool(flags & 4),
        **dict(zip(names, read("6Q"), strict=True)),
    }
    entry["problems"] = blob(data, read("QII"))
    entry["definition"] = blob(data, read("QII")) if flags & 1 else None
    entry["full"] = members(data, read("QII")) if flags & 2 else None
    entry["good"] = read("Qqq") if flags & 8 else None
    entry["changes"] = []
    for _ in range(changes):
        cause = CAUSES[read("B")]
        entry["changes"].append((cause, members(data, read("QII")), members(data, read("QII"))))
    assert read.at == begin + length
    return key, entry


def read_file(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    assert data[:16] == bytes.fromhex("434F54455249451A") + struct.pack("<II", 1, 0)
    begin = len(data) - 80
    tail = Bytes(data, begin)
    number, parent, root, contents = tail("4Q")
    data_version, as_of = tail("2q")
    entries, places, contents_crc, tail_crc, all_crc, zero = tail("6I")
    assert contents_crc == zlib.crc32(data[contents:begin])
    assert tail_crc == zlib.crc32(data[begin : begin + 60])
    assert all_crc == zlib.crc32(data[: begin + 64])
    assert zero == 0
    assert data[-8:] == bytes.fromhex("1A45495245544F43")
    read = Bytes(data, contents)
    found = dict(read_entry(data, read) for _ in range(entries))
    directory = {}
    for _ in range(places):
        length, place = read("HQ")
        directory[read.text(length)] = place
    assert read.at == begin
    name, _, moment = path.stem.partition("@")
    assert (int(name), int(moment)) == (number, as_of)
    return {"number": number, "parent": parent, "root": root, "data_version": data_version, "as_of": as_of} | {
        "entries": found,
        "directory": directory,
    }


def mixed(ordinal: int) -> int:
    z = (ordinal + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def members_at(files: dict[int, dict[str, Any]], key: str, number: int) -> set[int]:
    """The members as of an entry: from the last full ones on."""
    entry = files[max(number, min(files))]["entries"][key]
    if entry["full"] is not None:
        return set(entry["full"])
    found = members_at(files, key, entry["previous"])
    for _, entered, left in entry["changes"]:
        found = (found - left) | entered
    assert len(found) == entry["count"]
    assert sum(map(mixed, found)) % 2**64 == entry["checksum"]
    return found


def last_entries(files: dict[int, dict[str, Any]], number: int) -> dict[str, int]:
    places: dict[str, int] = {}
    while True:
        file = files[number]
        places = dict.fromkeys(file["entries"], number) | file["directory"] | places
        if file["root"] == number:
            return {key: max(place, min(files)) for key, place in places.items()}
        number = max(file["parent"], min(files))


@pytest.mark.parametrize("retained", [False, True])
def test_the_files_say_what_was_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retained: bool) -> None:
    monkeypatch.setattr(journal, "_ROOT_EVERY", 4)
    random, history, kept = Random(11), History(), Journal.open(tmp_path)
    for _ in range(12):
        history.step(random, kept)
    if retained:
        middle = history.moments[6].as_of
        history.retain(middle)
        kept.retain(middle)
    files = {file["number"]: file for file in map(read_file, sorted(tmp_path.iterdir()))}
    assert sorted(files) == [moment.number for moment in history.moments]
    for moment in history.moments:
        file = files[moment.number]
        assert (file["data_version"], file["as_of"]) == (moment.data_version, moment.as_of)
        places = last_entries(files, moment.number)
        assert places.keys() == moment.segments.keys()
        for key, segment in moment.segments.items():
            entry = files[places[key]]["entries"][key]
            assert (entry["state"], entry["version"]) == (list(State).index(segment.state), segment.version)
            assert files[max(entry["defined_in"], min(files))]["entries"][key]["definition"] == segment.text
            assert entry["problems"] == segment.problems
            assert entry["has_members"] == (segment.members is not None)
            if segment.members is not None:
                assert members_at(files, key, places[key]) == segment.members
                good = entry["good"] or (moment.number, moment.data_version, moment.as_of)
                assert (entry["members_version"], *good) == segment.good
        log = [(key, *change) for key, entry in file["entries"].items() for change in entry["changes"]]
        assert sorted(log, key=str) == sorted(((k, c, set(e), set(g)) for k, c, e, g in moment.log), key=str)


def test_a_file_of_one_segment_byte_by_byte(tmp_path: Path) -> None:
    """Everyone entered, so that one blob is both who entered and the members."""
    everyone = BitMap(ORDINALS[:3])
    entered = Change(cause=Cause.DEFINITION, entered=everyone, left=BitMap())
    update = Update(key="vip", definition_version=4, definition=b"any", members=everyone, changes=(entered,))
    Journal.open(tmp_path).publish(9, -5, [update])
    packed = everyone.copy()
    packed.run_optimize()
    bitmap = packed.serialize()
    blobs = bitmap + b"any"
    who, text = (
        struct.pack("<QII", 16, len(bitmap), zlib.crc32(bitmap)),
        struct.pack("<QII", 16 + len(bitmap), 3, zlib.crc32(b"any")),
    )
    nothing = bytes(16)
    entry = struct.pack("<H3sBBBB", 3, b"vip", 0, 1 | 2 | 4, 1, 0)
    entry += struct.pack("<6Q", 0, 1, 4, 4, 3, sum(map(mixed, ORDINALS[:3])) % 2**64)
    entry += nothing + text + who + b"\2" + who + nothing
    entry = struct.pack("<I", len(entry) + 4) + entry
    tail = struct.pack("<4Qqq3I", 1, 0, 1, 16 + len(blobs), 9, -5, 1, 0, zlib.crc32(entry))
    tail += struct.pack("<I", zlib.crc32(tail))
    before = b"COTERIE\x1a" + struct.pack("<II", 1, 0) + blobs + entry + tail
    expected = before + struct.pack("<II", zlib.crc32(before), 0) + b"\x1aEIRETOC"
    assert (tmp_path / "000000000001@-5.publication").read_bytes() == expected
