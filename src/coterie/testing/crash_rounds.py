"""A store through many crashes: killed, opened again, and compared with the judge of what was acknowledged."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from random import Random

from coterie.backends.reference import ReferenceEngine
from coterie.catalog import parse_catalog
from coterie.testing.crash_child import Found, Look, Shown, State, Work, look, remake, work
from coterie.testing.crash_history import Call, Retain, Script, Segments
from coterie.testing.crash_points import Kill
from coterie.testing.pools import moment
from coterie.testing.standing import standing_of
from coterie.testing.steps import Ingest, Load, Refresh

__all__ = ["LOADED", "Broken", "Life", "Refused", "Round", "processes"]

_LONGEST = 60.0
"""Seconds within which a store must be ready again."""

LOADED = "coterie.testing.crash_child"
"""What each process has loaded before it starts."""


class Broken(Exception):  # noqa: N818 - says what a crash broke; it is no failure of the campaign
    """What was lost, made twice, or seen by half."""


class Refused(Broken):
    """The store cannot be opened, as the engine says."""


def processes() -> ForkServerContext:
    """Starts processes, each afresh, that have read the code already."""
    context = get_context("forkserver")
    context.set_forkserver_preload([LOADED])
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How a round went: whether the process was killed, in which call, how long opening took, points it passed."""

    killed: bool
    ended: bool
    call: Call | None
    seconds: float
    points: Sequence[str]


@dataclass(slots=True)
class _Acknowledged:
    """What a process wrote down."""

    ready: bool = False
    calls: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    points: list[str] = field(default_factory=list[str])

    @classmethod
    def read(cls, log: Path) -> _Acknowledged:
        found = cls()
        lines = log.read_bytes().split(b"\n")[:-1] if log.exists() else []
        for line in lines:
            said = json.loads(line)
            found.ready |= "ready" in said
            found.points = said.get("points", found.points)
            if "call" in said:
                found.calls.append((said["call"], said["archived"], said["data_version"]))
        return found


