"""Leaves that can only have the same answer are equal and share a fingerprint; others never do (semantics, rule 37)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from planning_shop import interaction_set, plan, profile_set, relation_set

from coterie.planning.expressions import Expression
from coterie.planning.leaves import KeysLeaf, ScopeLeaf, fingerprint
from coterie.planning.plan import leaves_of


def names(expression: Expression) -> list[str]:
    return [fingerprint(leaf) for leaf in leaves_of(expression)]


def is_(value: Any, **more: Any) -> dict[str, Any]:
    return {"attribute": "city", "operator": "is", "value": value, **more}


def in_(*values: Any, attribute: str = "city") -> dict[str, Any]:
    return {"attribute": attribute, "operator": "is_in", "value": list(values)}


def age(operator: str, value: Any) -> dict[str, Any]:
    return {"attribute": "age", "operator": operator, "value": value}


def of_day(attribute: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"attribute": attribute, "operator": "partial", "value": value}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (is_("Paris"), is_(" PARIS ")),
        (is_("Paris"), {"value": "Paris", "operator": "is", "attribute": "city"}),
        (is_("Paris"), is_("Paris", match_case=False)),
        (is_("Paris"), in_("paris", "Paris")),
        (in_("Paris", "Rome"), in_("rome", "paris", "Rome")),
        (in_(2, 1, attribute="age"), in_("1.0", 2.0, 1, attribute="age")),
        (age("at_least", 100), age("at_least", "1e2")),
        (of_day("born_on", {"days": [1, 2]}), of_day("born_on", {"days": [2, 1, 2]})),
        (
            {"attribute": "born_on", "operator": "in_last", "value": {"count": 1, "unit": "weeks"}},
            {"attribute": "born_on", "operator": "in_last", "value": {"count": 7, "unit": "days"}},
        ),
    ],
)
def test_what_means_the_same_has_one_fingerprint(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert profile_set(left) == profile_set(right)
    assert names(profile_set(left)) == names(profile_set(right))


DIFFERENT: list[dict[str, Any]] = [
    is_("Paris"),
    is_("Paris", match_case=True),
    is_("Rome"),
    in_("Paris", "Rome"),
    {"attribute": "tier", "operator": "is", "value": "Paris"},
    {"attribute": "city", "operator": "contains", "value": "Paris"},
    {"attribute": "city", "operator": "begins_with", "value": "Paris"},
    {"attribute": "city", "operator": "ends_with", "value": "Paris"},
    {"attribute": "city", "operator": "matches", "value": "Paris"},
    {"attribute": "interests", "operator": "includes_any", "value": ["Paris"]},
    {"attribute": "interests", "operator": "includes_all", "value": ["Paris"]},
    age("is", 1),
    age("at_least", 1),
    age("greater_than", 1),
    age("at_most", 1),
    age("less_than", 1),
    age("between", [1, 2]),
    of_day("born_on", {"days": [1]}),
    of_day("born_on", {"months": [1]}),
    of_day("joined_at", {"days": [1]}),
    {"attribute": "born_on", "operator": "on", "value": "2026-11-01"},
    {"attribute": "born_on", "operator": "on", "value": "2026-11-02"},
    {"attribute": "joined_at", "operator": "on", "value": "2026-11-01"},
    {"relation": "leads", "quantifier": {"kind": "any"}},
    {"relation": "leads", "quantifier": {"kind": "any"}, "where": {"attribute": "score", "operator": "has_value"}},
    {"relation": "leads", "quantifier": {"kind": "count", "operator": "at_least", "value": 2}},
]


def test_what_could_differ_in_any_answer_never_shares_one() -> None:
    named = [names(profile_set(node)) for node in DIFFERENT]
    for left, right in combinations(range(len(named)), 2):
        assert named[left] != named[right], (DIFFERENT[left], DIFFERENT[right])


def test_the_zone_of_local_days_belongs_to_the_fingerprint() -> None:
    node = of_day("joined_at", {"days": [1]})
    assert names(profile_set(node, zone="Europe/Paris")) != names(profile_set(node, zone="Europe/Rome"))
    days = {"kind": "days"}
    assert names(interaction_set(measure=days, value=2, zone="Europe/Paris")) != names(
        interaction_set(measure=days, value=2, zone="Europe/Rome")
    )
    of_a_date = of_day("born_on", {"days": [1]})
    assert names(profile_set(of_a_date, zone="Europe/Paris")) == names(profile_set(of_a_date, zone="Europe/Rome"))


def test_bounds_belong_to_the_fingerprint() -> None:
    last = {"kind": "last", "count": 1, "unit": "days"}
    assert names(interaction_set(window=last)) != names(interaction_set(window={**last, "count": 2}))
    assert names(interaction_set(window=last)) != names(interaction_set(window=last, as_of="2026-11-23T12:01+00:00"))
    assert names(interaction_set(window=last)) == names(interaction_set(window={**last}))


def test_a_count_beyond_a_bound_is_the_complement_of_one_at_it() -> None:
    """So one scan answers both "at most 2" and "at least 3"."""
    at_most = relation_set("count", operator="at_most", value=2)
    at_least = relation_set("count", operator="at_least", value=3)
    assert names(at_most)[1:] == names(at_least)
    assert names(relation_set("count", operator="greater_than", value=2)) == names(at_least)


def test_a_fingerprint_is_32_hexadecimal_digits() -> None:
    name = fingerprint(ScopeLeaf("north"))
    assert len(name) == 32
    assert int(name, 16) >= 0
    assert name == fingerprint(ScopeLeaf("north"))
    assert len({name, fingerprint(ScopeLeaf()), fingerprint(ScopeLeaf("None")), fingerprint(KeysLeaf(("north",)))}) == 4


def test_a_condition_repeated_is_one_leaf() -> None:
    block = {"kind": "profile", "where": {"any": [is_("Paris"), is_("paris "), age("is", 1)]}}
    assert len(plan([{"block": block}]).leaves()) == 3  # the scope besides
