"""Questions as they come in: definitions in any form, moments and zones, made ready for planning."""

from __future__ import annotations

import marshal
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import TypeAlias, cast
from zoneinfo import ZoneInfo

from coterie.catalog.model import Catalog
from coterie.definition import check, parse, typed, validate
from coterie.definition.nodes import Definition, DynamicSegment, Segment, StaticSegment
from coterie.definition.paths import shown
from coterie.definition.references import references
from coterie.errors import DefinitionError, Problem, QuestionError, did_you_mean
from coterie.planning.plan import Question
from coterie.values.pauses import Pause, go_on
from coterie.values.times import find_zone, instant_from_datetime, zone_names

__all__ = [
    "NO_KEY",
    "Desk",
    "SegmentFiles",
    "Subject",
    "instant_of",
    "parsed",
    "parsed_segments",
    "referred",
    "unknown_contact",
    "zone_of",
]

Subject: TypeAlias = Definition | DynamicSegment | StaticSegment | Mapping[str, object] | str | bytes
"""A definition or segment file: parsed, as plain data, or as YAML or JSON text."""

SegmentFiles: TypeAlias = Mapping[str, Subject]
"""Segment files by key."""

_REMEMBERED = 256
"""Definitions that are kept as they were checked, and texts and data as they were read: questions come again."""

_LONGEST_REMEMBERED = 64 * 1024
"""Characters or bytes of such a text: a longer one is read anew every time."""

_WITHOUT_SHARING = 2
"""The version of `marshal` that writes what is equal alike, however many others hold it too."""


def parsed(subject: Subject, pause: Pause = go_on) -> Definition | Segment:
    """The typed tree of a definition in any form; `pause` is as `parse` has it. Raises DefinitionError."""
    if isinstance(subject, Definition | DynamicSegment | StaticSegment):
        return subject
    if isinstance(subject, str | bytes):
        return _parsed_text(subject) if len(subject) <= _LONGEST_REMEMBERED else parse(subject, pause=pause)
    written = _written_out(subject)
    return parse(subject, pause=pause) if written is None else _parsed_data(written)


def _written_out(subject: Mapping[str, object]) -> bytes | None:
    """Plain data, written so that no other reads the same; None where it is long, or not plain to the last value."""
    try:
        written = marshal.dumps(subject, _WITHOUT_SHARING)  # type: ignore[arg-type]  # what is not plain raises
    except ValueError:
        return None
    return written if len(written) <= _LONGEST_REMEMBERED else None


@lru_cache(maxsize=_REMEMBERED)
def _parsed_text(text: str | bytes) -> Definition | Segment:
    return parse(text)


@lru_cache(maxsize=_REMEMBERED)
def _parsed_data(written: bytes) -> Definition | Segment:
    return parse(marshal.loads(written))  # noqa: S302 - written here, a moment ago


def parsed_segments(segments: SegmentFiles | None) -> dict[str, Segment]:
    """The trees of segment files. Raises DefinitionError whose paths begin with the file's: `segments.KEY`."""
    return {key: _parsed_segment(key, subject) for key, subject in (segments or {}).items()}


def _parsed_segment(key: str, subject: Subject) -> Segment:
    try:
        tree = parsed(subject)
    except DefinitionError as error:
        raise DefinitionError(*(_in_segment(key, problem) for problem in error.problems)) from None
    if isinstance(tree, Definition):
        raise DefinitionError(_in_segment(key, NO_KEY))
    return tree


NO_KEY = Problem(
    code="missing_key",
    path="segment",
    message="This is a bare definition, and cannot be referred to.",
    hint="Make it a segment file: coterie, segment, name, type, definition.",
)


def _in_segment(key: str, problem: Problem) -> Problem:
    return replace(problem, path=".".join(filter(None, ["segments", str(key), problem.path])))


