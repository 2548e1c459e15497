"""Segment files in which those that a person does not see are called otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import count

from coterie import DefinitionError, parse
from coterie_web.catalogs.engine import engine
from coterie_web.segments.files import SegmentFile

__all__ = ["under_other_names"]


def under_other_names(
    files: Mapping[str, SegmentFile], hidden: Iterable[str], *, taken: Collection[str]
) -> dict[str, SegmentFile]:
    """The files where the hidden ones are called otherwise, wherever they are referred to.

    A hidden one that has a problem is replaced by one that has another, which says nothing of it.
    """
    free = (name for number in count(1) if (name := f"unseen-{number}") not in files and name not in taken)
    nobody = next(free)
    names = dict(zip(sorted(hidden), free, strict=False))
    renamed = {names.get(key, key): _with_names(file, key, names) for key, file in files.items()}
    unseen = renamed.keys() & names.values()
    for fails in (_is_unreadable, _has_problems):
        renamed |= {name: _failing(name, nobody) for name in unseen if fails(name, renamed)}
    return renamed


def _is_unreadable(key: str, files: Mapping[str, SegmentFile]) -> bool:
    try:
        parse(files[key])
    except DefinitionError:
        return True
    return False


def _has_problems(key: str, files: Mapping[str, SegmentFile]) -> bool:
    return bool(engine().validate(files[key], segments=files))


def _failing(key: str, nobody: str) -> SegmentFile:
    """A segment that refers to one that is not there."""
    blocks = [{"block": {"kind": "segment", "segment": nobody}}]
    return {"coterie": 1, "segment": key, "name": key, "type": "dynamic", "definition": {"blocks": blocks}}


def _with_names(file: SegmentFile, key: str, names: Mapping[str, str]) -> SegmentFile:
    renamed = {**file, "segment": names.get(key, key), "name": names.get(key, file["name"])}
    definition = file.get("definition")
    if isinstance(definition, Mapping):
        renamed["definition"] = {**definition, "blocks": _renamed(definition.get("blocks"), names)}
    return renamed


def _renamed(steps: object, names: Mapping[str, str]) -> object:
    return [_renamed_step(step, names) for step in steps] if isinstance(steps, list) else steps


def _renamed_step(step: object, names: Mapping[str, str]) -> object:
    match step:
        case {"block": {"kind": "segment", "segment": str(key), **rest}, **more}:
            return {**more, "block": {**rest, "kind": "segment", "segment": names.get(key, key)}}
        case {"block": {"kind": "group", "blocks": inside, **rest}, **more}:
            return {**more, "block": {**rest, "kind": "group", "blocks": _renamed(inside, names)}}
        case _:
            return step
