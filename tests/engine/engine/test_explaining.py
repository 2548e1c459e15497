"""The instant at which time alone changes an answer, found for one contact."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest

import coterie

CATALOG = {
    "coterie": 1,
    "organization": {"time_zone": "Europe/Paris"},
    "contact": {"key": "contact_id", "attributes": {"age": "number", "joined_at": "datetime"}},
    "entities": {},
    "relations": {},
    "interactions": {},
}


@pytest.fixture
def engine():
    with coterie.open(":memory:", catalog=CATALOG) as engine:
        engine.load("contact", [{"contact_id": "alice", "age": 30, "joined_at": "1990-03-10T12:00"}])
        yield engine


def anniversary(window: str, count: int, unit: str) -> dict:
    value = {window: {"count": count, "unit": unit}}
    return {"attribute": "joined_at", "operator": "anniversary", "value": value}


def profile(where: dict) -> dict:
    return {"blocks": [{"block": {"kind": "profile", "where": where}}]}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "as_of", "member", "changes_at"),
    [
        (("in_last", 36, "hours"), "2026-03-08T08:00", False, "2026-03-09T23:00"),
        (("in_last", 36, "hours"), "2026-03-12T06:00", True, "2026-03-12T11:00"),
        (("in_last", 3, "rolling_days"), "2026-03-12T06:00", True, "2026-03-13T23:00"),
        (("in_next", 36, "hours"), "2026-03-08T08:00", False, "2026-03-08T11:00"),
        (("in_next", 36, "hours"), "2026-03-08T12:00", True, "2026-03-10T23:00"),
    ],
)
def test_an_anniversary_in_elapsed_time_changes_when_either_end_of_its_window_reaches_another_day(
    engine, asked, as_of, member, changes_at
):
    explanation = engine.explain(profile(anniversary(*asked)), "alice", as_of=utc(as_of))
    assert (explanation.member, explanation.changes_at) == (member, utc(changes_at))


def test_years_of_anniversaries_are_passed_in_seconds(engine):
    """Of a contact whom another condition keeps out, every day of forty years is looked at."""
    older = {"attribute": "age", "operator": "greater_than", "value": 30}
    question = profile({"all": [older, anniversary("in_last", 20, "years")]})
    started = process_time()
    assert engine.explain(question, "alice", as_of=utc("2026-03-08T08:00")).changes_at is None
    assert process_time() - started < 8
