"""Two conditions may come to have the same bounds, and be one from then on: each segment changes by its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import coterie

CATALOG = {
    "contact": {"key": "id", "attributes": {"joined": "datetime"}},
    "interactions": {"visit": {"attributes": {}}},
}


def segment(key: str, block: dict[str, object]) -> dict[str, object]:
    file = {"coterie": 1, "segment": key, "name": key, "type": "dynamic", "time_zone": "UTC"}
    return {**file, "definition": {"blocks": [{"block": block}]}}


def visited(count: int, unit: str) -> dict[str, object]:
    window = {"kind": "last", "count": count, "unit": unit}
    return {"kind": "interaction", "interaction": "visit", "window": window, "operator": "at_least", "value": 1}


def joined(count: int, unit: str) -> dict[str, object]:
    where = {"attribute": "joined", "operator": "in_last", "value": {"count": count, "unit": unit}}
    return {"kind": "profile", "where": where}


@pytest.mark.parametrize("block", [visited, joined])
@pytest.mark.parametrize("keys", [("days", "month"), ("month", "days")])
def test_last_thirty_days_and_last_month_meet_and_part(block, keys):
    """
    On 29 March 2026 thirty days reach back to 27 February and a month to the 28th; on the 30th both to the 28th; on the
    31st thirty days to 1 March.
    """
    blocks = {"days": block(30, "days"), "month": block(1, "months")}
    files = {key: segment(key, blocks[key]) for key in keys}
    moments = {"early": "2026-02-27T12:00Z", "late": "2026-02-28T12:00Z"}
    with coterie.open(":memory:", catalog=CATALOG) as engine:
        engine.load("contact", [{"id": key, "joined": at} for key, at in moments.items()])
        engine.load("visit", [{"id": key, "occurred_at": at} for key, at in moments.items()])
        seen = []
        for day in (29, 30, 31):
            engine.refresh(files, as_of=datetime(2026, 3, day, 9, tzinfo=UTC))
            seen.append({key: sorted(engine.published[key].members) for key in ("days", "month")})
    assert seen == [
        {"days": ["early", "late"], "month": ["late"]},
        {"days": ["late"], "month": ["late"]},
        {"days": [], "month": ["late"]},
    ]


def test_a_window_that_moves_onto_one_that_stands_still_gains_whom_it_passes():
    """
    "More than thirty days ago" ends on 30 March where "until 27 February" always does, which changes nobody.
    """
    before = {**visited(1, "days"), "window": {"kind": "before_last", "count": 30, "unit": "days"}}
    until = {**visited(1, "days"), "window": {"kind": "until", "to": "2026-02-27"}}
    files = {"before": segment("before", before), "until": segment("until", until)}
    with coterie.open(":memory:", catalog=CATALOG) as engine:
        engine.load("visit", [{"id": "early", "occurred_at": "2026-02-27T12:00Z"}])
        engine.load("contact", [{"id": "early"}])
        engine.refresh(files, as_of=datetime(2026, 3, 29, 9, tzinfo=UTC))
        assert "early" not in engine.published["before"]
        delta = engine.refresh(files, as_of=datetime(2026, 3, 30, 9, tzinfo=UTC)).deltas["before"]
        assert list(delta.entered) == ["early"]
        assert "early" in engine.published["before"]
