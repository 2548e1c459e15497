"""What is published of a segment, how it changed, and why.

Members are ordinals, moments are milliseconds since 1970 UTC. Bitmaps handed in or out are shared: nobody changes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pyroaring import BitMap

__all__ = ["Cause", "Change", "LogEntry", "Snapshot", "State", "Update"]


class Cause(StrEnum):
    """Why contacts entered or left."""

    DATA = "data"
    TIME = "time"
    DEFINITION = "definition"


class State(StrEnum):
    """How a segment stands in a publication.

    Live: its snapshot is that of the publication. Failing: it could not be evaluated and keeps its last good snapshot.
    Stopped: it is not published any more; its last snapshot is there to be looked at. Withheld: it failed when it was
    started again, and ever since; nothing is published of it, for what was before it was stopped cannot be used.
    """

    LIVE = "live"
    STOPPED = "stopped"
    FAILING = "failing"
    WITHHELD = "withheld"

    @property
    def is_published(self) -> bool:
        """Whether the last snapshot may be used."""
        return self in (State.LIVE, State.FAILING)

    @property
    def is_failing(self) -> bool:
        return self in (State.FAILING, State.WITHHELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who entered and who left, for one cause."""

    cause: Cause
    entered: BitMap
    left: BitMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The members of a segment as they were published.

    `publication`, `data_version` and `as_of` are those of the last publication in which the segment was live.
    """

    key: str
    definition_version: int
    data_version: int
    as_of: int
    members: BitMap
    count: int
    checksum: int
    publication: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What a publication says of a segment that changed: its definition, its members, or how it stands.

    `definition` is its text, None where the segment has it already. `members` is None where they stay as they are, as
    they always do where a segment fails or stops. `changes` lead to them, in this order, from the former ones: nobody
    for a new segment, the last snapshot's for one that was stopped. `problems` say why it fails; one that fails when it
    is started again is withheld by itself.
    """

    key: str
    definition_version: int
    definition: bytes | None = None
    state: State = State.LIVE
    members: BitMap | None = None
    changes: tuple[Change, ...] = ()
    problems: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """Who entered and left a segment with one publication, for one cause."""

    publication: int
    as_of: int
    data_version: int
    definition_version: int
    cause: Cause
    entered: BitMap
    left: BitMap
