"""The leaf language: single conditions with absolute bounds, which a backend turns into sets of contacts.

A leaf says nothing of scope: it holds the contacts for whom the condition is true on the data alone. Negations are set
differences in the expression above it, except inside a predicate on one record. Leaves that can only have the same
answer are equal, so a leaf is the key under which its answer is kept; `fingerprint` is its stable name.

    Leaf        ContactLeaf (attributes of the contact) · RelatedLeaf · InteractionLeaf · ScopeLeaf · KeysLeaf
    Predicate   what a single record has to satisfy: AttributeTest, Related and All, Any, Negation of them
    Test        what a single value has to satisfy
    Having      what the chosen records of a contact have to satisfy together
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeGuard

from coterie.planning.clock import Between

__all__ = [
    "All",
    "Any",
    "AttributeTest",
    "AverageOf",
    "BooleanIs",
    "ContactLeaf",
    "CountDays",
    "CountDistinct",
    "CountRecords",
    "DateIn",
    "DayParts",
    "DayTest",
    "Exists",
    "FirstAt",
    "HasValue",
    "Having",
    "InstantIn",
    "InstantTest",
    "InteractionLeaf",
    "KeysLeaf",
    "LastAt",
    "Leaf",
    "ListIncludesAll",
    "ListIncludesAny",
    "MaximumOf",
    "MinimumOf",
    "Negation",
    "NumberIn",
    "NumberRange",
    "NumberTest",
    "Place",
    "Predicate",
    "Related",
    "RelatedLeaf",
    "ScopeLeaf",
    "SumOf",
    "Test",
    "TextIn",
    "TextMatches",
    "TextPart",
    "YearlyDays",
    "fingerprint",
]


# --- tests of a value ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HasValue:
    pass


@dataclass(frozen=True, slots=True)
class TextIn:
    """The text is one of `values`: folded ones, or trimmed NFC where the case is to match. Sorted, without repeats."""

    values: tuple[str, ...]
    match_case: bool = False


class Place(StrEnum):
    BEGINNING = "beginning"
    ANYWHERE = "anywhere"
    END = "end"


@dataclass(frozen=True, slots=True)
class TextPart:
    """The text has `part` in that place; `part` is folded, or trimmed NFC where the case is to match."""

    part: str
    place: Place
    match_case: bool = False


@dataclass(frozen=True, slots=True)
class TextMatches:
    """RE2 finds `pattern` in the trimmed NFC text."""

    pattern: str
    match_case: bool = False


@dataclass(frozen=True, slots=True)
class ListIncludesAny:
    """The list shares an element with `values` (folded, sorted)."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListIncludesAll:
    """The list holds all `values` (folded, sorted)."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Between `low` and `high`, each included where its flag says so; None is unbounded."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_included: bool = True
    high_included: bool = True

    def holds(self, number: Decimal | int) -> bool:
        """Whether `number` lies in the range."""
        above = self.low is None or number > self.low or (self.low_included and number == self.low)
        below = self.high is None or number < self.high or (self.high_included and number == self.high)
        return above and below


@dataclass(frozen=True, slots=True)
class NumberIn:
    """One of `values` (sorted, without repeats)."""

    values: tuple[Decimal, ...]

    def holds(self, number: Decimal | int) -> bool:
        """Whether `number` is one of them."""
        return number in self.values


@dataclass(frozen=True, slots=True)
class BooleanIs:
    value: bool


@dataclass(frozen=True, slots=True)
class DateIn:
    """A date that lies in these days."""

    days: Between[date]


@dataclass(frozen=True, slots=True)
class InstantIn:
    """A datetime that lies in these instants."""

    instants: Between[int]


@dataclass(frozen=True, slots=True)
class DayParts:
    """Every part that is not empty holds the day's. `weekdays` count from Monday = 0.

    `zone` is that of the local days for a datetime, None for a date.
    """

    days: tuple[int, ...]
    weekdays: tuple[int, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]
    zone: str | None

    def holds(self, day: date) -> bool:
        """Whether `day` has all the parts."""
        pairs = (
            (self.days, day.day),
            (self.weekdays, day.weekday()),
            (self.months, day.month),
            (self.years, day.year),
        )
        return all(part in allowed for allowed, part in pairs if allowed)


@dataclass(frozen=True, slots=True)
class YearlyDays:
    """The day's (month, day) is one of `days` (sorted). `zone` as in `DayParts`."""

    days: tuple[tuple[int, int], ...]
    zone: str | None

    def holds(self, day: date) -> bool:
        """Whether `day` is one of them, whatever its year."""
        return (day.month, day.day) in self.days


NumberTest = NumberRange | NumberIn
InstantTest = InstantIn | DayParts | YearlyDays
DayTest = DayParts | YearlyDays
Test = (
    HasValue
    | TextIn
    | TextPart
    | TextMatches
    | ListIncludesAny
    | ListIncludesAll
    | NumberRange
    | NumberIn
    | BooleanIs
    | DateIn
    | InstantIn
    | DayParts
    | YearlyDays
)


