"""Making a history short while engine and judge still part in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from coterie.testing.currency import Difference, Open, open_store, play
from coterie.testing.shrinking import reduced
from coterie.testing.steps import Declare, History, Ingest, Load, Step

__all__ = ["shortened"]

Steps = tuple[Step, ...]

_Item = TypeVar("_Item")


def shortened(difference: Difference, *, open_: Open = open_store, most_tries: int = 600) -> Difference:
    """The difference at the end of a shorter history, found greedily; `difference` itself where there is none."""
    tries = 0
    smaller = True
    while smaller:
        smaller = False
        for steps in _smaller(difference.history):
            tries += 1
            if tries > most_tries:
                return difference
            found = play(replace(difference.history, steps=steps), open_=open_)
            if found is not None and found.what == difference.what:
                difference, smaller = found, True
                break
    return difference


def _smaller(history: History) -> Iterator[Steps]:
    """Histories with something less, the largest savings first."""
    steps = history.steps
    size = len(steps) // 2
    while size:
        for start in range(len(steps) - size, -1, -size):
            yield steps[:start] + steps[start + size :]
        size //= 2
    yield from _without_segments(steps)
    for index, step in enumerate(steps):
        for smaller in _smaller_step(step):
            yield (*steps[:index], smaller, *steps[index + 1 :])


def _without_segments(steps: Steps) -> Iterator[Steps]:
    """Without one segment, wherever it is declared."""
    for key in sorted({key for step in steps if isinstance(step, Declare) for key in step.files}):
        yield tuple(
            Declare({other: file for other, file in step.files.items() if other != key})
            if isinstance(step, Declare)
            else step
            for step in steps
        )


def _smaller_step(step: Step) -> Iterator[Step]:
    match step:
        case Ingest(operations=operations):
            yield from map(Ingest, _fewer(operations))
            for index, operation in enumerate(operations):
                for smaller in _without_values(operation):
                    yield Ingest((*operations[:index], smaller, *operations[index + 1 :]))
        case Load(name=name, rows=rows):
            yield from (Load(name, fewer) for fewer in _fewer(rows))
            for column in dict.fromkeys(column for row in rows for column in row):
                yield Load(name, tuple({key: value for key, value in row.items() if key != column} for row in rows))
        case Declare(files=files):
            yield from (Declare(smaller) for smaller in map(_mappings, reduced(files)) if smaller is not None)
        case _:
            return


def _fewer(items: tuple[_Item, ...]) -> Iterator[tuple[_Item, ...]]:
    half = len(items) // 2
    if half > 1:
        yield items[:half]
        yield items[half:]
    for index in range(len(items)):
        yield items[:index] + items[index + 1 :]


def _without_values(operation: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    record = operation.get("record")
    if isinstance(record, Mapping):
        for column in record:
            yield {**operation, "record": {key: value for key, value in record.items() if key != column}}
    if "changed_at" in operation:
        yield {key: value for key, value in operation.items() if key != "changed_at"}


def _mappings(files: object) -> dict[str, Mapping[str, object]] | None:
    if not isinstance(files, dict) or not all(isinstance(file, Mapping) for file in files.values()):
        return None
    return files
