"""`Engine.plan` says exactly what the refresh would do, and does nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from engine_shop import CATALOG, CONTACTS, NOW, PURCHASES, opened

import coterie
from coterie import DefinitionError, Engine, QuestionError
from coterie.engine.refreshed import Happening, PlannedSegment
from coterie.refresh.live import LiveSegment
from coterie.refresh.pace import Pace
from coterie.refresh.refresher import Outcome, Refresher


def segment(key: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"block": blocks[0]}]
    steps += [{"combine": "and_also", "block": block} for block in blocks[1:]]
    return {"coterie": 1, "segment": key, "name": key.title(), "type": "dynamic", "definition": {"blocks": steps}}


def city(name: str) -> dict[str, Any]:
    return {"kind": "profile", "where": {"all": [{"attribute": "city", "operator": "is", "value": name}]}}


BUYERS = segment(
    "buyers",
    {
        "kind": "interaction",
        "interaction": "purchase",
        "window": {"kind": "last", "count": 3, "unit": "days"},
        "operator": "at_least",
        "value": 1,
    },
)
LOCALS = segment("locals", city("Paris"))
BROKEN = segment("locals", {"kind": "segment", "segment": "nowhere"})
FOLLOWERS = segment("followers", {"kind": "segment", "segment": "locals"})


def files(*segments: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["segment"]: each for each in segments}


def told(planned: PlannedSegment) -> tuple[object, ...]:
    def ids(members: Iterable[str] | None) -> list[str] | None:
        return None if members is None else sorted(members)

    return planned.happens.value, *map(ids, (planned.before, planned.after, planned.entered, planned.left))


def test_the_first_plan_starts_everything_and_publishes_nothing(shop: Engine) -> None:
    plan = shop.plan(files(LOCALS, BUYERS), as_of=NOW)
    assert {key: told(planned) for key, planned in plan.segments.items()} == {
        "buyers": ("starts", None, ["ann"], ["ann"], []),
        "locals": ("starts", None, ["ann", "cleo"], ["ann", "cleo"], []),
    }
    assert (plan.as_of, plan.data_version, plan.is_empty) == (NOW, shop.data_version, False)
    assert (len(shop.published), shop.status()) == (0, ())


def test_each_segment_is_said_to_start_be_edited_stay_or_stop(shop: Engine) -> None:
    ending = segment("ending", {"kind": "everyone"})
    shop.refresh(files(LOCALS, BUYERS, ending), as_of=NOW)
    plan = shop.plan(files(segment("locals", city("Lyon")), BUYERS, FOLLOWERS), as_of=NOW)
    assert {key: told(planned) for key, planned in plan.segments.items()} == {
        "buyers": ("unchanged", ["ann"], ["ann"], [], []),
        "ending": ("stops", ["ann", "bob", "cleo"], None, [], []),
        "followers": ("starts", None, ["bob"], ["bob"], []),
        "locals": ("edited", ["ann", "cleo"], ["bob"], ["bob"], ["ann", "cleo"]),
    }
    assert plan.segments["ending"].name == "Ending"


def test_the_refresh_does_what_the_plan_said_and_then_nothing_is_left_to_do(shop: Engine) -> None:
    shop.refresh(files(LOCALS, BUYERS), as_of=NOW)
    shop.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": "bob", "city": "Paris"}}])
    later = NOW + timedelta(days=30)
    plan = shop.plan(as_of=later)
    assert told(plan.segments["locals"]) == ("unchanged", ["ann", "cleo"], ["ann", "bob", "cleo"], ["bob"], [])
    assert told(plan.segments["buyers"]) == ("unchanged", ["ann"], [], [], ["ann"])
    assert not plan.is_empty
    done = shop.refresh(as_of=later)
    assert {key: (set(d.entered), set(d.left)) for key, d in done.deltas.items()} == {
        key: (set(p.entered), set(p.left)) for key, p in plan.segments.items()
    }
    assert shop.plan(as_of=later).is_empty


def test_the_refresh_that_was_planned_is_not_worked_out_again(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out: list[int] = []
    refresh = Refresher.refresh

    def counted(self: Refresher, segments: Mapping[str, LiveSegment], as_of: int, *pace: Pace) -> Outcome:
        worked_out.append(as_of)
        return refresh(self, segments, as_of, *pace)

    monkeypatch.setattr(Refresher, "refresh", counted)
    shop.plan(files(LOCALS, BUYERS), as_of=NOW)
    shop.refresh(files(LOCALS, BUYERS), as_of=NOW)
    assert len(worked_out) == 1
    for change in (
        lambda: shop.refresh(as_of=NOW),
        lambda: shop.ingest([{"type": "delete", "entity": "contact", "key": "ann"}]),
        lambda: shop.plan(files(LOCALS), as_of=NOW),
        lambda: shop.plan(files(LOCALS, segment("buyers", city("Lyon"))), as_of=NOW),
        lambda: shop.plan(as_of=NOW + timedelta(days=1)),
    ):
        shop.plan(as_of=NOW)
        change()
        worked_out.clear()
        shop.refresh(as_of=NOW)
        assert len(worked_out) == 1
    assert {key: list(each.members) for key, each in shop.published.items()} == {"buyers": [], "locals": ["cleo"]}


def test_a_plan_of_another_moment_leaves_no_trace_in_the_next_refresh(shop: Engine) -> None:
    with opened() as untouched:
        for engine in (shop, untouched):
            engine.refresh(files(LOCALS, BUYERS), as_of=NOW)
        for days in (400, -400, 1):
            shop.plan(files(FOLLOWERS, LOCALS), as_of=NOW + timedelta(days=days))
        both = [engine.refresh(as_of=NOW + timedelta(minutes=1)) for engine in (shop, untouched)]
        assert both[0].next_evaluation == both[1].next_evaluation
        assert set(both[0].deltas) == set(both[1].deltas)
        assert [p.checksum for p in shop.published.values()] == [p.checksum for p in untouched.published.values()]


def test_what_would_fail_says_why_and_keeps_its_members(shop: Engine) -> None:
    shop.refresh(files(LOCALS, FOLLOWERS), as_of=NOW)
    plan = shop.plan(files(BROKEN, FOLLOWERS), as_of=NOW)
    assert told(plan.segments["locals"]) == ("fails", ["ann", "cleo"], ["ann", "cleo"], [], [])
    assert [problem.code for problem in plan.segments["locals"].problems] == ["unknown_segment"]
    assert plan.segments["followers"].happens is Happening.FAILS
    assert [problem.code for problem in plan.segments["followers"].problems] == ["segment_failed"]
    assert not plan.is_empty
    assert shop.plan(as_of=NOW).is_empty


def test_a_new_segment_that_would_fail_has_no_members(shop: Engine) -> None:
    assert told(shop.plan(files(BROKEN), as_of=NOW).segments["locals"]) == ("fails", None, None, [], [])


def test_a_segment_that_starts_again_is_compared_with_when_it_was_stopped(shop: Engine) -> None:
    shop.refresh(files(LOCALS), as_of=NOW)
    shop.refresh({}, as_of=NOW)
    shop.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": "bob", "city": "Paris"}}])
    planned = shop.plan(files(LOCALS), as_of=NOW).segments["locals"]
    assert told(planned) == ("starts", None, ["ann", "bob", "cleo"], ["bob"], [])


def test_a_file_that_cannot_be_read_would_fail_alone(shop: Engine) -> None:
    plan = shop.plan({**files(BUYERS), "locals": "blocks: ["}, as_of=NOW)
    assert told(plan.segments["locals"]) == ("fails", None, None, [], [])
    assert [problem.code for problem in plan.segments["locals"].problems] == ["syntax_error"]
    assert told(plan.segments["buyers"]) == ("starts", None, ["ann"], ["ann"], [])


def test_what_cannot_be_kept_or_asked_is_refused_as_by_refresh(shop: Engine) -> None:
    with pytest.raises(DefinitionError):
        shop.plan({"no key": LOCALS}, as_of=NOW)
    with pytest.raises(QuestionError):
        shop.plan(as_of=NOW.replace(tzinfo=None))


def test_after_opening_the_status_knows_when_time_can_next_change_a_segment(tmp_path: Path) -> None:
    with coterie.open(tmp_path / "shop.duckdb", CATALOG) as engine:
        engine.load("contact", CONTACTS)
        engine.load("purchase", PURCHASES)
        engine.refresh(files(LOCALS, BUYERS, BROKEN | {"segment": "broken"}), as_of=NOW)
        before = [(each.key, each.next_evaluation, each.behind) for each in engine.status()]
        assert [each[1] is not None for each in before] == [False, True, False]
    with coterie.open(tmp_path / "shop.duckdb", CATALOG) as engine:
        assert [(each.key, each.next_evaluation, each.behind) for each in engine.status()] == before
        assert engine.refresh(as_of=NOW).next_evaluation == before[1][1]
