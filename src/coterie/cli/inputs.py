"""What the arguments name, read: definitions, segments, catalogs, stores, and the moment asked about."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from coterie.definition import parse, typed, validate
from coterie.definition.nodes import Definition, Segment
from coterie.errors import CoterieError, DefinitionError, Problem, QuestionError, ReadError, StoreError
from coterie.values.times import find_zone

if TYPE_CHECKING:
    from coterie.catalog.model import Catalog
    from coterie.engine.engine import Engine

__all__ = [
    "Parsed",
    "moment",
    "naming",
    "opened_store",
    "problems_in",
    "read_bytes",
    "read_catalog",
    "read_definition",
    "read_segments",
    "segment_files",
    "zone_of",
]

Parsed = Definition | Segment

_SEGMENT_SUFFIXES = {".yaml", ".yml", ".json"}


def read_bytes(path: Path | str) -> bytes:
    """The content of a file, or of standard input for `-`. ReadError where there is none to read."""
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ReadError(_unreadable(path, error)) from None


def _unreadable(path: Path | str, error: OSError) -> Problem:
    reason = (error.strerror or str(error)).lower()
    return Problem(code="unreadable_file", path=str(path), message=f"The file cannot be read: {reason}.")


@contextmanager
def naming(file: Path | str) -> Iterator[None]:
    """Problems found inside name `file` before their path: for inputs beside the definition."""
    try:
        yield
    except CoterieError as error:
        named = [replace(p, path=f"{file}: {p.path}" if p.path else str(file)) for p in error.problems]
        raise type(error)(*named) from None


def read_catalog(path: Path) -> Catalog:
    from coterie.catalog import parse_catalog

    with naming(path):
        return parse_catalog(path)


def problems_in(path: str, catalog: Catalog, segments: Mapping[str, Segment]) -> list[Problem]:
    """Everything wrong with a definition, in order and with lines. ReadError where the file cannot be read."""
    return validate(read_bytes(path), catalog, segments)


def read_definition(path: str, catalog: Catalog, segments: Mapping[str, Segment]) -> Parsed:
    """The definition or segment of a file, or of standard input for `-`; in exact types, so that it can be asked about.

    Raises DefinitionError with every problem and its line, and ReadError.
    """
    content = read_bytes(path)
    problems = validate(content, catalog, segments)
    if problems:
        raise DefinitionError(*problems)
    return typed(parse(content), catalog, segments)


def read_segments(paths: Iterable[Path] | None) -> dict[str, Segment]:
    """The segments of the files, by key. A folder stands for its .yaml, .yml and .json files, in order of name."""
    segments: dict[str, Segment] = {}
    for file in segment_files(paths or ()):
        with naming(file):
            segment = parse(read_bytes(file))
            if isinstance(segment, Definition):
                raise DefinitionError(
                    Problem(
                        code="missing_key",
                        path="segment",
                        message="This is a bare definition, and cannot be referred to.",
                        hint="Make it a segment file: coterie, segment, name, type, definition.",
                    )
                )
            if segment.key in segments:
                raise DefinitionError(
                    Problem(
                        code="invalid_value",
                        path="segment",
                        message=f"There is another segment {segment.key!r}.",
                        hint="Give each segment a key of its own.",
                    )
                )
            segments[segment.key] = segment
    return segments


def segment_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves, and those of folders, in order of name."""
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix in _SEGMENT_SUFFIXES)
        else:
            yield path


# --- moments and zones -----------------------------------------------------------------------------------------------


def moment(text: str | None) -> datetime:
    """The moment `--as-of` names; without it, now. This is the only place where a clock is read.

    QuestionError where it does not say its offset: nine o'clock is another moment in every zone.
    """
    if text is None:
        return datetime.now(UTC)  # noqa: TID251 - the door by which time comes in
    try:
        named = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _invalid_as_of(f"{text!r} is not a moment.", "Write it like 2026-11-23T12:00Z.") from None
    if named.utcoffset() is None:
        hint = f"Add the offset: {named.isoformat(timespec='minutes')}Z, or +01:00 in place of Z."
        raise _invalid_as_of(f"{text!r} does not say where it is that time.", hint)
    return named


def _invalid_as_of(message: str, hint: str) -> QuestionError:
    return QuestionError(Problem(code="invalid_as_of", path="--as-of", message=message, hint=hint))


def zone_of(parsed: Parsed, catalog: Catalog, time_zone: str | None) -> tzinfo:
    """The zone the question is asked in: the one passed, else the segment's, else the organization's."""
    own = None if isinstance(parsed, Definition) else parsed.time_zone
    return find_zone(time_zone or own or catalog.organization.time_zone) or UTC


# --- the store -------------------------------------------------------------------------------------------------------


@contextmanager
def opened_store(store: Path, catalog: Catalog, *, create: bool = False) -> Iterator[Engine]:
    """The engine over the store at that path. StoreError where there is none, unless it is to be made."""
    import coterie

    # A store in memory would be gone when the command ends.
    found = store.parent.is_dir() and str(store) != ":memory:" if create else store.is_file()
    if not found:
        message = "There is no such folder to make a store in." if create else "There is no store."
        hint = "Name a file." if create else "Make one with `coterie load`, or see `coterie demo --keep DIR`."
        raise StoreError(Problem(code="store_not_found", path=str(store), message=message, hint=hint))
    with coterie.open(store, catalog=catalog) as engine:
        yield engine
