"""Who entered and left, by segment, as a refresh tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyroaring import BitMap

from coterie.engine.refreshed import Delta, DeltaPart
from coterie.membership import ContactDirectory, Membership
from coterie.snapshot import Change

__all__ = ["DeltaView"]


class DeltaView(Mapping[str, Delta]):
    """Who entered and left, by segment: made when it is asked for, as a refresh may change a thousand segments."""

    def __init__(self, changes: Mapping[str, tuple[Change, ...]], directory: ContactDirectory) -> None:
        self._changes = changes
        self._directory = directory

    def __getitem__(self, key: str) -> Delta:
        changes = self._changes[key]
        parts = tuple(
            DeltaPart(cause=change.cause, entered=self._members(change.entered), left=self._members(change.left))
            for change in changes
        )
        if len(parts) == 1:
            return Delta(entered=parts[0].entered, left=parts[0].left, parts=parts)
        return Delta(
            entered=self._members(BitMap.union(*(change.entered for change in changes))),
            left=self._members(BitMap.union(*(change.left for change in changes))),
            parts=parts,
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._changes)

    def __len__(self) -> int:
        return len(self._changes)

    def __repr__(self) -> str:
        return repr(dict(self))

    def _members(self, ordinals: BitMap) -> Membership:
        return Membership(ordinals, self._directory)
