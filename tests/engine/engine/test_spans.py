"""The bounds of conditions that move with time, and when they move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

import coterie
from coterie import Span

CATALOG = """
coterie: 1
organization: {time_zone: America/New_York}
contact: {key: id, attributes: {born: date, seen: datetime, city: text}}
entities: {lead: {key: lead, attributes: {due: date}}}
relations: {leads: {from: contact, to: lead, one_to_many: id}}
interactions: {opened: {attributes: {at: datetime}}}
"""
NOW = datetime(2026, 11, 23, 19, 3, 22, tzinfo=UTC)  # 14:03:22 in New York
MIDNIGHT = datetime(2026, 11, 24, 5, tzinfo=UTC)


def spans(block: Mapping[str, object], time_zone: str | None = None) -> tuple[Span, ...]:
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        return engine.spans({"blocks": [{"block": block}]}, as_of=NOW, time_zone=time_zone)


def opened(window: Mapping[str, object] | None = None, **more: object) -> Mapping[str, object]:
    block = {"kind": "interaction", "interaction": "opened", "operator": "at_least", "value": 1, **more}
    return block if window is None else {**block, "window": window}


def born(operator: str, value: object, attribute: str = "born") -> Mapping[str, object]:
    return {"kind": "profile", "where": {"attribute": attribute, "operator": operator, "value": value}}


def test_a_window_of_days_begins_at_a_local_midnight_and_moves_at_the_next() -> None:
    [span] = spans(opened({"kind": "last", "count": 30, "unit": "days"}))
    assert (span.path, span.end) == ("blocks[0].block.window", None)
    assert (span.start, span.moves_at) == (datetime(2026, 10, 24, 4, tzinfo=UTC), MIDNIGHT)


def test_the_zone_passed_beside_it_wins() -> None:
    [span] = spans(opened({"kind": "last", "count": 1, "unit": "days"}), "Europe/Paris")
    assert (span.start, span.moves_at) == (
        datetime(2026, 11, 21, 23, tzinfo=UTC),
        datetime(2026, 11, 23, 23, tzinfo=UTC),
    )


def test_a_window_of_hours_moves_all_the_time() -> None:
    [span] = spans(opened({"kind": "last", "count": 2, "unit": "hours"}))
    assert (span.start, span.end, span.moves_at) == (NOW.replace(hour=17), None, None)


def test_a_period_has_both_bounds_and_moves_when_it_is_over() -> None:
    [span] = spans(opened({"kind": "period", "period": "this_month"}))
    ends = datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert (span.start, span.end, span.moves_at) == (datetime(2026, 11, 1, 4, tzinfo=UTC), ends, ends)


def test_what_is_before_a_window_has_an_end_alone() -> None:
    [span] = spans(opened({"kind": "before_last", "count": 1, "unit": "weeks"}))
    assert (span.start, span.end) == (None, datetime(2026, 11, 16, 5, tzinfo=UTC))


def test_a_date_is_compared_with_days() -> None:
    [span] = spans(born("in_last", {"count": 2, "unit": "days"}))
    assert (span.path, span.start, span.end) == ("blocks[0].block.where", date(2026, 11, 21), date(2026, 11, 24))
    assert span.moves_at == MIDNIGHT


def test_a_datetime_ahead_begins_now_and_ends_with_a_day() -> None:
    [span] = spans(born("in_next", {"count": 1, "unit": "days"}, "seen"))
    assert (span.start, span.end) == (None, datetime(2026, 11, 25, 5, tzinfo=UTC))


@pytest.mark.parametrize("value", [{"in_next": {"count": 7, "unit": "days"}}, {"in_period": "today"}])
def test_days_that_recur_have_no_bounds_and_move_at_midnight(value: Mapping[str, object]) -> None:
    [span] = spans(born("anniversary", value))
    assert (span.start, span.end, span.moves_at) == (None, None, MIDNIGHT)


def test_a_part_of_today_s_date_moves_with_that_part() -> None:
    [span] = spans(born("partial", {"months": ["this_month"]}))
    assert span.moves_at == datetime(2026, 12, 1, 5, tzinfo=UTC)


def test_what_stands_still_has_no_span() -> None:
    assert spans(opened()) == spans(opened({"kind": "since", "from": "2026-01-01"})) == ()
    assert spans(born("partial", {"months": [12]})) == spans(born("before", "2026-01-01")) == ()


def test_spans_inside_where_and_parentheses_are_told_with_their_paths() -> None:
    due = {"all": [{"not": {"attribute": "due", "operator": "in_period", "value": "today"}}]}
    profile = {"kind": "profile", "where": {"relation": "leads", "quantifier": {"kind": "any"}, "where": due}}
    first = {"measure": {"kind": "first_at"}, "operator": "in_last", "value": {"count": 1, "unit": "years"}}
    group = {"kind": "group", "blocks": [{"block": profile}, {"combine": "or", "block": {**opened(), **first}}]}
    assert [span.path for span in spans(group)] == [
        "blocks[0].block.blocks[0].block.where.where.all[0].not",
        "blocks[0].block.blocks[1].block",
    ]
