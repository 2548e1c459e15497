"""What an import did: records read, what changed, what was kept aside, with the first offending values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["EXAMPLES", "ImportReport", "Offence", "ReportBuilder", "table_of"]

EXAMPLES = 5
"""Offending values shown of each column and code."""

_WIDEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Offence:
    """One offending value, as received. `line` counts from 1: lines of text, or records of everything else."""

    code: str
    column: str
    line: int | None
    value: str

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line is not None else "header"
        shown = self.value if len(self.value) <= _WIDEST else self.value[: _WIDEST - 1] + "…"
        return f"{where}, {self.column}: {shown!r} ({self.code})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What one load did. `read` = `added` + `updated` + `repeated` + `refused`, all in records.

    `repeated` records changed nothing: a row like what is known already, a `message_id` accepted before. `refused` ones
    are kept aside whole: they lack a key or a valid time. `counts` holds, by code, the values (`ill_typed`,
    `unlisted_choice`), records (`missing_key`, `invalid_time`, `duplicate`, `duplicate_conflict`) and columns
    (`unknown_column`) concerned; `examples` the first `EXAMPLES` of each column and code.
    """

    name: str
    source: str
    read: int
    added: int
    updated: int
    repeated: int
    refused: int
    counts: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[Offence, ...] = ()

    def __str__(self) -> str:
        figures = {
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "repeated": self.repeated,
            "refused": self.refused,
            **self.counts,
        }
        return table_of(f"{self.name} from {self.source}", figures, self.examples)


def table_of(title: str, figures: Mapping[str, int], examples: Iterable[Offence]) -> str:
    """A report as text: a title, a line for each figure, and the examples."""
    width = max(map(len, figures))
    rows = [f"  {label:<{width}}  {figure:>12,}" for label, figure in figures.items()]
    return "\n".join([title, *rows, *(f"  {example}" for example in examples)])


@dataclass(slots=True)
class ReportBuilder:
    """Collects what happens during one load."""

    name: str
    source: str
    read: int = 0
    refused: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    _examples: dict[tuple[str, str], list[Offence]] = field(default_factory=dict)

    def count(self, code: str, column: str, offenders: int, examples: Iterable[tuple[int | None, str]]) -> None:
        """Count `offenders` of `column`; of `examples` (line, value) only the first are taken."""
        if not offenders:
            return
        self.counts[code] = self.counts.get(code, 0) + offenders
        shown = self._examples.setdefault((code, column), [])
        for (line, value), _ in zip(examples, range(EXAMPLES - len(shown)), strict=False):
            shown.append(Offence(code=code, column=column, line=line, value=value))

    def finish(self, *, added: int, updated: int) -> ImportReport:
        return ImportReport(
            name=self.name,
            source=self.source,
            read=self.read,
            added=added,
            updated=updated,
            repeated=self.read - self.refused - added - updated,
            refused=self.refused,
            counts=dict(self.counts),
            examples=self.examples(),
        )

    def examples(self) -> tuple[Offence, ...]:
        """The first offending values of each column and code."""
        return tuple(example for group in self._examples.values() for example in group)
