"""The engine: the one object most users meet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import RLock
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.catalog.model import Catalog
from coterie.definition import describe
from coterie.engine.algebra import Algebra
from coterie.engine.answers import Breakdown, Explanation, NodeCount, Span, StepCount
from coterie.engine.browsing import Browsing
from coterie.engine.explaining import explained
from coterie.engine.gate import Gate
from coterie.engine.growth import SegmentSize
from coterie.engine.keeping import Keeping
from coterie.engine.leaf_answers import LeafAnswers
from coterie.engine.profiles import profile_of
from coterie.engine.questions import Desk, SegmentFiles, Subject, instant_of, parsed, unknown_contact, zone_of
from coterie.engine.refreshed import Entered, LogLine, Published, Refresh, RefreshPlan, SegmentStatus
from coterie.engine.spans import spans_of
from coterie.engine.wording import wording_of
from coterie.errors import Problem, QuestionError
from coterie.membership import Membership
from coterie.planning.backend import Backend
from coterie.planning.browsing import ContactPage, Profile, Timeline, ValueCount
from coterie.planning.cancellation import Cancellation
from coterie.planning.leaves import ScopeLeaf
from coterie.planning.plan import Plan, PlannedNode, make_plan
from coterie.records import ImportReport, IngestReport
from coterie.refresh.pace import FULL_SPEED, Pace
from coterie.snapshot import Journal
from coterie.values.pauses import Pause, go_on
from coterie.values.text import is_storable, normalize

__all__ = ["Engine"]

_EVERYBODY = ScopeLeaf()


class Engine:
    """Answers who is in a segment, how many, and why. Made by `coterie.open`; close it, or use it in a `with`.

    Every question takes the same arguments: `definition` (parsed, a mapping, or YAML or JSON text; a bare
    `{blocks: [...]}` or a whole segment file), `as_of` (an aware datetime, cut to the millisecond), `time_zone` (the
    segment's zone, an IANA name; wins over the file's; default: the organization's), `segments` (the files a
    definition may refer to, by key; each counts as live), `within` (of all that is counted or told, only what concerns
    these contacts: those that somebody may see), and `cancellation` (to give the question up from another thread).

    Every question may raise `DefinitionError` (with all problems at once), `QuestionError` (`invalid_as_of`,
    `unknown_time_zone`) and, where it was given up, `QuestionCancelled`.

    It may be used from several threads. Questions are answered beside each other and beside a refresh, each on the data
    of one version; loads and batches wait for each other, and refreshes do.
    """

    def __init__(
        self, backend: Backend, catalog: Catalog, zone: ZoneInfo, *, journal: Callable[[], Journal], cache_memory: int
    ) -> None:
        self._backend = backend
        self._catalog = catalog
        self._desk = Desk(catalog, zone)
        self._browsing = Browsing(backend, catalog)
        self._zone = zone
        self._journal = journal
        self._keeping: Keeping | None = None
        self._leaves = LeafAnswers(backend, catalog, cache_memory)
        self._gate = Gate()
        self._changing = RLock()
        self._refreshing = RLock()

    @property
    def catalog(self) -> Catalog:
        """What may be asked about."""
        return self._catalog

    @property
    def data_version(self) -> int:
        """Raised by one with every load that changes something."""
        return self._backend.data_version

    # --- data

    def record_counts(self) -> Mapping[str, int]:
        """How many records there are of each entity and interaction, by name in the order of the catalog."""
        return self._backend.record_counts()

    def load(
        self,
        name: str,
        source: object,
        *,
        progress: Callable[[int, float | None], None] | None = None,
    ) -> ImportReport:
        """Load records of an entity (`contact` among them) or an interaction; all of them or, on an error, none.

        `source` is a path (.csv, .csv.gz, .parquet, .jsonl), an Arrow table or an iterable of mappings; it is read in
        batches. Records of entities are merged by key, interactions are told apart by `message_id`; loading the same
        again changes nothing. Values that cannot be read are kept aside and counted in the report. `progress` is called
        with the rows read so far and, where it is known, the share of the source that is.

        Raises QuestionError (`unknown_entity`) and ReadError (`unreadable_file`: nothing was loaded).
        """
        with self._changing:
            return self._backend.load(name, source, progress=progress, alone=self._gate.writing)

    def ingest(self, records: Iterable[Mapping[str, object]], *, pause: Pause = go_on) -> IngestReport:
        """Apply a batch of records, one by one and in their order; all of them or, on an error, none.

        Each is a mapping: `{type: upsert, entity, record, changed_at?}`, `{type: delete, entity, key, changed_at?}` or
        `{type: interaction, interaction, record}`. Upserts merge by key, column by column; an older `changed_at` never
        overwrites a newer one. Interactions are told apart by `message_id`, for ever. What cannot be used is kept aside
        and counted in the report; the rest goes on. A batch of repeats changes nothing. `pause` is as `refresh` has it.

        Raises ReadError (`unreadable_file`: `records` is no series of mappings; nothing was applied) and StoreError.
        """
        with self._changing:
            return self._backend.ingest(records, alone=self._gate.writing, pause=pause)

    def rehearse(self, records: Iterable[Mapping[str, object]]) -> None:
        """Do all that `ingest` does with these records up to its commit, and take it back: nothing is changed.

        Raises what `ingest` would raise; to find out which records of a batch are to blame.
        """
        with self._changing:
            self._backend.rehearse(records)

    # --- segments kept current

    def refresh(
        self,
        segments: SegmentFiles | None = None,
        *,
        as_of: datetime,
        threads: int = FULL_SPEED.threads,
        pause: Pause = go_on,
    ) -> Refresh:
        """Bring all live segments to a moment, on the data as they are, and publish them together.

        `segments` are the files of all that shall be live from now on, by key: new ones start, changed ones are
        edited, missing ones stop. None keeps those that are live, which are remembered beside the store. Costs what
        changed since the last refresh, not what there is. A segment that cannot be evaluated keeps its last good
        members and is named, as are those that refer to it; all others are refreshed. So many `threads` evaluate
        conditions: one leaves more of the machine to the questions of others. `pause` is called by any of them again
        and again, and lets others go before where it returns later: questions are answered meanwhile, `plan`, `retain`
        and a batch wait.

        Raises DefinitionError where a file is passed under what is no key, QuestionError (`invalid_as_of`) and
        StoreError; what was published before stands then.
        """
        with self._refreshing:
            return self._kept().refresh(segments, instant_of(as_of), Pace(threads, pause))

    def plan(self, segments: SegmentFiles | None = None, *, as_of: datetime) -> RefreshPlan:
        """What `refresh` with the same arguments would do to each segment, exactly. Nothing is published or changed.

        Costs what the refresh would; the refresh of just that, on the same data, then costs little. Raises what that
        raises.
        """
        with self._refreshing:
            return self._kept().plan(segments, instant_of(as_of))

    @property
    def published(self) -> Mapping[str, Published]:
        """The published segments by key, as the last refresh left them. Reading waits for nobody."""
        return self._kept().published

    def last_snapshot(self, key: str) -> Published | None:
        """A segment as it is published or, of one that was stopped, as it last was: to be looked at, not to be used.

        None of a segment that never was published.
        """
        return self._kept().published.last_of(key)

    def segments_of(self, contact_id: str) -> tuple[str, ...]:
        """The keys of the published segments that a contact is in, from memory; none of a contact nobody knows."""
        return self._kept().segments_of(contact_id)

    def prepare_lookup(self) -> None:
        """Make ready what `segments_of` answers from, and what keys and interactions are looked up in, unless it is.

        Else the first questions and the first batch do; but a `timeline` reads whole tables then, and again after each
        load of interactions.

        For millions of contacts and a thousand segments that takes seconds; meanwhile questions of other threads are
        answered, from the sets, and batches wait. Refreshes keep what `segments_of` needs current; one that stops a
        segment leaves it to be made anew.
        """
        with self._gate.reading(long=True):
            self._backend.prepare_lookup()
        self._kept().made_lookup()

    def members_at(self, key: str, moment: datetime) -> Membership:
        """Who was published in a segment at a past moment.

        Raises QuestionError (`unknown_segment`) where it was not live then, or what was published is not kept.
        """
        found = self._kept().members_at(key, instant_of(moment))
        if found is None:
            message = f"Nothing that was published of {key!r} at {moment.isoformat()} is kept."
            raise _unknown_segment(message, "Was it live then?")
        return found

    def changes_of(
        self, key: str, *, since: datetime | None = None, before: int | None = None, limit: int = 100
    ) -> tuple[LogLine, ...]:
        """Who entered and left a segment, and why, newest first.

        `since` is the moment of the earliest publication to tell of, `before` the number of one to go on behind.
        """
        return self._kept().log(key, None if since is None else instant_of(since), before, limit)

    def entered(self, key: str, contact_ids: Collection[str]) -> Entered:
        """Since when contacts are in a published segment, or at least before when they entered.

        What was read is remembered, so that asking again is cheap, and looks further back. Raises QuestionError
        (`unknown_segment`).
        """
        kept = self._kept()
        if key not in kept.published:
            raise _unknown_segment(f"Nothing is published of {key!r}.", "Is it live?")
        return kept.entered(contact_ids, [key]).get(key) or Entered(at={}, before=None)

    def entered_at(self, key: str, contact_ids: Collection[str]) -> Mapping[str, datetime]:
        """What `entered` says in `at`: those left out who are not in, or of whom it is not known."""
        return self.entered(key, contact_ids).at

    def entered_of(self, contact_id: str) -> Mapping[str, datetime]:
        """Since when a contact is in each published segment that it is in; left out are those as in `entered_at`."""
        kept = self._kept()
        entered = kept.entered([contact_id], kept.segments_of(contact_id))
        return {key: moments.at[contact_id] for key, moments in entered.items() if contact_id in moments.at}

    def daily_sizes(self, key: str, *, since: datetime, time_zone: str | None = None) -> tuple[SegmentSize, ...]:
        """How many members of a segment were published when each day began, and last: at most 32 moments.

        Days are those of `time_zone` (default: the organization's); of a long time some are left out. So are moments at
        which nothing was published of it. Raises QuestionError (`unknown_segment`, `unknown_time_zone`).
        """
        zone = self._zone if time_zone is None else zone_of(time_zone)
        sizes = self._kept().daily_sizes(key, instant_of(since), zone)
        if sizes is None:
            raise _unknown_segment(f"Nothing was ever published of {key!r}.", "Was it ever live?")
        return sizes

    def retain(self, before: datetime) -> int:
        """Drop what was published before a moment, but for the state at the moment itself; how many publications."""
        with self._refreshing:
            return self._kept().retain(instant_of(before))

    def status(self, keys: Collection[str] | None = None) -> tuple[SegmentStatus, ...]:
        """How live segments stand, in the order of their keys: those of `keys`, or all."""
        kept = self._kept()
        if not kept.looked_ahead:  # only before the first refresh since opening
            with self._refreshing:
                kept.look_ahead()
        return kept.status(keys)

    def _kept(self) -> Keeping:
        if self._keeping is None:
            with self._refreshing:
                if self._keeping is None:
                    journal = self._journal()
                    self._keeping = Keeping(self._backend, self._catalog, self._zone, journal, self._gate)
        return self._keeping

    # --- questions

    def members(
        self,
        definition: Subject,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: SegmentFiles | None = None,
        within: Membership | None = None,
        cancellation: Cancellation | None = None,
    ) -> Membership:
        """Who is in: an immutable set of contacts, with `len()`, `in` and iteration over contact ids."""
        question = self._desk.question(definition, as_of, time_zone, segments)
        plan = make_plan(question, self._catalog, fused=True)
        algebra = self._answered(plan, within, cancellation)
        return Membership(algebra.total(), self._backend)

    def count(
        self,
        definition: Subject,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: SegmentFiles | None = None,
        within: Membership | None = None,
        cancellation: Cancellation | None = None,
    ) -> int:
        """How many are in, exactly."""
        members = self.members(
            definition,
            as_of=as_of,
            time_zone=time_zone,
            segments=segments,
            within=within,
            cancellation=cancellation,
        )
        return len(members)

    def breakdown(
        self,
        definition: Subject,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: SegmentFiles | None = None,
        within: Membership | None = None,
        cancellation: Cancellation | None = None,
    ) -> Breakdown:
        """How many are in, of how many in scope, and exact counts for every step, block, group and condition."""
        question = self._desk.question(definition, as_of, time_zone, segments)
        plan = make_plan(question, self._catalog, fused=False)
        algebra = self._answered(plan, within, cancellation)
        steps = tuple(
            StepCount(
                combine=step.combine,
                alone=algebra.count_in_scope(step.node.expression),
                so_far=algebra.count_in_scope(step.so_far),
                node=self._counted(step.node, algebra),
            )
            for step in plan.steps
        )
        return Breakdown(in_scope=algebra.size_of_scope, total=len(algebra.total()), steps=steps)

    def explain(
        self,
        definition: Subject,
        contact_id: str,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: SegmentFiles | None = None,
        within: Membership | None = None,
        cancellation: Cancellation | None = None,
    ) -> Explanation:
        """Why a contact is in or out, the rows that decided, and the next instant at which time alone changes it.

        Raises QuestionError (`unknown_contact`) besides, also of a contact that is not `within`.
        """
        question = self._desk.question(definition, as_of, time_zone, segments)
        with self._asking(cancellation):
            ordinal = self._known_ordinal(contact_id, within)
            return explained(question, contact_id, ordinal, self._catalog, self._backend, cancellation, within=within)

    def contacts_of_units(self, units: Collection[str]) -> Membership:
        """The known contacts of these business units, for `within`: what somebody may see who may see only those.

        Units are compared as keys, and a contact without a unit is in nobody's. Where the catalog has no units, they
        are all contacts.
        """
        has_units = self._catalog.contact.business_unit is not None
        keys = {normalize(unit) for unit in units if is_storable(unit)} - {""}
        leaves = [ScopeLeaf(key) for key in sorted(keys)] if has_units else [_EVERYBODY]
        with self._gate.reading():
            found = self._leaves.of([_EVERYBODY, *leaves])
        contacts = BitMap.union(BitMap(), *(found[leaf] for leaf in leaves)) & found[_EVERYBODY]
        return Membership(contacts, self._backend)

    def describe(self, definition: Subject, *, cancellation: Cancellation | None = None) -> str:
        """What a definition says, in plain English."""
        return describe(parsed(definition, _pause(cancellation)), self._catalog)

    def spans(
        self,
        definition: Subject,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: SegmentFiles | None = None,
    ) -> tuple[Span, ...]:
        """What the conditions that move with time compare with at a moment, in the order of the definition."""
        question = self._desk.question(definition, as_of, time_zone, segments)
        return tuple(spans_of(question, self._catalog))

    def validate(
        self,
        definition: Subject,
        *,
        segments: SegmentFiles | None = None,
        cancellation: Cancellation | None = None,
    ) -> list[Problem]:
        """Everything that is wrong with a definition, in the order of its text; empty where it may be used."""
        return self._desk.problems(definition, segments, _pause(cancellation))

    # --- records

    def contacts(
        self,
        members: Membership | None = None,
        *,
        columns: Sequence[str] = (),
        search: str | None = None,
        sort: str | None = None,
        descending: bool = False,
        after: str | None = None,
        limit: int = 50,
    ) -> ContactPage:
        """A page of contacts: of `members`, else of all that are known, with the attributes that `columns` names.

        `search` keeps those whose key begins with the text, or whose name or e-mail holds it, whatever the case.
        `sort` is `key`, `name` (what contacts are called) or an attribute, ties by key; missing values come last in
        both directions. Without it contacts come in the order in which they became known. `after` is the
        `next` of the page before.

        Raises QuestionError (`unknown_attribute`, `invalid_cursor`, `invalid_value`).
        """
        ordinals = None if members is None else members.ordinals
        with self._gate.reading():
            return self._browsing.contacts(
                ordinals,
                columns=columns,
                search=search,
                sort=sort,
                descending=descending,
                after=after,
                limit=limit,
            )

    def contact_batches(
        self, members: Membership, *, columns: Sequence[str], batch_size: int = 10_000
    ) -> Iterator[pa.RecordBatch]:
        """The keys of members and their attributes, for an export: in batches of at most so many rows.

        They come in the order in which contacts became known, typed alike in all batches; numbers are decimals. There
        is one batch at least. Each is read when it is asked for, from the data as they are then: who is not known any
        more is left out. Raises QuestionError (`unknown_attribute`, `invalid_value`).
        """
        self._browsing.check_batches(columns, batch_size)
        return self._batches(np.array(members.ordinals.to_array(), dtype=np.uint32), columns, batch_size)

    def _batches(
        self, ordinals: NDArray[np.uint32], columns: Sequence[str], batch_size: int
    ) -> Iterator[pa.RecordBatch]:
        for start in range(0, max(len(ordinals), 1), batch_size):
            with self._gate.reading():
                batch = self._browsing.batch(ordinals[start : start + batch_size], columns)
            yield batch

    def values(
        self,
        name: str,
        attribute: str,
        *,
        containing: str = "",
        limit: int = 20,
        within: Membership | None = None,
    ) -> tuple[ValueCount, ...]:
        """The values that occur of an attribute of an entity or interaction, and how many records have each.

        Those of most records come first. `containing` keeps the values that hold a text, whatever its case, and puts
        first those that begin with it. Of lists each choice is counted. `within` counts records of these contacts
        alone: their own, those that the shortest ways over relations lead to, or their interactions.

        Raises QuestionError (`unknown_entity`, `unknown_attribute`, `invalid_value`).
        """
        contacts = None if within is None else within.ordinals
        with self._gate.reading():
            return self._browsing.values(name, attribute, containing=containing, limit=limit, within=contacts)

    def profile(self, contact_id: str, *, within: Membership | None = None) -> Profile:
        """A contact: all attributes, and the records that its relations lead to, at most 20 of each.

        Of other contacts to whom it is related, those `within` are told of and counted. Raises QuestionError
        (`unknown_contact`), also of a contact that is not `within`.
        """
        with self._gate.reading():
            ordinal = self._known_ordinal(contact_id, within)
            return profile_of(ordinal, self._catalog, self._backend, None if within is None else within.ordinals)

    def timeline(
        self,
        contact_id: str,
        *,
        before: datetime,
        after: str | None = None,
        limit: int = 50,
        interactions: Collection[str] | None = None,
    ) -> Timeline:
        """What a contact did before a moment, newest first; of some kinds of interactions alone, if they are named.

        `after` is the `next` of the page before. Raises QuestionError (`unknown_contact`, `unknown_interaction`,
        `invalid_as_of`, `invalid_cursor`, `invalid_value`).
        """
        instant = instant_of(before)
        with self._gate.reading():
            contact = self._known_ordinal(contact_id)
            return self._browsing.timeline(contact, before=instant, after=after, limit=limit, interactions=interactions)

    def _known_ordinal(self, contact_id: str, within: Membership | None = None) -> int:
        """The ordinal of a known contact that may be seen. Raises QuestionError (`unknown_contact`)."""
        # A number is no key, though the database would find its digits.
        ordinal = self._backend.ordinal_of(contact_id) if isinstance(contact_id, str) else None
        is_known = ordinal is not None and ordinal in self._backend.known_contacts()
        if ordinal is None or not is_known or (within is not None and contact_id not in within):
            raise unknown_contact(contact_id)
        return ordinal

    def forget(self) -> None:
        """Drop the kept answers of conditions, for instance to measure without them."""
        self._leaves.forget()

    # --- life cycle

    def close(self) -> None:
        """Let go of the insights store. Questions raise StoreError (`store_closed`) from then on."""
        with self._changing, self._refreshing, self._gate.writing():
            self._leaves.forget()  # what is kept would still be answered
            self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- inside

    @contextmanager
    def _asking(self, cancellation: Cancellation | None) -> Iterator[None]:
        """While inside, the data stay as they are."""
        with self._gate.reading():
            if cancellation is not None:
                cancellation.check()
            yield

    def _answered(self, plan: Plan, within: Membership | None, cancellation: Cancellation | None) -> Algebra:
        leaves = plan.leaves()
        with self._asking(cancellation):
            answers = self._leaves.of(leaves, cancellation)
        return Algebra(plan, answers, None if within is None else within.ordinals)

    def _counted(self, node: PlannedNode, algebra: Algebra) -> NodeCount:
        return NodeCount(
            path=node.path,
            wording=wording_of(node.subject, self._catalog),
            count=algebra.count_in_scope(node.expression),
            children=tuple(self._counted(child, algebra) for child in node.children),
            so_far=None if node.so_far is None else algebra.count_in_scope(node.so_far),
        )


def _unknown_segment(message: str, hint: str) -> QuestionError:
    return QuestionError(Problem(code="unknown_segment", path="key", message=message, hint=hint))


def _pause(cancellation: Cancellation | None) -> Pause:
    """Gives up the reading of a definition with the question that it is read for."""
    return go_on if cancellation is None else cancellation.check
