"""What keeps a draft from being served: problems of its own, or of those that need it."""

from __future__ import annotations

from collections.abc import Mapping

from coterie import DefinitionError, Problem
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.files import SegmentFile, draft_file
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import live_files, live_segments
from coterie_web.segments.references import leading_to, live_users_of, needed_files, referred_keys

__all__ = ["broken_by", "check"]


def check(segment: Segment, *, acting_user: User) -> list[Problem]:
    """Everything that keeps the draft itself from going live."""
    file = draft_file(segment)
    return _problems(file, needed_files(acting_user, referred_keys(file), of=segment))


def broken_by(segment: Segment) -> list[Segment]:
    """The live segments that lead to this one, and could not be evaluated any more if its draft were published."""
    if not live_users_of(segment.key):
        return []
    served = live_files()
    files = {**served, segment.key: draft_file(segment)}
    broken = [key for key in leading_to(segment.key, files) if _fails(key, files) and not _fails(key, served)]
    return list(live_segments().filter(key__in=broken))


def _fails(key: str, files: Mapping[str, SegmentFile]) -> bool:
    return bool(_problems(files[key], _needed(key, files)))


def _needed(key: str, files: Mapping[str, SegmentFile]) -> dict[str, SegmentFile]:
    """Those of the files that one of them leads to, so that no other has to be read."""
    found: dict[str, SegmentFile] = {}
    ahead = referred_keys(files[key])
    while ahead:
        referred = ahead.pop()
        if referred in files and referred not in found:
            found[referred] = files[referred]
            ahead += referred_keys(files[referred])
    return found


def _problems(file: SegmentFile, files: Mapping[str, SegmentFile]) -> list[Problem]:
    try:
        return engine().validate(file, segments=files)
    except DefinitionError as error:
        return list(error.problems)
