"""The operations of a file, as `ingest` takes them, read in batches and applied one batch after another."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar, cast

from coterie.errors import Problem, ReadError

if TYPE_CHECKING:
    from coterie.records import IngestReport

__all__ = ["Batch", "Ingesting", "apply_batches", "batches_of", "joined", "opened_source"]

_EXAMPLES = 20
"""Offending values that the report of a whole file shows."""

_WHOLE_LIMIT = 64 * 2**20
"""Bytes of a JSON array, which is read whole; JSON lines have no limit."""

_YAML_LIMIT = 2**20

_YAML = (".yaml", ".yml")

T = TypeVar("T")


class Ingesting(Protocol):
    """What operations are applied to: an engine."""

    def ingest(self, records: Iterable[Mapping[str, object]]) -> IngestReport: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Operations that are applied together or not at all, and where each stands: its line, or its number in a list."""

    operations: list[Mapping[str, object]]
    places: list[int]


@contextmanager
def opened_source(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input for `-`. ReadError where the file cannot be opened."""
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(error, path) from None
    with file:
        yield file


def batches_of(file: BinaryIO, path: Path, size: int) -> Iterator[Batch]:
    """The operations in batches of `size`: of JSON lines, a JSON array, or a YAML list.

    JSON lines are read as they are needed. Raises ReadError that names the line.
    """
    batch = Batch([], [])
    for place, operation in _readable(_operations(file, path), path):
        batch.operations.append(operation)
        batch.places.append(place)
        if len(batch.operations) == size:
            yield batch
            batch = Batch([], [])
    if batch.operations:
        yield batch


def apply_batches(engine: Ingesting, path: Path, size: int, applied: Callable[[IngestReport], None]) -> None:
    """Apply the operations of a file batch by batch; `applied` is called with the report of each.

    ReadError where it cannot be read on: nothing of the batch in which that is was applied, all before it was.
    """
    done = last = 0
    with opened_source(path) as file:
        try:
            for batch in batches_of(file, path, size):
                applied(_placed(engine.ingest(batch.operations), batch.places))
                done += len(batch.operations)
                last = batch.places[-1]
        except ReadError as error:
            raise ReadError(*(replace(problem, hint=_hint(done, last)) for problem in error.problems)) from None


def _hint(done: int, last: int) -> str:
    if not done:
        return "Nothing was applied."
    return f"Applied before: {done:,} operations, to line {last:,}. Mended, the file may be ingested again as a whole."


def _placed(report: IngestReport, places: list[int]) -> IngestReport:
    """The report with the places of operations in the file for their numbers in the batch."""
    examples = tuple(
        example if example.line is None else replace(example, line=places[example.line - 1])
        for example in report.examples
    )
    return replace(report, examples=examples)


def joined(reports: list[IngestReport]) -> IngestReport:
    """One report of several batches, at least one. A contact touched by two of them counts twice."""
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update(report.counts)
    return replace(
        reports[-1],
        read=sum(report.read for report in reports),
        added=sum(report.added for report in reports),
        updated=sum(report.updated for report in reports),
        deleted=sum(report.deleted for report in reports),
        repeated=sum(report.repeated for report in reports),
        refused=sum(report.refused for report in reports),
        made_ids=sum(report.made_ids for report in reports),
        touched=sum(report.touched for report in reports),
        counts=dict(counts),
        examples=tuple(example for report in reports for example in report.examples)[:_EXAMPLES],
    )


# --- the formats -----------------------------------------------------------------------------------------------------


def _readable(operations: Iterator[T], path: Path) -> Iterator[T]:
    """The operations; ReadError where the file, once opened, cannot be read on."""
    try:
        yield from operations
    except OSError as error:
        raise _unreadable(error, path) from None


def _unreadable(error: OSError, path: Path) -> ReadError:
    reason = (error.strerror or str(error)).lower()
    return ReadError(Problem(code="unreadable_file", path=str(path), message=f"The file cannot be read: {reason}."))


def _operations(file: BinaryIO, path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Each operation with its line, or its number in the list. What the text begins with says what it is."""
    blank: list[bytes] = []
    first = b""
    for first in file:
        if first.strip(b" \t\r\n\xef\xbb\xbf"):
            break
        blank.append(first)
    begin = first.lstrip(b" \t\xef\xbb\xbf")[:1]
    if path.suffix in _YAML or begin in {b"[", b"-", b"#"}:
        text = b"".join([*blank, first, file.read(_WHOLE_LIMIT)])
        yield from _listed(text, path)
    else:
        yield from _lines(chain(blank, [first], file), path)


def _lines(lines: Iterator[bytes], path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    from coterie.records import object_of_line

    for number, line in enumerate(lines, 1):
        operation = object_of_line(line, number, path)
        if operation is not None:
            yield number, cast("Mapping[str, object]", operation)


def _listed(text: bytes, path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    from coterie.values.documents import DocumentError, read_document

    try:
        tree = read_document(text, yaml_limit=_YAML_LIMIT, json_limit=_WHOLE_LIMIT).tree
    except DocumentError as error:
        raise ReadError(*(_in_file(problem, path) for problem in error.problems)) from None
    if not isinstance(tree, list):
        raise _no_list(path, "The file is no list of operations.")
    operations: list[tuple[int, Mapping[str, object]]] = []
    for number, operation in enumerate(tree, 1):
        if not isinstance(operation, dict):
            raise _no_list(path, f"Item {number} of the list is no operation, which is an object {{…}}.")
        operations.append((number, operation))
    yield from operations


def _in_file(problem: Problem, path: Path) -> Problem:
    return replace(problem, code="unreadable_file", path=f"{path}: {problem.path}" if problem.path else str(path))


def _no_list(path: Path, message: str) -> ReadError:
    return ReadError(Problem(code="unreadable_file", path=str(path), message=message))
