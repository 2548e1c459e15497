"""Published memberships, kept: snapshots, what changed and why, in files that a reader never sees half of."""

from coterie.snapshot.checksum import checksum, patched
from coterie.snapshot.journal import Journal
from coterie.snapshot.publication import Issue, Publication
from coterie.snapshot.snapshot import Cause, Change, LogEntry, Snapshot, State, Update

__all__ = [
    "Cause",
    "Change",
    "Issue",
    "Journal",
    "LogEntry",
    "Publication",
    "Snapshot",
    "State",
    "Update",
    "checksum",
    "patched",
]
