"""What happens to an engine that keeps segments current, step by step: data, segments, the clock, a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import TypeAlias

from coterie.testing.cases import Row

__all__ = ["Declare", "History", "Ingest", "Load", "NextChange", "Refresh", "Reopen", "Step", "script_of"]

Operation: TypeAlias = Mapping[str, object]
"""What `ingest` takes; well formed or not."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """One batch of operations."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Records of an entity or interaction, as from a file."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Declare:
    """The segment files that shall be live, from the next refresh on."""

    files: Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class NextChange:
    """`shift` milliseconds from the next instant at which time alone changes an answer.

    That of the `segment`-th that has one; of all of them where `segment` is None.
    """

    segment: int | None
    shift: int


@dataclass(frozen=True, slots=True)
class Refresh:
    """Become current at an instant, in milliseconds since 1970 UTC; with `sooner` at that one if it comes before.

    The clock stands still where that instant is past, unless it is set `back`.
    """

    as_of: int
    sooner: NextChange | None = None
    back: bool = False


@dataclass(frozen=True, slots=True)
class Reopen:
    """Close the store and open it again."""


Step: TypeAlias = Ingest | Load | Declare | Refresh | Reopen


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A catalog, and the steps from an empty store on. `seed` made it."""

    seed: int | None
    catalog: Mapping[str, object]
    steps: tuple[Step, ...]

    @property
    def refreshes(self) -> int:
        """How many of the steps are refreshes."""
        return sum(isinstance(step, Refresh) for step in self.steps)


def script_of(history: History) -> str:
    """Python that runs `history` again."""
    catalog = pformat(history.catalog, width=118, compact=True, sort_dicts=False)
    steps = ",\n".join(f"    {pformat(step, width=114, sort_dicts=False, compact=True)}" for step in history.steps)
    return (
        "import datetime\n"
        "from coterie.testing.currency import play\n"
        "from coterie.testing.steps import *\n\n"
        f"catalog = {catalog}\n\n"
        f"steps = (\n{steps},\n)\n\n"
        f"print(play(History(seed={history.seed}, catalog=catalog, steps=steps)))\n"
    )
