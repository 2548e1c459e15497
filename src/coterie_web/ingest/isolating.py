"""Finds the records for which the engine raises, by trying out parts of what it would not take whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

from coterie import Catalog, CoterieError, StoreError
from coterie_web.ingest.contents import Record, shown

__all__ = ["Culprit", "culprits", "is_of_the_store", "plain", "told"]

_MOST_AT_ONCE = 100
"""Culprits that are looked for at a time: each costs some tries, and live segments wait meanwhile."""

_NOBODY = "coterie-tries-whether-records-are-taken-in"
"""The key of a record that is tried out and never kept."""

Try = Callable[[Sequence[Record]], None]
"""Raises where these records cannot be applied; changes nothing."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """A record, by its place in what was tried, and why it cannot be applied."""

    place: int
    problem: Exception


def is_of_the_store(error: Exception) -> bool:
    """Whether an error says of itself that the store, the disk or the memory is to blame, and no record."""
    if isinstance(error, StoreError):
        return error.code != "store_refused"
    return isinstance(error, (OSError, MemoryError))


def told(error: Exception) -> str:
    """What an error says, in a line that every database keeps."""
    text = " ".join(str(error).split())
    return shown(text if isinstance(error, CoterieError) else f"{type(error).__name__}: {text}")


def culprits(records: Sequence[Record], catalog: Catalog, attempt: Try) -> list[Culprit]:
    """The first records that `attempt` raises for, where it takes in the plainest of the same kind; none where it does.

    Raises what was raised where it is of the store, or where a plain record is refused too: then nobody is to blame.
    """
    found = list(islice(_found(records, 0, attempt), _MOST_AT_ONCE))
    for kind in {_kind(records[each.place], catalog): each for each in found}.values():
        attempt([plain(records[kind.place], catalog)])
    return found


def _found(records: Sequence[Record], first: int, attempt: Try) -> Iterator[Culprit]:
    problem = _problem(records, attempt)
    if problem is None:
        return
    if len(records) == 1:
        yield Culprit(first, problem)
        return
    half, any_found = len(records) // 2, False
    for start, part in ((0, records[:half]), (half, records[half:])):
        for each in _found(part, first + start, attempt):
            any_found = True
            yield each
    if not any_found:  # each half is taken in, and both together are not
        yield Culprit(first + _shortest_refused(records, attempt) - 1, problem)


def _shortest_refused(records: Sequence[Record], attempt: Try) -> int:
    """How many of the records, from the first on, are refused together, though one less is not."""
    taken, refused = 0, len(records)
    while refused - taken > 1:
        middle = (taken + refused) // 2
        if _problem(records[:middle], attempt) is None:
            taken = middle
        else:
            refused = middle
    return refused


def _problem(records: Sequence[Record], attempt: Try) -> Exception | None:
    try:
        attempt(records)
    except Exception as error:
        if is_of_the_store(error):
            raise
        return error
    return None


def plain(record: Record, catalog: Catalog) -> Record:
    """A record of the same kind with nothing in it that could be to blame."""
    kind, name = _kind(record, catalog)
    if kind == "interaction":
        inner = {catalog.contact.key: _NOBODY, "occurred_at": "2000-01-01T00:00Z", "message_id": _NOBODY}
        return {"type": "interaction", "interaction": name, "record": inner}
    return {"type": "upsert", "entity": name, "record": {catalog.entities[name].key: _NOBODY}}


def _kind(record: Record, catalog: Catalog) -> tuple[str, str]:
    """Whether it is an interaction or of an entity, and of which; what is neither is tried as a contact."""
    interaction, entity = record.get("interaction"), record.get("entity")
    if record.get("type") == "interaction" and isinstance(interaction, str) and interaction in catalog.interactions:
        return "interaction", interaction
    is_known = isinstance(entity, str) and entity in catalog.entities
    return "entity", cast("str", entity) if is_known else "contact"
