"""The loop of `coterie watch`: does what is due, and sleeps until something is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from coterie.cli.inbox import Inbox
from coterie.cli.operations import apply_batches, joined
from coterie.engine.plain_currency import ingest_as_json, problems_as_json
from coterie.engine.refreshed import Refresh
from coterie.errors import Problem, ReadError
from coterie.records import IngestReport

__all__ = ["Current", "Settings", "Timer", "Watch", "Witness"]

_LONGEST_SLEEP = timedelta(minutes=1)
"""A machine that was suspended, or whose clock was set, is noticed so soon."""

_FIRST_RETRY, _LAST_RETRY = timedelta(seconds=1), timedelta(minutes=1)
"""How long a segment that failed for no fault of its own waits to be tried again: at first, and after many failures."""

_RETAIN_EVERY = timedelta(days=1)


class Current(Protocol):
    """What is kept current: an engine."""

    @property
    def data_version(self) -> int: ...
    def ingest(self, records: Iterable[Mapping[str, object]]) -> IngestReport: ...
    def refresh(self, *, as_of: datetime) -> Refresh: ...
    def retain(self, before: datetime) -> int: ...


class Timer(Protocol):
    """A clock, a sleep, and whether it is time to end."""

    @property
    def ended(self) -> bool: ...
    def now(self) -> datetime: ...
    def sleep(self, seconds: float) -> None: ...


class Witness(Protocol):
    """Is told what is done."""

    def refreshed(self, refresh: Refresh) -> None: ...
    def ingested(self, file: Path, report: IngestReport) -> None: ...
    def refused(self, file: Path, problems: tuple[Problem, ...]) -> None: ...
    def vanished(self, file: Path) -> None: ...
    def retained(self, before: datetime, publications: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How often the folder is looked at, how much of a file is one batch, and for how long publications are kept."""

    every: timedelta = timedelta(seconds=1)
    batch_size: int = 10_000
    keep: timedelta | None = None


class Watch:
    """Keeps the live segments of an engine current until its timer ends it, after the step that is running.

    A step is a file of the inbox, a refresh when time alone can change an answer, or the dropping of old publications.
    Each batch that changes the data is followed by a refresh; where nothing is due, nothing is published. Where some
    segment may recover, it is tried again: after a second, two, four, and so on, at last every minute.
    """

    def __init__(
        self, engine: Current, inbox: Inbox | None, timer: Timer, witness: Witness, settings: Settings
    ) -> None:
        self._engine = engine
        self._inbox = inbox
        self._timer = timer
        self._witness = witness
        self._settings = settings
        self._next_refresh: datetime | None = None
        self._patience = _FIRST_RETRY
        self._next_retention: datetime | None = None
        self._seen = -1
        self._as_of: datetime | None = None

    def run(self) -> None:
        """Refresh once, for what changed while nobody watched; then do what is due, until it is time to end."""
        if self._timer.ended:
            return
        self._refresh()
        if self._settings.keep is not None:
            self._next_retention = self._timer.now()
        while not self._timer.ended:
            if not self._step():
                self._timer.sleep(self._time_left())

    def _step(self) -> bool:
        """Do one thing that is due. False: nothing is."""
        now = self._timer.now()
        if self._next_refresh is not None and now >= self._next_refresh:
            self._refresh()
            return True
        if self._next_retention is not None and now >= self._next_retention:
            self._retain(now)
            return True
        file = None if self._inbox is None else self._inbox.take()
        if file is None:
            return False
        self._take(file)
        return True

    def _time_left(self) -> float:
        """Seconds until the next thing is due; more than none, for what is due by now was not a moment ago."""
        longest = _LONGEST_SLEEP if self._inbox is None else min(_LONGEST_SLEEP, self._settings.every)
        now = self._timer.now()
        due = (self._next_refresh, self._next_retention)
        left = min([longest, *(moment - now for moment in due if moment is not None)])
        return max(left.total_seconds(), 0.001)

    def _take(self, file: Path) -> None:
        assert self._inbox is not None
        reports: list[IngestReport] = []

        def applied(report: IngestReport) -> None:
            reports.append(report)
            if self._engine.data_version != self._seen:
                self._refresh()

        found = _traits(file)
        try:
            apply_batches(self._engine, file, self._settings.batch_size, applied)
            if found is not None and _traits(file) not in {found, None}:
                raise _still_written(file)
        except ReadError as error:
            if not reports and _is_gone(file):
                self._witness.vanished(file)
                return
            before = ingest_as_json(joined(reports)) if reports else None
            self._inbox.refuse(file, {"problems": problems_as_json(error.problems), "applied": before})
            self._witness.refused(file, tuple(error.problems))
        else:
            self._inbox.done(file)
            if reports:
                self._witness.ingested(file, joined(reports))

    def _refresh(self) -> None:
        now = self._timer.now()
        # A clock that is set back must not take back what was published.
        self._as_of = now if self._as_of is None else max(now, self._as_of)
        refresh = self._engine.refresh(as_of=self._as_of)
        self._seen, self._next_refresh = refresh.data_version, self._due_after(refresh)
        self._witness.refreshed(refresh)

    def _due_after(self, refresh: Refresh) -> datetime | None:
        """When to refresh again: as time changes an answer, or sooner, where what failed may recover."""
        if not refresh.may_recover:
            self._patience = _FIRST_RETRY
            return refresh.next_evaluation
        retry = self._timer.now() + self._patience
        self._patience = min(2 * self._patience, _LAST_RETRY)
        return min(retry, refresh.next_evaluation or retry)

    def _retain(self, now: datetime) -> None:
        assert self._settings.keep is not None
        before = now - self._settings.keep
        dropped = self._engine.retain(before)
        self._next_retention = now + _RETAIN_EVERY
        if dropped:
            self._witness.retained(before, dropped)


def _traits(file: Path) -> tuple[int, int] | None:
    """What becomes another when a file is written to; None where nobody can tell, as of one that is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _is_gone(file: Path) -> bool:
    try:
        file.stat()
    except OSError as error:
        return isinstance(error, FileNotFoundError)
    return False


def _still_written(file: Path) -> ReadError:
    """Such a file is not done, for more may have come after its end was read; nor is it taken again by itself."""
    return ReadError(
        Problem(
            code="unreadable_file",
            path=str(file),
            message="The file was written to while it was read.",
            hint="Put it back when it is whole; write it under another ending, and rename it then.",
        )
    )
