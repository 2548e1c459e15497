"""How much memory loading and answering take at most, at 10^7 contacts and 2·10^8 interactions.

    python -m bench.memory --contacts 10000000

Loading everything, and answering the twelve definitions as `count` and `breakdown` with nothing cached, each run in a
process of their own, whose peak is read from the system. The disk that is needed is stated before anything starts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.data import CACHE, CATALOG, SEED
from bench.machine import GIB, command, describe_machine, enough_disk, peak_memory, today
from bench.results_files import Target, table, write_results

__all__ = ["main"]

LIMIT = 8 * GIB
BYTES_A_CONTACT = {"Parquet files": 250, "the engine's store": 900, "temporary files while loading": 1500}
"""Disk per contact with its 20 interactions, rounded up from smaller worlds; the last is released again."""


# --- in a process of its own -----------------------------------------------------------------------------------------


def _generate(arguments: argparse.Namespace) -> dict[str, object]:
    from bench.data import generate

    world = generate(arguments.contacts, seed=arguments.seed, cache=arguments.cache)
    return {"interactions": world.interactions}


def _load(arguments: argparse.Namespace) -> dict[str, object]:
    import coterie
    from bench.contestants import load_world
    from bench.data import generate

    world = generate(arguments.contacts, seed=arguments.seed, cache=arguments.cache)
    store = _store(arguments)
    store.unlink(missing_ok=True)
    store.with_name(f"{store.name}.wal").unlink(missing_ok=True)
    with coterie.open(store, catalog=CATALOG) as engine:
        load_world(engine, world)
    return {"store_bytes": store.stat().st_size}


def _answer(arguments: argparse.Namespace) -> dict[str, object]:
    import coterie
    from bench.data import AS_OF
    from bench.definitions import DEFINITIONS

    answers = {}
    with coterie.open(_store(arguments), catalog=CATALOG) as engine:
        for question in DEFINITIONS:
            asked = {"as_of": AS_OF, "time_zone": question.time_zone, "segments": question.segments}
            engine.forget()
            count = engine.count(question.text, **asked)
            engine.forget()
            assert engine.breakdown(question.text, **asked).total == count
            answers[question.key] = {"count": count, "peak_memory": peak_memory()}
    return {"answers": answers}


PHASES = {"generate": _generate, "load": _load, "answer": _answer}


def _store(arguments: argparse.Namespace) -> Path:
    return arguments.cache / f"{arguments.contacts}-{arguments.seed}" / "memory.duckdb"


def _in_child(phase: str, arguments: argparse.Namespace) -> dict[str, object]:
    print(f"{phase} …", end=" ", flush=True)
    order = [sys.executable, "-m", "bench.memory", "--phase", phase, "--contacts", str(arguments.contacts)]
    order += ["--seed", str(arguments.seed), "--cache", str(arguments.cache)]
    found = json.loads(subprocess.run(order, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
    print(f"{found['seconds']:,.0f} s, at most {found['peak_memory'] / GIB:.2f} GiB", flush=True)
    return found


# --- the whole -------------------------------------------------------------------------------------------------------


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=10_000_000, help="with 20 interactions each")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--keep-store", action="store_true", help="do not delete the loaded store at the end")
    parser.add_argument("--phase", choices=tuple(PHASES), help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    if arguments.phase:
        start = time.perf_counter()
        found = PHASES[arguments.phase](arguments)
        print(json.dumps({**found, "seconds": time.perf_counter() - start, "peak_memory": peak_memory()}))
        return 0
    facts = describe_machine()
    if not enough_disk(arguments.cache, {what: size * arguments.contacts for what, size in BYTES_A_CONTACT.items()}):
        print("not enough free disk: nothing was done")
        return 2
    found = {phase: _in_child(phase, arguments) for phase in PHASES}
    if not arguments.keep_store:
        _store(arguments).unlink()
    targets = [
        Target(f"peak memory of {what}, GiB", found[phase]["peak_memory"] / GIB, LIMIT / GIB)
        for phase, what in (("load", "loading"), ("answer", "answering"))
    ]
    data = {
        "what": "memory",
        "date": today(),
        "command": command("bench.memory"),
        "seed": arguments.seed,
        "machine": facts,
        "contacts": arguments.contacts,
        "interactions": found["generate"]["interactions"],
        "phases": found,
        "targets": [target.as_data() for target in targets],
    }
    page = _page(data, targets)
    print(f"\n{page}")
    write_results(f"{today()}-memory-{arguments.contacts}", data, page)
    return 0


def _page(data: Mapping, targets: Sequence[Target]) -> str:
    machine, phases = data["machine"], data["phases"]
    run = (
        f"{data['date']} · `{data['command']}` · seed {data['seed']} · {machine['cpu']}, {machine['cores']} cores,"
        f" {machine['memory_gib']} GiB, {machine['system']} · coterie {machine['coterie']}, DuckDB {machine['duckdb']}"
    )
    what = (
        f"Loading took {phases['load']['seconds']:,.0f} s and left a store of"
        f" {phases['load']['store_bytes'] / GIB:.1f} GiB; the twelve definitions, each as count and as breakdown with"
        f" nothing cached, took {phases['answer']['seconds']:,.0f} s together."
    )
    rows = [
        [key, f"{answer['count']:,}", f"{answer['peak_memory'] / GIB:.2f}"]
        for key, answer in phases["answer"]["answers"].items()
    ]
    return "\n\n".join(
        [
            f"# Memory at {data['contacts']:,} contacts and {data['interactions']:,} interactions",
            run,
            what,
            table(["figure", "value", "limit", ""], [target.row() for target in targets]),
            table(["definition", "members", "peak so far, GiB"], rows),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
