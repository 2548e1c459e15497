"""Which segments of the list are wanted: by words, and by chips that say what is filtered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from django.http import QueryDict

from coterie_web.accounts.models import User
from coterie_web.segments.listing.rows import STOPPED, Row, owner_of, tags_of
from coterie_web.segments.models import Segment

__all__ = ["Chip", "Chips", "Choice", "Option", "choice_of", "chosen"]

_MOST_OPTIONS = 60

DIMENSIONS: Mapping[str, str] = {
    "type": "Type",
    "status": "Status",
    "owner": "Owner",
    "scope": "Scope",
    "tag": "Tag",
    "used": "Used by",
}
"""What chips filter by, as the address and people name it."""

_WORDS: Mapping[str, Mapping[str, str]] = {
    "type": dict(Segment.Type.choices),
    "status": {**dict(Segment.Status.choices), STOPPED: "Draft, stopped"},
    "scope": dict(Segment.Scope.choices),
    "used": {"segments": "Segments", "nothing": "Nothing"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is asked for: words that must all be found, and a value for some dimensions."""

    words: tuple[str, ...]
    values: Mapping[str, str]

    def keeps(self, row: Row, uses: Mapping[str, int]) -> bool:
        """Whether the row is wanted."""
        if any(value not in _values_of(row, dimension, uses) for dimension, value in self.values.items()):
            return False
        if not self.words:
            return True
        text = row.text
        return all(word in text for word in self.words)


def choice_of(query: QueryDict) -> Choice:
    """What the address asks for; what it cannot ask for is left out."""
    given = {dimension: query.get(dimension, "") for dimension in DIMENSIONS}
    values = {
        dimension: value
        for dimension, value in given.items()
        if value and (dimension not in _WORDS or value in _WORDS[dimension])
    }
    return Choice(words=tuple(query.get("q", "").casefold().split()), values=values)


def _values_of(row: Row, dimension: str, uses: Mapping[str, int]) -> Sequence[str]:
    match dimension:
        case "tag":
            return row.tags
        case "used":
            return ("segments",) if uses.get(row.key) else ("nothing",)
        case _:
            return (getattr(row, dimension),)


def chosen(rows: Iterable[Row], choice: Choice, uses: Mapping[str, int]) -> list[Row]:
    """The rows that are wanted."""
    if not choice.words and not choice.values:
        return list(rows)
    return [row for row in rows if choice.keeps(row, uses)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A value of a dimension: how many segments it would leave, and the address that asks for it."""

    words: str
    count: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A dimension: what it is set to, in words, with the address without it; or what it could be set to."""

    name: str
    label: str
    chosen: str | None
    address_without: str
    options: tuple[Option, ...]


class Chips:
    """The chips of one page, on which these rows are wanted.

    `address(name=value)` is the page's own with that changed, and back at its start. `owners` are known by name whether
    or not a row of theirs is left.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        choice: Choice,
        uses: Mapping[str, int],
        *,
        user: User,
        owners: Mapping[str, str],
        address: Callable[..., str],
    ) -> None:
        self._rows = rows
        self._choice = choice
        self._uses = uses
        self._mine = str(user.id)
        self._address = address
        self._owners = owners

    def __iter__(self) -> Iterator[Chip]:
        for dimension, label in DIMENSIONS.items():
            value = self._choice.values.get(dimension)
            yield Chip(
                name=dimension,
                label=label,
                chosen=None if value is None else self._words(dimension, value),
                address_without=self._address(**{dimension: None}),
                options=tuple(self._options(dimension)) if value is None else (),
            )

    def _words(self, dimension: str, value: str) -> str:
        match dimension:
            case "owner":
                return "Me" if value == self._mine else self._owners.get(value, "Somebody")
            case "tag":
                return value
            case _:
                return _WORDS[dimension][value]

    def _counted(self, dimension: str) -> Counter[str]:
        """How many rows have each value, of a thousand rows in passing: what `_values_of` says of each."""
        match dimension:
            case "tag":
                return _counted_by_value(tags_of, Counter(map(attrgetter("tags_text"), self._rows)))
            case "owner":
                return _counted_by_value(
                    lambda text: (owner_of(text),), Counter(map(attrgetter("owner_id"), self._rows))
                )
            case "used":
                used = sum(1 for row in self._rows if self._uses.get(row.key))
                return +Counter({"segments": used, "nothing": len(self._rows) - used})
            case _:
                return Counter(map(attrgetter(dimension), self._rows))

    def _options(self, dimension: str) -> Iterator[Option]:
        """Values that would leave something, in the order of the status or of their words; the person first."""
        counted = self._counted(dimension)
        fixed = list(_WORDS.get(dimension, ()))

        def place(value: str) -> tuple[bool, int, str]:
            words = self._words(dimension, value).casefold()
            return value != self._mine, fixed.index(value) if fixed else 0, words

        for value in sorted(counted, key=place)[:_MOST_OPTIONS]:
            address = self._address(**{dimension: value})
            yield Option(words=self._words(dimension, value), count=counted[value], address=address)


def _counted_by_value(values_of: Callable[[str], Iterable[str]], counted: Mapping[str, int]) -> Counter[str]:
    """How many rows have each value, from how many have each text; `values_of` a text are those that it stands for."""
    counts = Counter[str]()
    for text, count in counted.items():
        counts.update(dict.fromkeys(values_of(text), count))
    return counts
