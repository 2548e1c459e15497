"""Members as Arrow, for exports: the values that pages have, exactly, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from people import ATTRIBUTES, CATALOG, START, People, people

import coterie
from coterie import QuestionError


@pytest.fixture(scope="module")
def crowd() -> Iterator[People]:
    found = people(11)
    yield found
    found.engine.close()


def read(batch: pa.RecordBatch) -> dict[str, object]:
    return {row["id"]: {name: _plain(value) for name, value in row.items()} for row in batch.to_pylist()}


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_batches_hold_what_is_known_of_the_members_in_order(crowd: People, batch_size: int) -> None:
    batches = list(crowd.engine.contact_batches(crowd.members(crowd.order), columns=ATTRIBUTES, batch_size=batch_size))
    assert max(batch.num_rows for batch in batches) <= batch_size
    rows = [row for batch in batches for row in read(batch).items()]
    assert rows == [(key, {name: crowd.contacts[key][name] for name in ATTRIBUTES}) for key in crowd.known]


def test_types_are_the_same_whatever_the_values_are(crowd: People) -> None:
    [empty] = crowd.engine.contact_batches(crowd.members([]), columns=ATTRIBUTES)
    assert empty.num_rows == 0
    schemas = {batch.schema for batch in crowd.engine.contact_batches(crowd.members(crowd.known), columns=ATTRIBUTES)}
    assert schemas == {empty.schema}
    assert {
        name: str(empty.schema.field(name).type) for name in ("city", "tags", "points", "vip", "born", "joined")
    } == {
        "city": "string",
        "tags": "list<item: string>",
        "points": "decimal128(38, 10)",
        "vip": "bool",
        "born": "date32[day]",
        "joined": "timestamp[ms, tz=UTC]",
    }


def test_the_key_comes_first_and_every_column_once(crowd: People) -> None:
    [batch] = crowd.engine.contact_batches(crowd.members(crowd.known), columns=["city", "id", "vip", "city"])
    assert batch.schema.names == ["id", "city", "vip"]


def test_who_is_deleted_meanwhile_is_left_out() -> None:
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        engine.load("contact", [{"id": key} for key in "abc"])
        everybody = engine.members({"blocks": [{"block": {"kind": "everyone"}}]}, as_of=START)
        batches = engine.contact_batches(everybody, columns=[], batch_size=1)
        first = next(batches)
        engine.ingest([{"type": "delete", "entity": "contact", "key": "b"}])
        assert [row["id"] for batch in (first, *batches) for row in batch.to_pylist()] == ["a", "c"]


@pytest.mark.parametrize(
    ("asked", "code", "path"),
    [
        ({"columns": ["ctiy"]}, "unknown_attribute", "columns[0]"),
        ({"columns": [], "batch_size": 0}, "invalid_value", "batch_size"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_read(
    crowd: People, asked: dict[str, Any], code: str, path: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        crowd.engine.contact_batches(crowd.members([]), **asked)
    assert (caught.value.code, caught.value.path) == (code, path)
