"""A question as the command line asks it: everything that its arguments name, read and at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from coterie.catalog.model import Catalog
from coterie.cli.inputs import (
    Parsed,
    moment,
    opened_store,
    read_catalog,
    read_definition,
    read_segments,
    zone_of,
)
from coterie.definition.nodes import Segment
from coterie.engine.answers import Breakdown, Explanation
from coterie.engine.engine import Engine
from coterie.membership import Membership

__all__ = ["Question", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who is meant by `parsed`, of those in the store of `engine`, at `as_of`?"""

    engine: Engine
    catalog: Catalog
    parsed: Parsed
    segments: Mapping[str, Segment]
    as_of: datetime
    time_zone: str | None

    @property
    def zone(self) -> tzinfo:
        """The zone in which moments are shown."""
        return zone_of(self.parsed, self.catalog, self.time_zone)

    def describe(self) -> str:
        return self.engine.describe(self.parsed)

    def count(self) -> int:
        return self.engine.count(self.parsed, as_of=self.as_of, time_zone=self.time_zone, segments=self.segments)

    def members(self) -> Membership:
        return self.engine.members(self.parsed, as_of=self.as_of, time_zone=self.time_zone, segments=self.segments)

    def breakdown(self) -> Breakdown:
        return self.engine.breakdown(self.parsed, as_of=self.as_of, time_zone=self.time_zone, segments=self.segments)

    def explain(self, contact: str) -> Explanation:
        return self.engine.explain(
            self.parsed, contact, as_of=self.as_of, time_zone=self.time_zone, segments=self.segments
        )


@contextmanager
def asked(
    store: Path,
    definition: str,
    catalog: Path,
    segments: Iterable[Path] | None,
    as_of: str | None,
    time_zone: str | None,
) -> Iterator[Question]:
    """The question that these arguments ask. The moment is read first: it is the cheapest thing to have got wrong."""
    when = moment(as_of)
    known = read_catalog(catalog)
    others = read_segments(segments)
    parsed = read_definition(definition, known, others)
    with opened_store(store, known) as engine:
        yield Question(engine=engine, catalog=known, parsed=parsed, segments=others, as_of=when, time_zone=time_zone)
