"""Which segments a definition refers to, and who refers to a segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches

from django.db.models import QuerySet

from coterie_web.accounts.models import User
from coterie_web.segments.files import SegmentFile, live_file
from coterie_web.segments.hiding import under_other_names
from coterie_web.segments.models import LIVE_STATUSES, Reference, Segment
from coterie_web.segments.queries import live_segments, visible_segments

__all__ = [
    "draft_users_of",
    "leading_to",
    "live_users_of",
    "needed_files",
    "placed_keys",
    "referred_keys",
    "served_keys",
    "users_seen_by",
]

_MOST_HINTED = 9
"""Of so many names a problem tells some, where none is like the one that is missing."""


def referred_keys(content: Mapping[str, object]) -> list[str]:
    """The keys that a segment file or a version's content names, in order, each once. It may be incomplete."""
    return list(dict.fromkeys(key for _, key in placed_keys(content)))


def placed_keys(content: Mapping[str, object]) -> list[tuple[str, str]]:
    """The same, each as often as it is named, with the path where."""
    definition = content.get("definition")
    return list(_keys(definition.get("blocks"), "definition.blocks")) if isinstance(definition, Mapping) else []


def _keys(steps: object, path: str) -> Iterator[tuple[str, str]]:
    for place, step in enumerate(steps if isinstance(steps, list) else ()):
        match step:
            case {"block": {"kind": "segment", "segment": str(key)}}:
                yield f"{path}[{place}].block.segment", key
            case {"block": {"kind": "group", "blocks": inside}}:
                yield from _keys(inside, f"{path}[{place}].block.blocks")
            case _:
                pass


def needed_files(
    user: User, keys: Iterable[str], *, of: Segment | None = None, besides: Collection[str] = ()
) -> dict[str, SegmentFile]:
    """The files of live segments that these keys of a definition lead to, at whatever depth.

    A definition may name only what the person sees and, where it is `of` a live segment, what that is served with, or
    what is named in `besides`. What those lead to is found whoever owns it, under a name by which the definition cannot
    mean it, nor a problem tell it.
    """
    named = set(filter(None, keys))
    if not named:
        return {}
    seen = visible_segments(user).filter(status__in=LIVE_STATUSES)
    served = set(besides) if of is None else served_keys(of).union(besides)
    files = _files(seen.filter(key__in=named)) | _files(live_segments().filter(key__in=named & served))
    direct, hidden = set(files), set[str]()
    ahead = _beyond(files.values(), files)
    while ahead:
        hidden |= ahead - set(seen.filter(key__in=ahead).values_list("key", flat=True))
        found = _files(live_segments().filter(key__in=ahead))
        files |= found
        ahead = _beyond(found.values(), files)
    if named - direct:
        files |= _files(seen.filter(key__in=_alike(named - direct, seen)))
    return under_other_names(files, hidden, taken=named) if hidden else files


def served_keys(segment: Segment) -> set[str]:
    """The keys that a segment names as it is served; none where it is not live."""
    if segment.live_version is None or not segment.is_live:
        return set()
    return set(referred_keys(segment.live_version.content))


def _files(segments: Iterable[Segment]) -> dict[str, SegmentFile]:
    return {segment.key: live_file(segment) for segment in segments}


def _beyond(files: Iterable[SegmentFile], known: Mapping[str, object]) -> set[str]:
    return {key for file in files for key in referred_keys(file)} - set(known)


def _alike(missing: Iterable[str], seen: QuerySet[Segment]) -> set[str]:
    """Which of the segments may have been meant: the problem says so."""
    known = list(seen.values_list("key", flat=True))
    return {alike for key in missing for alike in get_close_matches(key, known, n=1) or sorted(known)[:_MOST_HINTED]}


def leading_to(key: str, files: Mapping[str, SegmentFile]) -> list[str]:
    """The keys of those files that refer to the segment, at whatever depth."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    for user, file in files.items():
        for referred in referred_keys(file):
            users[referred].append(user)
    found: dict[str, None] = {}
    ahead = [key]
    while ahead:
        new = [user for user in users[ahead.pop()] if user not in found and user != key]
        found |= dict.fromkeys(new)
        ahead += new
    return list(found)


def live_users_of(key: str) -> list[Segment]:
    """The live segments whose served version refers to this one, by name; nothing but key and name of each is read."""
    referring = Reference.objects.filter(key=key).values("version_id")
    live = Segment.objects.filter(status__in=LIVE_STATUSES, live_version__in=referring)
    return list(live.exclude(key=key).only("key", "name"))


def users_seen_by(user: User, key: str) -> int:
    """How many live segments that the person sees refer to this one."""
    referring = Reference.objects.filter(key=key).values("version_id")
    live = visible_segments(user).filter(status__in=LIVE_STATUSES, live_version__in=referring)
    return live.exclude(key=key).count()


def draft_users_of(key: str, *, user: User) -> list[Segment]:
    """The drafts and edits, of those that the person sees, which refer to this one."""
    worked_on = visible_segments(user).filter(status__in=(Segment.Status.DRAFT, Segment.Status.EDITING))
    found = worked_on.exclude(key=key).filter(definition__isnull=False)
    return [segment for segment in found if key in referred_keys({"definition": segment.definition})]
