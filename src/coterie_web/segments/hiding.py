"""Segment files in which those that a person does not see are called otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import count

from coterie_web.segments.files import SegmentFile

__all__ = ["under_other_names"]


def under_other_names(
    files: Mapping[str, SegmentFile], hidden: Iterable[str], *, taken: Collection[str]
) -> dict[str, SegmentFile]:
    """The files where the hidden ones are called otherwise, wherever they are referred to."""
    free = (name for number in count(1) if (name := f"unseen-{number}") not in files and name not in taken)
    names = dict(zip(sorted(hidden), free, strict=False))
    return {names.get(key, key): _with_names(file, key, names) for key, file in files.items()}


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
