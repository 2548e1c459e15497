"""Random operators with constants, for a value of any type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import TypeVar, assert_never

from coterie.catalog.model import AttributeType
from coterie.definition.nodes import Duration, Unit
from coterie.testing.pools import Pools

__all__ = ["Mapped", "Operators"]

Mapped = dict[str, object]
"""A part of a definition, as JSON has it."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PATTERNS = (
    "^p",
    "s+$",
    "[a-z]{3}",
    r"\d",
    "(ss|ß)",
    "^.{4,6}$",
    r"\s",
    r"^\W",
    "i",
    "r.s",
    "new.york",
    "K",
    r"\bd",
    "|x",
)
_ELAPSED = (Unit.MINUTES, Unit.HOURS, Unit.ROLLING_DAYS)

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Operators:
    """Draws `{operator, value?, match_case?}` for values of a type, with constants near the data's."""

    rng: Random
    pools: Pools

    def of_type(self, type_: AttributeType) -> Mapped:
        """Any operator that values of `type_` have, those about absence included."""
        if self.rng.random() < 0.08:
            return {"operator": self.rng.choice(("has_value", "has_no_value"))}
        match type_:
            case AttributeType.TEXT:
                return self._text()
            case AttributeType.CHOICE:
                return self._choice()
            case AttributeType.MULTI_CHOICE:
                operator = self.rng.choice(("includes_any", "includes_none", "includes_all", "does_not_include_all"))
                return {"operator": operator, "value": self._some(self._listed(), 2)}
            case AttributeType.NUMBER:
                return self.number(self.pools.numbers)
            case AttributeType.BOOLEAN:
                return {"operator": self.rng.choice(("is", "is_not")), "value": self.rng.random() < 0.5}
            case AttributeType.DATE:
                return self.time(elapsed=False)
            case AttributeType.DATETIME:
                return self.time(elapsed=True)
            case _:
                assert_never(type_)

    def number(self, near: Sequence[str]) -> Mapped:
        """A comparison of a number with some that are `near`."""
        operator = self.rng.choice(
            (
                "is",
                "is_not",
                "less_than",
                "at_most",
                "greater_than",
                "at_least",
                "between",
                "not_between",
                "is_in",
                "is_not_in",
            )
        )
        match operator:
            case "between" | "not_between":
                return {
                    "operator": operator,
                    "value": sorted((self.rng.choice(near), self.rng.choice(near)), key=Decimal),
                }
            case "is_in" | "is_not_in":
                return {"operator": operator, "value": self._some(near, 3)}
            case _:
                return {"operator": operator, "value": self.rng.choice(near)}

    def count(self, most: int) -> Mapped:
        """A comparison of a whole number from 0, with some up to `most`."""
        drawn = self.number([str(number) for number in range(most + 1)])
        value = drawn["value"]
        return {**drawn, "value": [int(each) for each in value] if isinstance(value, list) else int(str(value))}

    def time(self, *, elapsed: bool) -> Mapped:
        """A comparison of a date, or with `elapsed` of a datetime."""
        match self.rng.randrange(8):
            case 0 | 1:
                operator = self.rng.choice(("on", "not_on", "before", "after", "on_or_before", "on_or_after"))
                return {"operator": operator, "value": self.rng.choice(self.pools.days).isoformat()}
            case 2:
                ends = sorted((self.rng.choice(self.pools.days), self.rng.choice(self.pools.days)))
                operator = self.rng.choice(("between", "not_between"))
                return {"operator": operator, "value": [end.isoformat() for end in ends]}
            case 3 | 4:
                operator = self.rng.choice(("in_last", "not_in_last", "before_last", "in_next", "after_next"))
                return {"operator": operator, "value": self.duration(elapsed=elapsed)}
            case 5:
                operator = self.rng.choice(("in_period", "not_in_period"))
                return {"operator": operator, "value": self.rng.choice(self.pools.periods).value}
            case 6:
                return {"operator": "partial", "value": self._partial()}
            case _:
                return {"operator": "anniversary", "value": self._anniversary(elapsed=elapsed)}

    def duration(self, *, elapsed: bool) -> Mapped:
        """A length of time; elapsed units only where they are allowed."""
        allowed = [each for each in self.pools.durations if elapsed or each.unit not in _ELAPSED]
        duration = self.rng.choice(allowed or [Duration(count=1, unit=Unit.DAYS)])
        return {"count": duration.count, "unit": duration.unit.value}

    # --- by type

    def _text(self) -> Mapped:
        text = self.rng.choice(self.pools.texts)
        operator = self.rng.choice(("is", "is_in", "contains", "begins_with", "ends_with", "matches"))
        value: object = text
        match operator:
            case "is_in":
                value = self._some(self.pools.texts, 3)
            case "contains" | "begins_with" | "ends_with":
                value = self._fragment(text, operator)
            case "matches":
                value = self.rng.choice(_PATTERNS)
            case _:
                pass
        drawn: Mapped = {"operator": self._or_negative(operator), "value": value}
        return {**drawn, "match_case": True} if self.rng.random() < 0.3 else drawn

    def _or_negative(self, operator: str) -> str:
        negative = {
            "is": "is_not",
            "is_in": "is_not_in",
            "contains": "does_not_contain",
            "begins_with": "does_not_begin_with",
            "ends_with": "does_not_end_with",
            "matches": "does_not_match",
        }
        return self.rng.choice((operator, negative[operator]))

    def _fragment(self, text: str, operator: str) -> str:
        trimmed = text.strip()
        length = self.rng.randrange(1, len(trimmed) + 1)
        start = {"begins_with": 0, "ends_with": len(trimmed) - length}.get(operator)
        if start is None:
            start = self.rng.randrange(len(trimmed) - length + 1)
        fragment = (
            trimmed[start : start + length].swapcase() if self.rng.random() < 0.3 else trimmed[start : start + length]
        )
        return fragment if fragment.strip() else trimmed

    def _choice(self) -> Mapped:
        operator = self.rng.choice(("is", "is_not", "is_in", "is_not_in"))
        several = operator.endswith("in")
        return {
            "operator": operator,
            "value": self._some(self._listed(), 2) if several else self.rng.choice(self._listed()),
        }

    def _listed(self) -> tuple[str, ...]:
        return ("red", "green", "BLUE")

    # --- forms of time

    def _partial(self) -> Mapped:
        days = [day.day for day in self.pools.days]
        months = [day.month for day in self.pools.days]
        years = [day.year for day in self.pools.days]
        parts: Mapped = {
            "days": self._some((*days, "today"), 3),
            "weekdays": self._some((*_WEEKDAYS, "today"), 4),
            "months": self._some((*months, "this_month"), 2),
            "years": self._some((*years, "this_year"), 2),
        }
        chosen = self.rng.sample(sorted(parts), self.rng.choice((1, 1, 2)))
        return {part: parts[part] for part in chosen}

    def _anniversary(self, *, elapsed: bool) -> Mapped:
        day = self.rng.choice(self.pools.days)
        match self.rng.randrange(4):
            case 0:
                return {"month": day.month, "day": day.day}
            case 1:
                return {"in_period": self.rng.choice(self.pools.periods).value}
            case 2:
                return {"in_last": self.duration(elapsed=elapsed)}
            case _:
                return {"in_next": self.duration(elapsed=elapsed)}

    def _some(self, items: Sequence[_Item], most: int) -> list[_Item]:
        return list(dict.fromkeys(self.rng.choice(items) for _ in range(self.rng.randrange(1, most + 1))))
