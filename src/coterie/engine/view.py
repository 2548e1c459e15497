"""What is published at one moment, to be read without waiting for anybody: it is replaced whole, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from pyroaring import BitMap

from coterie.engine.refreshed import Published
from coterie.errors import Problem
from coterie.membership import ContactDirectory, Membership
from coterie.snapshot import Publication, Snapshot

__all__ = ["View", "moment_of", "moment_or_none"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class View(Mapping[str, Published]):
    """The published segments by key, each made into an object only when it is asked for."""

    def __init__(
        self,
        publication: Publication | None,
        names: Mapping[str, str],
        problems: Mapping[str, tuple[Problem, ...]],
        next_evaluation: Mapping[str, int | None],
        directory: ContactDirectory,
    ) -> None:
        self._snapshots: Mapping[str, Snapshot] = {} if publication is None else publication.segments
        self._stopped: Mapping[str, Snapshot] = {} if publication is None else publication.stopped
        self._names = names
        self._problems = problems
        self._next_evaluation = next_evaluation
        self._directory = directory
        members = {} if publication is None else publication.members
        self._sets: tuple[tuple[str, BitMap], ...] = tuple(sorted(members.items()))

    @property
    def problems(self) -> Mapping[str, tuple[Problem, ...]]:
        """Why segments could not be evaluated, those too that never could."""
        return self._problems

    def __getitem__(self, key: str) -> Published:
        return self._published(self._snapshots[key])

    def last_of(self, key: str) -> Published | None:
        """A segment as it is published or, of one that was stopped, as it last was; None where it never was."""
        snapshot = self._snapshots.get(key) or self._stopped.get(key)
        return None if snapshot is None else self._published(snapshot)

    def _published(self, snapshot: Snapshot) -> Published:
        key = snapshot.key
        return Published(
            key=key,
            name=self._names.get(key, key),
            definition_version=snapshot.definition_version,
            publication=snapshot.publication,
            data_version=snapshot.data_version,
            as_of=moment_of(snapshot.as_of),
            members=Membership(snapshot.members, self._directory),
            count=snapshot.count,
            checksum=snapshot.checksum,
            next_evaluation=moment_or_none(self._next_evaluation.get(key)),
            problems=self._problems.get(key, ()),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._snapshots)

    def __len__(self) -> int:
        return len(self._snapshots)

    def __repr__(self) -> str:
        return f"<{len(self)} published segments>"

    def keys_of(self, ordinal: int) -> tuple[str, ...]:
        """The keys of the segments with that contact, in alphabetical order."""
        return tuple([key for key, members in self._sets if ordinal in members])


def moment_of(instant: int) -> datetime:
    """Milliseconds since 1970 as an aware datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=instant)


def moment_or_none(instant: int | None) -> datetime | None:
    return None if instant is None else moment_of(instant)
