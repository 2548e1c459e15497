"""What time alone moves: the strips that bounds pass over, and where they do not tell everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from refresh_shop import NOON, any_of, has, instant, leaf, profile, purchases

from coterie.planning.backend import DateColumn
from coterie.planning.leaves import CountRecords, NumberRange, RelatedLeaf
from coterie.refresh.strips import Strip, Unmatched, strips

NEXT_DAY = "2026-11-24T12:00+00:00"
LATER = "2026-11-23T12:00:00.001+00:00"


def passed(block: dict[str, Any], later: str = NEXT_DAY) -> list[Strip]:
    """The strips between noon and a later moment."""
    return list(strips(leaf(block), leaf(block, later)))


def last(count: int, unit: str = "days") -> dict[str, Any]:
    return {"count": count, "unit": unit}


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_a_window_of_days_passes_over_a_day_at_its_start_and_what_came_to_be_seen_at_its_end() -> None:
    occurred_at = DateColumn(interaction="purchase")
    assert passed(purchases(7)) == [
        Strip(occurred_at, instant("2026-11-16T00:00+00:00"), instant("2026-11-17T00:00+00:00")),
        Strip(occurred_at, instant(NOON) + 1, instant(NEXT_DAY) + 1),
    ]


def test_a_bound_that_stands_has_no_strip() -> None:
    occurred_at = DateColumn(interaction="purchase")
    assert passed(purchases(7), LATER) == [Strip(occurred_at, instant(NOON) + 1, instant(LATER) + 1)]


def test_going_back_passes_over_the_same() -> None:
    block = purchases(7)
    assert list(strips(leaf(block, NEXT_DAY), leaf(block))) == passed(block)


def test_a_date_moves_by_days_and_a_datetime_by_instants() -> None:
    born, joined = DateColumn(attribute="born"), DateColumn(attribute="joined")
    assert passed(profile(has("born", "in_last", last(2)))) == [
        Strip(born, day("2026-11-21"), day("2026-11-22")),
        Strip(born, day("2026-11-24"), day("2026-11-25")),
    ]
    rolling = passed(profile(has("joined", "in_last", last(1, "hours"))))
    assert rolling == [
        Strip(joined, instant("2026-11-23T11:00+00:00"), instant("2026-11-24T11:00+00:00")),
        Strip(joined, instant(NOON) + 1, instant(NEXT_DAY) + 1),
    ]


def test_related_records_are_named_by_the_relations_that_lead_to_them() -> None:
    due = passed(profile(any_of("leads", {"not": has("due", "in_last", last(1))})))
    assert {strip.column for strip in due} == {DateColumn(relations=("leads",), attribute="due")}
    assert len(due) == 2


def test_every_part_of_a_predicate_is_looked_at() -> None:
    both = {
        "any": [has("due", "in_last", last(1)), {"all": [has("score", "has_value"), has("due", "in_next", last(5))]}]
    }
    found = passed(profile(any_of("leads", both)))
    assert {strip.start for strip in found} == {
        day("2026-11-22"),
        day("2026-11-23"),
        day("2026-11-24"),
        day("2026-11-29"),
    }


def test_conditions_on_a_purchase_move_beside_its_window() -> None:
    found = passed(purchases(where=has("ships", "in_next", last(1))))
    assert {strip.column for strip in found} == {
        DateColumn(interaction="purchase"),
        DateColumn(interaction="purchase", attribute="ships"),
    }


@pytest.mark.parametrize(
    "block",
    [
        profile(has("born", "anniversary", {"in_next": last(3)})),
        profile(has("born", "partial", {"days": ["today"]})),
    ],
    ids=["anniversary", "partial"],
)
def test_days_that_recur_are_found_by_evaluating_in_full(block: dict[str, Any]) -> None:
    assert leaf(block) != leaf(block, NEXT_DAY)
    with pytest.raises(Unmatched):
        passed(block)


def test_leaves_that_ask_something_else_do_not_match() -> None:
    different = [
        (purchases(7), purchases(7, value=2)),
        (purchases(7), purchases(7, interaction="visit")),
        (purchases(7), purchases(7, where=has("amount", "at_least", 3))),
        (profile(has("city", "is", "Paris")), profile(has("city", "is", "Lyon"))),
        (profile(any_of("leads")), profile(any_of("account"))),
        (profile(has("city", "is", "Paris")), purchases(7)),
        (profile(has("city", "is", "x")), profile(has("unit", "is", "x"))),
        (purchases(7), purchases()),
        (purchases(where=has("amount", "at_least", 3)), purchases()),
    ]
    for one, other in different:
        with pytest.raises(Unmatched):
            list(strips(leaf(one), leaf(other)))


def test_clauses_that_count_otherwise_do_not_match() -> None:
    any_lead = leaf(profile(any_of("leads", has("due", "in_last", last(1)))))
    assert isinstance(any_lead, RelatedLeaf)
    counted = RelatedLeaf(replace(any_lead.related, having=CountRecords(NumberRange(low=Decimal(2)))))
    without = RelatedLeaf(replace(any_lead.related, where=None))
    for other in (counted, without):
        with pytest.raises(Unmatched):
            list(strips(any_lead, other))


def test_a_second_hop_is_named_by_its_whole_path() -> None:
    written = any_of("leads", any_of("leads.notes", has("written", "in_last", last(1))))
    (column,) = {strip.column for strip in passed(profile(written))}
    assert column == DateColumn(relations=("leads", "leads.notes"), attribute="written")
