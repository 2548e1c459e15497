"""How DuckDB, PostgreSQL and ClickHouse spell what they spell differently, over the tables of `bench.handwritten`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Protocol

from bench.live.moments import Instants, Moment

__all__ = ["CLICKHOUSE", "DUCKDB", "POSTGRES", "Dialect", "quoted"]


def quoted(text: str) -> str:
    """A text constant, folded as the tables hold text. None of the constants here has a quote or a backslash."""
    assert not set("'\\") & set(text), text
    return f"'{text.lower()}'"


def _clock(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


class Dialect(Protocol):
    """One database's spelling."""

    def instant(self, instant: int) -> str: ...

    def day(self, day: date) -> str: ...

    def number(self, number: str) -> str: ...

    def has_value(self, column: str, kind: str) -> str: ...

    def lists_any(self, column: str, values: Sequence[str]) -> str: ...

    def lists_all(self, column: str, values: Sequence[str]) -> str: ...

    def month(self, column: str) -> str: ...

    def day_of_month(self, column: str) -> str: ...

    def weekday(self, column: str) -> str:
        """Monday is 1."""
        ...

    def local_day(self, column: str, moment: Moment, within: Instants) -> str:
        """Something equal for two instants exactly when their local days are."""
        ...


class _DuckDB:
    def instant(self, instant: int) -> str:
        return f"TIMESTAMP '{_clock(instant)}'"

    def day(self, day: date) -> str:
        return f"DATE '{day}'"

    def number(self, number: str) -> str:
        return number

    def has_value(self, column: str, kind: str) -> str:  # noqa: ARG002 - one signature
        return f"{column} IS NOT NULL"

    def lists_any(self, column: str, values: Sequence[str]) -> str:
        return "(" + " OR ".join(f"list_contains({column}, {quoted(value)})" for value in values) + ")"

    def lists_all(self, column: str, values: Sequence[str]) -> str:
        return "(" + " AND ".join(f"list_contains({column}, {quoted(value)})" for value in values) + ")"

    def month(self, column: str) -> str:
        return f"month({column})"

    def day_of_month(self, column: str) -> str:
        return f"day({column})"

    def weekday(self, column: str) -> str:
        return f"isodow({column})"

    def local_day(self, column: str, moment: Moment, within: Instants) -> str:
        """Fixed offsets: two of them took 27 ms where a conversion by zone took 71 (see `bench.handwritten.duckdb`)."""
        offsets = moment.offsets(*within)
        shift = str(offsets[-1][1])
        if len(offsets) > 1:
            cases = (f"WHEN {column} < {self.instant(until)} THEN {offset}" for until, offset in offsets[:-1] if until)
            shift = f"CASE {' '.join(cases)} ELSE {offsets[-1][1]} END"
        return f"((epoch_ms({column}) + {shift}) // 86400000)"


class _Postgres(_DuckDB):
    def lists_any(self, column: str, values: Sequence[str]) -> str:
        return f"{column} && ARRAY[{', '.join(map(quoted, values))}]"

    def lists_all(self, column: str, values: Sequence[str]) -> str:
        return f"{column} @> ARRAY[{', '.join(map(quoted, values))}]"

    def month(self, column: str) -> str:
        return f"extract(month FROM {column})::int"

    def day_of_month(self, column: str) -> str:
        return f"extract(day FROM {column})::int"

    def weekday(self, column: str) -> str:
        return f"extract(isodow FROM {column})::int"

    def local_day(self, column: str, moment: Moment, within: Instants) -> str:  # noqa: ARG002 - one signature
        return f"({column} AT TIME ZONE 'UTC' AT TIME ZONE '{moment.zone}')::date"


class _Clickhouse:
    """Missing text is empty there, a missing list too."""

    def instant(self, instant: int) -> str:
        return f"toDateTime64('{_clock(instant)}', 3, 'UTC')"

    def day(self, day: date) -> str:
        return f"toDate32('{day}')"

    def number(self, number: str) -> str:
        return f"toDecimal64('{number}', {len(number.partition('.')[2])})" if "." in number else number

    def has_value(self, column: str, kind: str) -> str:
        if kind == "multi_choice":
            return f"notEmpty({column})"
        return f"{column} <> ''" if kind in ("text", "choice") else f"{column} IS NOT NULL"

    def lists_any(self, column: str, values: Sequence[str]) -> str:
        return f"hasAny({column}, [{', '.join(map(quoted, values))}])"

    def lists_all(self, column: str, values: Sequence[str]) -> str:
        return f"hasAll({column}, [{', '.join(map(quoted, values))}])"

    def month(self, column: str) -> str:
        return f"toMonth({column})"

    def day_of_month(self, column: str) -> str:
        return f"toDayOfMonth({column})"

    def weekday(self, column: str) -> str:
        return f"toDayOfWeek({column})"

    def local_day(self, column: str, moment: Moment, within: Instants) -> str:  # noqa: ARG002 - one signature
        return f"toDate({column}, '{moment.zone}')"


DUCKDB: Dialect = _DuckDB()
POSTGRES: Dialect = _Postgres()
CLICKHOUSE: Dialect = _Clickhouse()
