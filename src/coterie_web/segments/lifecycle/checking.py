"""What keeps a draft from being served."""

from __future__ import annotations

from collections.abc import Mapping

from coterie import DefinitionError, Problem
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.files import SegmentFile, draft_file
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import live_files
from coterie_web.segments.references import leading_to, needed_files, referred_keys

__all__ = ["check", "problems_of_users"]


def check(segment: Segment, *, acting_user: User) -> list[Problem]:
    """Everything that keeps the draft itself from going live."""
    file = draft_file(segment)
    return _problems(file, needed_files(acting_user, referred_keys(file), of=segment))


def problems_of_users(segment: Segment) -> dict[str, list[Problem]]:
    """What publishing the draft would break in live segments that lead to it, by their keys."""
    files = {**live_files(), segment.key: draft_file(segment)}
    found = {key: _problems(files[key], _needed(key, files)) for key in leading_to(segment.key, files)}
    return {key: problems for key, problems in found.items() if problems}


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
