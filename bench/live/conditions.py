"""Conditions: each says itself in the definition language, and as a predicate in SQL on a row of `contact`.

The SQL is what a good engineer writes over the tables of `bench.handwritten`: sets by `IN`, one grouping per condition,
`coalesce` only where a missing value would turn a negation wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.live.dates import date_test
from bench.live.dialects import Dialect, quoted
from bench.live.moments import Moment

__all__ = ["TYPES", "Condition", "Did", "Related", "Test", "Writing", "negation", "predicate_of"]

TYPES: Mapping[str, Mapping[str, str]] = {
    "contact": {
        "first_name": "text",
        "last_name": "text",
        "email": "text",
        "city": "text",
        "age": "number",
        "score": "number",
        "language": "choice",
        "subscribed": "boolean",
        "created_on": "datetime",
        "birth_date": "date",
        "interests": "multi_choice",
    },
    "account": {"name": "text", "industry": "choice", "employees": "number"},
    "lead": {"score": "number", "status": "choice", "created_on": "datetime"},
    "event": {"name": "text", "format": "choice", "starts_on": "date"},
    "registration": {"registered_on": "datetime", "cancelled": "boolean"},
    "email_opened": {"message": "text", "journey": "text", "device": "choice"},
    "email_clicked": {"message": "text", "link": "text"},
    "purchase": {"amount": "number", "product": "text"},
    "website_visited": {"page": "text", "seconds": "number"},
}
"""The attributes of each table, as the catalog types them."""

_NEVER_MISSING = {"first_name", "last_name", "email", "subscribed", "amount", "product", "message", "link", "page"}
"""Attributes that every record of the generated worlds has, whatever the table."""

_COMPARED = {"is": "=", "less_than": "<", "at_most": "<=", "greater_than": ">", "at_least": ">="}
_PATTERNS = {"begins_with": "{}%", "ends_with": "%{}", "contains": "%{}%"}
_NEGATIVES = {
    "is_not": "is",
    "is_not_in": "is_in",
    "does_not_begin_with": "begins_with",
    "does_not_end_with": "ends_with",
    "does_not_contain": "contains",
    "not_between": "between",
    "includes_none": "includes_any",
    "does_not_include_all": "includes_all",
    "has_no_value": "has_value",
    "not_in_last": "in_last",
    "not_in_period": "in_period",
}


@dataclass(frozen=True)
class Writing:
    """For whom SQL is written: the database, the moment in the segment's zone, and how it finds a segment's members.

    `only` is what a contact's id has to satisfy, such as `IN (SELECT id FROM touched)`; empty: all are looked at.
    """

    dialect: Dialect
    moment: Moment
    members_of: Callable[[str], str]
    only: str = ""
    answered: Callable[[Condition], str] | None = None
    """Where the answer of a condition is found, if it is kept: a predicate in place of the condition's own."""


class Condition:
    """One condition of a segment."""

    zone: str | None
    """The zone that its bounds are of; None where no zone changes it."""
    shape: str
    """Its kind, for the page of results."""

    may_be_null: bool
    """Whether its predicate can be NULL, which a negation has to heed."""

    @property
    def name(self) -> str:
        """Equal for equal conditions alone."""
        return json.dumps([self.zone, self.mapping()], default=str, sort_keys=True)

    def mapping(self) -> dict[str, object]:
        """As a node of a profile block, or as an interaction block."""
        raise NotImplementedError

    def predicate(self, writing: Writing) -> str:
        """SQL on a row of `contact`."""
        raise NotImplementedError


def predicate_of(condition: Condition, writing: Writing) -> str:
    """The condition's predicate, or where its answer is kept."""
    return writing.answered(condition) if writing.answered else condition.predicate(writing)


def negation(predicate: str, *, may_be_null: bool) -> str:
    """The exact complement."""
    return f"NOT coalesce({predicate}, false)" if may_be_null else f"NOT ({predicate})"


