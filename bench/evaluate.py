"""The engine beside hand-written SQL: twelve definitions, `count` and `breakdown`, every answer compared.

    python -m bench.evaluate --contacts 1000000 --repetitions 9
    python -m bench.evaluate --contacts 10000000 --without postgres --grown-from bench/results/….json

All contestants run in one process (PostgreSQL beside it) and take turns: every repetition asks every definition in both
forms of every contestant, in an order shuffled anew from the printed seed. Before each question to the engine its leaf
cache is emptied. The exit code is 0 where all answers agree, targets reached or not; 1 where any differ; 2 where the
disk is too small.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.contestants import CONTESTANTS, Contestant, Engine, Form
from bench.data import AS_OF, CACHE, SEED, World, generate
from bench.definitions import BIG, CHANGES, DEFINITIONS, Question, changed
from bench.machine import command, describe_machine, enough_disk, today
from bench.results_files import Target, Times, table, write_results

__all__ = ["main"]

BASE = "duckdb"
"""The contestant whose statements the engine is held against, and whose answers the others are compared with."""

RATIO_LIMITS: Mapping[Form, tuple[float, float]] = {Form.COUNT: (1.3, 2.0), Form.BREAKDOWN: (0.8, 1.5)}
"""Median and worst of engine ÷ hand-written DuckDB over the definitions."""

BYTES_A_CONTACT = {"Parquet files": 250, "engine": 900, "duckdb": 300, "postgres": 3500, "clickhouse": 700}
"""Disk per contact with its 20 interactions, rounded up from smaller worlds."""

CHANGE_LIMIT = 0.5
GROWTH_LIMIT = 12.0

Asked = tuple[str, Form, str]
"""Definition, form, contestant."""


@dataclass
class Measured:
    """All that one run sees, in seconds."""

    times: dict[Asked, list[float]] = field(default_factory=lambda: defaultdict(list))
    first: dict[Form, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Of the big definition, as asked before each change."""
    changes: dict[tuple[Form, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    """Of the big definition with condition `i` changed, asked right after the unchanged one; by form and `i`."""
    ratios: dict[tuple[Form, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    mismatches: list[str] = field(default_factory=list)

    def median(self, definition: str, form: Form, contestant: str) -> float:
        return statistics.median(self.times[definition, form, contestant])


# --- measuring -------------------------------------------------------------------------------------------------------


def measure(contestants: Sequence[Contestant], repetitions: int, seed: int) -> Measured:
    """Ask everything `repetitions` times, after one round that warms the caches and is not counted."""
    measured = Measured()
    order = random.Random(seed)
    for repetition in range(-1, repetitions):
        print("warm-up" if repetition < 0 else f"repetition {repetition + 1} of {repetitions}", flush=True)
        for question in order.sample(DEFINITIONS, len(DEFINITIONS)):
            for form in order.sample(list(Form), len(Form)):
                _ask_all(contestants, question, form, order, measured, counted=repetition >= 0)
        for contestant in contestants:
            if isinstance(contestant, Engine):
                _ask_changed(contestant, order, measured, counted=repetition >= 0)
    return measured


def _ask_all(
    contestants: Sequence[Contestant],
    question: Question,
    form: Form,
    order: random.Random,
    measured: Measured,
    *,
    counted: bool,
) -> None:
    answers = {}
    for contestant in order.sample(contestants, len(contestants)):
        seconds, answer = _timed(contestant, form, question)
        answers[contestant.name] = contestant.read(form, answer)
        if counted:
            measured.times[question.key, form, contestant.name].append(seconds)
    expected = answers[BASE]
    for name, numbers in answers.items():
        measured.mismatches += _differences(f"{question.key} {form} {name}", numbers, expected)


def _timed(contestant: Contestant, form: Form, question: Question, *, forget: bool = True) -> tuple[float, object]:
    if isinstance(contestant, Engine):
        contestant.prepare(question)
    if forget:
        contestant.forget()
    start = time.perf_counter()
    answer = contestant.ask(form, question)
    return time.perf_counter() - start, answer


def _differences(what: str, numbers: Mapping[str, int], expected: Mapping[str, int]) -> list[str]:
    return [
        f"{what}: {name} is {numbers.get(name)}, {BASE} says {expected.get(name)}"
        for name in sorted(numbers.keys() | expected.keys())
        if numbers.get(name) != expected.get(name)
    ]


def _ask_changed(engine: Engine, order: random.Random, measured: Measured, *, counted: bool) -> None:
    """Ask the big definition with nothing cached, then with one condition changed; for each of its ten conditions."""
    for form in Form:
        for index in order.sample(range(len(CHANGES)), len(CHANGES)):
            first, _ = _timed(engine, form, BIG)
            second, answer = _timed(engine, form, changed(CHANGES[index]), forget=False)
            if counted:
                measured.first[form].append(first)
                measured.changes[form, index].append(second)
                measured.ratios[form, index].append(second / first)
            else:
                _, afresh = _timed(engine, form, changed(CHANGES[index]))
                measured.mismatches += _differences(
                    f"change {index + 1} {form}, partly from the cache",
                    engine.read(form, answer),
                    engine.read(form, afresh),
                )


# --- judging ---------------------------------------------------------------------------------------------------------


def _ratios(measured: Measured, form: Form, over: str) -> dict[str, float]:
    return {
        question.key: measured.median(question.key, form, "engine") / measured.median(question.key, form, over)
        for question in DEFINITIONS
    }


def judge(measured: Measured, present: Sequence[str], grown_from: Mapping[str, object] | None) -> list[Target]:
    """The figures to reach, for as many contestants as ran."""
    targets = []
    for form in Form:
        ratios = _ratios(measured, form, BASE).values()
        median_limit, worst_limit = RATIO_LIMITS[form]
        targets += [
            Target(f"{form}: engine ÷ hand-written DuckDB, median of 12", statistics.median(ratios), median_limit),
            Target(f"{form}: engine ÷ hand-written DuckDB, worst of 12", max(ratios), worst_limit),
        ]
    for form in Form:
        changes = [statistics.median(measured.ratios[form, index]) for index in range(len(CHANGES))]
        targets += [
            Target(f"{form}: one condition of ten changed ÷ first evaluation, median", _median(changes), CHANGE_LIMIT),
            Target(f"{form}: one condition of ten changed ÷ first evaluation, worst", max(changes), CHANGE_LIMIT),
        ]
    targets += [
        Target(f"{form}: engine ÷ {peer}, worst of 12", max(_ratios(measured, form, peer).values()), 1.0)
        for form in Form
        for peer in present
        if peer not in ("engine", BASE)
    ]
    if grown_from is not None:
        for form in Form:
            growth = _growth(measured, form, grown_from)
            targets += [
                Target(f"{form}: growth of the engine's time, median of 12", _median(growth), GROWTH_LIMIT),
                Target(f"{form}: growth of the engine's time, worst of 12", max(growth), GROWTH_LIMIT),
            ]
    return targets


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _growth(measured: Measured, form: Form, before: Mapping[str, object]) -> list[float]:
    return [
        measured.median(question.key, form, "engine") / before["times"][question.key][form]["engine"]["median"]
        for question in DEFINITIONS
    ]


# --- writing ---------------------------------------------------------------------------------------------------------


def _data(
    world: World, contestants: Sequence[Contestant], arguments: argparse.Namespace, facts: Mapping, measured: Measured
) -> dict[str, object]:
    names = [contestant.name for contestant in contestants]
    return {
        "what": "evaluate",
        "date": today(),
        "command": command("bench.evaluate"),
        "seed": arguments.seed,
        "repetitions": arguments.repetitions,
        "machine": facts,
        "as_of": AS_OF.isoformat(),
        "contacts": world.contacts,
        "interactions": world.interactions,
        "rows": world.rows,
        "without": arguments.without,
        "versions": {contestant.name: contestant.version for contestant in contestants},
        "load_seconds": {contestant.name: contestant.load_seconds for contestant in contestants},
        "times": {
            question.key: {
                form: {name: Times(tuple(measured.times[question.key, form, name])).as_data() for name in names}
                for form in Form
            }
            for question in DEFINITIONS
        },
        "changes": {
            form: {
                "first": Times(tuple(measured.first[form])).as_data(),
                "changed": {
                    str(index + 1): {
                        **Times(tuple(measured.changes[form, index])).as_data(),
                        "median_ratio": statistics.median(measured.ratios[form, index]),
                    }
                    for index in range(len(CHANGES))
                },
            }
            for form in Form
        },
        "mismatches": measured.mismatches,
    }


def _page(data: Mapping, names: Sequence[str], measured: Measured, targets: Sequence[Target]) -> str:
    machine = data["machine"]
    verdict = "All answers agree." if not measured.mismatches else "**ANSWERS DIFFER**, see below."
    left_out = f" Left out: {', '.join(data['without'])}." if data["without"] else ""
    title = f"# {data['contacts']:,} contacts, {data['interactions']:,} interactions: evaluation"
    run = (
        f"{data['date']} · `{data['command']}` · seed {data['seed']} · {data['repetitions']} repetitions, interleaved"
        f" · {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}"
        f" · load before the start {machine['load_average_before'][0]}"
    )
    versions = (
        f"Versions: {', '.join(f'{name} {version}' for name, version in data['versions'].items())}; the engine on"
        f" DuckDB {machine['duckdb']}, pyroaring {machine['pyroaring']}, Python {machine['python']}.{left_out}"
    )
    how = (
        f"{verdict} Milliseconds: median (quartiles). Pages are warm, the engine's leaf cache is emptied before each"
        " question, definitions are parsed beforehand, and answers cross to Python."
    )
    judged = table(["figure", "value", "limit", ""], [target.row() for target in targets])
    lines = [title, run, versions, how, "## Targets", judged]
    for form in Form:
        lines += [f"## {form}", _form_table(form, names, measured)]
    lines += ["## One condition of ten changed", _change_table(measured)]
    if measured.mismatches:
        lines += [
            "## Answers that differ",
            "\n".join(f"- {mismatch}" for mismatch in dict.fromkeys(measured.mismatches)),
        ]
    return "\n\n".join(lines)


def _form_table(form: Form, names: Sequence[str], measured: Measured) -> str:
    others = [name for name in names if name != "engine"]
    rows = []
    for question in DEFINITIONS:
        cells = [str(Times(tuple(measured.times[question.key, form, name]))) for name in names]
        ratios = [f"{_ratios(measured, form, other)[question.key]:.2f}" for other in others]
        rows.append([question.key, *cells, *ratios])
    return table(["definition", *names, *(f"engine ÷ {other}" for other in others)], rows)


def _change_table(measured: Measured) -> str:
    rows = []
    for index, (before, after) in enumerate(CHANGES):
        cells = []
        for form in Form:
            cells += [
                Times(tuple(measured.changes[form, index])),
                f"{statistics.median(measured.ratios[form, index]):.2f}",
            ]
        rows.append([index + 1, f"`{before}` → `{after}`", *cells])
    first = [Times(tuple(measured.first[form])) for form in Form]
    rows.append(["", "first evaluation", first[0], "1", first[1], "1"])
    return table(["", "change", "count", "÷ first", "breakdown", "÷ first"], rows)


# --- running ---------------------------------------------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--seed", type=int, default=SEED, help="of the data and of the order of questions")
    parser.add_argument("--without", action="append", default=[], choices=["postgres", "clickhouse"])
    parser.add_argument("--keep-engine-store", action="store_true", help="use the engine's store of an earlier run")
    parser.add_argument("--grown-from", type=Path, help="results of a smaller size, to state the growth")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where generated data and stores lie")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    facts = describe_machine()
    print(f"seed {arguments.seed}; {facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB")
    needed = {what: size for what, size in BYTES_A_CONTACT.items() if what not in arguments.without}
    if not enough_disk(arguments.cache, {what: size * arguments.contacts for what, size in needed.items()}):
        print("not enough free disk: nothing was done")
        return 2
    world = generate(arguments.contacts, seed=arguments.seed, cache=arguments.cache)
    print(f"{world.contacts:,} contacts, {world.interactions:,} interactions", flush=True)
    contestants = _open(world, arguments)
    try:
        measured = measure(contestants, arguments.repetitions, arguments.seed)
        names = [contestant.name for contestant in contestants]
        grown_from = json.loads(arguments.grown_from.read_text()) if arguments.grown_from else None
        targets = judge(measured, names, grown_from)
        data = _data(world, contestants, arguments, facts, measured)
    finally:
        for contestant in contestants:
            contestant.close()
    data["targets"] = [target.as_data() for target in targets]
    page = _page(data, names, measured, targets)
    print(f"\n{page}")
    write_results(f"{today()}-evaluate-{arguments.contacts}", data, page)
    return 1 if measured.mismatches else 0


def _open(world: World, arguments: argparse.Namespace) -> list[Contestant]:
    contestants: list[Contestant] = []
    for name, open_one in CONTESTANTS.items():
        if name in arguments.without:
            continue
        print(f"opening {name}", end="", flush=True)
        contestant = Engine(world, keep=arguments.keep_engine_store) if name == "engine" else open_one(world)
        contestants.append(contestant)
        filled = "store was there" if contestant.load_seconds is None else f"filled in {contestant.load_seconds:.1f} s"
        print(f" {contestant.version}: {filled}", flush=True)
    return contestants


if __name__ == "__main__":
    sys.exit(main())
