"""Segments kept current: one version and one moment for all, failures that stay where they are, nothing half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from engine_shop import (
    CATALOG,
    EVERYONE,
    NOW,
    bought,
    is_,
    last,
    profile,
    refers,
    related,
    segment,
    static,
    utc,
    where,
)

import coterie
from coterie import Cause, DefinitionError, Delta, Engine, Problem, QuestionError, Refresh, SegmentState, StoreError
from coterie.snapshot.shelf import MemoryShelf

MS = timedelta(milliseconds=1)
PARIS = segment("paris", is_("city", "is", "Paris"))
BUYERS = segment("buyers", bought(window=last(7, "days")))
WARM = segment("warm", profile(related("leads", where("score", "at_least", 50))))
USER = segment("user", refers("paris"))
FILES = {file["segment"]: file for file in (PARIS, BUYERS, WARM, USER)}


def upsert(contact: str, **columns: object) -> dict[str, object]:
    return {"type": "upsert", "entity": "contact", "record": {"contact_id": contact, **columns}}


def purchase(contact: str, occurred_at: str) -> dict[str, object]:
    record = {"contact_id": contact, "occurred_at": occurred_at}
    return {"type": "interaction", "interaction": "purchase", "record": record}


def members(engine: Engine) -> dict[str, list[str]]:
    return {key: list(published.members) for key, published in engine.published.items()}


def told(delta: Delta) -> tuple[list[str], list[str]]:
    return list(delta.entered), list(delta.left)


def by_cause(refresh: Refresh, key: str) -> dict[Cause, tuple[list[str], list[str]]]:
    return {part.cause: (list(part.entered), list(part.left)) for part in refresh.deltas[key].parts}


@pytest.fixture
def kept(shop: Engine) -> Engine:
    """The shop, with its segments live at noon."""
    shop.refresh(FILES, as_of=NOW)
    return shop


def test_all_stand_at_one_version_of_the_data_and_one_moment(kept: Engine) -> None:
    kept.ingest([upsert("bob", city="Paris")])
    refresh = kept.refresh(as_of=NOW + MS)
    assert {(published.data_version, published.as_of) for published in kept.published.values()} == {
        (kept.data_version, NOW + MS)
    }
    assert (refresh.data_version, refresh.as_of) == (kept.data_version, NOW + MS)


def test_a_refresh_says_who_entered_and_left_of_those_that_changed(kept: Engine) -> None:
    kept.ingest([upsert("bob", city="Paris"), upsert("cleo", city="Nice")])
    refresh = kept.refresh(as_of=NOW)
    assert {key: told(delta) for key, delta in refresh.deltas.items()} == {
        "paris": (["bob"], ["cleo"]),
        "user": (["bob"], ["cleo"]),
    }
    assert members(kept)["user"] == ["ann", "bob"]


def test_the_same_refresh_again_changes_nobody_and_evaluates_nothing(kept: Engine) -> None:
    before = members(kept)
    refresh = kept.refresh(FILES, as_of=NOW)
    assert (refresh.deltas, refresh.evaluated_in_full, refresh.failed, refresh.held) == ({}, 0, {}, frozenset())
    assert members(kept) == before


def test_what_is_published_is_what_the_same_question_answers(kept: Engine) -> None:
    kept.ingest([upsert("bob", city="Paris"), purchase("cleo", "2026-11-24T08:00Z")])
    later = utc("2026-11-29T00:00")
    kept.refresh(as_of=later)
    for key, file in FILES.items():
        assert list(kept.members(file, as_of=later, segments=FILES)) == members(kept)[key]


def test_one_millisecond_before_nobody_changes_and_at_the_instant_exactly_those_do(kept: Engine) -> None:
    steps = []
    at = kept.published["buyers"].next_evaluation
    while at is not None:
        assert kept.refresh(as_of=at - MS).deltas == {}
        assert kept.published["buyers"].next_evaluation == at
        refresh = kept.refresh(as_of=at)
        steps.append((at.isoformat(), {key: told(delta) for key, delta in refresh.deltas.items()}))
        at = refresh.next_evaluation
    assert steps == [
        ("2026-11-28T00:00:00+00:00", {}),  # a purchase of ann's leaves, a later one stays
        ("2026-11-30T00:00:00+00:00", {"buyers": ([], ["ann"])}),
        ("2026-12-01T09:30:00+00:00", {"buyers": (["bob"], [])}),
        ("2026-12-09T00:00:00+00:00", {"buyers": ([], ["bob"])}),
    ]


def test_going_back_in_time_is_right_too(kept: Engine) -> None:
    kept.refresh(as_of=utc("2026-12-20T00:00"))
    refresh = kept.refresh(as_of=NOW)
    assert told(refresh.deltas["buyers"]) == (["ann"], [])
    assert kept.published["buyers"].next_evaluation == utc("2026-11-28T00:00")


# --- causes ----------------------------------------------------------------------------------------------------------


def test_a_start_and_an_edit_are_causes_here_and_where_it_is_referred_to(kept: Engine) -> None:
    log = kept.changes_of("paris")
    assert [(line.cause, list(line.entered)) for line in log] == [(Cause.DEFINITION, ["ann", "cleo"])]
    edited = {**FILES, "paris": segment("paris", is_("city", "is", "Lyon"))}
    refresh = kept.refresh(edited, as_of=NOW)
    everybody = {Cause.DEFINITION: (["bob"], ["ann", "cleo"])}
    assert by_cause(refresh, "paris") == by_cause(refresh, "user") == everybody
    assert kept.published["paris"].definition_version == 2
    assert kept.published["user"].definition_version == 1


def test_an_edit_to_what_another_segment_asks_already_is_an_edit(kept: Engine) -> None:
    """
    Every condition is known, and none has changed for anybody.
    """
    blocks = BUYERS["definition"]
    refresh = kept.refresh({**FILES, "paris": {**PARIS, "definition": blocks}}, as_of=NOW)
    assert by_cause(refresh, "paris") == {Cause.DEFINITION: ([], ["cleo"])}
    assert refresh.evaluated_in_full == 0


def test_data_and_time_are_told_apart(kept: Engine) -> None:
    kept.ingest([purchase("cleo", "2026-11-29T08:00Z")])
    refresh = kept.refresh(as_of=utc("2026-11-30T00:00"))
    assert by_cause(refresh, "buyers") == {Cause.DATA: (["cleo"], []), Cause.TIME: ([], ["ann"])}


def test_the_data_are_the_cause_also_where_the_condition_is_planned_anew(kept: Engine) -> None:
    """
    Once the window of the last 30 days begins after 1 November, the first purchase in it always lies on or after that.
    """
    first = {"measure": {"kind": "first_at"}, "operator": "on_or_after", "value": "2026-11-01"}
    early = segment("early", {"kind": "interaction", "interaction": "purchase", "window": last(30, "days"), **first})
    kept.refresh({"early": early}, as_of=utc("2026-11-30T12:00"))
    kept.ingest([purchase("cleo", "2026-11-29T10:00Z")])
    refresh = kept.refresh(as_of=utc("2026-12-01T12:00"))
    assert by_cause(refresh, "early")[Cause.DATA] == (["cleo"], [])


def test_what_changed_while_a_condition_failed_is_put_down_to_the_data(kept: Engine) -> None:
    with failing(kept, reads="score"):
        kept.ingest([{"type": "upsert", "entity": "lead", "record": {"lead_id": "2", "score": 10}}])
        kept.ingest([{"type": "upsert", "entity": "lead", "record": {"lead_id": "1", "score": 10}}])
        assert set(kept.refresh(as_of=NOW).failed) == {"warm"}
    refresh = kept.refresh(as_of=NOW + MS)
    assert by_cause(refresh, "warm") == {Cause.DATA: ([], ["ann"])}


# --- failures --------------------------------------------------------------------------------------------------------


class failing:  # noqa: N801 - reads as a word: with failing(...)
    """While it lasts, conditions that read an attribute cannot be evaluated."""

    def __init__(self, engine: Engine, *, reads: str) -> None:
        self._backend: Any = engine._backend
        self._evaluate: Callable[..., Any] = engine._backend.evaluate
        self._reads = reads

    def __enter__(self) -> None:
        def evaluate(leaves: Any, **more: Any) -> Any:
            if any(self._reads in repr(leaf) for leaf in leaves):
                raise RuntimeError("out of luck")
            return self._evaluate(leaves, **more)

        self._backend.evaluate = evaluate

    def __exit__(self, *_: object) -> None:
        del self._backend.evaluate


BROKEN = segment("paris", is_("ctiy", "is", "Paris"))


def test_a_failing_segment_keeps_its_last_good_members_and_holds_those_that_refer_to_it(kept: Engine) -> None:
    kept.ingest([upsert("bob", city="Paris"), purchase("cleo", "2026-11-23T08:00Z")])
    refresh = kept.refresh({**FILES, "paris": BROKEN}, as_of=NOW + MS)
    assert [problem.code for problem in refresh.failed["paris"]] == ["unknown_attribute"]
    assert (set(refresh.failed), refresh.held) == ({"paris"}, {"user"})
    assert set(refresh.deltas) == {"buyers"}
    assert members(kept) == {
        **members(kept),
        "paris": ["ann", "cleo"],
        "user": ["ann", "cleo"],
        "buyers": ["ann", "cleo"],
    }
    held = kept.published["user"]
    assert (held.as_of, held.data_version) == (NOW, kept.data_version - 1)
    assert [problem.code for problem in held.problems] == ["segment_failed"]
    states = {status.key: (status.state, status.behind) for status in kept.status()}
    assert states["paris"] == states["user"] == (SegmentState.FAILING, 1)
    assert states["buyers"] == (SegmentState.LIVE, 0)


def test_a_repaired_segment_catches_up_and_so_do_those_that_refer_to_it(kept: Engine) -> None:
    kept.refresh({**FILES, "paris": BROKEN}, as_of=NOW)
    kept.ingest([upsert("bob", city="Paris")])
    kept.refresh(as_of=NOW)
    refresh = kept.refresh(FILES, as_of=NOW)
    assert (refresh.failed, refresh.held) == ({}, frozenset())
    assert members(kept)["paris"] == members(kept)["user"] == ["ann", "bob", "cleo"]
    assert kept.published["paris"].problems == ()
    assert {status.state for status in kept.status()} == {SegmentState.LIVE}


def test_one_that_never_could_be_evaluated_is_not_published_but_says_why(shop: Engine) -> None:
    refresh = shop.refresh({"paris": BROKEN, "buyers": BUYERS}, as_of=NOW)
    assert list(shop.published) == ["buyers"]
    assert set(refresh.failed) == {"paris"}
    status = {status.key: status for status in shop.status()}["paris"]
    assert (status.state, status.count, status.data_version, status.as_of) == (SegmentState.FAILING, None, None, None)
    assert [problem.code for problem in status.problems] == ["unknown_attribute"]


def test_a_condition_that_fails_at_run_time_fails_its_segments_alone(kept: Engine) -> None:
    kept.ingest([upsert("bob", city="Paris"), {"type": "delete", "entity": "lead", "key": "1"}])
    with failing(kept, reads="score"):
        refresh = kept.refresh(as_of=NOW)
    assert [problem.code for problem in refresh.failed["warm"]] == ["segment_failed"]
    assert set(refresh.failed) == {"warm"}
    assert members(kept)["warm"] == ["ann", "bob"]
    assert members(kept)["user"] == ["ann", "bob", "cleo"]
    assert told(kept.refresh(as_of=NOW).deltas["warm"]) == ([], ["ann"])


def test_one_that_can_be_evaluated_again_is_good_again_though_nobody_changed(kept: Engine) -> None:
    with failing(kept, reads="score"):
        kept.ingest([{"type": "upsert", "entity": "lead", "record": {"lead_id": "2", "score": 10}}])
        kept.refresh(as_of=NOW + MS)
    assert (kept.published["warm"].as_of, len(kept.published["warm"].problems)) == (NOW, 1)
    assert kept.refresh(as_of=NOW + 2 * MS).deltas == {}
    assert (kept.published["warm"].as_of, kept.published["warm"].problems) == (NOW + 2 * MS, ())


def test_what_failed_for_no_fault_in_its_file_may_recover_and_what_has_one_may_not(kept: Engine) -> None:
    with failing(kept, reads="score"):
        kept.ingest([{"type": "upsert", "entity": "lead", "record": {"lead_id": "2", "score": 10}}])
        refresh = kept.refresh({**FILES, "paris": BROKEN}, as_of=NOW)
    assert (set(refresh.failed), refresh.held, refresh.may_recover) == ({"paris", "warm"}, {"user"}, {"warm"})
    assert kept.refresh(as_of=NOW).may_recover == frozenset()


def test_every_refresh_tries_again_what_failed_though_nothing_changed(kept: Engine) -> None:
    with failing(kept, reads="score"):
        kept.ingest([{"type": "delete", "entity": "lead", "key": "1"}])
        kept.refresh(as_of=NOW)
        assert set(kept.refresh(as_of=NOW).failed) == {"warm"}
    assert told(kept.refresh(as_of=NOW).deltas["warm"]) == ([], ["ann"])


def test_the_status_of_one_that_failed_at_run_time_says_so_and_names_no_instant(kept: Engine) -> None:
    with failing(kept, reads="purchase"):
        kept.ingest([purchase("cleo", "2026-11-23T08:00Z")])
        kept.refresh(as_of=NOW + MS)
    status = {each.key: each for each in kept.status()}["buyers"]
    assert (status.state, status.behind, status.as_of, status.next_evaluation) == (SegmentState.FAILING, 1, NOW, None)
    assert [problem.code for problem in status.problems] == ["segment_failed"]


def test_what_failed_in_a_plan_is_tried_again_by_the_refresh(kept: Engine) -> None:
    with failing(kept, reads="score"):
        kept.ingest([{"type": "upsert", "entity": "lead", "record": {"lead_id": "2", "score": 10}}])
        assert kept.plan(as_of=NOW).segments["warm"].problems
    assert kept.refresh(as_of=NOW).failed == {}


def test_one_that_fails_waits_for_no_instant(kept: Engine) -> None:
    with failing(kept, reads="purchase"):
        kept.ingest([purchase("cleo", "2026-11-23T08:00Z")])
        refresh = kept.refresh(as_of=NOW)
    assert (refresh.next_evaluation, kept.published["buyers"].next_evaluation) == (None, None)
    assert kept.refresh(as_of=NOW).next_evaluation == utc("2026-11-28T00:00")


def test_a_segment_that_refers_to_a_stopped_one_is_held_at_what_it_was(kept: Engine) -> None:
    files = {key: file for key, file in FILES.items() if key != "paris"}
    refresh = kept.refresh(files, as_of=NOW)
    assert [problem.code for problem in refresh.failed["user"]] == ["segment_not_live"]
    assert "paris" not in kept.published
    assert members(kept)["user"] == ["ann", "cleo"]


def test_one_that_is_started_again_changes_from_what_it_was(kept: Engine) -> None:
    kept.refresh({"buyers": BUYERS}, as_of=NOW)
    kept.ingest([upsert("bob", city="Paris")])
    assert kept.segments_of("cleo") == ()
    refresh = kept.refresh(FILES, as_of=NOW)
    assert by_cause(refresh, "paris") == {Cause.DEFINITION: (["bob"], [])}
    assert members(kept)["paris"] == ["ann", "bob", "cleo"]
    assert kept.published["paris"].definition_version == 2


UNREADABLE: dict[str, tuple[Any, str]] = {
    "no YAML": ("coterie: [", "syntax_error"),
    "no mapping": (7, "invalid_value"),
    "a key that no file has": ({**PARIS, "colour": "red"}, "unknown_key"),
    "a key that is no text": ({**PARIS, "\ud800": "red"}, "unknown_key"),
    "a definition alone": (PARIS["definition"], "missing_key"),
    "the file of another segment": (BUYERS, "invalid_value"),
}


@pytest.mark.parametrize(("file", "code"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_cannot_be_read_fails_its_segment_holds_those_that_refer_to_it_and_no_other(
    kept: Engine, file: Any, code: str
) -> None:
    kept.ingest([upsert("bob", city="Nice"), purchase("cleo", "2026-11-23T08:00Z")])
    refresh = kept.refresh({**FILES, "paris": file, "new": file}, as_of=NOW + MS)
    assert {key: [problem.code for problem in problems] for key, problems in refresh.failed.items()} == {
        "paris": [code],
        "new": [code],
    }
    assert (refresh.held, refresh.may_recover) == ({"user"}, frozenset())
    assert members(kept)["paris"] == members(kept)["user"] == ["ann", "cleo"]
    assert (members(kept)["buyers"], "new" in kept.published) == (["ann", "cleo"], False)
    status = {each.key: each for each in kept.status()}
    assert [status[key].state for key in ("paris", "user", "new")] == [SegmentState.FAILING] * 3
    assert (status["paris"].as_of, status["buyers"].as_of) == (NOW, NOW + MS)


def test_a_file_that_is_mended_serves_again_as_an_edit(kept: Engine) -> None:
    kept.refresh({**FILES, "paris": "coterie: ["}, as_of=NOW)
    kept.ingest([upsert("bob", city="Paris")])
    refresh = kept.refresh(FILES, as_of=NOW)
    assert (refresh.failed, refresh.held) == ({}, frozenset())
    assert by_cause(refresh, "paris") == {Cause.DEFINITION: (["bob"], [])}


def test_what_is_no_key_of_a_segment_is_refused_and_changes_nothing(kept: Engine) -> None:
    before, publication = members(kept), kept.published["paris"].publication
    for key in ("Paris", "", 7):
        with pytest.raises(DefinitionError) as caught:
            kept.refresh({**FILES, key: PARIS}, as_of=NOW + MS)  # type: ignore[dict-item]
        assert (caught.value.code, caught.value.path) == ("invalid_value", f"segments.{key}")
    assert members(kept) == before
    assert kept.published["paris"].publication == publication
    assert {status.key for status in kept.status()} == set(FILES)


def test_a_moment_without_offset_is_refused(kept: Engine) -> None:
    with pytest.raises(QuestionError) as caught:
        kept.refresh(as_of=datetime(2026, 11, 23, 12))  # noqa: DTZ001 - that is the point
    assert caught.value.code == "invalid_as_of"


def test_a_publication_that_cannot_be_written_leaves_all_as_it_was(
    kept: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, number = members(kept), kept.published["paris"].publication
    kept.ingest([upsert("bob", city="Paris"), purchase("cleo", "2026-11-24T08:00Z")])

    def refused(*_: object) -> None:
        raise StoreError(Problem(code="snapshots_failed", path="", message="No room.", hint=""))

    with monkeypatch.context() as patch:
        patch.setattr(MemoryShelf, "write", refused)
        with pytest.raises(StoreError, match="No room"):
            kept.refresh({**FILES, "all": segment("all", EVERYONE)}, as_of=utc("2026-11-24T12:00"))
    assert members(kept) == before
    assert kept.published["paris"].publication == number
    refresh = kept.refresh(as_of=utc("2026-11-24T12:00"))
    assert refresh.publication == number + 1
    assert {key: told(delta) for key, delta in refresh.deltas.items()} == {
        "paris": (["bob"], []),
        "user": (["bob"], []),
        "buyers": (["cleo"], []),
    }
    assert refresh.next_evaluation == utc("2026-11-28T00:00")


# --- reading meanwhile, looking back, starting again -----------------------------------------------------------------


def test_what_is_published_is_read_while_a_refresh_runs(kept: Engine) -> None:
    kept.ingest([upsert("bob", city="Paris")])
    backend: Any = kept._backend
    evaluate, begun, go_on = backend.evaluate, Event(), Event()

    def slow(*asked: Any, **more: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return evaluate(*asked, **more)

    backend.evaluate = slow
    with ThreadPoolExecutor(2) as pool:
        refreshing = pool.submit(kept.refresh, as_of=NOW)
        assert begun.wait(30)

        def read() -> tuple[object, ...]:
            return (
                kept.segments_of("bob"),
                "bob" in kept.published["paris"],
                kept.published["paris"].count,
                len(kept.status()),
                list(kept.members_at("paris", NOW)),
                len(kept.changes_of("paris")),
            )

        try:
            seen = pool.submit(read).result(timeout=20)
        finally:
            go_on.set()
        refreshing.result(timeout=30)
    del backend.evaluate
    assert seen == (("warm",), False, 2, len(FILES), ["ann", "cleo"], 1)
    assert kept.segments_of("bob") == ("paris", "user", "warm")


def test_the_last_members_of_a_stopped_segment_stay_to_be_looked_at(kept: Engine) -> None:
    kept.refresh({key: file for key, file in FILES.items() if key != "buyers"}, as_of=NOW + timedelta(hours=1))
    kept.ingest([upsert("bob", city="Paris")])
    kept.refresh(as_of=NOW + timedelta(hours=2))
    stopped, live = kept.last_snapshot("buyers"), kept.last_snapshot("paris")
    assert "buyers" not in kept.published
    assert stopped is not None
    assert (list(stopped.members), stopped.as_of, stopped.publication) == (["ann"], NOW, 1)
    assert live == kept.published["paris"]
    assert kept.last_snapshot("nowhere") is None


def test_the_past_is_kept_until_it_is_dropped(kept: Engine) -> None:
    one, two = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    kept.ingest([upsert("bob", city="Paris")])
    kept.refresh(as_of=one)
    kept.ingest([upsert("ann", city="Nice")])
    kept.refresh(as_of=two)
    assert list(kept.members_at("paris", one - MS)) == ["ann", "cleo"]
    assert list(kept.members_at("paris", one)) == ["ann", "bob", "cleo"]
    lines = [
        (line.as_of, line.cause, list(line.entered), list(line.left)) for line in kept.changes_of("paris", limit=2)
    ]
    assert lines == [(two, Cause.DATA, [], ["ann"]), (one, Cause.DATA, ["bob"], [])]
    assert [line.as_of for line in kept.changes_of("paris", since=two)] == [two]
    last = kept.changes_of("paris", limit=1)[0].publication
    assert [line.as_of for line in kept.changes_of("paris", before=last)] == [one, NOW]

    assert kept.retain(two) == 2
    assert list(kept.members_at("paris", two)) == ["bob", "cleo"]
    with pytest.raises(QuestionError, match="kept"):
        kept.members_at("paris", one)
    with pytest.raises(QuestionError):
        kept.members_at("nothing", two)


@pytest.fixture
def reopened(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Opens the one store again and again; what was open before is closed."""
    opened: list[Engine] = []

    def reopen() -> Engine:
        if opened:
            opened.pop().close()
        opened.append(coterie.open(tmp_path / "shop.duckdb", catalog=CATALOG, threads=1))
        return opened[-1]

    yield reopen
    for engine in opened:
        engine.close()


