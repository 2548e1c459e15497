"""Every statement that evaluation prints: one SELECT that parses, with names from the catalog and all values bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

import coterie
from coterie.backends.duckdb import backend, copied
from coterie.testing.scenarios import scenario

Tables = Mapping[str, pa.Table]

SEEDS = range(40, 46)

FIXED = {"c", "i"}
"""The only texts that stand in statements: the flags of regular expressions."""


@pytest.fixture(scope="module")
def statements() -> list[tuple[str, Sequence[object]]]:
    """The statements that random questions lead to, with their bound values."""
    seen: list[tuple[str, Sequence[object]]] = []
    run = backend.query

    def noted(
        connection: object,
        statement: str,
        parameters: Sequence[object] = (),
        tables: Mapping[str, pa.Table] | None = None,
    ) -> pa.Table:
        seen.append((statement, parameters))
        return run(connection, statement, parameters, tables)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "query", noted)
        patch.setattr(copied, "query", noted)
        for seed in SEEDS:
            ask_everything(seed)
    return seen


def ask_everything(seed: int) -> None:
    drawn = scenario(seed, questions=15)
    with coterie.open(":memory:", catalog=drawn.world.catalog) as engine:
        for name, rows in drawn.world.tables.items():
            engine.load(name, rows)
        for case in drawn.cases():
            asked = {"as_of": case.as_of, "time_zone": case.zone, "segments": case.segments}
            try:
                engine.count(case.definition, **asked)
                engine.breakdown(case.definition, **asked)
            except coterie.DefinitionError:
                continue


def test_each_is_one_select_that_parses(statements: list[tuple[str, Sequence[object]]]) -> None:
    assert len(statements) > 200
    for statement, _ in statements:
        (parsed,) = sqlglot.parse(statement, dialect="duckdb")
        assert isinstance(parsed, exp.Select), statement


def test_no_text_of_a_definition_stands_in_a_statement(statements: list[tuple[str, Sequence[object]]]) -> None:
    for statement, _ in statements:
        parsed = sqlglot.parse_one(statement, dialect="duckdb")
        texts = {literal.this for literal in parsed.find_all(exp.Literal) if literal.is_string}
        assert texts <= FIXED, statement


def test_every_value_is_bound(statements: list[tuple[str, Sequence[object]]]) -> None:
    assert any(parameters for _, parameters in statements)
    for statement, parameters in statements:
        parsed = sqlglot.parse_one(statement, dialect="duckdb")
        assert len(list(parsed.find_all(exp.Placeholder))) == len(parameters), statement
