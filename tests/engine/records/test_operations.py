"""The mappings that `ingest` takes: what each is read as, and why some cannot be used."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from coterie.catalog import parse_catalog
from coterie.errors import ReadError
from coterie.records.operations import Delete, Occurred, Operation, Unusable, Upsert, read_operations

CATALOG = parse_catalog(
    {
        "coterie": 1,
        "contact": {"key": "id", "attributes": {"city": "text"}},
        "entities": {"lead": {"key": "lead_id"}},
        "interactions": {"purchase": {}},
    }
)
PARIS = ZoneInfo("Europe/Paris")
NOON = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)


def read(*given: object) -> list[Operation | Unusable]:
    return read_operations(list(given), CATALOG, PARIS)


def refused(**given: object) -> Unusable:
    (operation,) = read(given)
    assert isinstance(operation, Unusable)
    return operation


def upsert(**more: object) -> dict[str, object]:
    return {"type": "upsert", "entity": "contact", "record": {"id": "1"}, **more}


def test_each_kind_is_read_with_its_number_in_the_batch() -> None:
    assert read(
        upsert(changed_at="2026-11-23T12:00Z"),
        {"type": "delete", "entity": "lead", "key": " 7 "},
        {"type": "interaction", "interaction": "purchase", "record": {"message_id": "m"}},
    ) == [
        Upsert(position=1, entity="contact", key="1", record={"id": "1"}, changed_at=NOON),
        Delete(position=2, entity="lead", key="7", changed_at=None),
        Occurred(position=3, interaction="purchase", record={"message_id": "m"}),
    ]


@pytest.mark.parametrize(
    "changed_at", ["2026-11-23T13:00", "2026-11-23T12:00Z", datetime(2026, 11, 23, 13), datetime(2026, 11, 23, 12, tzinfo=UTC)]  # noqa: DTZ001, E501
)  # fmt: skip
def test_when_a_change_was_made_is_read_as_data_are(changed_at: object) -> None:
    """Without an offset it is local to the organization."""
    (operation,) = read(upsert(changed_at=changed_at))
    assert isinstance(operation, Upsert)
    assert operation.changed_at == NOON


def test_a_day_stands_for_its_midnight_and_a_change_without_a_time_has_none() -> None:
    day, none = read(upsert(changed_at=date(2026, 11, 23)), upsert())
    assert isinstance(day, Upsert)
    assert day.changed_at == NOON - 13 * 3_600_000
    assert isinstance(none, Upsert)
    assert none.changed_at is None


def test_a_whole_number_is_the_key_of_its_digits() -> None:
    (operation,) = read({"type": "delete", "entity": "lead", "key": 7})
    assert isinstance(operation, Delete)
    assert operation.key == "7"


def test_an_interaction_may_say_which_id_it_is_given_where_it_has_none() -> None:
    (operation,) = read({"type": "interaction", "interaction": "purchase", "record": {}, "made_id": 7})
    assert isinstance(operation, Occurred)
    assert operation.made_id == "7"


@pytest.mark.parametrize(
    ("given", "code", "column"),
    [
        ({"entity": "contact", "record": {}}, "unknown_kind", "type"),
        ({"type": "upset", "entity": "contact", "record": {}}, "unknown_kind", "type"),
        ({"type": ["upsert"], "entity": "contact", "record": {}}, "unknown_kind", "type"),
        ({"type": "upsert", "record": {}}, "invalid_value", "entity"),
        ({"type": "upsert", "entity": 3, "record": {}}, "invalid_value", "entity"),
        ({"type": "upsert", "entity": "purchase", "record": {}}, "unknown_entity", "entity"),
        ({"type": "interaction", "interaction": "contact", "record": {}}, "unknown_entity", "interaction"),
        ({"type": "upsert", "entity": "contact"}, "invalid_value", "record"),
        ({"type": "upsert", "entity": "contact", "record": "1"}, "invalid_value", "record"),
        ({"type": "interaction", "interaction": "purchase", "record": None}, "invalid_value", "record"),
        ({"type": "interaction", "interaction": "purchase", "record": {}, "made_id": " "}, "invalid_value", "made_id"),
        ({"type": "interaction", "interaction": "purchase", "record": {}, "made_id": 1.5}, "invalid_value", "made_id"),
        ({"type": "delete", "entity": "lead"}, "invalid_value", "key"),
        ({"type": "delete", "entity": "lead", "key": " "}, "missing_key", "key"),
        ({"type": "delete", "entity": "lead", "key": None}, "missing_key", "key"),
        ({"type": "delete", "entity": "lead", "key": 1.5}, "missing_key", "key"),
        ({"type": "delete", "entity": "lead", "key": "7", "record": {}}, "unknown_key", "record"),
        (upsert(changed="2026-01-01"), "unknown_key", "changed"),
        (upsert(changed_at="yesterday"), "invalid_time", "changed_at"),
        (upsert(changed_at=""), "invalid_time", "changed_at"),
        (upsert(changed_at=None), "invalid_time", "changed_at"),
        (upsert(record={"city": "Paris"}), "missing_key", "id"),
        (upsert(record={"id": " "}, changed_at="yesterday"), "missing_key", "id"),
        ({"type": "upsert", "entity": "person", "colour": 1}, "unknown_key", "colour"),
        ({"type": "upsert", "entity": "person"}, "invalid_value", "record"),
        (upsert(changed_at=NOON), "invalid_time", "changed_at"),
    ],
)
def test_what_cannot_be_used_says_why(given: dict[str, object], code: str, column: str) -> None:
    operation = refused(**given)
    assert (operation.code, operation.column, operation.position) == (code, column, 1)


def test_what_cannot_be_used_is_kept_as_received() -> None:
    operation = refused(type="upsert", entity="contact", record={"id": "1", "city": {1: b"x"}}, changed_at=datetime(1, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo")))  # noqa: E501  # fmt: skip
    assert operation.name == "contact"
    assert operation.value == "0001-01-01 00:00:00+09:18:59"
    assert json.loads(operation.received)["record"]["city"] == {"1": "b'x'"}


def test_a_set_is_spelled_in_one_order() -> None:
    assert refused(type="?", record={"r", "q", "p"}).received == json.dumps({"type": "?", "record": "{'p', 'q', 'r'}"})


def test_one_that_cannot_be_used_leaves_the_others_alone() -> None:
    first, second = read({"type": "?"}, upsert())
    assert isinstance(first, Unusable)
    assert isinstance(second, Upsert)
    assert second.position == 2


@pytest.mark.parametrize("records", [7, None, "upsert", b"upsert", upsert()])
def test_what_is_no_series_of_records_is_unreadable(records: object) -> None:
    with pytest.raises(ReadError) as caught:
        read_operations(records, CATALOG, PARIS)
    assert (caught.value.code, caught.value.path) == ("unreadable_file", "records")


def test_what_is_no_mapping_is_unreadable_and_named_by_its_number() -> None:
    with pytest.raises(ReadError, match="record 2: list is not a mapping"):
        read(upsert(), [])