@dataclass(frozen=True)
class Test(Condition):
    """An attribute of a table compared with a constant; a condition of its own where the table is `contact`."""

    table: str
    attribute: str
    operator: str
    value: object = None
    zone: str | None = None

    @property
    def shape(self) -> str:
        return f"{self.table} {self.kind} {self.operator}"

    @property
    def may_be_null(self) -> bool:
        return self.attribute not in _NEVER_MISSING and self.operator != "has_value" and self.operator not in _NEGATIVES

    @property
    def kind(self) -> str:
        return TYPES[self.table][self.attribute]

    def mapping(self) -> dict[str, object]:
        said = {"attribute": self.attribute, "operator": self.operator}
        return said if self.value is None else {**said, "value": self.value}

    def predicate(self, writing: Writing) -> str:
        positive = _NEGATIVES.get(self.operator)
        if positive is None:
            return _positive(self, self.operator, writing)
        return negation(_positive(self, positive, writing), may_be_null=self.attribute not in _NEVER_MISSING)


def _positive(test: Test, operator: str, writing: Writing) -> str:
    dialect, column, kind = writing.dialect, test.attribute, test.kind
    if operator == "has_value":
        return dialect.has_value(column, kind)
    match kind, test.value:
        case (("date" | "datetime"), value):
            return date_test(column, kind, operator, value, dialect, writing.moment)
        case "multi_choice", [*values]:
            return (dialect.lists_any if operator == "includes_any" else dialect.lists_all)(
                column, list(map(str, values))
            )
        case "boolean", bool(value):
            return column if value else f"NOT {column}"
        case "number", value:
            return compared(column, operator, value, dialect)
        case _, [*values]:
            return f"{column} IN ({', '.join(quoted(str(value)) for value in values)})"
        case _, str(value) if operator in _PATTERNS:
            return f"{column} LIKE {quoted(_PATTERNS[operator].format(value))}"
        case _, str(value):
            return f"{column} = {quoted(value)}"
    raise AssertionError(test)


def compared(what: str, operator: str, value: object, dialect: Dialect) -> str:
    """A number compared; `value` is one number, or two for `between`."""
    match operator, value:
        case "between", [low, high]:
            return f"{what} BETWEEN {dialect.number(str(low))} AND {dialect.number(str(high))}"
        case "is_in", [*values]:
            return f"{what} IN ({', '.join(dialect.number(str(value)) for value in values)})"
        case "is_not", number:
            return f"{what} <> {dialect.number(str(number))}"
        case _, number:
            return f"{what} {_COMPARED[operator]} {dialect.number(str(number))}"
    raise AssertionError(operator)


def _holds(operator: str, value: object, number: int) -> bool:
    """Whether a number satisfies a comparison with whole numbers."""
    match operator, value:
        case "between", [low, high]:
            return float(str(low)) <= number <= float(str(high))
        case _, constant:
            limit = float(str(constant))
            return {
                "is": number == limit,
                "is_not": number != limit,
                "less_than": number < limit,
                "at_most": number <= limit,
                "greater_than": number > limit,
                "at_least": number >= limit,
            }[operator]


def _where(tests: Sequence[Test]) -> dict[str, object]:
    return {"where": {"all": [test.mapping() for test in tests]}} if tests else {}


# --- related records -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Related(Condition):
    """Records reached through a relation: `quantifier` as the language says it, of those that pass all the tests.

    `event` are tests on the event of a registration: the second hop.
    """

    relation: str
    quantifier: Mapping[str, object]
    tests: tuple[Test, ...] = ()
    event: tuple[Test, ...] = ()
    zone: str | None = None

    @property
    def may_be_null(self) -> bool:
        return self.relation == "account" and self.quantifier["kind"] == "any"

    @property
    def shape(self) -> str:
        return f"{self.relation}{' event' if self.event else ''} {self.quantifier['kind']}"

    def mapping(self) -> dict[str, object]:
        nodes = [test.mapping() for test in self.tests]
        if self.event:
            nodes.append({"relation": "registrations.event", "quantifier": {"kind": "any"}, **_where(self.event)})
        where = {"where": {"all": nodes}} if nodes else {}
        return {"relation": self.relation, "quantifier": dict(self.quantifier), **where}

    def predicate(self, writing: Writing) -> str:
        kind = self.quantifier["kind"]
        if self.relation == "account":
            passing = f"SELECT id FROM account{_all_of(self.tests, writing, ' WHERE ')}"
            among = f"account_id IN ({passing})"
            return among if kind == "any" else f"NOT coalesce({among}, false)"
        found = f"SELECT contact_id FROM {self._table} WHERE {self._chosen(writing)}"
        if kind == "any":
            return f"id IN ({found})"
        if kind == "none":
            return f"NOT id IN ({found})"
        measured = {"count": "count(*)", "sum": "sum(score)", "maximum": "max(score)"}[str(kind)]
        operator, value = str(self.quantifier["operator"]), self.quantifier["value"]
        holds = compared(measured, operator, value, writing.dialect)
        if kind != "maximum" and _holds(operator, value, 0):
            return f"NOT id IN ({found} GROUP BY contact_id HAVING NOT ({holds}))"
        return f"id IN ({found} GROUP BY contact_id HAVING {holds})"

    @property
    def _table(self) -> str:
        return {"leads": "lead", "registrations": "registration"}[self.relation]

    def _chosen(self, writing: Writing) -> str:
        parts = ["contact_id IS NOT NULL"]
        if writing.only:
            parts.append(f"contact_id {writing.only}")
        parts += [test.predicate(writing) for test in self.tests]
        if self.event:
            parts.append(f"event_id IN (SELECT id FROM event{_all_of(self.event, writing, ' WHERE ')})")
        return " AND ".join(parts)