class Life:
    """One store in `folder`, the calls of a script, and what the judge knows of those that were made."""

    def __init__(self, script: Script, folder: Path, rng: Random) -> None:
        self.script, self.folder, self.rng = script, folder, rng
        self.store = folder / "store.duckdb"
        self.catalog = parse_catalog(script.catalog)
        self.judge = ReferenceEngine(self.catalog)
        self.next = 0
        self.archived = self.data_version = 0
        self.as_of: int | None = None
        self.published: Shown = {}
        self.remembered: Segments = {}
        self.past: dict[int, Shown] = {}
        self.ever: list[Shown] = [{}]
        self._context = processes()
        self._logs = 0

    @property
    def ended(self) -> bool:
        """Whether all calls were made."""
        return self.next >= len(self.script.calls)

    # --- a round

    def round(self, kill: Kill | float | None, *, opening: Kill | None = None, checks: bool = False) -> Round:
        """Go on until killed: at a point, or after so many seconds of work; then look. Raises Broken.

        With `opening` the first process that opens the store again is killed, too.
        """
        said, killed = self._worked(kill, closes=self.rng.random() < 0.5)
        self._take(said)
        call = None if self.ended else self.script.calls[self.next][0]
        if opening is not None:
            self._worked(opening, calls=0)
        seconds = self.look(call if killed else None, checks=checks)
        return Round(killed=killed, ended=self.ended, call=call, seconds=seconds, points=said.points)

    def _worked(
        self, kill: Kill | float | None, *, calls: int | None = None, closes: bool = True
    ) -> tuple[_Acknowledged, bool]:
        self._logs += 1
        log = self.folder / f"acknowledged-{self._logs}.log"
        order = Work(
            store=self.store,
            catalog=self.script.catalog,
            calls=self.script.calls if calls is None else (),
            first=self.next,
            published=self.remembered,
            log=log,
            kill=kill if isinstance(kill, Kill) else None,
            closes=closes,
        )
        process = self._context.Process(target=work, args=(order,))
        process.start()
        if isinstance(kill, float):
            self._wait_for(log)
            process.join(kill)
            process.kill()
        process.join(2 * _LONGEST)
        if process.exitcode is None:
            process.kill()
            raise Broken("a process hangs")
        if process.exitcode not in {0, -9}:
            raise Broken(f"a process failed with code {process.exitcode}")
        return _Acknowledged.read(log), process.exitcode == -9

    def _wait_for(self, log: Path) -> None:
        until = time.perf_counter() + _LONGEST
        while not log.exists() or not log.stat().st_size:
            if time.perf_counter() > until:
                raise Broken("a process was not ready within a minute")
            time.sleep(0.005)

    # --- what was acknowledged

    def _take(self, said: _Acknowledged) -> None:
        for number, archived, version in said.calls:
            same("call", number, self.next)
            call, segments = self.script.calls[number]
            self.data_version, self.archived = version, archived
            self._made(call, segments)
            self.next += 1

    def _made(self, call: Call, segments: Segments) -> None:
        """A call was made and acknowledged."""
        match call:
            case Refresh(as_of=as_of):
                self.as_of = as_of
                self._publish(self.judged(segments, as_of, self.data_version), as_of, segments)
            case Retain(before=before):
                kept = max([at for at in self.past if at <= before], default=before)
                self.past = {at: shown for at, shown in self.past.items() if at >= kept}
            case _:
                self.apply(call)

    def _publish(self, shown: Shown, as_of: int, segments: Segments) -> None:
        self.published, self.past[as_of], self.remembered = shown, shown, segments
        self.ever.append(shown)

    def apply(self, call: Call) -> None:
        """Tell the judge."""
        match call:
            case Ingest(operations=operations):
                self.judge.ingest(operations)
            case Load(name=name, rows=rows):
                self.judge.load(name, rows)
            case _:
                pass

    def judged(self, segments: Segments, as_of: int, version: int) -> Shown:
        """What the judge publishes."""
        usable = standing_of(segments, self.catalog).usable
        at = moment(as_of)
        return {
            key: (frozenset(self.judge.members(segment, as_of=at, segments=usable)), at, version)
            for key, segment in usable.items()
        }

    # --- looking

    def look(
        self,
        call: Call | None,
        *,
        repeated: Call | None = None,
        checks: bool = True,
        closes: bool | None = None,
        repair: bool = False,
        forgot: bool = False,
    ) -> float:
        """Open the store in a new process, send `call` again, refresh; compare all that is there. Raises Broken.

        `call` was not acknowledged; one that was may be `repeated`. `forgot`: the snapshots may be gone. The seconds
        that opening took.
        """
        segments = self._segments(call)
        if forgot:
            self.published, self.past = {}, {}
        as_of = call.as_of if isinstance(call, Refresh) else self.as_of
        found = self._looked(
            Look(
                store=self.store,
                catalog=self.script.catalog,
                segments=segments,
                published=self.remembered if not forgot else {},
                as_of=as_of,
                again=repeated if call is None else call,
                past=self._past(call),
                checks=checks,
                closes=checks or (self.rng.random() < 0.5 if closes is None else closes),
                repair=repair,
            )
        )
        if found.seconds > _LONGEST:
            raise Broken(f"opening took {found.seconds:.0f} s")
        self._compare_opened(found.opened, call, segments, as_of, forgot=forgot)
        self._compare_settled(found, repeated if call is None else call, segments, as_of)
        if checks:
            same("differences of store and archive", found.differences, ())
            for name in self.catalog.interactions:
                same(f"rows of {name}", found.rows[f"interaction_{name}"], self.judge.happenings(name))
        if call is not None:
            self.next += 1
        return found.seconds

    def _segments(self, call: Call | None) -> Segments:
        return self.script.calls[self.next][1] if call is not None else self.remembered

    def _past(self, call: Call | None) -> list[tuple[str, int]]:
        if isinstance(call, Retain):
            return []
        moments = sorted(at for at in self.past if self.as_of is not None and at < self.as_of)[-3:]
        return [(key, at) for at in moments for key in self.past[at]]

    def _looked(self, order: Look) -> Found:
        mine, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=look, args=(order, theirs))
        process.start()
        theirs.close()
        try:
            if not mine.poll(2 * _LONGEST):
                raise Broken("opening takes longer than two minutes")
            found = mine.recv()
        except EOFError:
            raise Broken("the store cannot be opened or used again (see above)") from None
        finally:
            mine.close()
            process.join(_LONGEST)
            process.kill()
        if isinstance(found, str):
            raise Refused(found)
        assert isinstance(found, Found)
        return found

    def remake(self) -> None:
        """Make the store again of its archive, in a new process. Raises Broken."""
        process = self._context.Process(target=remake, args=(self.store, self.script.catalog))
        process.start()
        process.join(_LONGEST)
        if process.exitcode != 0:
            process.kill()
            raise Broken(f"the store could not be made again: exit code {process.exitcode}")

    # --- comparing

    def _compare_opened(
        self, opened: State, call: Call | None, segments: Segments, as_of: int | None, *, forgot: bool
    ) -> None:
        changes = isinstance(call, Ingest | Load)
        made = opened.archived - self.archived
        if made not in ((0, 1) if changes else (0,)):
            raise Broken(
                f"{opened.archived} archived changes after {self.archived} acknowledged ones, in {type(call).__name__}"
            )
        raised = opened.data_version - self.data_version
        if raised not in range(made + 1):
            raise Broken(f"data version {opened.data_version} after {self.data_version}, {made} more archived")
        if made and call is not None:
            self.apply(call)
        self.archived, self.data_version = opened.archived, opened.data_version
        self._compare_in_full(opened, segments, as_of)
        allowed = self.ever if forgot else [self.published]
        if isinstance(call, Refresh):
            allowed = [*allowed, self.judged(segments, call.as_of, opened.data_version)]
        if opened.published not in allowed:
            same("published when opened", opened.published, allowed[-1])

    def _compare_settled(self, found: Found, call: Call | None, segments: Segments, as_of: int | None) -> None:
        settled = found.settled
        if call is not None:
            self.apply(call)
        if settled.data_version - self.data_version not in (0, 1) or settled.archived - self.archived not in (0, 1):
            raise Broken(f"data version {settled.data_version}, {settled.archived} archived, after sending again")
        self.archived, self.data_version = settled.archived, settled.data_version
        self._compare_in_full(settled, segments, as_of)
        if as_of is not None:
            expected = self.judged(segments, as_of, settled.data_version)
            same("published after a refresh", settled.published, expected)
            if isinstance(call, Retain):
                self._made(call, segments)
            self.as_of = as_of
            self._publish(expected, as_of, segments)
        for (key, at), members in found.past.items():
            same(f"members of {key} at {at}", members, self.past[at][key][0])

    def _compare_in_full(self, state: State, segments: Segments, as_of: int | None) -> None:
        if as_of is not None:
            judged = self.judged(segments, as_of, 0)
            same("members in full", state.in_full, {key: shown[0] for key, shown in judged.items()})


def same(what: str, found: object, expected: object) -> None:
    """Raises Broken where the two differ."""
    if found == expected:
        return
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        keys = sorted(key for key in {*found, *expected} if found.get(key) != expected.get(key))
        what = f"{what} of {keys[0]}"
        found, expected = found.get(keys[0]), expected.get(keys[0])
    raise Broken(f"{what}: found {found}, expected {expected}")
