"""Printing: styled and fitted to the width on a terminal, plain and stable everywhere else."""

from __future__ import annotations

import sys
import textwrap
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Cell", "Screen", "printable"]

Cell = tuple[str, str]
"""A text, and its style (of rich), which counts on a terminal only."""

_NARROWEST = 24
"""Columns below which a text is not broken any further: a tree in a narrow window overflows instead."""


def printable(text: str) -> str:
    """`text` on one line, with control characters spelled out: data must not be able to move a terminal's cursor."""
    if text.isprintable():
        return text
    return "".join(_spelled(c) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in text)


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class Screen:
    """Standard output. `terminal` says whether a person is looking; `width` is None where lines are never broken."""

    def __init__(self) -> None:
        self._stream = sys.stdout
        self.terminal = self._stream.isatty()
        self._console = self._made_console() if self.terminal else None
        self.width = self._console.width if self._console is not None else None

    def _made_console(self) -> Console:
        from rich.console import Console

        return Console(file=self._stream, highlight=False, emoji=False, markup=False)

    def line(self, *cells: Cell | str) -> None:
        """One line of cells, one after another."""
        parts = [(cell, "") if isinstance(cell, str) else cell for cell in cells]
        if self._console is None:
            self._stream.write("".join(text for text, _ in parts).rstrip() + "\n")
            return
        from rich.text import Text

        self._console.print(Text.assemble(*parts), soft_wrap=True)

    def rule(self, title: str) -> None:
        """A title that begins a part: on a terminal with a line to the right edge."""
        self.line((printable(title), "bold"), (f" {'─' * ((self.width or 0) - width_of(title) - 1)}", "dim"))

    def hanging(self, first: Sequence[Cell], rest: Sequence[Cell], cell: Cell) -> None:
        """`first`, then `cell`; on a terminal broken to its width, further lines beginning with `rest`."""
        text, style = cell
        room = max((self.width or 0) - sum(width_of(part) for part, _ in first), _NARROWEST)
        pieces = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) if self.terminal else [text]
        for number, piece in enumerate(pieces or [""]):
            self.line(*(rest if number else first), (piece, style))

    def columns(self, head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[int] = ()) -> None:
        """A table without lines, two spaces between columns; those numbered in `right` are set right."""
        table = [list(head), *([printable(text) for text in row] for row in rows)]
        widths = [max(width_of(row[column]) for row in table) for column in range(len(head))]
        for number, row in enumerate(table):
            padded = [
                padded_to(width, text, right=column in right)
                for column, (text, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.line(("  ".join(padded).rstrip(), "" if number else "bold"))


def padded_to(width: int, text: str, *, right: bool = False) -> str:
    space = " " * (width - width_of(text))
    return space + text if right else text + space


def width_of(text: str) -> int:
    """Columns on a terminal: East Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
