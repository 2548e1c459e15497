"""Operations one after another: what is applied, what is older than what is known, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from coterie.errors import ReadError

NINE, TEN, ELEVEN = (f"2026-11-23T{hour:02d}:00Z" for hour in (9, 10, 11))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def upsert(entity, record, changed_at=None):
    operation = {"type": "upsert", "entity": entity, "record": record}
    return operation if changed_at is None else {**operation, "changed_at": changed_at}


def delete(entity, key, changed_at=None):
    operation = {"type": "delete", "entity": entity, "key": key}
    return operation if changed_at is None else {**operation, "changed_at": changed_at}


def bought(message_id, contact, occurred_at=TEN, **values):
    record = {"id": contact, "occurred_at": occurred_at, **values}
    record |= {} if message_id is None else {"message_id": message_id}
    return {"type": "interaction", "interaction": "bought", "record": record}


def is_(attribute, value):
    return {"kind": "profile", "where": {"attribute": attribute, "operator": "is", "value": value}}


HAS_CITY = {"kind": "profile", "where": {"attribute": "city", "operator": "has_value"}}
HAS_LEAD = {"kind": "profile", "where": {"relation": "leads", "quantifier": {"kind": "any"}}}


def bought_times(count):
    return {"kind": "interaction", "interaction": "bought", "operator": "is", "value": count}


@pytest.fixture
def after(engine_with, typed_for):
    """`after(operation, ...)(block)`: who is found by `block` after these operations, one batch each."""

    def after(*operations, tables=None):
        engine = engine_with(tables or {})
        for operation in operations:
            engine.ingest([operation])
        return lambda block: engine.members(typed_for(engine, block), as_of=NOON)

    return after


ANN = upsert("contact", {"id": "ann", "city": "Paris", "age": 30})


def test_an_upsert_replaces_clears_and_leaves(after):
    """A column that is there replaces, an empty one clears, one that is not there stays."""
    find = after(ANN, upsert("contact", {"id": "ann", "age": ""}), upsert("contact", {"id": "ann", "tier": "gold"}))

    assert find(is_("city", "Paris")) == ["ann"]
    assert find(is_("age", 30)) == []
    assert find(is_("tier", "gold")) == ["ann"]


def test_an_older_change_never_overwrites_a_newer_one_column_by_column(after):
    find = after(
        upsert("contact", {"id": "ann", "city": "Paris"}, TEN),
        upsert("contact", {"id": "ann", "city": "Lyon", "age": 31}, NINE),
    )

    assert find(is_("city", "Paris")) == ["ann"]
    assert find(is_("age", 31)) == ["ann"]


@pytest.mark.parametrize("later", [TEN, ELEVEN, datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23T10:00"])
def test_of_equal_or_later_changes_the_later_arrival_wins(after, later):
    find = after(
        upsert("contact", {"id": "ann", "city": "Paris"}, TEN), upsert("contact", {"id": "ann", "city": "Lyon"}, later)
    )

    assert find(is_("city", "Lyon")) == ["ann"]


def test_an_undated_change_is_always_applied_and_leaves_the_time_as_it_is(after):
    dated, undated = (
        upsert("contact", {"id": "ann", "city": "Paris"}, TEN),
        upsert("contact", {"id": "ann", "city": "Lyon"}),
    )

    assert after(dated, undated)(is_("city", "Lyon")) == ["ann"]
    assert after(dated, undated, upsert("contact", {"id": "ann", "city": "Rome"}, NINE))(is_("city", "Lyon")) == ["ann"]


def test_a_newer_empty_value_is_not_undone_by_an_older_one(after):
    find = after(
        upsert("contact", {"id": "ann", "city": None}, TEN), upsert("contact", {"id": "ann", "city": "Lyon"}, NINE)
    )

    assert find(HAS_CITY) == []


def test_a_deleted_contact_is_nowhere_and_comes_back_with_just_what_is_sent(after):
    """Its interactions and related records are kept, and count again."""
    related = [upsert("lead", {"lead_id": "1", "id": "ann"}), bought("m1", "ann")]

    gone = after(ANN, *related, delete("contact", "ann"))
    back = after(ANN, *related, delete("contact", "ann"), upsert("contact", {"id": "ann", "age": 31}))

    assert gone({"kind": "everyone"}) == []
    assert back(HAS_CITY) == []
    assert back(is_("age", 31)) == ["ann"]
    assert back(HAS_LEAD) == back(bought_times(1)) == ["ann"]


def test_a_dated_deletion_takes_what_is_not_newer(after):
    find = after(
        upsert("contact", {"id": "ann", "city": "Paris"}, NINE),
        upsert("contact", {"id": "ann", "age": 30}, ELEVEN),
        upsert("contact", {"id": "ann", "tier": "gold"}),
        delete("contact", "ann", TEN),
    )

    assert find(is_("age", 30)) == ["ann"]
    assert find(HAS_CITY) == find(is_("tier", "gold")) == []


def test_the_repeat_of_what_is_older_than_the_deletion_revives_nobody(after):
    old = upsert("contact", {"id": "ann", "city": "Paris"}, NINE)

    assert after(old, delete("contact", "ann", TEN), old)({"kind": "everyone"}) == []
    assert after(delete("contact", "ann", TEN), old)({"kind": "everyone"}) == []
    assert after(delete("contact", "ann"), old)({"kind": "everyone"}) == ["ann"]
    assert after(delete("contact", "ann", TEN), {**old, "changed_at": TEN})({"kind": "everyone"}) == ["ann"]


def test_an_undated_deletion_takes_everything_and_its_times(after):
    find = after(
        upsert("contact", {"id": "ann", "city": "Paris"}, ELEVEN),
        delete("contact", "ann"),
        upsert("contact", {"id": "ann", "city": "Lyon"}, NINE),
    )

    assert find(is_("city", "Lyon")) == ["ann"]


def test_what_was_deleted_is_forgotten_with_its_times(after):
    """So an older deletion takes what came back without a time."""
    find = after(
        upsert("contact", {"id": "ann", "city": "Paris"}, TEN),
        delete("contact", "ann", ELEVEN),
        upsert("contact", {"id": "ann", "city": "Lyon"}),
        delete("contact", "ann", NINE),
    )

    assert find({"kind": "everyone"}) == []


def test_a_lead_moves_from_one_contact_to_another(after):
    bob = upsert("contact", {"id": "bob"})
    find = after(ANN, bob, upsert("lead", {"lead_id": "1", "id": "ann"}), upsert("lead", {"lead_id": "1", "id": "bob"}))

    assert find(HAS_LEAD) == ["bob"]


def test_a_message_counts_once_for_ever_and_one_without_id_every_time(after):
    find = after(ANN, bought("m1", "ann"), bought("m1", "ann", NINE), bought(None, "ann"), bought(None, "ann"))

    assert find(bought_times(3)) == ["ann"]


def test_a_file_and_a_batch_share_the_ids_of_messages(after):
    rows = [{"message_id": "m1", "id": "ann", "occurred_at": TEN}]

    assert after(ANN, bought("m1", "ann"), tables={"bought": rows})(bought_times(1)) == ["ann"]


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ({**ANN, "type": "insert"}, "unknown_kind"),
        ({**ANN, "entity": "planet"}, "unknown_entity"),
        ({**ANN, "entity": "bought"}, "unknown_entity"),
        ({**bought("m", "ann"), "interaction": "contact"}, "unknown_entity"),
        ({**ANN, "record": {"city": "Paris"}}, "missing_key"),
        (delete("contact", " "), "missing_key"),
        ({**bought("m", "ann"), "record": {"occurred_at": TEN}}, "missing_key"),
        (bought("m", "ann", "noon"), "invalid_time"),
        ({**ANN, "changed_at": "noon"}, "invalid_time"),
        (delete("contact", "ann", "2026-02-30"), "invalid_time"),
        ({"type": "upsert", "entity": "contact"}, "invalid_value"),
        ({"type": "delete", "entity": "contact"}, "invalid_value"),
        ({**ANN, "record": ["ann"]}, "invalid_value"),
        ({**ANN, "why": "because"}, "unknown_key"),
        ({**bought("m", "ann"), "changed_at": TEN}, "unknown_key"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_rest_goes_on(engine_with, typed_for, operation, code):
    engine = engine_with({})

    done = engine.ingest([operation, upsert("contact", {"id": "bob"})])

    assert (done.read, done.refused) == (2, {code: 1})
    assert engine.members(typed_for(engine, {"kind": "everyone"}), as_of=NOON) == ["bob"]


def test_nothing_of_a_batch_is_applied_where_one_is_no_mapping(engine_with, typed_for):
    engine = engine_with({})

    with pytest.raises(ReadError):
        engine.ingest([ANN, "ann"])

    assert engine.members(typed_for(engine, {"kind": "everyone"}), as_of=NOON) == []
