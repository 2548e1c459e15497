"""A shop whose segments are kept current, and short ways to say what changes in it and what is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog
from coterie.definition import DynamicSegment, parse, typed
from coterie.planning.expressions import Expression
from coterie.planning.leaves import Leaf, ScopeLeaf
from coterie.planning.plan import leaves_of, plan_members
from coterie.refresh.live import LiveSegment
from coterie.refresh.touched import Touched
from coterie.values.pauses import Pause, go_on

CATALOG = parse_catalog(
    {
        "coterie": 1,
        "contact": {
            "key": "id",
            "business_unit": "unit",
            "attributes": {"city": "text", "age": "number", "born": "date", "joined": "datetime"},
        },
        "entities": {
            "account": {"key": "account_id", "attributes": {"industry": "text", "size": "number", "renews": "date"}},
            "lead": {"key": "lead_id", "attributes": {"score": "number", "due": "date"}},
            "note": {"key": "note_id", "attributes": {"body": "text", "written": "date"}},
        },
        "relations": {
            "account": {"from": "contact", "to": "account", "many_to_one": "account_id"},
            "leads": {"from": "contact", "to": "lead", "one_to_many": "id"},
            "leads.notes": {"from": "lead", "to": "note", "one_to_many": "lead_id"},
        },
        "interactions": {
            "purchase": {"attributes": {"amount": "number", "ships": "date"}},
            "visit": {"attributes": {}},
        },
    }
)

NOON = "2026-11-23T12:00+00:00"
UTC_ZONE = ZoneInfo("UTC")
ANN, BOB, CLEO = 0, 1, 2

CONTACTS: list[dict[str, object]] = [
    {"id": "ann", "city": "Paris", "account_id": "acme", "unit": "east"},
    {"id": "bob", "city": "Lyon", "account_id": "acme", "unit": "east"},
    {"id": "cleo", "city": "Paris", "unit": "west"},
]


def instant(text: str) -> int:
    """Milliseconds since 1970 of a moment with its offset."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def opened() -> DuckDBBackend:
    """Three contacts, two of them of one account; two leads, of ann and of bob; a note on ann's."""
    backend = DuckDBBackend(Store.open(":memory:", CATALOG, time_zone="UTC", threads=1))
    backend.load("contact", CONTACTS)
    backend.load("account", [{"account_id": "acme", "industry": "toys"}])
    backend.load("lead", [{"lead_id": "2", "id": "bob", "score": 90}, {"lead_id": "1", "id": "ann", "score": 10}])
    backend.load("note", [{"note_id": "n", "lead_id": "1", "body": "call"}])
    return backend


class Watched:
    """A backend that notes what it is asked to evaluate, and fails where it shall."""

    def __init__(self, backend: DuckDBBackend) -> None:
        self._backend = backend
        self.asked: list[tuple[list[Leaf], BitMap | None]] = []
        self.failing: set[Leaf] = set()
        self.error: Exception = RuntimeError("out of luck")

    def evaluate(
        self,
        leaves: Collection[Leaf],
        *,
        within: BitMap | None = None,
        among: Mapping[Leaf, BitMap] | None = None,
        pause: Pause = go_on,
    ) -> Mapping[Leaf, BitMap]:
        self.asked.append((list(leaves), within))
        if self.failing & set(leaves):
            raise self.error
        return self._backend.evaluate(leaves, within=within, among=among, pause=pause)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


# --- what changes ----------------------------------------------------------------------------------------------------


def upsert(entity: str, **record: object) -> dict[str, object]:
    return {"type": "upsert", "entity": entity, "record": record}


def bought(contact: str, occurred_at: str, **more: object) -> dict[str, object]:
    return {
        "type": "interaction",
        "interaction": "purchase",
        "record": {"id": contact, "occurred_at": occurred_at, **more},
    }


def touched_by(backend: DuckDBBackend, *operations: Mapping[str, object]) -> Touched:
    """The changes that a batch makes."""
    before = backend.data_version
    backend.ingest(list(operations))
    changes = backend.changes(before)
    assert changes is not None
    return Touched(changes, backend, CATALOG)


# --- what is asked ---------------------------------------------------------------------------------------------------


def has(attribute: str, operator: str, value: Any = None) -> dict[str, Any]:
    node = {"attribute": attribute, "operator": operator, "value": value}
    return {name: part for name, part in node.items() if part is not None}


def profile(where: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": "profile", "where": where}


def any_of(relation: str, where: Mapping[str, Any] | None = None) -> dict[str, Any]:
    node = {"relation": relation, "quantifier": {"kind": "any"}}
    return node if where is None else {**node, "where": where}


def purchases(count: int | None = None, unit: str = "days", **more: Any) -> dict[str, Any]:
    window = {} if count is None else {"window": {"kind": "last", "count": count, "unit": unit}}
    return {"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1, **window, **more}


def refers(key: str) -> dict[str, Any]:
    return {"kind": "segment", "segment": key}


def segment(key: str, *blocks: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A segment file: of all these blocks."""
    first, *rest = blocks
    steps = [{"block": first}, *({"combine": "and_also", "block": block} for block in rest)]
    return {"coterie": 1, "segment": key, "name": key, "type": "dynamic", "definition": {"blocks": steps}, **more}


def checked(file: Mapping[str, Any], *others: Mapping[str, Any]) -> DynamicSegment:
    """A segment file with typed constants; `others` are those that it may refer to."""
    found = typed(parse(file), CATALOG, {other["segment"]: parse(other) for other in others})
    assert isinstance(found, DynamicSegment)
    return found


def live(files: Sequence[Mapping[str, Any]], **versions: int) -> dict[str, LiveSegment]:
    """Live segments by key, all of version 1 but where another is given."""
    return {
        file["segment"]: LiveSegment.of(checked(file, *files), versions.get(file["segment"], 1), UTC_ZONE, CATALOG)
        for file in files
    }


def expression(block: Mapping[str, Any], as_of: str = NOON, zone: ZoneInfo = UTC_ZONE, **more: Any) -> Expression:
    return plan_members(checked(segment("s", block, **more)), instant(as_of), zone, CATALOG)


def leaf(block: Mapping[str, Any], as_of: str = NOON, zone: ZoneInfo = UTC_ZONE) -> Leaf:
    """The one leaf that a block needs at a moment, besides the scope."""
    (found,) = {each for each in leaves_of(expression(block, as_of, zone)) if not isinstance(each, ScopeLeaf)}
    return found