def test_after_a_restart_everything_is_as_it_was_and_goes_on(reopened: Callable[[], Engine]) -> None:
    first = reopened()
    first.ingest([upsert("ann", city="Paris"), upsert("bob", city="Lyon"), purchase("ann", "2026-11-22T10:00Z")])
    first.refresh({**FILES, "bad": segment("bad", is_("ctiy", "is", "Paris"))}, as_of=NOW)
    before = members(first)
    problems = {status.key: status.problems for status in first.status()}
    first.ingest([upsert("bob", city="Paris")])

    again = reopened()
    assert members(again) == before
    assert again.segments_of("ann") == ("buyers", "paris", "user")
    assert {status.key: status.problems for status in again.status()} == problems
    assert again.published["paris"].as_of == NOW
    refresh = again.refresh(as_of=utc("2026-11-30T00:00"))
    assert {key: by_cause(refresh, key) for key in refresh.deltas} == {
        "paris": {Cause.DATA: (["bob"], [])},
        "user": {Cause.DATA: (["bob"], [])},
        "buyers": {Cause.DATA: ([], ["ann"])},
    }
    assert refresh.publication == 2
    assert set(refresh.failed) == {"bad"}


def test_on_the_same_data_it_was_time_even_over_a_restart(reopened: Callable[[], Engine]) -> None:
    first = reopened()
    first.ingest([upsert("ann"), purchase("ann", "2026-11-22T10:00Z")])
    first.refresh({"buyers": BUYERS}, as_of=NOW)
    refresh = reopened().refresh(as_of=utc("2026-11-30T00:00"))
    assert by_cause(refresh, "buyers") == {Cause.TIME: ([], ["ann"])}


