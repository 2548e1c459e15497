"""Whether an engine answers as the naive judge does: the members, each once, and every number of the breakdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

import coterie
from coterie.errors import CoterieError
from coterie.testing.answers import Judge, step_counts
from coterie.testing.cases import Case
from coterie.testing.scenarios import Scenario
from coterie.testing.shrinking import shrink

__all__ = ["Difference", "Tally", "compare", "judged", "shrunk"]

_EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}


@dataclass(frozen=True, slots=True)
class Difference:
    """A question that engine and judge answer differently: the case with the judge's answer, and both answers."""

    case: Case
    engine: object
    judge: object

    def __str__(self) -> str:
        return f"{self.case.name}\n  engine: {self.engine}\n  judge:  {self.judge}"


@dataclass(slots=True)
class Tally:
    """How many questions were asked, and how many found some contacts but not all."""

    asked: int = 0
    telling: int = 0

    @property
    def share(self) -> float:
        """The share of answers that are neither nobody nor everybody; 1.0 when nothing was asked."""
        return self.telling / self.asked if self.asked else 1.0

    def __iadd__(self, other: Tally) -> Tally:
        self.asked += other.asked
        self.telling += other.telling
        return self


def compare(scenario: Scenario, tally: Tally) -> Iterator[Difference]:
    """Put every question of `scenario` to DuckDB and to the judge; count them in `tally`, yield what differs."""
    with ExitStack() as stack:
        engine = stack.enter_context(coterie.open(":memory:", catalog=scenario.world.catalog))
        judge = Judge(scenario.world.catalog)
        for name, rows in scenario.world.tables.items():
            engine.load(name, rows)
            judge.load(name, rows)
        everyone = len(judge.members(_EVERYONE, as_of=scenario.as_of))
        for case in scenario.cases():
            found, expected = _answer(engine, case), _answer(judge, case)
            tally.asked += 1
            members = expected["members"] if isinstance(expected, dict) else []
            tally.telling += isinstance(members, list) and 0 < len(members) < everyone
            if found != expected:
                yield _difference(case, found, expected)


def judged(scenario: Scenario) -> Tally:
    """How many of the questions of `scenario` find some contacts but not all, by the judge alone."""
    judge = Judge(scenario.world.catalog)
    for name, rows in scenario.world.tables.items():
        judge.load(name, rows)
    everyone = len(judge.members(_EVERYONE, as_of=scenario.as_of))
    tally = Tally()
    for case in scenario.cases():
        found = judge.members(case.definition, as_of=case.as_of, time_zone=case.zone, segments=_files(case))
        tally += Tally(1, int(0 < len(found) < everyone))
    return tally


def _files(case: Case) -> dict[str, Mapping[str, object]]:
    return {key: file for key, file in case.segments.items() if isinstance(file, Mapping)}


def _answer(engine: coterie.Engine | Judge, case: Case) -> dict[str, object] | str:
    """Members and all numbers; for an error its code.

    Members are sorted by key: the order of ordinals is an engine's own. That it is one order for all questions is
    told apart as `in_order`.
    """
    try:
        question = {"as_of": case.as_of, "time_zone": case.zone, "segments": case.segments}
        members = list(engine.members(case.definition, **question))  # type: ignore[arg-type]
        place = {key: number for number, key in enumerate(engine.members(_EVERYONE, as_of=case.as_of))}
        in_order = members == sorted(members, key=lambda key: place[key])
        counts = step_counts(engine.breakdown(case.definition, **question))  # type: ignore[arg-type]
        return {"members": sorted(members), "in_order": in_order, **counts}
    except CoterieError as error:
        return f"error: {error.code}"
    except Exception as error:  # noqa: BLE001 - a crash is a difference like others: to be shrunk and shown
        return f"crash: {error!r}"


def _difference(case: Case, found: dict[str, object] | str, expected: dict[str, object] | str) -> Difference:
    """Only what differs, and the case with the judge's answer."""
    if isinstance(found, str) or isinstance(expected, str):
        return Difference(case, found, expected)
    judged = replace(case, members=frozenset(map(str, judged_members(expected))))
    unequal = [key for key in {**found, **expected} if found.get(key) != expected.get(key)]
    return Difference(judged, {key: found.get(key) for key in unequal}, {key: expected.get(key) for key in unequal})


def judged_members(expected: dict[str, object]) -> list[object]:
    members = expected["members"]
    assert isinstance(members, list)
    return members


def shrunk(difference: Difference) -> Difference:
    """A smaller case that still differs, and does not merely become an error."""
    return _recompared(shrink(difference.case, _still_differs)) or difference


def _still_differs(case: Case) -> bool:
    difference = _recompared(case)
    return difference is not None and not isinstance(difference.judge, str)


def _recompared(case: Case) -> Difference | None:
    try:
        with coterie.open(":memory:", catalog=case.catalog) as engine:
            judge = Judge(case.catalog)
            for name, rows in case.tables.items():
                engine.load(name, rows)
                judge.load(name, rows)
            found, expected = _answer(engine, case), _answer(judge, case)
    except CoterieError:
        return None
    return None if found == expected else _difference(case, found, expected)
