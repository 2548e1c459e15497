"""Results kept: a JSON file with every time measured, and a page to read beside it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["RESULTS", "Target", "Times", "table", "write_results"]

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of every repetition."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def quartiles(self) -> tuple[float, float]:
        if len(self.seconds) < 2:
            return self.seconds[0], self.seconds[0]
        first, _, third = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return first, third

    def __str__(self) -> str:
        """Milliseconds: median (quartiles)."""
        first, third = self.quartiles
        return f"{self.median * 1000:.1f} ({first * 1000:.1f}–{third * 1000:.1f})"

    def as_data(self) -> Mapping[str, object]:
        first, third = self.quartiles
        return {"median": self.median, "first_quartile": first, "third_quartile": third, "seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach: `value` has to be at most `limit`, or at least it where `at_least`."""

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> Sequence[str]:
        sign = "≥" if self.at_least else "≤"
        return self.name, f"{self.value:,.2f}", f"{sign} {self.limit:,.2f}", "reached" if self.met else "MISSED"

    def as_data(self) -> Mapping[str, object]:
        return {**asdict(self), "met": self.met}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def write_results(name: str, data: Mapping[str, object], page: str) -> None:
    """Write `bench/results/<name>.json` and `.md`."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    (RESULTS / f"{name}.md").write_text(page.rstrip() + "\n")
    print(f"\nWritten to {RESULTS / name}.json and .md")
