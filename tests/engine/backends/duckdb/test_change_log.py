"""What changed since a version: spans are merged, and old ones are let go of."""

from __future__ import annotations

from collections.abc import Iterable

from pyroaring import BitMap

from coterie.backends.duckdb.change_log import NOTHING, ChangeLog
from coterie.planning.backend import Changes, EntityChanges


def leads(
    records: Iterable[int], columns: Iterable[str] | None = (), former: Iterable[int] = ()
) -> dict[str, EntityChanges]:
    held = {"contact_id": BitMap(former)} if former else {}
    return {
        "lead": EntityChanges(
            records=BitMap(records), columns=None if columns is None else frozenset(columns), former=held
        )
    }


def changes(
    entities: dict[str, EntityChanges] | None = None,
    interactions: dict[str, BitMap] | None = None,
    occurred: dict[str, tuple[int, ...]] | None = None,
    whole: Iterable[str] = (),
) -> Changes:
    return Changes(
        entities=entities or {}, interactions=interactions or {}, occurred=occurred or {}, whole=frozenset(whole)
    )


def test_nothing_has_changed_since_now_and_before_is_not_known() -> None:
    log = ChangeLog(7)
    assert log.since(7) == NOTHING
    assert log.since(6) is None
    assert log.since(8) is None


def test_a_span_is_all_that_its_versions_changed() -> None:
    log = ChangeLog(0)
    log.append(1, changes(leads([1], ["score"], [5]), {"visit": BitMap([1])}, {"visit": (10, 20)}, ["account"]))
    log.append(2, changes(leads([2], ["status"], [6]), {"visit": BitMap([2])}, {"visit": (15, 30)}))
    log.append(3, changes(None, {"purchase": BitMap([3])}, {"purchase": (1, 1)}))
    assert log.since(0) == changes(
        leads([1, 2], ["score", "status"], [5, 6]),
        {"visit": BitMap([1, 2]), "purchase": BitMap([3])},
        {"visit": (10, 15, 20, 30), "purchase": (1, 1)},
        ["account"],
    )
    assert log.since(2) == changes(None, {"purchase": BitMap([3])}, {"purchase": (1, 1)})


def test_records_that_came_in_a_span_make_it_one_of_all_columns() -> None:
    log = ChangeLog(0)
    log.append(1, changes(leads([1], ["score"])))
    log.append(2, changes(leads([2], None)))
    log.append(3, changes(leads([3], ["score"])))
    assert log.since(0) == changes(leads([1, 2, 3], None))


def test_what_raised_no_version_goes_with_the_next_one() -> None:
    log = ChangeLog(1)
    log.append(1, changes(leads([1], None)))
    assert log.since(1) == NOTHING
    log.append(2, changes(leads([2])))
    assert log.since(1) == changes(leads([1, 2], None))
    log.append(3, changes(leads([3])))
    assert log.since(2) == changes(leads([3]))


def test_the_oldest_versions_are_let_go_of() -> None:
    log = ChangeLog(0, versions=2)
    for version in (1, 2, 3):
        log.append(version, changes(leads([version])))
    assert log.since(0) is None
    assert log.since(1) == changes(leads([2, 3]))


def test_versions_that_name_too_many_records_are_let_go_of() -> None:
    log = ChangeLog(0, ordinals=5)
    log.append(1, changes(leads([1, 2, 3])))
    log.append(2, changes(None, {"visit": BitMap([1, 2])}))
    assert log.since(0) is not None
    log.append(3, changes(leads([1], former=[9])))
    assert log.since(0) is None
    assert log.since(1) is not None
    log.append(4, changes(leads(range(6))))
    assert log.since(3) is None
    assert log.since(4) == NOTHING


def test_an_answer_is_the_caller_s_own() -> None:
    log = ChangeLog(0)
    log.append(1, changes(leads([1]), {"visit": BitMap([1])}))
    first = log.since(0)
    assert first is not None
    first.interactions["visit"].add(9)
    first.entities["lead"].records.add(9)
    assert log.since(0) == changes(leads([1]), {"visit": BitMap([1])})
