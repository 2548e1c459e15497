"""Does what is due, in one thread: records of the inbox, then a refresh where data, definitions or time ask for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from django.db import close_old_connections

from coterie import Refresh
from coterie.cli.heap import calm_collector, release_heap, settle_heap
from coterie_web.catalogs.engine import engine
from coterie_web.catalogs.precedence import Precedence
from coterie_web.catalogs.waking import rest, wait
from coterie_web.ingest.applying import apply_waiting, forget_applied
from coterie_web.ingest.waiting import waiting
from coterie_web.segments.files import SegmentFile, live_file
from coterie_web.segments.lifecycle import settle
from coterie_web.segments.queries import live_revision, live_segments
from coterie_web.ui.clock import now
from coterie_web.worker.measures import note_failure, note_refresh
from coterie_web.worker.progress import begun, found_nothing

__all__ = ["Keeper"]

_log = logging.getLogger(__name__)

_LONGEST_SLEEP = 1.0
_REST, _LONGEST_REST = 1.5, 1.0
"""After a step the worker rests, so many times as long as the step took, at most so many seconds: who waits for a page
gets the processor, and a refresh of all that came meanwhile costs little more than one of its first record."""

_THREADS = 1
"""In which a refresh of what is live already evaluates: with two, pages waited twice as long."""

_LONGEST_PAUSES = 3.0
"""Seconds in which a step, in all, lets go before it who waits for an answer."""

_BACKLOG = 5_000
"""Where so many records wait, it neither rests nor pauses."""

_FIRST_RETRY, _LAST_RETRY = timedelta(seconds=1), timedelta(minutes=1)
_RETAIN_EVERY = timedelta(hours=1)
_KEEP_BATCHES = timedelta(days=7)
"""How long is known what became of a batch of records, and that its idempotency key was used."""


class Keeper:
    """Keeps the live segments current until it is told to end. What fails is logged, and tried again."""

    def __init__(self, *, keep: timedelta) -> None:
        self._keep = keep
        self._revision = -1
        self._versions: dict[str, int] = {}
        self._data_version = -1
        self._due: datetime | None = None
        self._patience = _FIRST_RETRY
        self._as_of: datetime | None = None
        self._retained_at: datetime | None = None
        self._has_grown = False
        self._is_to_hurry = False
        self._others = Precedence(_LONGEST_PAUSES)

    def run(self, ended: Callable[[], bool]) -> None:
        """Do what is due, until the end."""
        calm_collector()
        while not ended():
            self._turn()
        release_heap()

    def _turn(self) -> None:
        began = monotonic()
        try:
            close_old_connections()
            number = begun()
            is_busy = self.step()
            if not is_busy:
                found_nothing(number)
            self._settle_if_grown()
            rest_seconds = self._rest_after(monotonic() - began) if is_busy else 0.0
        except Exception:  # noqa: BLE001 - whatever it was, segments must be kept current afterwards
            _log.exception("A step of the worker failed; it is tried again.")
            note_failure()
            is_busy, rest_seconds = True, _LONGEST_REST
        self._is_to_hurry = rest(rest_seconds) if is_busy else wait(self._time_left())

    def _rest_after(self, seconds: float) -> float:
        """How long to rest after a step that took so long: its pauses were rest already."""
        if waiting().records >= _BACKLOG:
            return 0.0
        return min(_REST * (seconds - self._others.given), _LONGEST_REST)

    def step(self) -> bool:
        """Do what is due. False: nothing was."""
        engine().prepare_lookup()  # before anybody asks for the segments of a contact
        is_waited_for = self._is_to_hurry or waiting().records >= _BACKLOG
        self._others = Precedence(0.0 if is_waited_for else _LONGEST_PAUSES)
        self._others.give()
        try:
            applied = apply_waiting(self._others.give)
        finally:  # members follow time, and room is made, also where records cannot be taken in
            self._others.give()
            refreshed = self._refresh_if_due()
            self._retain_if_due()
        return applied or refreshed

    def _settle_if_grown(self) -> None:
        """After a change of the live set: tidy up, and sort contacts before the first page that shows members does."""
        if self._has_grown:
            self._has_grown = False
            settle_heap()
            engine().contacts(sort="name", limit=1)

    def _time_left(self) -> float:
        """Seconds until time alone may change something; another process may have changed the live set before."""
        if self._due is None:
            return _LONGEST_SLEEP
        return min(max((self._due - now()).total_seconds(), 0.001), _LONGEST_SLEEP)

    def _refresh_if_due(self) -> bool:
        moment, revision = now(), live_revision()
        is_current = revision == self._revision and engine().data_version == self._data_version
        if is_current and (self._due is None or moment < self._due):
            return False
        # A clock that is set back must not take back what was published.
        self._as_of = moment if self._as_of is None else max(moment, self._as_of)
        files = None if revision == self._revision else self._read_live_set()
        self._revision = -1  # where it fails, all is read again
        if files is None:
            refresh = engine().refresh(as_of=self._as_of, threads=_THREADS, pause=self._others.give)
        else:  # much is new, and somebody waits for it
            refresh = engine().refresh(files, as_of=self._as_of)
        engine().prepare_lookup()
        settle(refresh, self._versions)
        note_refresh(refresh)
        self._revision, self._data_version = revision, refresh.data_version
        self._due = self._due_after(refresh)
        self._has_grown = self._has_grown or files is not None
        return True

    def _read_live_set(self) -> dict[str, SegmentFile]:
        """The files of all that shall be live; the versions are of the same reading: of no other anything is said."""
        segments = [(each, each.live_version) for each in live_segments()]
        self._versions = {segment.key: version.number for segment, version in segments if version is not None}
        return {segment.key: live_file(segment) for segment, _ in segments}

    def _due_after(self, refresh: Refresh) -> datetime | None:
        """When to refresh again: as time changes an answer, or sooner, where what failed may recover."""
        if not refresh.may_recover:
            self._patience = _FIRST_RETRY
            return refresh.next_evaluation
        retry = now() + self._patience
        self._patience = min(2 * self._patience, _LAST_RETRY)
        return min(retry, refresh.next_evaluation or retry)

    def _retain_if_due(self) -> None:
        moment = now()
        if self._retained_at is None or moment >= self._retained_at + _RETAIN_EVERY:
            engine().retain(moment - self._keep)
            forget_applied(moment - _KEEP_BATCHES)
            self._retained_at = moment
