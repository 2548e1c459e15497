"""Segments kept current: refreshed together, published together, remembered in the journal beside the store."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from threading import Lock
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from coterie.catalog.model import Catalog
from coterie.engine.delta_view import DeltaView
from coterie.engine.gate import Gate
from coterie.engine.growth import SegmentSize, beginnings_of_days
from coterie.engine.live_set import LiveSet
from coterie.engine.lookup import Lookup
from coterie.engine.planning_ahead import refresh_plan
from coterie.engine.questions import Subject
from coterie.engine.refreshed import Entered, LogLine, Refresh, RefreshPlan, SegmentState, SegmentStatus
from coterie.engine.view import View, moment_of, moment_or_none
from coterie.engine.written_problems import problems_in, written
from coterie.errors import Problem
from coterie.membership import Membership
from coterie.planning.backend import Backend
from coterie.refresh.live import LiveSegment
from coterie.refresh.pace import FULL_SPEED, Pace
from coterie.refresh.refresher import Outcome, Refresher, Standing
from coterie.snapshot import Journal, Publication, State, Update

__all__ = ["Keeping"]

_LOOKUP_MEMORY = 1 << 31
"""Bytes that the lookup of segments by contact may take; beyond, every segment is asked in turn."""


class Keeping:
    """The live segments of one store. What is published may be read from any thread while another refreshes.

    One thread at a time refreshes, plans or looks ahead; it looks at the data inside the `gate`.
    """

    def __init__(self, backend: Backend, catalog: Catalog, zone: ZoneInfo, journal: Journal, gate: Gate) -> None:
        self._backend = backend
        self._catalog = catalog
        self._zone = zone
        self._journal = journal
        self._gate = gate
        self._live = LiveSet(catalog, zone)
        self._refresher = Refresher(backend, catalog, zone)
        self._planned: tuple[LiveSet, Outcome] | None = None
        self._seconds: Mapping[str, float] = {}
        self._view = self._viewed(None, {}, {})
        self._lookup: Lookup | None = None
        self._publishing = Lock()
        self._making = Lock()
        self.looked_ahead = True
        """Whether it is known when time can next change each segment."""
        self._followed: Publication | None = None
        self._follow()

    @property
    def published(self) -> View:
        """What is published now; it stays as it is."""
        return self._view

    def _follow(self) -> None:
        """Go on from what the journal says is published, where what is remembered is not of that."""
        latest = self._journal.latest
        if latest is not None and latest is not self._followed:
            self._restore(latest)
            self._followed = latest

    def _restore(self, latest: Publication) -> None:
        live = LiveSet(self._catalog, self._zone)
        stopped = {key: snapshot.definition_version for key, snapshot in latest.stopped.items()}
        live.restore(latest.definitions, stopped)
        published = {**latest.stopped, **latest.segments}
        standing = {
            key: Standing(held.definition_version, held.members, held.data_version, held.as_of)
            for key, held in published.items()
        }
        self._refresher.restore(standing, latest.data_version)
        problems = {key: problems_in(said) for key, said in latest.failing.items()}
        self._live, self._seconds, self.looked_ahead = live, {}, False
        self._planned = None
        with self._publishing:
            self._lookup = None
            self._view = self._viewed(latest, problems, {})

    def segments_of(self, contact_id: str) -> tuple[str, ...]:
        """The keys of the published segments that a contact is in; none of a contact nobody knows."""
        ordinal = self._backend.ordinal_of(contact_id) if isinstance(contact_id, str) else None
        if ordinal is None:
            return ()
        lookup = self._lookup or self.made_lookup()
        found = None if lookup is None else lookup.keys_of(ordinal)
        return self._view.keys_of(ordinal) if found is None else found

    def made_lookup(self) -> Lookup | None:
        """A lookup of what is published, made unless it is there.

        None where it would take too much memory, and where somebody else is making it.
        """
        if not self._making.acquire(blocking=False):
            return None
        try:
            with self._publishing:
                latest = self._journal.latest
                if self._lookup is None and latest is not None:
                    sets = latest.members
                    contacts = 1 + max((members.max() for members in sets.values() if members), default=0)
                    if Lookup.size(len(sets), contacts) <= _LOOKUP_MEMORY:
                        self._lookup = Lookup(sets, contacts)
                return self._lookup
        finally:
            self._making.release()

    def look_ahead(self) -> None:
        """Find when time can next change what was published before this was opened. A refresh finds it by itself."""
        self._follow()
        latest = self._journal.latest
        if latest is not None and not self.looked_ahead:
            problems = self._view.problems
            with self._gate.reading(long=True):
                upcoming = self._refresher.look_ahead(self._live.segments, problems, latest.as_of)
            self._view = self._viewed(latest, problems, upcoming)
        self.looked_ahead = True

    # --- refreshing

    def refresh(self, files: Mapping[str, Subject] | None, as_of: int, pace: Pace = FULL_SPEED) -> Refresh:
        """Bring the segments of these files, or those that are live already, to that moment; publish what they are.

        Where it is broken off, what is remembered is of what was published: that of before, or that of this refresh.
        """
        self._follow()
        live = self._live if files is None else self._live.replaced(files)
        with self._gate.reading(long=True):
            started = time.perf_counter()
            outcome = self._foreseen(live, as_of) or self._refresher.refresh(live.segments, as_of, pace)
        found = time.perf_counter()
        pace.pause()
        try:
            publication = self._journal.publish(outcome.data_version, as_of, self._updates(live, outcome))
            self._take_over(publication, live, outcome)
        except BaseException:
            self._follow()
            raise
        return self._report(outcome, publication, found - started, time.perf_counter() - found)

    def _take_over(self, publication: Publication, live: LiveSet, outcome: Outcome) -> None:
        self._planned = None
        self._refresher.take_over(outcome)
        self._live, self._seconds, self.looked_ahead = live, outcome.seconds, True
        with self._publishing:
            if self._lookup is not None and not self._lookup.follow(publication.members, outcome.changes):
                self._lookup = None
            self._view = self._viewed(publication, outcome.problems, outcome.next_evaluation)
        self._followed = publication

    def plan(self, files: Mapping[str, Subject] | None, as_of: int) -> RefreshPlan:
        """What `refresh` would do. It is remembered, for a refresh that does just that, but nothing of it is done."""
        self._follow()
        live = self._live if files is None else self._live.replaced(files)
        with self._gate.reading(long=True):
            outcome = self._refresher.refresh(live.segments, as_of)
        self._planned = live, outcome
        return refresh_plan(self._live.segments, live.segments, outcome, self._view, self._backend)

    def _foreseen(self, live: LiveSet, as_of: int) -> Outcome | None:
        """The outcome of the last plan, where it is of these very segments, this moment and the data as they are.

        Not where conditions failed then: they are tried again.
        """
        if self._planned is None or self._planned[1].moved.failed:
            return None
        planned, outcome = self._planned
        is_same = (outcome.as_of, outcome.data_version) == (as_of, self._backend.data_version) and planned.equals(live)
        return outcome if is_same else None

    def _updates(self, live: LiveSet, outcome: Outcome) -> list[Update]:
        """What the publication says: of segments whose members, definition or state are not those published before."""
        latest = self._journal.latest
        defined = latest.definitions if latest else {}
        failing = latest.failing if latest else {}
        updates = []
        for key, segment in live.segments.items():
            is_defined = key in defined and defined[key][0] == segment.version
            definition = None if is_defined else live.text(key)
            if key in outcome.problems:
                said = written(outcome.problems[key])
                if failing.get(key) != said or not is_defined:
                    updates.append(_failing(segment, definition, said))
            elif outcome.changes[key] or not is_defined or key in failing:
                updates.append(
                    Update(
                        key=key,
                        definition_version=segment.version,
                        definition=definition,
                        members=outcome.members[key],
                        changes=outcome.changes[key],
                    )
                )
        stopped = [key for key in defined if key not in live.segments]
        return updates + [Update(key=key, definition_version=defined[key][0], state=State.STOPPED) for key in stopped]

    def _report(self, outcome: Outcome, publication: Publication, seconds: float, publishing: float) -> Refresh:
        held, live = outcome.held, self._live.segments
        failed = {key: problems for key, problems in outcome.problems.items() if key not in held}
        instants = [instant for instant in outcome.next_evaluation.values() if instant is not None]
        return Refresh(
            publication=publication.number,
            data_version=outcome.data_version,
            as_of=moment_of(outcome.as_of),
            deltas=DeltaView({key: changes for key, changes in outcome.changes.items() if changes}, self._backend),
            failed=failed,
            held=held,
            may_recover=frozenset(key for key in failed if not live[key].problems),
            next_evaluation=moment_or_none(min(instants, default=None)),
            evaluated_in_full=outcome.evaluated_in_full,
            seconds=seconds,
            publishing_seconds=publishing,
        )

    def _viewed(
        self,
        publication: Publication | None,
        problems: Mapping[str, tuple[Problem, ...]],
        next_evaluation: Mapping[str, int | None],
    ) -> View:
        names = {key: live.segment.name for key, live in self._live.segments.items()}
        return View(publication, names, problems, next_evaluation, self._backend)

    def _members(self, ordinals: BitMap) -> Membership:
        return Membership(ordinals, self._backend)

    # --- looking back

    def members_at(self, key: str, moment: int) -> Membership | None:
        """Who was published at a moment; None where none is kept, or the segment was not live."""
        members = self._journal.members_at(key, moment)
        return None if members is None else self._members(members)

    def log(self, key: str, since: int | None, before: int | None, limit: int) -> tuple[LogLine, ...]:
        """Who entered and left, newest first."""
        return tuple(
            LogLine(
                publication=entry.publication,
                as_of=moment_of(entry.as_of),
                data_version=entry.data_version,
                definition_version=entry.definition_version,
                cause=entry.cause,
                entered=self._members(entry.entered),
                left=self._members(entry.left),
            )
            for entry in self._journal.log(key, since=since, before=before, limit=limit)
        )

    def entered(self, contact_ids: Collection[str], keys: Collection[str]) -> dict[str, Entered]:
        """By segment since when these contacts are in."""
        named = {self._backend.ordinal_of(contact_id): contact_id for contact_id in contact_ids}
        ordinals = BitMap(ordinal for ordinal in named if ordinal is not None)
        found = self._journal.entered(dict.fromkeys(keys, ordinals))
        return {
            key: Entered(
                at={named[ordinal]: moment_of(as_of) for ordinal, as_of in entered.items()},
                before=moment_or_none(found.back.get(key)),
            )
            for key, entered in found.entered.items()
        }

    def daily_sizes(self, key: str, since: int, zone: ZoneInfo) -> tuple[SegmentSize, ...] | None:
        """How large a segment was, day by day, and is; None where nothing was ever published of it."""
        latest = self._journal.latest
        if latest is None or key not in latest.standings:
            return None
        moments = [*beginnings_of_days(since, latest.as_of, zone), latest.as_of]
        sizes = self._journal.sizes(key, moments)
        return tuple(SegmentSize(moment=moment_of(moment), count=sizes[moment]) for moment in sorted(sizes))

    def retain(self, before: int) -> int:
        """Drop publications that only say what was before that moment; how many."""
        return self._journal.retain(before)

    # --- how segments stand

    def status(self, keys: Collection[str] | None) -> tuple[SegmentStatus, ...]:
        """How live segments stand, in the order of their keys: those of `keys`, or all."""
        view, seconds, live = self._view, self._seconds, self._live.segments
        asked = live if keys is None else live.keys() & set(keys)
        return tuple(self._status(live[key], view, seconds.get(key, 0.0)) for key in sorted(asked))

    def _status(self, live: LiveSegment, view: View, seconds: float) -> SegmentStatus:
        published = view.get(live.key)
        problems = view.problems.get(live.key, ())
        return SegmentStatus(
            key=live.key,
            name=live.segment.name,
            state=SegmentState.FAILING if problems else SegmentState.LIVE,
            count=None if published is None else published.count,
            data_version=None if published is None else published.data_version,
            behind=self._backend.data_version - (0 if published is None else published.data_version),
            as_of=None if published is None else published.as_of,
            next_evaluation=None if published is None else published.next_evaluation,
            problems=problems,
            seconds=seconds,
        )


def _failing(live: LiveSegment, definition: bytes | None, said: bytes) -> Update:
    return Update(
        key=live.key,
        definition_version=live.version,
        definition=definition,
        state=State.FAILING,
        problems=said,
    )
