"""What runs in processes that are killed, and in those that look at what they left."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

import coterie
from coterie.engine.engine import Engine
from coterie.engine.opening import open_engine
from coterie.errors import StoreError
from coterie.records.archive import Archive
from coterie.testing.crash_history import Call, Retain, Segments
from coterie.testing.crash_points import Kill, kill_now, make_everything_happen_soon, watch
from coterie.testing.pools import moment
from coterie.testing.steps import Ingest, Load, Refresh

__all__ = ["Found", "Look", "Shown", "State", "Work", "look", "remake", "work"]

Shown = Mapping[str, tuple[frozenset[str], datetime, int]]
"""What is published, by segment: members, as of when, of which data version."""

_SYNC, _WRITE = os.fsync, os.write  # as they are before points are watched: acknowledging is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Calls for a process to make, from the `first` on; what it did it acknowledges in the file `log`."""

    store: Path
    catalog: Mapping[str, object]
    calls: Sequence[tuple[Call, Segments]]
    first: int
    published: Segments
    log: Path
    kill: Kill | None = None
    closes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What to look at after a process was killed: in full, at `as_of`; once more after `again` and a refresh then.

    `past` are segments and instants at which they were published. Without `closes` this process is killed, too.
    """

    store: Path
    catalog: Mapping[str, object]
    segments: Segments
    published: Segments
    as_of: int | None
    again: Call | None
    past: Sequence[tuple[str, int]] = ()
    checks: bool = False
    closes: bool = True
    repair: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A store as a client sees it: data version, archived changes, published sets and the same asked in full."""

    data_version: int
    archived: int
    published: Shown
    in_full: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How long opening took, what was there, what after the client sent again, and what `check` said of it."""

    seconds: float
    opened: State
    settled: State
    past: Mapping[tuple[str, int], frozenset[str]]
    differences: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict[str, int])


# --- processes that are killed ----------------------------------------------------------------------------------------


def work(work: Work) -> None:
    """Open the store, make the calls, acknowledge each, and close; killed on the way where it says so."""
    make_everything_happen_soon()
    points = watch(work.store.parent, work.kill)
    descriptor = os.open(work.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def acknowledge(**said: object) -> None:
        _WRITE(descriptor, json.dumps(said).encode() + b"\n")
        _SYNC(descriptor)

    archive = Archive.beside(work.store)
    engine = open_engine(work.store, work.catalog, threads=1)
    published = work.published if engine.published else {}
    acknowledge(ready=True)
    for number in range(work.first, len(work.calls)):
        call, segments = work.calls[number]
        _make(engine, call, None if segments == published else segments)
        if isinstance(call, Refresh):
            published = segments
        acknowledge(call=number, archived=len(archive.numbers()), data_version=engine.data_version)
    if work.closes:
        engine.close()
    acknowledge(points=points.taken)
    if not work.closes:
        kill_now()


def _make(engine: Engine, call: Call, segments: Segments | None) -> None:
    match call:
        case Ingest(operations=operations):
            engine.ingest([dict(operation) for operation in operations])
        case Load(name=name, rows=rows):
            engine.load(name, [dict(row) for row in rows])
        case Refresh(as_of=as_of):
            engine.refresh(segments, as_of=moment(as_of))
        case Retain(before=before):
            engine.retain(moment(before))


# --- processes that look ----------------------------------------------------------------------------------------------


def look(order: Look, answer: Connection) -> None:
    """Open the store, say what is there; send again what was not acknowledged, refresh, and say so once more.

    Where the store cannot be opened the answer is the error.
    """
    started = time.perf_counter()
    try:
        engine = open_engine(order.store, order.catalog, threads=1, repair=order.repair)
        _ = engine.published  # which reads the snapshots
    except StoreError as error:
        answer.send(str(error))
        return
    seconds = time.perf_counter() - started
    opened = _state(engine, order)
    known = order.segments == order.published and bool(opened.published)
    if order.again is not None and not isinstance(order.again, Refresh):
        _make(engine, order.again, None)
    if order.as_of is not None:
        engine.refresh(None if known else order.segments, as_of=moment(order.as_of))
    settled = _state(engine, order)
    past = {(key, at): frozenset(engine.members_at(key, moment(at))) for key, at in order.past}
    found = Found(seconds=seconds, opened=opened, settled=settled, past=past)
    if not order.closes:
        answer.send(found)
        kill_now()
    engine.close()
    if order.checks:
        checked = coterie.check(order.store, order.catalog, threads=1)
        differences = tuple(map(str, checked.differences))
        if checked.pending:
            differences += (f"{checked.pending} archived changes are not in the store",)
        found = Found(
            seconds=seconds, opened=opened, settled=settled, past=past, differences=differences, rows=checked.rows
        )
    answer.send(found)


def remake(store: Path, catalog: Mapping[str, object]) -> None:
    """Make the store again of its archive."""
    coterie.rebuild(store, catalog, threads=1)


def _state(engine: Engine, order: Look) -> State:
    published = {
        key: (frozenset(each.members), each.as_of, each.data_version) for key, each in engine.published.items()
    }
    in_full: dict[str, frozenset[str]] = {}
    if order.as_of is not None:
        for key, file in order.segments.items():
            found = engine.members(file, as_of=moment(order.as_of), segments=order.segments)
            in_full[key] = frozenset(found)
    return State(
        data_version=engine.data_version,
        archived=len(Archive.beside(order.store).numbers()),
        published=published,
        in_full=in_full,
    )
