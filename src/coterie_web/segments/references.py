"""Which segments a definition refers to, and who refers to a segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from coterie_web.accounts.models import User
from coterie_web.segments.files import SegmentFile, live_file
from coterie_web.segments.models import LIVE_STATUSES, Reference, Segment
from coterie_web.segments.queries import live_segments, referable_files, visible_segments

__all__ = [
    "draft_users_of",
    "files_named",
    "leading_to",
    "live_users_of",
    "needed_files",
    "referred_keys",
    "users_seen_by",
]

_LARGE = ("definition", "pinned", "members", "live_version__content")
"""What may be megabytes, and says nothing about who a segment is."""


def referred_keys(content: Mapping[str, object]) -> list[str]:
    """The keys that a segment file or a version's content names, in order, each once. It may be incomplete."""
    definition = content.get("definition")
    return list(dict.fromkeys(_keys(definition.get("blocks")))) if isinstance(definition, Mapping) else []


def _keys(steps: object) -> Iterator[str]:
    for step in steps if isinstance(steps, list) else ():
        match step:
            case {"block": {"kind": "segment", "segment": str(key)}}:
                yield key
            case {"block": {"kind": "group", "blocks": inside}}:
                yield from _keys(inside)
            case _:
                pass


def needed_files(user: User, content: Mapping[str, object]) -> dict[str, SegmentFile]:
    """The files of live segments that this content leads to, at whatever depth: see `files_named`."""
    return files_named(user, referred_keys(content))


def files_named(user: User, direct: Sequence[str]) -> dict[str, SegmentFile]:
    """The files of live segments with these keys, and of those that they lead to, at whatever depth.

    The person may name only what they see; what those lead to is found whoever owns it. Where they name another, all
    that they may name are given: so that the problem can say which was meant.
    """
    visible = visible_segments(user).filter(status__in=LIVE_STATUSES, key__in=direct)
    files = {segment.key: live_file(segment) for segment in visible}
    if len(files) < len(direct):
        return referable_files(user)
    ahead = _beyond(files.values(), files)
    while ahead:
        found = {segment.key: live_file(segment) for segment in live_segments().filter(key__in=ahead)}
        files |= found
        ahead = _beyond(found.values(), files)
    return files


def _beyond(files: Iterable[SegmentFile], known: Mapping[str, object]) -> set[str]:
    return {key for file in files for key in referred_keys(file)} - set(known)


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
    """The live segments whose served version refers to this one, by name."""
    referring = Reference.objects.filter(key=key).values("version_id")
    return list(live_segments().defer(*_LARGE).filter(live_version__in=referring).exclude(key=key))


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
