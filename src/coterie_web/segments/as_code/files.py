"""Segment files as they are sent: read, checked together, and put in the order in which they can go live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from coterie import CoterieError, DefinitionError, DynamicSegment, Membership, Problem, StaticSegment, parse
from coterie.definition import to_mapping
from coterie.definition.references import references
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.files import SegmentFile, live_file, with_listed
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import may_change, visible_contacts, visible_segments
from coterie_web.segments.references import needed_files, served_keys

__all__ = ["SentFile", "read_files", "says_the_same"]


@dataclass(frozen=True, slots=True)
class SentFile:
    """A segment file: as it was read, and as plain data in the canonical form."""

    parsed: DynamicSegment | StaticSegment
    plain: SegmentFile

    @property
    def key(self) -> str:
        return self.parsed.key

    @property
    def content(self) -> SegmentFile:
        """What a version keeps of it."""
        return {name: self.plain[name] for name in ("definition", "pinned", "members") if name in self.plain}

    @property
    def details(self) -> dict[str, object]:
        """What is said of it besides; what the file leaves out is as it is where nothing is said."""
        external = self.plain.get("external")
        source = external if isinstance(external, Mapping) else {}
        return {
            "name": self.plain["name"],
            "description": self.plain.get("description", ""),
            "time_zone": self.plain.get("time_zone", ""),
            "scope": self.plain.get("scope", "organization"),
            "tags": self.plain.get("tags", []),
            "external_source": source.get("source", ""),
            "external_url": source.get("url", ""),
        }


def read_files(sent: Sequence[object], *, acting_user: User) -> list[SentFile]:
    """The files, those that are referred to before those that refer to them. Raises DefinitionError with all problems.

    A file may refer to the others, and to live segments that the person sees.
    """
    files: dict[str, SentFile] = {}
    for place, each in enumerate(sent):
        file = _read(each, f"segments[{place}]")
        if file.key in files:
            message = f"Another of these files is of the segment {file.key!r}."
            raise DefinitionError(Problem(code="invalid_value", path=f"segments[{place}].segment", message=message))
        files[file.key] = file
    _check(files, acting_user)
    return [files[key] for key in _ordered(files)]


def says_the_same(segment: Segment, file: SentFile, visible: Membership | None) -> bool:
    """Whether the served version says what the file says, however each of the two is written.

    Of contacts that it lists it is compared by those whom the person sees: their file can list no others.
    """
    try:
        served = to_mapping(parse(with_listed(live_file(segment), visible)))
    except CoterieError:  # the catalog may have changed
        return False
    return all(served.get(name) == file.content.get(name) for name in ("definition", "pinned", "members"))


def _read(sent: object, path: str) -> SentFile:
    try:
        parsed = parse(sent)  # type: ignore[arg-type]  # whatever it is: it is refused where it is no file
    except DefinitionError as error:
        raise DefinitionError(*(_below(path, problem) for problem in error.problems)) from None
    if not isinstance(parsed, DynamicSegment | StaticSegment):
        message = "This is a bare definition, and no segment file."
        raise DefinitionError(Problem(code="missing_key", path=f"{path}.segment", message=message))
    return SentFile(parsed, dict(to_mapping(parsed)))


def _check(files: Mapping[str, SentFile], user: User) -> None:
    """Refuse what could not be served, all of it at once.

    A file may go on to name what its segment is served with, seen or not: that of whoever may edit the segment, and one
    that changes nothing. No other file may.
    """
    named = {key: {referred for _, referred in references(file.parsed)} for key, file in files.items()}
    served = {
        segment.key: served_keys(segment)
        for segment in visible_segments(user).filter(key__in=files)
        if may_change(user, segment) or _goes_on(segment, files[segment.key], user)
    }
    besides = set[str]().union(*served.values())
    unseen = besides - set(visible_segments(user).filter(key__in=besides).values_list("key", flat=True))
    absent = {key: names & unseen - served.get(key, set()) for key, names in named.items()}
    others = needed_files(user, set[str]().union(*absent.values()))  # what may have been meant instead
    others |= needed_files(user, set[str]().union(*named.values()) - set(files), besides=besides)
    others |= {key: file.plain for key, file in files.items()}
    problems: list[Problem] = []
    for place, (key, file) in enumerate(files.items()):
        known = others
        if unseen:
            led_to = set[str]().union(*(named[other] for other in _led_to(key, named)))
            hidden = unseen - led_to | absent[key]
            known = {other: content for other, content in others.items() if other not in hidden}
        found = engine().validate(file.parsed, segments=known)
        problems += [_below(f"segments[{place}]", problem) for problem in found]
    if problems:
        raise DefinitionError(*problems)


def _goes_on(segment: Segment, file: SentFile, user: User) -> bool:
    return segment.is_live and says_the_same(segment, file, visible_contacts(user))


def _led_to(key: str, named: Mapping[str, set[str]]) -> set[str]:
    """One of the files, and those of the others that it leads to."""
    found: set[str] = set()
    ahead = {key}
    while ahead:
        found |= ahead
        ahead = set[str]().union(*(named[each] for each in ahead)) & named.keys() - found
    return found


def _ordered(files: Mapping[str, SentFile]) -> list[str]:
    graph = {key: [name for _, name in references(file.parsed) if name in files] for key, file in files.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:  # the check has told of it, unless somebody is live in between
        keys = " → ".join(error.args[1])
        message = f"The files refer to each other in a circle: {keys}."
        raise DefinitionError(Problem(code="segment_cycle", path="segments", message=message)) from None


def _below(path: str, problem: Problem) -> Problem:
    return replace(problem, path=".".join(filter(None, [path, problem.path])))
