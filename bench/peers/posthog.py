"""PostHog's shape, in ClickHouse: every cohort recomputed in full, its people as rows of a version.

A cohort's query is run and its people inserted into `cohortpeople` under the next version; readers take the newest.
Rows of the version before are deleted later, which is not timed here. PostHog reads people's properties from JSON and
the newest of their rows by `argMax`; here they are columns, merged beforehand.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from pyroaring import BitMap

from bench.batches import Change
from bench.data import World
from bench.live.conditions import Writing
from bench.live.dialects import CLICKHOUSE
from bench.live.moments import Moment
from bench.live_segments import LiveSegment
from bench.peers.clickhouse_store import ClickhouseStore, ClickhouseTables

__all__ = ["Posthog"]

_PEOPLE = """CREATE TABLE cohortpeople (person_id Int32, cohort_id UInt32, sign Int8, version UInt32)
    ENGINE = CollapsingMergeTree(sign) ORDER BY (cohort_id, version, person_id)"""


class Posthog:
    """Every cohort in full, in ClickHouse within this process."""

    name = "posthog"
    shape = "recompute every cohort, ClickHouse"

    def __init__(self, world: World, segments: Sequence[LiveSegment], store: ClickhouseStore) -> None:
        self._store = store
        self.version = store.version
        self._segments = segments
        self._number = {segment.key: number for number, segment in enumerate(segments, start=1)}
        self._version = 0
        self._tables = ClickhouseTables(store, "posthog", world)
        store.query(_PEOPLE)

    def build(self, as_of: int) -> float:
        return sum(self.refresh(as_of))

    def apply(self, changes: Iterable[Change]) -> float:
        return self._tables.apply(changes)

    def refresh(self, as_of: int) -> Sequence[float]:
        self._tables.use()
        self._version += 1
        taken = [self._recalculate(segment, as_of) for segment in self._segments]
        self._store.query(f"DELETE FROM cohortpeople WHERE version < {self._version}")
        return taken

    def _recalculate(self, segment: LiveSegment, as_of: int) -> float:
        start = time.perf_counter()
        people = segment.sql(Writing(CLICKHOUSE, Moment(as_of, segment.zone), self._people_of))
        self._store.query(
            f"INSERT INTO cohortpeople SELECT id, {self._number[segment.key]}, 1, {self._version} FROM ({people})"
        )
        return time.perf_counter() - start

    def _people_of(self, key: str) -> str:
        return (
            f"(SELECT person_id FROM cohortpeople WHERE cohort_id = {self._number[key]} AND version = {self._version})"
        )

    def members(self) -> Iterator[tuple[str, BitMap]]:
        self._tables.use()
        for segment in self._segments:
            yield segment.key, self._store.ids(self._people_of(segment.key)[1:-1])

    def close(self) -> None:
        """The session is closed by whoever opened it."""