def test_after_a_restart_stopped_segments_stay_stopped_and_versions_go_on(reopened: Callable[[], Engine]) -> None:
    first = reopened()
    first.ingest([upsert("ann")])
    chosen: Mapping[str, Any] = static("chosen", "ann")
    first.refresh({"chosen": chosen, "buyers": BUYERS}, as_of=NOW)
    first.refresh({"buyers": BUYERS}, as_of=NOW)
    again = reopened()
    assert list(again.published) == ["buyers"]
    refresh = again.refresh({"buyers": BUYERS, "chosen": chosen}, as_of=NOW)
    assert refresh.deltas == {}
    assert again.published["chosen"].definition_version == 2
    assert again.published["buyers"].definition_version == 1


def test_what_fails_when_it_is_started_again_publishes_nothing_of_before_it_was_stopped(
    reopened: Callable[[], Engine],
) -> None:
    """
    Ann moved while nobody looked: who was in when it was stopped must not be written to.
    """
    engine = reopened()
    engine.ingest([upsert("ann", city="Paris"), upsert("bob", city="Paris")])
    engine.refresh({"paris": PARIS, "user": USER}, as_of=NOW)
    engine.refresh({}, as_of=NOW)
    engine.ingest([upsert("ann", city="Nice")])
    refresh = engine.refresh({"paris": BROKEN, "user": USER}, as_of=NOW)
    assert (set(refresh.failed), refresh.held, refresh.deltas) == ({"paris"}, {"user"}, {})
    for is_restarted in (False, True):
        engine = reopened() if is_restarted else engine
        assert (members(engine), engine.segments_of("bob")) == ({}, ())
        assert [(status.key, status.state, status.count) for status in engine.status()] == [
            ("paris", SegmentState.FAILING, None),
            ("user", SegmentState.FAILING, None),
        ]
    with pytest.raises(QuestionError):
        engine.members_at("paris", NOW)
    deltas = engine.refresh({"paris": PARIS, "user": USER}, as_of=NOW).deltas
    assert {key: told(delta) for key, delta in deltas.items()} == {"paris": ([], ["ann"]), "user": ([], ["ann"])}
    assert members(engine) == {"paris": ["bob"], "user": ["bob"]}
    assert engine.segments_of("bob") == ("paris", "user")


def test_one_that_is_edited_and_fails_was_never_stopped_and_keeps_its_members(kept: Engine) -> None:
    for _ in range(2):
        kept.refresh({**FILES, "paris": BROKEN}, as_of=NOW)
        assert members(kept)["paris"] == ["ann", "cleo"]


def test_a_deleted_contact_leaves_and_comes_back(kept: Engine) -> None:
    kept.ingest([{"type": "delete", "entity": "contact", "key": "ann"}])
    refresh = kept.refresh(as_of=NOW)
    assert kept.segments_of("ann") == ()
    assert told(refresh.deltas["buyers"]) == ([], ["ann"])
    kept.ingest([upsert("ann")])
    assert told(kept.refresh(as_of=NOW).deltas["buyers"]) == (["ann"], [])
