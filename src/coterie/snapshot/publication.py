"""What stands published: one segment (`Standing`), and all of them at one moment (`Publication`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from pyroaring import BitMap

from coterie.snapshot.layout import Entry, Good
from coterie.snapshot.snapshot import Snapshot, State

__all__ = ["Issue", "Publication", "Standing", "Standings", "snapshot_of"]

T = TypeVar("T")


class Standing(NamedTuple):  # a tuple, since ten thousand may be made by one publication
    """How a segment stands: its last entry, the publication that is in, and what must not be read again.

    `deltas` and `delta_bytes` say how much came since its members were last written in full, in `full_bytes`.
    """

    entry: Entry
    number: int
    definition: bytes
    problems: bytes
    members: BitMap | None
    deltas: int
    delta_bytes: int
    full_bytes: int


Standings = Mapping[str, Standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """When a publication was made, and of which data."""

    number: int
    data_version: int
    as_of: int


class Publication:
    """All segments as they stand after one publication: one data version, one `as_of`. Never changes."""

    __slots__ = ("_issue", "_standings")

    def __init__(self, issue: Issue, standings: Standings) -> None:
        self._issue = issue
        self._standings = standings

    @property
    def issue(self) -> Issue:
        return self._issue

    @property
    def standings(self) -> Standings:
        """How each segment stands, for the journal itself."""
        return self._standings

    @property
    def number(self) -> int:
        return self._issue.number

    @property
    def data_version(self) -> int:
        return self._issue.data_version

    @property
    def as_of(self) -> int:
        return self._issue.as_of

    @property
    def segments(self) -> Mapping[str, Snapshot]:
        """The snapshots that may be used, and those of failing segments, which are the last good ones."""
        return _View(self._standings, _is_published, self._snapshot)

    @property
    def members(self) -> Mapping[str, BitMap]:
        """The members of the segments that have a snapshot, as they stand."""
        published = ((key, held) for key, held in self._standings.items() if _is_published(held))
        return {key: held.members for key, held in published if held.members is not None}

    @property
    def stopped(self) -> Mapping[str, Snapshot]:
        """The last snapshots of segments that are stopped, or were and fail since; to be looked at."""
        return _View(self._standings, _is_stopped, self._snapshot)

    @property
    def failing(self) -> Mapping[str, bytes]:
        """The problems of the segments that could not be evaluated, as they were given."""
        return _View(self._standings, _is_failing, lambda _, standing: standing.problems)

    @property
    def definitions(self) -> Mapping[str, tuple[int, bytes]]:
        """Version and text of the definitions of all segments that are not stopped."""
        return _View(self._standings, _is_defined, _definition)

    def __repr__(self) -> str:
        return f"<Publication {self.number} of data version {self.data_version} as of {self.as_of}>"

    def _snapshot(self, key: str, standing: Standing) -> Snapshot:
        return snapshot_of(key, standing.entry, self._issue, standing.members)


def snapshot_of(key: str, entry: Entry, issue: Issue, members: BitMap | None) -> Snapshot:
    """The snapshot of a segment whose last entry up to a publication this is."""
    assert members is not None
    assert entry.snapshot_version is not None
    good = Good(issue.number, issue.data_version, issue.as_of) if entry.good is None else entry.good
    return Snapshot(
        key=key,
        definition_version=entry.snapshot_version,
        data_version=good.data_version,
        as_of=good.as_of,
        members=members,
        count=entry.size,
        checksum=entry.checksum,
        publication=good.publication,
    )


class _View(Mapping[str, T]):
    """Some segments, each made into something only when it is asked for: there may be ten thousand of them."""

    __slots__ = ("_among", "_made", "_standings")

    def __init__(
        self, standings: Standings, among: Callable[[Standing], bool], made: Callable[[str, Standing], T]
    ) -> None:
        self._standings = standings
        self._among = among
        self._made = made

    def __getitem__(self, key: str) -> T:
        standing = self._standings[key]
        if not self._among(standing):
            raise KeyError(key)
        return self._made(key, standing)

    def __iter__(self) -> Iterator[str]:
        return (key for key, standing in self._standings.items() if self._among(standing))

    def __len__(self) -> int:
        return sum(map(self._among, self._standings.values()))

    def __repr__(self) -> str:
        return f"<{len(self)} segments>"


def _is_published(standing: Standing) -> bool:
    return standing.entry.state.is_published and standing.members is not None


def _is_stopped(standing: Standing) -> bool:
    return not standing.entry.state.is_published and standing.members is not None


def _is_failing(standing: Standing) -> bool:
    return standing.entry.state.is_failing


def _is_defined(standing: Standing) -> bool:
    return standing.entry.state is not State.STOPPED


def _definition(_: str, standing: Standing) -> tuple[int, bytes]:
    return standing.entry.definition_version, standing.definition
