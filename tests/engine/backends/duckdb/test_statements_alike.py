"""Statements that are alike are run as one, and answer as each alone does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from coterie.backends.duckdb import statements
from coterie.backends.duckdb.querying import query
from coterie.backends.duckdb.statements import GIVEN, OneOf, Statement, answers, bound_column


class Rows:
    """Ten rows, n and n % 3 and a name; counts the statements that are run."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("CREATE TABLE rows AS SELECT i AS n, i % 3 AS m, 'r' || i AS name FROM range(10) t(i)")
        self.ran: list[str] = []

    def query(
        self, statement: str, parameters: Sequence[object] = (), tables: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        self.ran.append(statement)
        return query(self.connection, statement, parameters, tables)

    def found(self, *asked: Statement) -> list[list[int]]:
        self.ran.clear()
        return [sorted(table.column(0).to_pylist()) for table in answers(asked, self)]  # type: ignore[arg-type]


@pytest.fixture
def rows() -> Iterator[Rows]:
    made = Rows()
    yield made
    made.connection.close()


def below(value: object) -> Statement:
    return Statement("n", "rows", "n < ?", [value])


def test_one_statement_answers_all_that_differ_in_their_values_alone(rows: Rows) -> None:
    assert rows.found(below(2), below(0), below(4), below(2)) == [[0, 1], [], [0, 1, 2, 3], [0, 1]]
    assert len(rows.ran) == 1


def test_answers_come_in_the_order_of_the_statements(rows: Rows) -> None:
    other = Statement("n", "rows", "m = ? AND n > ?", [1, 5])
    assert rows.found(below(1), other, below(2)) == [[0], [7], [0, 1]]
    assert len(rows.ran) == 2


def test_no_statement_has_no_answer(rows: Rows) -> None:
    assert rows.found() == []
    assert rows.ran == []


def test_a_choice_of_values_is_asked_for_all_of_them(rows: Rows) -> None:
    chosen = Statement("n", "rows", "n = ?", [OneOf([7, 8, 12])])
    single = Statement("n", "rows", "n = ?", [3])
    assert rows.found(chosen, single) == [[7, 8], [3]]
    assert len(rows.ran) == 1
    assert rows.found(chosen) == [[7, 8]]


def test_choices_may_be_columns(rows: Rows) -> None:
    two = Statement("n", "rows", "name = ?", [OneOf(pa.array(["r3", "r1"]))])
    one = Statement("n", "rows", "name = ?", [OneOf(pa.array(["r2"]))])
    assert rows.found(two, one) == [[1, 3], [2]]
    assert len(rows.ran) == 1


@pytest.mark.parametrize(
    ("condition", "parameters", "tables"),
    [
        ("regexp_matches(name, ?)", ["r[12]"], {}),
        ("n IN (SELECT n FROM rows WHERE n < ?)", [3], {}),
        ("n < 3", [], {}),
        (f"n IN {GIVEN}1 AND m = ?", [1], {f"{GIVEN}1": pa.table({"v": [1]})}),
    ],
    ids=["a pattern", "a query within", "no value", "a table of its own"],
)
def test_what_gains_nothing_is_run_alone(condition: str, parameters: list[object], tables: dict[str, pa.Table]) -> None:
    assert Statement("n", "rows", condition, parameters, tables).is_alone


def test_what_is_run_alone_is_so_beside_its_like(rows: Rows) -> None:
    pattern = [Statement("n", "rows", "regexp_matches(name, ?)", [text]) for text in ("r[12]", "r[3]")]
    assert rows.found(*pattern, below(1), below(2)) == [[1, 2], [3], [0], [0, 1]]
    assert len(rows.ran) == 3


def test_shared_tables_are_read_by_all(rows: Rows) -> None:
    tables = {"days": pa.table({"d": [1, 2]})}
    asked = [Statement("n", "rows JOIN days ON d = m", "n > ?", [value], tables) for value in (6, 7)]
    assert rows.found(*asked) == [[7, 8], [8]]
    assert len(rows.ran) == 1


def test_very_many_are_run_in_parts(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_MOST", 3)
    assert rows.found(*map(below, range(7))) == [list(range(value)) for value in range(7)]
    assert len(rows.ran) == 3


def test_whole_numbers_beyond_64_bits_are_compared_exactly(rows: Rows) -> None:
    wide = 1 << 63
    assert bound_column([1, wide]).to_pylist() == [Decimal(1), Decimal(wide)]
    assert bound_column([1, 2]).type == pa.int64()
    assert bound_column([True, False]).type == pa.bool_()
    assert rows.found(below(wide), below(-wide), below(1)) == [list(range(10)), [], [0]]
