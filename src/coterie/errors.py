"""Every error Coterie raises, in one tree.

    CoterieError                what, where, what to do: `code`, `path`, `hint`, and all `problems` at once
    ├── DefinitionError         a definition or segment file cannot be used
    ├── CatalogError            a catalog cannot be used, or a change of it is refused
    ├── QuestionError           the question itself: no such contact, an `as_of` without an offset, an unknown zone
    ├── QuestionCancelled       the question was given up by whoever asked it
    ├── ReadError               a data source could not be read; nothing of it was loaded
    └── StoreError              the insights store cannot be opened or written

Codes are those of `docs/conditions.md` ("Errors"); they are stable, the wording is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = [
    "CatalogError",
    "CoterieError",
    "DefinitionError",
    "Problem",
    "QuestionCancelled",
    "QuestionError",
    "ReadError",
    "StoreError",
    "did_you_mean",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: a stable `code`, where (`path`, and `line` from 1 for text), what, and what to do."""

    code: str
    path: str
    message: str
    hint: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = self.path or "(top)"
        line = f" (line {self.line})" if self.line is not None else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{where}{line}: {self.message}{hint}"


class CoterieError(Exception):
    """Base of every error. `problems` holds them all, in order; `code`, `path` and `hint` are those of the first."""

    def __init__(self, *problems: Problem) -> None:
        assert problems, "an error names at least one problem"
        self.problems: tuple[Problem, ...] = problems
        super().__init__("\n".join(str(problem) for problem in problems))

    @property
    def code(self) -> str:
        return self.problems[0].code

    @property
    def path(self) -> str:
        return self.problems[0].path

    @property
    def hint(self) -> str:
        return self.problems[0].hint


class DefinitionError(CoterieError):
    """A definition or segment file cannot be used."""


class CatalogError(CoterieError):
    """A catalog cannot be used, or a change of it is refused."""


class QuestionError(CoterieError):
    """The question cannot be answered as asked: unknown contact, `as_of` without an offset, unknown time zone."""


class QuestionCancelled(CoterieError):  # noqa: N818 - no error: it was wished for
    """The question was given up before it was answered, by the `Cancellation` that it was asked with."""

    def __init__(self) -> None:
        super().__init__(Problem(code="cancelled", path="cancellation", message="The question was given up."))


class ReadError(CoterieError):
    """A data source could not be read. Nothing of it was loaded."""


class StoreError(CoterieError):
    """The insights store is locked, damaged or of a newer version. Nothing in it was changed."""


def did_you_mean(name: str, known: Sequence[str], *, most: int = 8) -> str:
    """The hint for an unknown name: the closest known one, else what is known (at most `most` of them)."""
    close = get_close_matches(name, known, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    if not known:
        return "None is known here."
    shown = ", ".join(sorted(known)[:most])
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return f"Known: {shown}{more}."
