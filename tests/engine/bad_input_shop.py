"""The shop that bad input is thrown at, and how it is seen that nothing of it was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import pytest

import coterie
from coterie import CoterieError, Engine, Problem

CATALOG: dict[str, Any] = {
    "coterie": 1,
    "organization": {"time_zone": "Europe/Paris"},
    "contact": {
        "key": "contact_id",
        "attributes": {
            "city": "text",
            "age": "number",
            "born": "date",
            "joined": "datetime",
            "vip": "boolean",
            "tags": "multi_choice",
            "tier": {"type": "choice", "choices": ["gold", "silver"]},
        },
    },
    "entities": {"lead": {"key": "lead_id", "attributes": {"score": "number", "status": "text"}}},
    "relations": {"leads": {"from": "contact", "to": "lead", "one_to_many": "contact_id"}},
    "interactions": {"purchase": {"attributes": {"amount": "number", "product": "text"}}},
}

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}

SECONDS = 5
"""Of computing, which one case may take."""


def stocked(path: str | Path = ":memory:") -> Engine:
    """A shop with two contacts, a lead, two purchases, and a value and a record kept aside."""
    engine = coterie.open(path, catalog=CATALOG, threads=1)
    engine.load("contact", [{"contact_id": "ann", "city": "Paris", "age": 31}, {"contact_id": "bob", "age": "old"}])
    engine.load("lead", [{"lead_id": "7", "contact_id": "ann", "score": 50}, {"contact_id": "bob"}])
    bought = {"contact_id": "ann", "occurred_at": "2026-11-20T10:00Z", "amount": "20.50"}
    engine.load("purchase", [{**bought, "message_id": "m1"}, {**bought, "message_id": "m2"}])
    return engine


def all_rows(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table, bookkeeping and what was kept aside included."""
    connection = engine._backend._store.connection  # type: ignore[attr-defined]
    tables = connection.execute("SELECT table_name, temporary FROM duckdb_tables() ORDER BY ALL").fetchall()
    return {name: connection.execute(f'FROM "{name}" ORDER BY ALL').fetchall() for name, _ in tables}


@contextmanager
def unharmed(engine: Engine) -> Iterator[None]:
    """What happens inside leaves every row as it was, and the next load works."""
    before, version = all_rows(engine), engine.data_version
    count = engine.count(EVERYONE, as_of=NOW)
    yield
    assert all_rows(engine) == before
    assert engine.data_version == version
    assert engine.count(EVERYONE, as_of=NOW) == count
    key = f"newcomer {version}"
    assert engine.load("contact", [{"contact_id": key}]).added == 1
    assert engine.count(EVERYONE, as_of=NOW) == count + 1


@contextmanager
def quickly() -> Iterator[None]:
    """What happens inside ends within `SECONDS` of computing, however busy the machine."""
    begun = process_time()
    yield
    assert process_time() - begun < SECONDS


def refused(kind: type[CoterieError], code: str, action: Callable[[], object]) -> Problem:
    """The first problem of the one error of that kind and code that `action` raises, soon."""
    with quickly(), pytest.raises(CoterieError) as caught:
        action()
    assert (type(caught.value), caught.value.code) == (kind, code), caught.value
    problem = caught.value.problems[0]
    assert problem.message.endswith((".", "?")), problem
    return problem
