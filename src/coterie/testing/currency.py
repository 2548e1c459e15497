"""Whether an engine that keeps segments current does: beside the naive judge, after every step of a history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Protocol
from unittest.mock import patch

import coterie
from coterie.backends.reference import ReferenceEngine
from coterie.catalog import Catalog, parse_catalog
from coterie.membership import Membership
from coterie.refresh.costs import Costs
from coterie.testing.pools import moment
from coterie.testing.standing import Standing, standing_of
from coterie.testing.steps import Declare, History, Ingest, Load, NextChange, Refresh, Reopen, Step, script_of

__all__ = ["Difference", "Open", "open_store", "play"]

_MILLISECOND = timedelta(milliseconds=1)
_FAR = timedelta(days=400)


class Published(Protocol):
    """What is published of a segment."""

    @property
    def members(self) -> Membership: ...
    @property
    def count(self) -> int: ...
    @property
    def data_version(self) -> int: ...
    @property
    def as_of(self) -> datetime: ...
    @property
    def next_evaluation(self) -> datetime | None: ...
    @property
    def problems(self) -> Collection[object]: ...


class Delta(Protocol):
    """Who entered a segment and who left it."""

    @property
    def entered(self) -> Membership: ...
    @property
    def left(self) -> Membership: ...


class Refreshed(Protocol):
    """What a refresh says that it did."""

    @property
    def data_version(self) -> int: ...
    @property
    def as_of(self) -> datetime: ...
    @property
    def deltas(self) -> Mapping[str, Delta]: ...
    @property
    def failed(self) -> Collection[str]: ...
    @property
    def held(self) -> Collection[str]: ...
    @property
    def next_evaluation(self) -> datetime | None: ...


class Received(Protocol):
    """What a batch says that it did."""

    @property
    def read(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def made_ids(self) -> int: ...
    @property
    def data_version(self) -> int: ...


class Keeper(Protocol):
    """An engine that keeps segments current."""

    @property
    def data_version(self) -> int: ...
    @property
    def published(self) -> Mapping[str, Published]: ...
    def ingest(self, records: Iterable[Mapping[str, object]]) -> Received: ...
    def load(self, name: str, source: object) -> object: ...
    def refresh(self, segments: Mapping[str, Mapping[str, object]] | None = None, *, as_of: datetime) -> Refreshed: ...
    def segments_of(self, contact_id: str) -> Iterable[str]: ...
    def members(
        self, definition: Mapping[str, object], *, as_of: datetime, segments: Mapping[str, Mapping[str, object]] | None
    ) -> Membership: ...
    def close(self) -> None: ...


Open = Callable[[Path, Catalog], Keeper]
"""Opens the store at a path, or creates it."""


def open_store(path: Path, catalog: Catalog) -> Keeper:
    """Coterie's own engine, on a file."""
    return coterie.open(path, catalog=catalog, threads=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where engine and judge part: after which step of `history`, of which segment, in what, and both answers.

    `history` ends with that step, and has the clock's instants as they were.
    """

    history: History
    what: str
    segment: str | None
    engine: object
    judge: object

    def __str__(self) -> str:
        where = f"seed {self.history.seed}, step {len(self.history.steps)}"
        of = f" of {self.segment}" if self.segment else ""
        said = f"  engine: {self.engine}\n  judge:  {self.judge}"
        return f"{where}: {self.what}{of}\n{said}\n\n{script_of(self.history)}"


def play(
    history: History, *, open_: Open = open_store, share: float = 1.0, folder: Path | None = None
) -> Difference | None:
    """Run `history` on an engine and beside it the judge; the first difference, or None.

    The published sets and deltas are checked after every refresh; what is asked in full, what time alone does, and what
    is looked up, of this `share` of segments and contacts. Two of three histories are always, or never, evaluated
    within the touched contacts: worlds as small as these would mostly be evaluated in full.
    """
    with TemporaryDirectory(dir=folder) as place, _looking(history.seed or 0):
        playing = _Playing(history, open_, Path(place) / "store.duckdb", share)
        try:
            return playing.play()
        finally:
            with suppress(Exception):  # a difference is told, not that the engine cannot even be closed after it
                playing.engine.close()


@contextmanager
def _looking(seed: int) -> Iterator[None]:
    """Decide by the seed whether leaves are evaluated within touched contacts: always, never, or as costs have it."""
    if seed % 3 == 2:
        yield
        return
    with patch.object(Costs, "prefer_within", lambda *_: seed % 3 == 0):
        yield


class _Differs(Exception):  # noqa: N818 - ends the play; it is no failure of the play
    def __init__(self, what: str, segment: str | None, engine: object, judge: object) -> None:
        self.what, self.segment, self.engine, self.judge = what, segment, engine, judge


@dataclass(frozen=True, slots=True)
class _Good:
    """What is or was published of a segment, by the judge."""

    members: frozenset[str]
    as_of: datetime
    data_version: int


@dataclass(slots=True)
class _Clock:
    """The instant of the last refresh."""

    now: int | None = None

    def turn(self, step: Refresh, next_change: int | None) -> int:
        instant = step.as_of
        if step.sooner is not None and next_change is not None:
            instant = min(instant, next_change + step.sooner.shift)
        self.now = instant if self.now is None or step.back else max(self.now, instant)
        return self.now


@dataclass(slots=True)
class _Names:
    """Keys of ordinals, each looked up once: both are permanent."""

    known: dict[int, str] = field(default_factory=dict[int, str])

    def of(self, membership: Membership) -> frozenset[str]:
        ordinals = list(membership.ordinals)
        if any(ordinal not in self.known for ordinal in ordinals):
            self.known.update(zip(ordinals, membership, strict=True))
        return frozenset(self.known[ordinal] for ordinal in ordinals)


class _Playing:
    def __init__(self, history: History, open_: Open, path: Path, share: float) -> None:
        self.history = history
        self.catalog = parse_catalog(history.catalog)
        self.open, self.path = open_, path
        self.engine: Keeper = open_(path, self.catalog)
        self.judge = ReferenceEngine(self.catalog)
        self.share = share
        self.rng = Random(history.seed or 0)  # noqa: S311 - which segments are looked at closely
        self.clock = _Clock()
        self.names = _Names()
        self.files: Mapping[str, Mapping[str, object]] = {}
        self.standing: Standing = standing_of({}, self.catalog)
        self.declared = True
        self.good: dict[str, _Good] = {}
        self.last: dict[str, _Good] = {}
        self.contacts: dict[str, None] = {}

    def play(self) -> Difference | None:
        done: list[Step] = []
        for step in self.history.steps:
            done.append(step)
            try:
                taken = self.take(step)
            except _Differs as found:
                answer = found
            except Exception as error:  # noqa: BLE001 - a crash is a difference like others
                answer = _Differs(f"crash: {type(error).__name__}", None, repr(error), None)
            else:
                done[-1] = taken
                continue
            if isinstance(step, Refresh) and self.clock.now is not None:
                done[-1] = replace(step, as_of=self.clock.now, sooner=None)
            history = replace(self.history, steps=tuple(done))
            return Difference(
                history=history, what=answer.what, segment=answer.segment, engine=answer.engine, judge=answer.judge
            )
        return None

    def take(self, step: Step) -> Step:
        """Take one step on both sides and compare; the step with its instant as it was."""
        match step:
            case Ingest():
                self.ingest(step)
            case Load(name=name, rows=rows):
                self.engine.load(name, [dict(row) for row in rows])
                self.judge.load(name, rows)
                self.note_contacts(rows)
            case Declare(files=files):
                self.files = files
                self.standing = standing_of(files, self.catalog)
                self.declared = True
            case Refresh():
                as_of = self.clock.turn(step, self.next_change(step.sooner))
                self.refresh(moment(as_of))
                return replace(step, as_of=as_of, sooner=None)
            case Reopen():
                self.reopen()
        return step

    # --- steps

    def ingest(self, step: Ingest) -> None:
        before = self.engine.data_version
        received = self.engine.ingest([dict(operation) for operation in step.operations])
        expected = self.judge.ingest(step.operations)
        refused = expected.refused.total()
        says = (received.read, received.refused, received.made_ids)
        same("report", None, says, (expected.read, refused, expected.made_ids))
        same("data version of the report", None, received.data_version, self.engine.data_version)
        raised = self.engine.data_version - before
        if raised not in (0, 1):
            raise _Differs("data version", None, f"raised by {raised}", "by one at most")
        for operation in step.operations:
            record = operation.get("record")
            self.note_contacts([record] if isinstance(record, Mapping) else [])

    def note_contacts(self, rows: Iterable[Mapping[str, object]]) -> None:
        key = self.catalog.contact.key
        self.contacts.update((str(row[key]), None) for row in rows if isinstance(row.get(key), str))

    def reopen(self) -> None:
        before = {key: self.shown(each) for key, each in self.engine.published.items()}
        self.engine.close()
        self.engine = self.open(self.path, self.catalog)
        same("published after a restart", None, self.all_shown(), before)

    def next_change(self, asked: NextChange | None) -> int | None:
        """The instant that the engine says is next, of one segment or of all."""
        if asked is None:
            return None
        known = [each.next_evaluation for _, each in sorted(self.engine.published.items()) if not each.problems]
        moments = [each for each in known if each is not None]
        if not moments:
            return None
        chosen = min(moments) if asked.segment is None else moments[asked.segment % len(moments)]
        return (chosen - moment(0)) // _MILLISECOND

    def refresh(self, as_of: datetime) -> None:
        refreshed = self.engine.refresh(self.files if self.declared else None, as_of=as_of)
        self.declared = False
        same("as_of of the refresh", None, refreshed.as_of, as_of)
        same("data version of the refresh", None, refreshed.data_version, self.engine.data_version)
        same("failed", None, set(refreshed.failed), set(self.standing.failed))
        same("held", None, set(refreshed.held), set(self.standing.held))
        self.expect(as_of)
        self.check_published()
        self.check_deltas(refreshed)
        self.check_lookups()
        self.check_time(refreshed, as_of)
        self.check_in_full(as_of)

    def expect(self, as_of: datetime) -> None:
        """What the judge publishes: current members of what can be used, the last good ones of what cannot."""
        version = self.engine.data_version
        current = {key: _Good(self.judged(key, as_of), as_of, version) for key in self.standing.usable}
        # What was published before a segment was stopped cannot be used, though it be started again (rule 30).
        kept = {key: good for key, good in self.good.items() if key in self.standing.failed | self.standing.held}
        self.good = {**kept, **current}

    def judged(self, key: str, as_of: datetime) -> frozenset[str]:
        usable = self.standing.usable
        return frozenset(self.judge.members(usable[key], as_of=as_of, segments=usable))

    # --- checks

    def shown(self, published: Published) -> tuple[frozenset[str], datetime, int]:
        return self.names.of(published.members), published.as_of, published.data_version

    def all_shown(self) -> dict[str, tuple[frozenset[str], datetime, int]]:
        return {key: self.shown(each) for key, each in self.engine.published.items()}

    def check_published(self) -> None:
        published = self.engine.published
        same("published", None, set(published), set(self.good))
        for key, good in self.good.items():
            members, as_of, version = self.shown(published[key])
            same("members", key, sorted(members), sorted(good.members))
            same("as_of", key, as_of, good.as_of)
            same("data version", key, version, good.data_version)
            same("count", key, published[key].count, len(good.members))
            same("has problems", key, bool(published[key].problems), key not in self.standing.usable)

    def check_deltas(self, refreshed: Refreshed) -> None:
        """Deltas lead from what was last published, perhaps before the segment was stopped, to what is now."""
        for key, good in self.good.items():
            delta = refreshed.deltas.get(key)
            entered = frozenset[str]() if delta is None else self.names.of(delta.entered)
            left = frozenset[str]() if delta is None else self.names.of(delta.left)
            old = self.last[key].members if key in self.last else frozenset[str]()
            same("entered", key, sorted(entered), sorted(good.members - old))
            same("left", key, sorted(left), sorted(old - good.members))
            self.last[key] = good

    def check_lookups(self) -> None:
        for contact in self.contacts:
            if self.rng.random() >= self.share:
                continue
            expected = sorted(key for key, good in self.good.items() if contact in good.members)
            same("segments_of", contact, sorted(self.engine.segments_of(contact)), expected)

    def check_time(self, refreshed: Refreshed, as_of: datetime) -> None:
        """Until the next evaluation nothing changes; what the refresh says is the next of all."""
        published = self.engine.published
        known = {key: published[key].next_evaluation for key in self.standing.usable}
        same("next evaluation", None, refreshed.next_evaluation, min(filter(None, known.values()), default=None))
        for key in self.sampled():
            after = known[key]
            if after is not None and after <= as_of:
                raise _Differs("next evaluation", key, after, f"after {as_of}")
            last = as_of + _FAR if after is None else after - _MILLISECOND
            between = as_of + (last - as_of) * self.rng.random()
            for instant in (last, between):
                found = sorted(self.judged(key, instant))
                what = f"next evaluation is {after}; at {instant}, members"
                if found != sorted(self.good[key].members):
                    raise _Differs(f"next evaluation{'' if instant == last else ', before'}", key, what, found)

    def check_in_full(self, as_of: datetime) -> None:
        # A question is refused where a file beside it cannot be read.
        files = {key: self.files[key] for key in self.standing.usable}
        for key in self.sampled():
            found = self.names.of(self.engine.members(files[key], as_of=as_of, segments=files))
            same("members in full", key, sorted(found), sorted(self.good[key].members))

    def sampled(self) -> list[str]:
        return [key for key in self.standing.usable if self.rng.random() < self.share]


def same(what: str, segment: str | None, engine: object, judge: object) -> None:
    if engine != judge:
        raise _Differs(what, segment, engine, judge)
