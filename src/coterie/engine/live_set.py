"""The segment files that shall be live: remembered from call to call, so that only what changed is read and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import cast
from zoneinfo import ZoneInfo

from coterie.catalog.model import Catalog
from coterie.definition import to_mapping, typed
from coterie.definition.grammar import SEGMENT_KEY
from coterie.definition.nodes import Definition, Segment, StaticSegment
from coterie.definition.paths import format_path, shown
from coterie.definition.references import references
from coterie.engine.questions import NO_KEY, Subject, parsed
from coterie.engine.written_problems import problems_in, written
from coterie.errors import DefinitionError, Problem
from coterie.refresh.live import LiveSegment

__all__ = ["LiveSet"]


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it was given, as it was read, its canonical text, and the version of its definition.

    There is no `source` where what was given cannot be kept: it is read anew every time. Where there are `problems`, it
    could not be read: the segment only stands for it, and the text holds the problems.
    """

    source: Subject | None
    segment: Segment
    problems: tuple[Problem, ...]
    text: bytes
    version: int


class LiveSet:
    """Live segments by key. A change of any is checked against all others, for they may refer to it."""

    def __init__(self, catalog: Catalog, zone: ZoneInfo) -> None:
        self._catalog = catalog
        self._zone = zone
        self._files: dict[str, _File] = {}
        self._versions: dict[str, int] = {}
        self._live: dict[str, LiveSegment] = {}

    @property
    def segments(self) -> Mapping[str, LiveSegment]:
        return self._live

    def text(self, key: str) -> bytes:
        """The canonical text of a file: JSON in UTF-8; of one that cannot be read, the list of its problems."""
        return self._files[key].text

    def equals(self, other: LiveSet) -> bool:
        """Whether both hold the same segments in the same versions."""
        return self is other or self.texts() == other.texts()

    def texts(self) -> dict[str, tuple[int, bytes]]:
        """The version and the canonical text of each file, by key."""
        return {key: (file.version, file.text) for key, file in self._files.items()}

    def restore(self, texts: Mapping[str, tuple[int, bytes]], former_versions: Mapping[str, int]) -> None:
        """Go on from the texts of live segments and their versions, and the last versions of stopped ones."""
        self._versions = dict(former_versions)
        for key, (version, text) in texts.items():
            self._files[key] = _File(text, *_restored(key, text), text, version)
            self._versions[key] = version
        self._check()

    def replaced(self, sources: Mapping[str, Subject]) -> LiveSet:
        """The set that these files make. One that cannot be read is a problem of its own segment.

        Raises DefinitionError where a file is passed under what is no key.
        """
        _check_keys(sources)
        changed = {key: source for key, source in sources.items() if not self._is_known(key, source)}
        if not changed and len(sources) == len(self._files):
            return self
        made = LiveSet(self._catalog, self._zone)
        made._versions = dict(self._versions)
        for key in sources:
            made._files[key] = self._file(key, changed[key]) if key in changed else self._files[key]
            made._versions[key] = made._files[key].version
        made._check()
        return made

    def _is_known(self, key: str, source: Subject) -> bool:
        held = self._files.get(key)
        if held is None or held.source is None:
            return False
        return held.source is source or (type(held.source) is type(source) and _equal(held.source, source))

    def _file(self, key: str, source: Subject) -> _File:
        segment, problems = _read(key, source)
        text = written(problems) if problems else json.dumps(to_mapping(segment), ensure_ascii=False).encode()
        held = self._files.get(key)
        if held is not None and held.text == text:
            return replace(held, source=_kept(source))
        return _File(_kept(source), segment, problems, text, self._versions.get(key, 0) + 1)

    def _check(self) -> None:
        files = {key: file.segment for key, file in self._files.items()}
        self._live = {key: self._checked(file, files) for key, file in self._files.items()}

    def _checked(self, file: _File, files: Mapping[str, Segment]) -> LiveSegment:
        segment, problems = file.segment, file.problems
        if problems:
            return LiveSegment.of(segment, file.version, self._zone, self._catalog, problems)
        try:
            segment = cast("Segment", typed(segment, self._catalog, files))
        except DefinitionError as error:
            referred = {format_path(path): key for path, key in references(segment)}
            problems = tuple(self._as_stopped(problem, referred.get(problem.path)) for problem in error.problems)
        return LiveSegment.of(segment, file.version, self._zone, self._catalog, problems)

    def _as_stopped(self, problem: Problem, referred: str | None) -> Problem:
        """A problem of the reference to `referred`, if it is of one: where that was live once, it says so."""
        if problem.code != "unknown_segment" or referred not in self._versions or referred in self._files:
            return problem
        message = f"The segment {shown(referred)} is not live any more."
        return replace(problem, code="segment_not_live", message=message, hint="Start it again, or refer to another.")


def _kept(source: Subject) -> Subject | None:
    """The source as it is now: a mapping may be changed by whoever passed it. None where it cannot be copied."""
    if not isinstance(source, Mapping):
        return source
    try:
        return deepcopy(source)
    except Exception:  # noqa: BLE001 - so may what a mapping holds, when it is copied
        return None


def _equal(one: Subject, other: Subject) -> bool:
    """Whether two sources are equal, as far as they can say so."""
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - or compared
        return False


def _check_keys(sources: Mapping[str, Subject]) -> None:
    """Raise DefinitionError for what is no key of a segment: nobody could say whose file it is."""
    problems = [
        Problem(
            code="invalid_value",
            path=f"segments.{key}",
            message="The key of a segment has lower-case letters, digits and hyphens alone.",
            hint="Pass each file under its own key.",
        )
        for key in sources
        if not isinstance(key, str) or not SEGMENT_KEY.fullmatch(key)
    ]
    if problems:
        raise DefinitionError(*problems)


def _read(key: str, source: Subject) -> tuple[Segment, tuple[Problem, ...]]:
    """What a file says; or, with a segment that stands for it and is never evaluated, why nobody can tell."""
    try:
        tree = parsed(source)
    except DefinitionError as error:
        return _stand_in(key), error.problems
    except Exception as error:  # noqa: BLE001 - whatever a mapping does when it is read must fail no other segment
        message = f"This cannot be read: {type(error).__name__}."
        hint = "Pass plain data, or text."
        return _stand_in(key), (Problem(code="invalid_value", path="", message=message, hint=hint),)
    if isinstance(tree, Definition):
        return _stand_in(key), (NO_KEY,)
    if tree.key != key:
        message = f"This is the file of {shown(tree.key)}."
        hint = "Pass each file under its own key."
        return _stand_in(key), (Problem(code="invalid_value", path="segment", message=message, hint=hint),)
    return tree, ()


def _restored(key: str, text: bytes) -> tuple[Segment, tuple[Problem, ...]]:
    """What the canonical text of a file says, as `_read` does."""
    if text.startswith(b"["):  # a segment is an object
        return _stand_in(key), problems_in(text)
    return _read(key, text)


def _stand_in(key: str) -> Segment:
    return StaticSegment(key=key, name=key, members=())
