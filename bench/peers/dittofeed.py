"""Dittofeed's shape, in ClickHouse: a row of state per condition and person, then segments from the states.

After a batch the people with something new are known; every condition's state is computed for them alone and inserted
under a newer version, then every segment is put together from states for them alone and its assignments inserted.
Windows move with time, so people with an event that came into sight or left an elapsed window are looked at as well:
Dittofeed finds those by an index of states in order of time, here a projection of the events in order of time does. Its
own computed properties know fewer conditions than these.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyroaring import BitMap

from bench.batches import Change
from bench.data import INTERACTIONS, World
from bench.live.conditions import Condition, Did, Writing
from bench.live.dialects import CLICKHOUSE
from bench.live.moments import Moment
from bench.live_segments import LiveSegment
from bench.peers.clickhouse_store import ClickhouseStore, ClickhouseTables

__all__ = ["Dittofeed"]

_BY_PERSON = "ENGINE = MergeTree ORDER BY (contact_id, occurred_at)"

_STATES = (
    """CREATE TABLE computed_property_state (condition UInt32, person Int32, value Bool, version UInt32)
    ENGINE = ReplacingMergeTree(version) ORDER BY (condition, person)""",
    """CREATE TABLE computed_property_assignments (segment UInt32, person Int32, value Bool, version UInt32)
    ENGINE = ReplacingMergeTree(version) ORDER BY (segment, person)""",
    "CREATE TABLE touched (person Int32) ENGINE = MergeTree ORDER BY person",
)

_TOGETHER = 16
"""Conditions whose states one statement computes: fewer parts to be merged."""


class Dittofeed:
    """States per condition and person, incrementally, in ClickHouse within this process."""

    name = "dittofeed"
    shape = "state per condition and person, incremental, ClickHouse"

    def __init__(self, world: World, segments: Sequence[LiveSegment], store: ClickhouseStore) -> None:
        self._store = store
        self.version = store.version
        self._segments = segments
        self._number = {segment.key: number for number, segment in enumerate(segments, start=1)}
        conditions = {condition.name: condition for segment in segments for condition in segment.conditions()}
        self._conditions: Sequence[Condition] = tuple(conditions.values())
        self._state = {name: number for number, name in enumerate(conditions, start=1)}
        self._version = 0
        self._as_of = 0
        self._tables = ClickhouseTables(store, "dittofeed", world, orders=dict.fromkeys(INTERACTIONS, _BY_PERSON))
        for statement in _STATES:
            store.query(statement)
        for interaction in INTERACTIONS:
            store.query(
                f"ALTER TABLE {interaction} ADD PROJECTION in_time"
                " (SELECT contact_id, occurred_at ORDER BY occurred_at)"
            )
            store.query(f"ALTER TABLE {interaction} MATERIALIZE PROJECTION in_time")

    def build(self, as_of: int) -> float:
        self._tables.use()
        taken = sum(self._compute(as_of, only=""))
        self._as_of = as_of
        for table in ("computed_property_state", "computed_property_assignments"):
            self._store.query(f"OPTIMIZE TABLE {table} FINAL")
        return taken

    def apply(self, changes: Iterable[Change]) -> float:
        self._tables.use()
        self._store.query("TRUNCATE TABLE touched")
        changes = list(changes)
        self._find_owners(changes)
        taken = self._tables.apply(changes)
        start = time.perf_counter()
        for change in changes:
            if "contact_id" in change.rows.column_names or change.table == "contact":
                column = "id" if change.table == "contact" else "contact_id"
                self._touch(BitMap(change.rows.column(column).to_pylist()))
        return taken + time.perf_counter() - start

    def _find_owners(self, changes: Iterable[Change]) -> None:
        """Who is touched through a record that is there already, before it changes."""
        for change in changes:
            if change.action == "insert" or change.table == "contact":
                continue
            ids = ", ".join(map(str, change.rows.column("id").to_pylist()))
            own = "id" if change.table == "account" else "contact_id"
            source = "contact WHERE account_id" if change.table == "account" else f"{change.table} WHERE id"
            self._store.query(f"INSERT INTO touched SELECT {own} FROM {source} IN ({ids})")

    def _touch(self, people: BitMap) -> None:
        self._store.query(f"INSERT INTO touched VALUES {', '.join(f'({person})' for person in people)}")

    def refresh(self, as_of: int) -> Sequence[float]:
        self._tables.use()
        start = time.perf_counter()
        self._touch_moved(self._as_of, as_of)
        moving = time.perf_counter() - start
        taken = self._compute(as_of, only="IN (SELECT person FROM touched)")
        self._as_of = as_of
        return [moving, *taken]

    def _touch_moved(self, before: int, now: int) -> None:
        """People with an event that came into sight since, or that an elapsed window left behind."""
        spans: dict[str, set[tuple[int, int]]] = {name: {(before + 1, now + 1)} for name in INTERACTIONS}
        for condition in self._conditions:
            if isinstance(condition, Did) and condition.window:
                old, new = (Moment(at, condition.zone or "UTC").window(condition.window)[0] for at in (before, now))
                if old is not None and new is not None and old < new:
                    spans[condition.interaction].add((old, new))
        for interaction, moved in spans.items():
            among = " OR ".join(_between("occurred_at", span) for span in sorted(moved))
            self._store.query(f"INSERT INTO touched SELECT DISTINCT contact_id FROM {interaction} WHERE {among}")
        for table, column in (("lead", "created_on"), ("registration", "registered_on")):
            seen = _between(column, (before + 1, now + 1))
            self._store.query(f"INSERT INTO touched SELECT contact_id FROM {table} WHERE {seen}")

    def _compute(self, as_of: int, *, only: str) -> list[float]:
        self._version += 1
        taken = []
        for first in range(0, len(self._conditions), _TOGETHER):
            start = time.perf_counter()
            states = [self._states(condition, as_of, only) for condition in self._conditions[first : first + _TOGETHER]]
            self._store.query(f"INSERT INTO computed_property_state {' UNION ALL '.join(states)}")
            taken.append(time.perf_counter() - start)
        for segment in self._segments:  # those referred to come first
            start = time.perf_counter()
            self._store.query(f"INSERT INTO computed_property_assignments {self._assignments(segment, only)}")
            taken.append(time.perf_counter() - start)
        return taken

    def _states(self, condition: Condition, as_of: int, only: str) -> str:
        """The first time, of those for whom it is true: others have no state yet."""
        moment = Moment(as_of, condition.zone or "UTC")
        predicate = condition.predicate(Writing(CLICKHOUSE, moment, self._members_of, only))
        number = self._state[condition.name]
        if only:
            value = f"coalesce({predicate}, false)"
            return f"SELECT {number}, id, {value}, {self._version} FROM contact WHERE id {only}"
        return f"SELECT {number}, id, true, {self._version} FROM contact WHERE {predicate}"

    def _assignments(self, segment: LiveSegment, only: str) -> str:
        among = f" AND person {only}" if only else ""

        def answered(condition: Condition) -> str:
            number = self._state[condition.name]
            return (
                f"id IN (SELECT person FROM computed_property_state FINAL WHERE condition = {number}{among} AND value)"
            )

        def members_of(key: str) -> str:
            return f"({self._members_of(key)[1:-1]}{among})"

        writing = Writing(CLICKHOUSE, Moment(0, segment.zone), members_of, answered=answered)
        number, chosen = self._number[segment.key], segment.sql(writing)
        if only:
            _, _, predicate = chosen.partition(" WHERE ")
            return f"SELECT {number}, id, {predicate}, {self._version} FROM contact WHERE id {only}"
        return f"SELECT {number}, id, true, {self._version} FROM ({chosen})"

    def _members_of(self, key: str) -> str:
        return f"(SELECT person FROM computed_property_assignments FINAL WHERE segment = {self._number[key]} AND value)"

    def members(self) -> Iterator[tuple[str, BitMap]]:
        self._tables.use()
        for segment in self._segments:
            yield segment.key, self._store.ids(self._members_of(segment.key)[1:-1])

    def facts(self) -> Mapping[str, int]:
        """How many conditions have states."""
        return {"conditions": len(self._conditions)}

    def close(self) -> None:
        """The session is closed by whoever opened it."""


def _between(column: str, span: tuple[int, int]) -> str:
    start, end = map(CLICKHOUSE.instant, span)
    return f"({column} >= {start} AND {column} < {end})"
