"""People in the designer while records arrive and segments are refreshed: from a changed condition to all counts."""

from __future__ import annotations

import argparse
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random

from bench.data import AS_OF
from bench.machine import describe_machine
from bench.refreshing.pages import percentile, write_page
from bench.refreshing.setting import Setting, open_setting
from bench.refreshing.steady import Stream
from bench.results_files import Target, table

__all__ = ["BEHAVIOR", "LIMITS", "PROFILE", "Block", "run"]

LIMITS: Mapping[str, float] = {"profile": 0.25, "behavior": 0.6}
"""Seconds, at the 95th percentile, by what the changed condition asks about."""

MOST = 6
"""Conditions in a definition."""

Block = Mapping[str, object]
Draw = Callable[[Random], Block]


def _where(attribute: str, operator: str, value: object) -> Block:
    return {"kind": "profile", "where": {"attribute": attribute, "operator": operator, "value": value}}


def _did(interaction: str, days: int, **more: object) -> Block:
    window = {"kind": "last", "count": days, "unit": "days"}
    return {"kind": "interaction", "interaction": interaction, "window": window, **more}


def _lead(rng: Random) -> Block:
    score = {"attribute": "score", "operator": "at_least", "value": rng.randrange(10, 90)}
    return {"kind": "profile", "where": {"relation": "leads", "quantifier": {"kind": "any"}, "where": score}}


PROFILE: Sequence[Draw] = (
    lambda rng: _where("city", "is_in", rng.sample(["Paris", "London", "Berlin", "Madrid", "Boston", "Rome"], 2)),
    lambda rng: _where("age", "between", [rng.randrange(18, 40), rng.randrange(41, 80)]),
    lambda rng: _where("score", "at_least", str(rng.randrange(10, 90) + 0.5)),
    lambda rng: _where("interests", "includes_any", rng.sample(["running", "yoga", "film", "music", "travel"], 2)),
    lambda rng: _where("created_on", "in_last", {"count": rng.randrange(1, 24), "unit": "months"}),
    lambda rng: _where("birth_date", "anniversary", {"in_next": {"count": rng.randrange(7, 60), "unit": "days"}}),
    _lead,
)

BEHAVIOR: Sequence[Draw] = (
    lambda rng: _did("email_opened", rng.randrange(7, 90), operator="at_least", value=rng.randrange(1, 4)),
    lambda rng: _did(
        "email_opened",
        rng.randrange(7, 90),
        where={"attribute": "device", "operator": "is", "value": rng.choice(["mobile", "desktop", "tablet"])},
        operator="at_least",
        value=1,
    ),
    lambda rng: _did(
        "purchase",
        rng.randrange(30, 365),
        measure={"kind": "sum", "attribute": "amount"},
        operator="at_least",
        value=rng.randrange(50, 900),
    ),
    lambda rng: _did("purchase", rng.randrange(30, 180), operator="is", value=0),
    lambda rng: _did("website_visited", rng.randrange(7, 120), operator="at_least", value=rng.randrange(1, 6)),
    lambda rng: _did("website_visited", rng.randrange(30, 180), measure={"kind": "days"}, operator="at_least", value=3),
    lambda rng: _did("email_clicked", rng.randrange(7, 180), operator="at_least", value=1),
)

KINDS: Mapping[str, Sequence[Draw]] = {"profile": PROFILE, "behavior": BEHAVIOR}


class _Designer:
    """One person: a definition of some conditions, one of which is changed or added at a time."""

    def __init__(self, setting: Setting, seed: int, think: float) -> None:
        self._engine = setting.engine
        self._rng = Random(seed)
        self._think = think
        self._blocks: list[tuple[str, Block]] = []
        self.waited: dict[str, list[float]] = defaultdict(list)

    @property
    def definition(self) -> Mapping[str, object]:
        first, *others = (block for _, block in self._blocks)
        return {"blocks": [{"block": first}, *({"combine": "and_also", "block": block} for block in others)]}

    def work(self, clock: Callable[[], timedelta], done: threading.Event) -> None:
        """Change and look, until all is done."""
        while not done.wait(self._think * (0.5 + self._rng.random())):
            kind = self._change()
            started = time.perf_counter()
            self._engine.breakdown(self.definition, as_of=AS_OF + clock())
            self.waited[kind].append(time.perf_counter() - started)

    def _change(self) -> str:
        kind = self._rng.choice(list(KINDS))
        drawn = kind, self._rng.choice(KINDS[kind])(self._rng)
        if len(self._blocks) < 3 or (len(self._blocks) < MOST and self._rng.random() < 0.3):
            self._blocks.append(drawn)
        else:
            self._blocks[self._rng.randrange(len(self._blocks))] = drawn
        return kind


def run(arguments: argparse.Namespace) -> int:
    """So many people for so long; in the end every definition is asked once more, and once without what is kept."""
    facts = describe_machine()
    setting = open_setting(arguments, "designers")
    setting.engine.refresh(setting.files, as_of=AS_OF)
    people = [_Designer(setting, arguments.seed + number, arguments.think) for number in range(arguments.people)]
    stream = Stream(setting, arguments)
    done = threading.Event()
    working = [threading.Thread(target=each.work, args=(stream.elapsed, done)) for each in people]
    stream.start()
    for thread in working:
        thread.start()
    stream.join()
    done.set()
    for thread in working:
        thread.join()
    differing = [*stream.errors, *_compared(setting, people, AS_OF + stream.elapsed())]
    setting.close()
    waited = {kind: [seconds for each in people for seconds in each.waited[kind]] for kind in KINDS}
    targets = [
        Target(f"a {kind} condition changed, all counts, p95, seconds", percentile(waited[kind], 0.95), limit)
        for kind, limit in LIMITS.items()
    ]
    refreshes = [seconds for _, seconds, _ in stream.refreshed]
    lags = [acknowledged - due for _, _, due, acknowledged in stream.sent]
    lines = {f"{kind} condition changed": waited[kind] for kind in KINDS}
    lines |= {"due to acknowledged": lags, "acknowledged to visible": stream.delays(), "refresh": refreshes}
    rows = [
        [name, len(seconds), *(f"{percentile(seconds, share):.3f}" for share in (0.5, 0.95, 0.99, 1.0))]
        for name, seconds in lines.items()
    ]
    what = (
        f"{arguments.people} people, each of whom changes one of 3 to {MOST} conditions, waits for all counts, and"
        f" thinks for {arguments.think} s on average; {arguments.rate} records a second arrive, and all segments are"
        " refreshed whenever something is new."
    )
    body = [what, table(["seconds", "times", "median", "p95", "p99", "most"], rows)]
    return write_page("designers", setting, arguments, facts, targets, body, differing, lines)


def _compared(setting: Setting, people: Sequence[_Designer], as_of: object) -> list[str]:
    """Definitions whose counts are others than without what is kept."""
    kept = [setting.engine.breakdown(each.definition, as_of=as_of) for each in people]
    setting.engine.forget()
    anew = [setting.engine.breakdown(each.definition, as_of=as_of) for each in people]
    return [f"person {number}" for number, (one, other) in enumerate(zip(kept, anew, strict=True)) if one != other]