def _all_of(tests: Sequence[Test], writing: Writing, before: str) -> str:
    return before + " AND ".join(test.predicate(writing) for test in tests) if tests else ""


# --- interactions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Did(Condition):
    """What a contact did: interactions in a window that pass all the tests, measured and compared."""

    interaction: str
    operator: str
    value: object
    window: Mapping[str, object] | None = None
    tests: tuple[Test, ...] = ()
    measure: Mapping[str, str] = field(default_factory=lambda: {"kind": "count"})
    zone: str | None = None
    may_be_null: bool = False

    @property
    def shape(self) -> str:
        window = (self.window or {}).get("unit") or (self.window or {}).get("kind", "always")
        return f"{self.interaction} {self.measure['kind']} {window}"

    def mapping(self) -> dict[str, object]:
        said: dict[str, object] = {"kind": "interaction", "interaction": self.interaction, **_where(self.tests)}
        if self.window:
            said["window"] = dict(self.window)
        return {**said, "measure": dict(self.measure), "operator": self.operator, "value": self.value}

    def predicate(self, writing: Writing) -> str:
        found = f"SELECT contact_id FROM {self.interaction} WHERE {self._chosen(writing)}"
        kind, grouped = self.measure["kind"], f"{found} GROUP BY contact_id HAVING"
        if kind in ("first_at", "last_at"):
            # A contact has one first interaction: the group's own bound is what is compared.
            bound = f"{'min' if kind == 'first_at' else 'max'}(occurred_at)"
            holds = date_test(bound, "datetime", self.operator, self.value, writing.dialect, writing.moment)
            return f"id IN ({grouped} {holds})"
        if kind == "count" and (self.operator, self.value) == ("at_least", 1):
            return f"id IN ({found})"
        if kind == "count" and (self.operator, self.value) == ("is", 0):
            return f"NOT id IN ({found})"
        holds = self._holds(writing)
        if kind in ("count", "days", "distinct", "sum") and _holds(self.operator, self.value, 0):
            return f"NOT id IN ({grouped} NOT ({holds}))"
        return f"id IN ({grouped} {holds})"

    def _holds(self, writing: Writing) -> str:
        kind, column = self.measure["kind"], self.measure.get("attribute", "")
        if kind == "average":  # exact: the sum against the constant times the number of values
            limit = f"{writing.dialect.number(str(self.value))} * count({column})"
            return f"count({column}) > 0 AND sum({column}) {_COMPARED[self.operator]} {limit}"
        measured = {
            "count": "count(*)",
            "distinct": f"count(DISTINCT {column})",
            "sum": f"coalesce(sum({column}), 0)",
            "minimum": f"min({column})",
            "maximum": f"max({column})",
        }.get(kind)
        if measured is None:
            within = writing.moment.window(self.window)
            measured = f"count(DISTINCT {writing.dialect.local_day('occurred_at', writing.moment, within)})"
        return compared(measured, self.operator, self.value, writing.dialect)

    def _chosen(self, writing: Writing) -> str:
        start, end = writing.moment.window(self.window)
        parts = [f"contact_id {writing.only}"] if writing.only else []
        if start is not None:
            parts.append(f"occurred_at >= {writing.dialect.instant(start)}")
        if end is not None:
            parts.append(f"occurred_at < {writing.dialect.instant(end)}")
        return " AND ".join([*parts, *(test.predicate(writing) for test in self.tests)])
