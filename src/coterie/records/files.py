"""Reading the bytes of a file, gzipped or not, with clear errors and a measure of progress."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from coterie.errors import Problem, ReadError

__all__ = ["ByteFile", "unreadable"]


def unreadable(path: Path, message: str, *, line: int | None = None, hint: str = "") -> ReadError:
    """The error for a file that could not be read, or whose line `line` could not be."""
    what = f"The line {message}." if line is not None else f"The file {message}."
    return ReadError(
        Problem(
            code="unreadable_file",
            path=str(path),
            message=what,
            hint=hint or "Nothing of it was loaded.",
            line=line,
        )
    )


class ByteFile:
    """A file of bytes, unpacked where its name ends in .gz. Closed when it has been read, or is let go of."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._raw: BinaryIO = path.open("rb")
            self._size = path.stat().st_size
        except OSError as error:
            raise unreadable(path, f"cannot be opened: {error.strerror or error}") from error
        packed = path.name.lower().endswith(".gz")
        self._stream: BinaryIO = cast("BinaryIO", gzip.GzipFile(fileobj=self._raw)) if packed else self._raw

    def fraction(self) -> float | None:
        """How much of the file has been read, 0 to 1."""
        return 1.0 if self._raw.closed or not self._size else min(1.0, self._raw.tell() / self._size)

    def close(self) -> None:
        self._raw.close()

    def blocks(self, size: int) -> Iterator[bytes]:
        """The bytes in blocks of at most `size`."""
        try:
            while block := self._read(size):
                yield block
        finally:
            self.close()

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise unreadable(self.path, f"is broken: {error}") from error

    def lines(self) -> Iterator[bytes]:
        """The lines, each without its end."""
        rest = b""
        for block in self.blocks(4 * 2**20):
            if b"\n" not in block:
                rest += block
                continue
            *whole, rest = (rest + block).split(b"\n")
            yield from whole
        if rest:
            yield rest
