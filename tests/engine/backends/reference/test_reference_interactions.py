"""What contacts did: windows, measures, duplicates (rules 8 and 12 to 17)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)


def bought(operator: str = "at_least", value: object = 1, **more: object) -> dict[str, object]:
    given = {} if value is None else {"value": value}
    return {"kind": "interaction", "interaction": "bought", "operator": operator, **given, **more}


def purchases(**by_contact: list[str]) -> dict[str, list[dict[str, object]]]:
    """Contacts by name, and a purchase at each of their moments."""
    rows = [
        {"message_id": f"{key} {moment}", "id": key, "occurred_at": moment}
        for key, moments in by_contact.items()
        for moment in moments
    ]
    return {"contact": [{"id": key} for key in by_contact], "bought": rows}


@pytest.mark.parametrize(
    ("operator", "value", "members"),
    [
        ("is", 0, ["never"]),
        ("is_not", 3, ["never", "once", "twice"]),
        ("at_most", 1, ["never", "once"]),
        ("less_than", 2, ["never", "once"]),
        ("greater_than", 1, ["twice"]),
        ("at_least", 0, ["never", "once", "twice"]),
        ("between", [0, 1], ["never", "once"]),
        ("not_between", [1, 2], ["never"]),
        ("is_in", [0, 2], ["never", "twice"]),
        ("is_not_in", [0, 2], ["once"]),
    ],
)
def test_a_count_is_compared_for_every_contact(find, operator, value, members):
    tables = purchases(never=[], once=["2026-11-01"], twice=["2026-11-01T10:00", "2026-11-01T11:00"])
    assert find(tables, bought(operator, value)) == members


MOMENTS = {
    "before": "2026-10-31T23:59:59.999Z",
    "first": "2026-11-01T00:00Z",
    "last": "2026-11-22T23:59:59.999Z",
    "today": "2026-11-23T00:00Z",
    "now": "2026-11-23T12:00:00.000999Z",
    "ahead": "2026-11-23T12:00:00.001Z",
}


@pytest.mark.parametrize(
    ("window", "members"),
    [
        (None, ["before", "first", "last", "today", "now"]),
        ({"kind": "last", "count": 22, "unit": "days"}, ["first", "last", "today", "now"]),
        ({"kind": "last", "count": 12, "unit": "hours"}, ["today", "now"]),
        ({"kind": "before_last", "count": 22, "unit": "days"}, ["before"]),
        ({"kind": "before_last", "count": 12, "unit": "hours"}, ["before", "first", "last"]),
        ({"kind": "between", "from": "2026-11-01", "to": "2026-11-22"}, ["first", "last"]),
        ({"kind": "between", "from": "2026-11-23", "to": "2026-11-30"}, ["today", "now"]),
        ({"kind": "since", "from": "2026-11-23"}, ["today", "now"]),
        ({"kind": "until", "to": "2026-10-31"}, ["before"]),
        ({"kind": "until", "to": "2026-12-31"}, ["before", "first", "last", "today", "now"]),
        ({"kind": "period", "period": "this_month"}, ["first", "last", "today", "now"]),
        ({"kind": "period", "period": "yesterday"}, ["last"]),
        ({"kind": "period", "period": "tomorrow"}, []),
    ],
)
def test_windows_end_with_as_of_at_the_latest(find, window, members):
    tables = purchases(**{key: [moment] for key, moment in MOMENTS.items()})
    question = bought() if window is None else bought(window=window)
    assert find(tables, question) == members


def test_what_lies_ahead_is_kept_and_counts_when_as_of_reaches_it(find):
    tables = purchases(ahead=["2026-12-01T00:00Z"])
    assert find(tables, bought()) == []
    assert find(tables, bought(), as_of=datetime(2026, 12, 1, tzinfo=UTC)) == ["ahead"]


def test_where_conditions_bind_to_one_interaction(find):
    rows = [
        {"id": "split", "occurred_at": "2026-11-01", "amount": 90, "product": "hat"},
        {"id": "split", "occurred_at": "2026-11-02", "amount": 5, "product": "tent"},
        {"id": "same", "occurred_at": "2026-11-01", "amount": 90, "product": "Tent"},
    ]
    dear = {"attribute": "amount", "operator": "at_least", "value": 50}
    tent = {"attribute": "product", "operator": "is", "value": "tent"}
    tables = {"contact": [{"id": "split"}, {"id": "same"}], "bought": rows}

    assert find(tables, bought(where={"all": [dear, tent]})) == ["same"]
    assert find(tables, bought(where={"any": [dear, tent]}, value=2)) == ["split"]
    assert find(tables, bought(where={"not": tent})) == ["split"]


BASKETS = {
    "contact": [{"id": "ann"}, {"id": "bob"}, {"id": "odd"}, {"id": "none"}],
    "bought": [
        {"id": "ann", "occurred_at": "2026-11-01T22:00Z", "amount": "10.5", "product": "Hat", "due": "2026-12-01"},
        {"id": "ann", "occurred_at": "2026-11-01T23:30Z", "amount": 20, "product": " HAT", "due": "2026-12-02"},
        {"id": "ann", "occurred_at": "2026-11-02T22:00Z", "product": "tent", "channel": "Web"},
        {"id": "bob", "occurred_at": "2026-11-05T00:00Z", "amount": "0.10", "channel": "web"},
        {"id": "bob", "occurred_at": "2026-11-05T00:00Z", "amount": 0.1, "channel": "WEB"},
        {"id": "odd", "occurred_at": "2026-11-06T00:00Z", "amount": "much"},
    ],
}


@pytest.mark.parametrize(
    ("measure", "operator", "value", "members"),
    [
        ({"kind": "days"}, "is", 2, ["ann"]),
        ({"kind": "days"}, "is", 1, ["bob", "odd"]),
        ({"kind": "days"}, "at_most", 0, ["none"]),
        ({"kind": "distinct", "attribute": "product"}, "is", 2, ["ann"]),
        ({"kind": "distinct", "attribute": "channel"}, "is", 1, ["ann", "bob"]),
        ({"kind": "distinct", "attribute": "amount"}, "is", 1, ["bob"]),
        ({"kind": "distinct", "attribute": "due"}, "is", 2, ["ann"]),
        ({"kind": "distinct", "attribute": "product"}, "is", 0, ["bob", "odd", "none"]),
        ({"kind": "sum", "attribute": "amount"}, "is", "30.5", ["ann"]),
        ({"kind": "sum", "attribute": "amount"}, "is", "0.2", ["bob"]),
        ({"kind": "sum", "attribute": "amount"}, "is", 0, ["odd", "none"]),
        ({"kind": "average", "attribute": "amount"}, "is", "15.25", ["ann"]),
        ({"kind": "average", "attribute": "amount"}, "is_not", "15.25", ["bob", "odd", "none"]),
        ({"kind": "minimum", "attribute": "amount"}, "at_most", 11, ["ann", "bob"]),
        ({"kind": "maximum", "attribute": "amount"}, "has_no_value", None, ["odd", "none"]),
        ({"kind": "first_at"}, "on", "2026-11-01", ["ann"]),
        ({"kind": "first_at"}, "not_on", "2026-11-01", ["bob", "odd", "none"]),
        ({"kind": "last_at"}, "after", "2026-11-04", ["bob", "odd"]),
        ({"kind": "last_at"}, "in_last", {"count": 18, "unit": "days"}, ["bob", "odd"]),
        ({"kind": "last_at"}, "before_last", {"count": 18, "unit": "days"}, ["ann"]),
        ({"kind": "last_at"}, "has_no_value", None, ["none"]),
    ],
)
def test_measures_take_what_is_there(find, measure, operator, value, members):
    assert find(BASKETS, bought(operator, value, measure=measure)) == members


def test_days_are_local_days(find):
    """22:00Z and 23:30Z are one day in UTC and two in Paris; 22:00Z of the next day is then that second day."""
    assert find(BASKETS, bought("is", 2, measure={"kind": "days"}), zone="Europe/Paris") == ["ann"]
    moments = purchases(a=["2026-11-01T22:00Z", "2026-11-01T23:30Z"])
    assert find(moments, bought("is", 2, measure={"kind": "days"}), zone="Europe/Paris") == ["a"]
    assert find(moments, bought("is", 1, measure={"kind": "days"})) == ["a"]


def test_the_window_chooses_before_the_measure_is_taken(find):
    tables = purchases(early=["2026-01-01", "2026-11-20"], late=["2026-11-20", "2026-11-24"])
    this_month = {"kind": "last", "count": 30, "unit": "days"}
    first_this_month = bought("on", "2026-11-20", measure={"kind": "first_at"}, window=this_month)
    assert find(tables, first_this_month) == ["early", "late"]
    assert find(tables, bought("on", "2026-11-20", measure={"kind": "last_at"})) == ["early", "late"]


def test_one_message_id_counts_once_and_the_first_accepted_wins(find):
    rows = [
        {"message_id": "m", "id": "a", "occurred_at": "soon"},
        {"message_id": "m", "id": "a", "occurred_at": "2026-11-01"},
        {"message_id": " m", "id": "b", "occurred_at": "2026-11-01"},
    ]
    tables = {"contact": [{"id": "a"}, {"id": "b"}], "bought": rows, "opened": rows[2:]}
    opened = {"kind": "interaction", "interaction": "opened", "operator": "is", "value": 1}

    assert find(tables, bought("is", 1)) == ["a"]
    assert find(tables, opened) == ["b"]


def test_loading_rows_without_message_id_again_changes_nothing(engine_with, typed_for):
    twice = [{"id": "a", "occurred_at": "2026-11-01", "amount": 5}] * 2
    engine = engine_with({"contact": [{"id": "a"}], "bought": twice})

    engine.load("bought", [*twice, {"id": "a", "occurred_at": "2026-11-01", "amount": 6}])

    assert engine.count(typed_for(engine, bought("is", 3)), as_of=AS_OF) == 1


def test_rows_without_key_or_valid_time_are_left_out(find):
    rows = [{"id": "", "occurred_at": "2026-11-01"}, {"id": "a", "occurred_at": "01/11/2026"}, {"id": "a"}]
    assert find({"contact": [{"id": "a"}], "bought": rows}, bought("is", 0)) == ["a"]
