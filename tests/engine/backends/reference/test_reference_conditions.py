"""Conditions on the contact's own attributes, and logic (rules 1 to 7, 10, 17, 19): answers worked out by hand."""

from __future__ import annotations

import pytest


def asked(attribute: str, operator: str, value: object = None, **more: object) -> dict[str, object]:
    given = {} if value is None else {"value": value}
    return {"where": {"attribute": attribute, "operator": operator, **given, **more}}


CITIES = {
    "contact": [
        {"id": "paris", "city": "Paris"},
        {"id": "shout", "city": " PARIS "},
        {"id": "street", "city": "Straße 5%"},
        {"id": "zoe", "city": "Zoe\u0301"},
        {"id": "null", "city": "null"},
        {"id": "blank", "city": "  "},
    ]
}
EVERYONE = ["paris", "shout", "street", "zoe", "null", "blank"]


@pytest.mark.parametrize(
    ("operator", "opposite", "value", "members"),
    [
        ("is", "is_not", "paris", ["paris", "shout"]),
        ("is", "is_not", "STRASSE 5%", ["street"]),
        ("is", "is_not", "ZO\u00c9", ["zoe"]),
        ("is", "is_not", "Zoe", []),  # accents count
        ("is_in", "is_not_in", ["Paris", "zo\u00eb", "NULL"], ["paris", "shout", "null"]),
        ("contains", "does_not_contain", "AR", ["paris", "shout"]),
        ("contains", "does_not_contain", "%", ["street"]),
        ("contains", "does_not_contain", "_", []),
        ("begins_with", "does_not_begin_with", " pa", ["paris", "shout"]),
        ("ends_with", "does_not_end_with", "5%", ["street"]),
        ("matches", "does_not_match", "^p.r", ["paris", "shout"]),
        ("matches", "does_not_match", r"\d%$", ["street"]),
        ("has_value", "has_no_value", None, ["paris", "shout", "street", "zoe", "null"]),
    ],
)
def test_text_is_compared_folded_and_negatives_are_exact_complements(find, operator, opposite, value, members):
    assert find(CITIES, asked("city", operator, value)) == members
    assert find(CITIES, asked("city", opposite, value)) == [key for key in EVERYONE if key not in members]


@pytest.mark.parametrize(
    ("operator", "value", "members"),
    [
        ("is", "PARIS", ["shout"]),
        ("is_not", "PARIS", ["paris", "street", "zoe", "null", "blank"]),
        ("is_in", ["Paris", "Null"], ["paris"]),
        ("contains", "aris", ["paris"]),
        ("begins_with", "P", ["paris", "shout"]),
        ("ends_with", "S", ["shout"]),
        ("matches", "aris$", ["paris"]),
    ],
)
def test_match_case_compares_text_as_it_stands(find, operator, value, members):
    assert find(CITIES, asked("city", operator, value, match_case=True)) == members


def test_choices_are_compared_with_case_ignored_and_unlisted_ones_are_values(find):
    tables = {"contact": [{"id": "a", "tier": "Gold"}, {"id": "b", "tier": "tin"}, {"id": "c", "tier": 5}]}

    assert find(tables, asked("tier", "is", "GOLD")) == ["a"]
    assert find(tables, asked("tier", "is_in", ["gold", "silver"])) == ["a"]
    assert find(tables, asked("tier", "is_not_in", ["gold"])) == ["b", "c"]
    assert find(tables, asked("tier", "has_value")) == ["a", "b"]


@pytest.mark.parametrize(
    ("operator", "value", "members"),
    [
        ("includes_any", ["RUN", "swim"], ["both", "run"]),
        ("includes_none", ["RUN", "swim"], ["cook", "none"]),
        ("includes_all", ["run", "cook"], ["both"]),
        ("does_not_include_all", ["run", "cook"], ["run", "cook", "none"]),
        ("has_no_value", None, ["none"]),
    ],
)
def test_several_choices(find, operator, value, members):
    rows = [
        {"id": "both", "hobbies": "Run;Cook"},
        {"id": "run", "hobbies": ["run"]},
        {"id": "cook", "hobbies": [" cook ", 7]},
        {"id": "none", "hobbies": [" ", None]},
    ]
    assert find({"contact": rows}, asked("hobbies", operator, value)) == members


@pytest.mark.parametrize(
    ("operator", "value", "members"),
    [
        ("is", 0, ["zero"]),
        ("is_not", 0, ["tenth", "ten", "unknown", "odd"]),
        ("is", "0.1", ["tenth"]),
        ("less_than", 10, ["zero", "tenth"]),
        ("at_most", 10, ["zero", "tenth", "ten"]),
        ("greater_than", 0, ["tenth", "ten"]),
        ("at_least", "0.1", ["tenth", "ten"]),
        ("between", ["0.1", 10], ["tenth", "ten"]),
        ("not_between", ["0.1", 10], ["zero", "unknown", "odd"]),
        ("is_in", [0, 10], ["zero", "ten"]),
        ("is_not_in", [0, 10], ["tenth", "unknown", "odd"]),
        ("has_value", None, ["zero", "tenth", "ten"]),
        ("has_no_value", None, ["unknown", "odd"]),
    ],
)
def test_numbers_are_exact_and_what_is_ill_typed_is_missing(find, operator, value, members):
    ages = {"zero": -0.0, "tenth": 0.1, "ten": "1e1", "unknown": None, "odd": "ten"}
    rows = [{"id": key, "age": age} for key, age in ages.items()]
    assert find({"contact": rows}, asked("age", operator, value)) == members