# --- what records together have to satisfy ---------------------------------------------------------------------------
# Each is false where there is no record: the planner turns a condition that no record satisfies into a difference.


@dataclass(frozen=True, slots=True)
class Exists:
    """At least one record."""


@dataclass(frozen=True, slots=True)
class CountRecords:
    test: NumberTest


@dataclass(frozen=True, slots=True)
class CountDays:
    """The number of distinct local days of `zone` on which they occurred."""

    test: NumberTest
    zone: str


@dataclass(frozen=True, slots=True)
class CountDistinct:
    """The number of distinct values of `attribute`, missing ones skipped."""

    attribute: str
    test: NumberTest


@dataclass(frozen=True, slots=True)
class SumOf:
    attribute: str
    test: NumberTest


@dataclass(frozen=True, slots=True)
class AverageOf:
    """The average of the values that are not missing; compared as sum against constant × count."""

    attribute: str
    test: NumberTest


@dataclass(frozen=True, slots=True)
class MinimumOf:
    attribute: str
    test: NumberTest


@dataclass(frozen=True, slots=True)
class MaximumOf:
    attribute: str
    test: NumberTest


@dataclass(frozen=True, slots=True)
class FirstAt:
    """The local day of the first one. Whether it lies in an interval is asked with `Exists`."""

    test: DayTest


@dataclass(frozen=True, slots=True)
class LastAt:
    """The local day of the last one."""

    test: DayTest


Having = (
    Exists | CountRecords | CountDays | CountDistinct | SumOf | AverageOf | MinimumOf | MaximumOf | FirstAt | LastAt
)


# --- predicates on a record ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AttributeTest:
    attribute: str
    test: Test


@dataclass(frozen=True, slots=True)
class All:
    predicates: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Any:
    predicates: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The exact complement: true also where the value is missing."""

    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Related:
    """The records reached through `relation` for which `where` is true satisfy `having` together."""

    relation: str
    where: Predicate | None
    having: Having


Predicate = AttributeTest | All | Any | Negation | Related


# --- leaves ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Hashed:
    """A leaf works its hash out once: it is the key of many tables, and may be large."""

    _hash: int = field(default=0, init=False, repr=False, compare=False)

    def _hashed(self) -> int:
        names: tuple[str, ...] = self.__match_args__
        values = tuple([getattr(self, name) for name in names])
        object.__setattr__(self, "_hash", hash((type(self).__name__, values)) or 1)
        return self._hash


@dataclass(frozen=True, slots=True)
class ContactLeaf(_Hashed):
    """Contacts whose own attributes satisfy the predicate, which reaches no related records."""

    predicate: Predicate

    def __hash__(self) -> int:
        return self._hash or self._hashed()


@dataclass(frozen=True, slots=True)
class RelatedLeaf(_Hashed):
    """Contacts whose related records satisfy the clause."""

    related: Related

    def __hash__(self) -> int:
        return self._hash or self._hashed()


@dataclass(frozen=True, slots=True)
class InteractionLeaf(_Hashed):
    """Contacts whose interactions in `window` for which `where` is true satisfy `having` together."""

    interaction: str
    window: Between[int]
    where: Predicate | None
    having: Having
    _rest: int = field(default=0, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        return self._hash or self._hashed()

    def _hashed(self) -> int:
        """Worked out of that of all but the window, which the leaves that this one is moved to have in common."""
        if not self._rest:
            object.__setattr__(self, "_rest", hash((self.interaction, self.where, self.having)) or 1)
        object.__setattr__(self, "_hash", hash((self._rest, self.window.start, self.window.end)) or 1)
        return self._hash

    def differs_in_window_alone(self, other: object) -> TypeGuard[InteractionLeaf]:
        """Whether `other` is this condition, in whatever window; False also where telling would take comparing."""
        return (
            isinstance(other, InteractionLeaf)
            and other.interaction == self.interaction
            and other.where is self.where
            and other.having is self.having
        )

    def moved_to(self, window: Between[int]) -> InteractionLeaf:
        """The same condition in another window."""
        moved = InteractionLeaf(self.interaction, window, self.where, self.having)
        object.__setattr__(moved, "_rest", self._rest)
        return moved


@dataclass(frozen=True, slots=True)
class ScopeLeaf(_Hashed):
    """Known contacts: all of them, or those of one business unit (compared as a key)."""

    business_unit: str | None = None

    def __hash__(self) -> int:
        return self._hash or self._hashed()


@dataclass(frozen=True, slots=True)
class KeysLeaf(_Hashed):
    """Known contacts with one of these keys (sorted, without repeats)."""

    keys: tuple[str, ...]

    def __hash__(self) -> int:
        return self._hash or self._hashed()


Leaf = ContactLeaf | RelatedLeaf | InteractionLeaf | ScopeLeaf | KeysLeaf


def fingerprint(leaf: Leaf) -> str:
    """A stable name of the leaf, equal exactly for equal leaves: 32 hexadecimal digits."""
    return hashlib.blake2b(repr(leaf).encode(), digest_size=16).hexdigest()
