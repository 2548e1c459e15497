"""Every case of `tests/cases` on every engine: the rules of what a definition means, as pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coterie import CoterieError
from coterie.testing.answers import step_counts
from coterie.testing.cases import Case, read_cases

CASES = read_cases(Path(__file__).parent.parent / "cases")


@pytest.fixture(scope="session")
def loaded(open_engine):
    """Cases that share catalog and tables share an engine, as people who ask of the same data do."""
    engines = {}

    def loaded(kind, case: Case):
        world = json.dumps([kind, case.catalog, case.tables])
        if world not in engines:
            engines[world] = open_engine(kind, case.catalog)
            for name, rows in case.tables.items():
                engines[world].load(name, rows)
        return engines[world]

    return loaded


def question(case: Case):
    return {"as_of": case.as_of, "time_zone": case.zone, "segments": case.segments}


@pytest.mark.parametrize("kind", ["duckdb", "reference"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, kind, loaded):
    """The engine finds exactly the members that were worked out by hand, or refuses with that code."""
    engine = loaded(kind, case)
    if case.error:
        with pytest.raises(CoterieError) as refusal:
            engine.members(case.definition, **question(case))
        assert case.error in {problem.code for problem in refusal.value.problems}
        return

    members = list(engine.members(case.definition, **question(case)))

    assert len(set(members)) == len(members)
    assert set(members) == case.members


@pytest.mark.parametrize("kind", ["duckdb", "reference"])
@pytest.mark.parametrize("case", [case for case in CASES if case.counts], ids=str)
def test_counts_of_a_case(case: Case, kind, loaded):
    """The breakdown has the numbers that were worked out by hand."""
    counts = step_counts(loaded(kind, case).breakdown(case.definition, **question(case)))

    assert {path: counts.get(path) for path in case.counts} == dict(case.counts)


@pytest.mark.parametrize("case", [case for case in CASES if not case.error][::4], ids=str)
def test_explaining_a_case(case: Case, loaded):
    """Explain says of a contact what the member list says; every fourth case, its first and last contact."""
    engine = loaded("duckdb", case)
    contacts = list(engine.members({"blocks": [{"block": {"kind": "everyone"}}]}, as_of=case.as_of))

    for contact in {*contacts[:1], *contacts[-1:]}:
        assert engine.explain(case.definition, contact, **question(case)).member == (contact in case.members)
