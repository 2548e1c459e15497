"""Where publication files stand: a folder, in which a file is there whole or not at all; or memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from coterie.snapshot.failing import telling

__all__ = ["TEMPORARY", "FolderShelf", "MemoryShelf", "Shelf", "Sink"]

TEMPORARY = ".tmp"

Sink = Callable[[bytes], None]
"""Takes the next bytes of a file."""


class Shelf(Protocol):
    """Keeps named files that are written once, whole."""

    def path(self, name: str) -> str:
        """What to call a file in messages."""
        ...

    def names(self) -> list[str]:
        """All files, in no order."""
        ...

    def size(self, name: str) -> int: ...

    def read(self, name: str, offset: int, length: int) -> bytes:
        """That part of a file; less where it ends before."""
        ...

    def write(self, name: str, content: Callable[[Sink], None]) -> None:
        """Have `content` write a file; it is there when all of it is kept for good. After an error it is not there."""
        ...

    def remove(self, names: list[str]) -> None: ...

    def set_aside(self, name: str, other: str) -> None:
        """Give a file another name."""
        ...


class FolderShelf:
    """A folder of files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with telling(str(folder), "The folder of snapshots cannot be made"):
            if not folder.is_dir():
                folder.mkdir()
                _sync(folder.parent)

    def path(self, name: str) -> str:
        return str(self._folder / name)

    def names(self) -> list[str]:
        with telling(str(self._folder), "The folder of snapshots cannot be read"):
            return os.listdir(self._folder)  # noqa: PTH208 - names alone, of perhaps very many files

    def size(self, name: str) -> int:
        with telling(self.path(name), "The snapshots cannot be read"):
            return (self._folder / name).stat().st_size

    def read(self, name: str, offset: int, length: int) -> bytes:
        with telling(self.path(name), "The snapshots cannot be read"), (self._folder / name).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def write(self, name: str, content: Callable[[Sink], None]) -> None:
        target, temporary = self._folder / name, self._folder / f"{name}{TEMPORARY}"
        with telling(str(target), "The snapshots cannot be written"):
            try:
                with temporary.open("wb", buffering=0) as file:
                    content(lambda data: _write_all(file.fileno(), data))
                    os.fsync(file.fileno())
                temporary.rename(target)
                _sync(self._folder)
            except BaseException:
                for path in (temporary, target):
                    with suppress(OSError):
                        path.unlink(missing_ok=True)
                raise

    def remove(self, names: list[str]) -> None:
        with telling(str(self._folder), "Files of snapshots cannot be removed"):
            for name in names:
                (self._folder / name).unlink(missing_ok=True)
            if names:
                _sync(self._folder)

    def set_aside(self, name: str, other: str) -> None:
        with telling(self.path(name), "The file cannot be renamed"):
            (self._folder / name).rename(self._folder / other)
            _sync(self._folder)


class MemoryShelf:
    """Files that are gone with the process."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def path(self, name: str) -> str:
        return f":memory:/{name}"

    def names(self) -> list[str]:
        return list(self._files)

    def size(self, name: str) -> int:
        return len(self._files[name])

    def read(self, name: str, offset: int, length: int) -> bytes:
        return self._files[name][offset : offset + length]

    def write(self, name: str, content: Callable[[Sink], None]) -> None:
        parts: list[bytes] = []
        content(parts.append)
        self._files[name] = b"".join(parts)

    def remove(self, names: list[str]) -> None:
        for name in names:
            self._files.pop(name, None)

    def set_aside(self, name: str, other: str) -> None:
        self._files[other] = self._files.pop(name)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync(folder: Path) -> None:
    """Have the names in a folder kept for good."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