def test_false_is_a_value_and_missing_is_not_false(find):
    rows = [{"id": "yes", "vip": True}, {"id": "no", "vip": "N"}, {"id": "unknown", "vip": ""}]

    assert find({"contact": rows}, asked("vip", "is", False)) == ["no"]
    assert find({"contact": rows}, asked("vip", "is_not", True)) == ["no", "unknown"]
    assert find({"contact": rows}, asked("vip", "has_value")) == ["yes", "no"]


def test_the_contacts_key_is_an_attribute(find):
    assert find({"contact": [{"id": 7}, {"id": "07"}]}, asked("id", "is", "7")) == ["7"]


def test_a_number_is_no_text_unless_it_is_a_key(find):
    rows = [{"id": 7, "city": 17, "unit": 3}]
    assert find({"contact": rows}, asked("city", "has_no_value")) == ["7"]
    assert find({"contact": rows}, asked("unit", "is", "3")) == ["7"]


def test_groups_combine_and_not_is_the_scope_without_the_set(find):
    rows = [{"id": "a", "city": "Rome", "age": 30}, {"id": "b", "city": "Rome"}, {"id": "c", "age": 30}, {"id": "d"}]
    rome = {"attribute": "city", "operator": "is", "value": "Rome"}
    thirty = {"attribute": "age", "operator": "is", "value": 30}

    assert find({"contact": rows}, {"where": {"all": [rome, thirty]}}) == ["a"]
    assert find({"contact": rows}, {"where": {"any": [rome, thirty]}}) == ["a", "b", "c"]
    assert find({"contact": rows}, {"where": {"not": {"all": [rome, thirty]}}}) == ["b", "c", "d"]


def test_steps_are_folded_without_precedence(find):
    rows = [{"id": "a", "city": "Rome"}, {"id": "b", "age": 30}, {"id": "c", "city": "Rome", "age": 30}]
    rome = {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Rome"}}
    thirty = {"kind": "profile", "where": {"attribute": "age", "operator": "is", "value": 30}}
    everyone = {"kind": "everyone"}

    def steps(*pairs: tuple[str | None, object]) -> dict[str, object]:
        return {"blocks": [{"block": block, **({"combine": how} if how else {})} for how, block in pairs]}

    assert find({"contact": rows}, steps((None, rome), ("or", thirty), ("but_not", rome))) == ["b"]
    assert find({"contact": rows}, steps((None, everyone), ("but_not", rome), ("or", thirty))) == ["b", "c"]
    assert find({"contact": rows}, steps((None, rome), ("and_also", thirty))) == ["c"]
    group = {"kind": "group", **steps((None, thirty), ("but_not", rome))}
    assert find({"contact": rows}, steps((None, everyone), ("but_not", group))) == ["a", "c"]


def test_rows_are_merged_by_key(find):
    rows = [
        {"id": "a", "city": "Rome", "age": 30},
        {"id": " a ", "city": "Pisa"},
        {"id": "a", "age": ""},
        {"city": "Rome"},
    ]
    assert find({"contact": rows}, asked("city", "is", "Pisa")) == ["a"]
    assert find({"contact": rows}, asked("age", "has_no_value")) == ["a"]


BIRTHS = {
    "contact": [
        {"id": "first", "born": "2026-11-01", "seen": "2026-10-31T23:59:59.999Z"},
        {"id": "second", "born": "2026-11-02", "seen": "2026-11-01T00:00Z"},
        {"id": "third", "born": "2026-11-03", "seen": "2026-11-02T23:59:59.999Z"},
        {"id": "fourth", "born": "2026-11-04", "seen": "2026-11-03T00:00Z"},
        {"id": "never", "born": "", "seen": "soon"},
    ]
}


@pytest.mark.parametrize(
    ("operator", "value", "born", "seen"),
    [
        ("on", "2026-11-02", ["second"], ["third"]),
        ("not_on", "2026-11-02", ["first", "third", "fourth", "never"], ["first", "second", "fourth", "never"]),
        ("before", "2026-11-02", ["first"], ["first", "second"]),
        ("after", "2026-11-02", ["third", "fourth"], ["fourth"]),
        ("on_or_before", "2026-11-02", ["first", "second"], ["first", "second", "third"]),
        ("on_or_after", "2026-11-02", ["second", "third", "fourth"], ["third", "fourth"]),
        ("between", ["2026-11-01", "2026-11-02"], ["first", "second"], ["second", "third"]),
        ("not_between", ["2026-11-01", "2026-11-02"], ["third", "fourth", "never"], ["first", "fourth", "never"]),
        ("has_value", None, ["first", "second", "third", "fourth"], ["first", "second", "third", "fourth"]),
        ("has_no_value", None, ["never"], ["never"]),
    ],
)
def test_named_days_are_whole_days(find, operator, value, born, seen):
    assert find(BIRTHS, asked("born", operator, value)) == born
    assert find(BIRTHS, asked("seen", operator, value)) == seen


def test_a_date_never_moves_with_the_zone_and_a_datetime_does(find):
    """23:59:59.999 of 2 November in UTC is the 3rd in Tokyo."""
    assert find(BIRTHS, asked("born", "on", "2026-11-03"), zone="Asia/Tokyo") == ["third"]
    assert find(BIRTHS, asked("seen", "on", "2026-11-03"), zone="Asia/Tokyo") == ["third", "fourth"]