def referred(subject: Definition | Segment, files: Mapping[str, Segment]) -> dict[str, Segment]:
    """Those of `files` that `subject` refers to, at whatever depth, in their order.

    What else is at hand has no say: a segment that does not fit the catalog concerns nobody who asks about another.
    """
    found: set[str] = set()
    ahead = [subject]
    while ahead:
        new = {key for _, key in references(ahead.pop()) if key in files and key not in found}
        found |= new
        ahead += [files[key] for key in new]
    return {key: file for key, file in files.items() if key in found}


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name. Raises QuestionError (`unknown_time_zone`)."""
    zone = find_zone(name)
    if zone is None:
        raise QuestionError(
            Problem(
                code="unknown_time_zone",
                path="time_zone",
                message=f"There is no time zone {name!r}.",
                hint=did_you_mean(str(name), sorted(zone_names())),
            )
        )
    return zone


def instant_of(as_of: datetime) -> int:
    """A moment in milliseconds since 1970 UTC. Raises QuestionError (`invalid_as_of`)."""
    if not isinstance(as_of, datetime) or as_of.tzinfo is None or as_of.utcoffset() is None:
        raise QuestionError(
            Problem(
                code="invalid_as_of",
                path="as_of",
                message=f"{as_of!r} does not say in which zone it is.",
                hint="Pass an aware datetime, such as datetime(2026, 11, 23, 12, tzinfo=UTC).",
            )
        )
    instant = instant_from_datetime(as_of, ZoneInfo("UTC"))
    if instant is None:
        raise QuestionError(
            Problem(
                code="invalid_as_of",
                path="as_of",
                message=f"{as_of!r} lies outside the years 1 to 9999 in UTC.",
                hint="Pass a moment within them.",
            )
        )
    return instant


def unknown_contact(contact_id: object) -> QuestionError:
    """The error for a contact that nobody knows, or who may not be seen."""
    return QuestionError(
        Problem(
            code="unknown_contact",
            path="contact_id",
            message=f"No contact with the key {shown(contact_id)} is known.",
            hint="Keys are compared exactly: 00001 is not 1.",
        )
    )


class Desk:
    """Checks questions against one catalog. Definitions asked again are remembered as checked. Any thread may ask."""

    def __init__(self, catalog: Catalog, zone: ZoneInfo) -> None:
        self._catalog = catalog
        self._zone = zone
        self._checked: OrderedDict[str, tuple[Definition | Segment, dict[str, Segment]]] = OrderedDict()
        self._lock = Lock()

    def question(
        self, definition: Subject, as_of: datetime, time_zone: str | None, segments: SegmentFiles | None
    ) -> Question:
        """A question ready for planning. Raises DefinitionError and QuestionError."""
        try:
            subject, files = self._typed(parsed(definition), parsed_segments(segments))
        except DefinitionError as error:
            # Text is judged once more as a whole: all problems at once, with their lines.
            raise DefinitionError(*(self.problems(definition, segments) or error.problems)) from None
        return Question(
            subject=subject,
            as_of=instant_of(as_of),
            zone=self._zone,
            asked_zone=None if time_zone is None else zone_of(time_zone),
            segments=files,
        )

    def problems(self, definition: Subject, segments: SegmentFiles | None, pause: Pause = go_on) -> list[Problem]:
        """Everything that is wrong with a definition, in the order of its text, with lines where it is text."""
        files = parsed_segments(segments)
        if isinstance(definition, Definition | DynamicSegment | StaticSegment):
            return check(definition, self._catalog, files)
        return validate(definition, self._catalog, files, pause=pause)

    def _typed(
        self, subject: Definition | Segment, files: dict[str, Segment]
    ) -> tuple[Definition | Segment, dict[str, Segment]]:
        files = referred(subject, files)
        # Written out, for 1 equals True: what is right for a truth value would seem right for a number.
        asked = repr((subject, files))
        with self._lock:
            known = self._checked.get(asked)
            if known is not None:
                self._checked.move_to_end(asked)
                return known
        checked = {key: cast("Segment", typed(file, self._catalog, files)) for key, file in files.items()}
        answer = typed(subject, self._catalog, files), checked
        with self._lock:
            self._checked[asked] = answer
            if len(self._checked) > _REMEMBERED:
                self._checked.popitem(last=False)
        return answer
