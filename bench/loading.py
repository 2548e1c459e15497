"""How fast interactions are loaded from Parquet and CSV, beside a plain `INSERT … SELECT` of DuckDB in the same run.

    python -m bench.loading --contacts 250000 --repetitions 3

Each load runs in a process of its own, into a fresh file, the contacts being there already; the order is shuffled. A
plain INSERT keeps the text it is given: no keys are resolved, no text is folded, no repeated message is found.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.data import CACHE, CATALOG, INTERACTIONS, SEED, World, generate
from bench.machine import command, describe_machine, peak_memory, today
from bench.results_files import Target, Times, table, write_results

__all__ = ["main"]

FORMATS = ("parquet", "csv")
LOADERS = ("engine", "duckdb")
ROWS_A_SECOND: Mapping[str, int] = {"parquet": 500_000, "csv": 200_000}

_TYPES: Mapping[str, str] = {
    "email_opened": "message VARCHAR, journey VARCHAR, device VARCHAR",
    "email_clicked": "message VARCHAR, link VARCHAR",
    "purchase": "amount DECIMAL(12, 2), product VARCHAR",
    "website_visited": "page VARCHAR, seconds INTEGER",
}


def _columns(name: str) -> str:
    return f"message_id VARCHAR, contact_id VARCHAR, occurred_at TIMESTAMPTZ, {_TYPES[name]}"


# --- one load, in a process of its own -------------------------------------------------------------------------------


def _load_once(loader: str, form: str, world: World, folder: Path) -> dict[str, object]:
    load = _load_with_engine if loader == "engine" else _load_with_duckdb
    seconds = load(form, world, folder / "store.duckdb")
    size = sum(file.stat().st_size for file in folder.iterdir())
    return {"seconds": seconds, "peak_memory": peak_memory(), "store_bytes": size}


def _file(world: World, name: str, form: str) -> Path:
    return world.file(name).with_suffix(f".{form}")


def _load_with_engine(form: str, world: World, store: Path) -> dict[str, float]:
    import coterie

    seconds = {}
    with coterie.open(store, catalog=CATALOG) as engine:
        engine.load("contact", world.file("contact"))
        for name in INTERACTIONS:
            start = time.perf_counter()
            report = engine.load(name, _file(world, name, form))
            seconds[name] = time.perf_counter() - start
            assert report.added == world.rows[name], report
    return seconds


def _load_with_duckdb(form: str, world: World, store: Path) -> dict[str, float]:
    import duckdb

    seconds = {}
    with duckdb.connect(str(store)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in INTERACTIONS:
            columns = dict(column.split(" ", 1) for column in _columns(name).replace("(12, 2)", "(12.2)").split(", "))
            typed = ", ".join(f"'{column}': '{kind.replace('.', ', ')}'" for column, kind in columns.items())
            source = (
                f"read_parquet('{_file(world, name, form)}')"
                if form == "parquet"
                else f"read_csv('{_file(world, name, form)}', header = true, columns = {{{typed}}})"
            )
            start = time.perf_counter()
            connection.execute(f"CREATE TABLE {name} ({_columns(name)})")
            connection.execute(f"INSERT INTO {name} SELECT * FROM {source}")
            connection.execute("CHECKPOINT")
            seconds[name] = time.perf_counter() - start
            rows = connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            assert rows == world.rows[name]
    return seconds


# --- all loads -------------------------------------------------------------------------------------------------------


def _write_csv(world: World) -> None:
    """The CSV files beside the Parquet files, unless they are there."""
    import duckdb

    duckdb.execute("SET TimeZone = 'UTC'")
    for name in INTERACTIONS:
        file = _file(world, name, "csv")
        if not file.exists():
            duckdb.execute(
                f"COPY (SELECT * REPLACE (occurred_at::TIMESTAMP AS occurred_at) FROM '{world.file(name)}')"
                f" TO '{file}.part' (FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ')"
            )
            Path(f"{file}.part").rename(file)


def _load_in_child(loader: str, form: str, arguments: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory(dir=arguments.cache) as folder:
        order = [sys.executable, "-m", "bench.loading", "--child", loader, form, folder]
        order += ["--contacts", str(arguments.contacts), "--seed", str(arguments.seed), "--cache", str(arguments.cache)]
        return json.loads(subprocess.run(order, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def _measure(arguments: argparse.Namespace) -> dict[tuple[str, str], list[dict]]:
    loads: dict[tuple[str, str], list[dict]] = {(loader, form): [] for loader in LOADERS for form in FORMATS}
    order = random.Random(arguments.seed)
    for repetition in range(arguments.repetitions):
        for loader, form in order.sample(list(loads), len(loads)):
            load = _load_in_child(loader, form, arguments)
            loads[loader, form].append(load)
            taken = sum(load["seconds"].values())
            print(
                f"{repetition + 1}: {loader:6} {form:7} {taken:6.1f} s, {load['peak_memory'] / 1e6:,.0f} MB", flush=True
            )
    return loads


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=250_000, help="with 20 interactions each")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--child", nargs=3, metavar=("LOADER", "FORMAT", "FOLDER"), help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    world = generate(arguments.contacts, seed=arguments.seed, cache=arguments.cache)
    if arguments.child:
        loader, form, folder = arguments.child
        print(json.dumps(_load_once(loader, form, world, Path(folder))))
        return
    facts = describe_machine()
    print(f"seed {arguments.seed}; {world.interactions:,} interactions", flush=True)
    _write_csv(world)
    loads = _measure(arguments)
    times = {key: Times(tuple(sum(load["seconds"].values()) for load in found)) for key, found in loads.items()}
    targets = [
        Target(f"{form}: rows a second", world.interactions / times["engine", form].median, limit, at_least=True)
        for form, limit in ROWS_A_SECOND.items()
    ]
    data = {
        "what": "loading",
        "date": today(),
        "command": command("bench.loading"),
        "seed": arguments.seed,
        "repetitions": arguments.repetitions,
        "machine": facts,
        "contacts": world.contacts,
        "rows": {name: world.rows[name] for name in INTERACTIONS},
        "loads": {f"{loader} {form}": found for (loader, form), found in loads.items()},
        "targets": [target.as_data() for target in targets],
    }
    page = _page(data, world, loads, times, targets)
    print(f"\n{page}")
    write_results(f"{today()}-loading-{world.interactions}", data, page)


def _page(
    data: Mapping,
    world: World,
    loads: Mapping[tuple[str, str], Sequence[Mapping]],
    times: Mapping[tuple[str, str], Times],
    targets: Sequence[Target],
) -> str:
    machine = data["machine"]
    rows = []
    for form in FORMATS:
        for loader in LOADERS:
            taken = times[loader, form]
            first, third = taken.quartiles
            found = loads[loader, form]
            rows.append(
                [
                    form,
                    loader,
                    f"{taken.median:.2f} ({first:.2f}–{third:.2f})",
                    f"{world.interactions / taken.median:,.0f}",
                    f"{taken.median / times['duckdb', form].median:.2f}",
                    f"{statistics.median(load['peak_memory'] for load in found) / 1e6:,.0f}",
                    f"{statistics.median(load['store_bytes'] for load in found) / 1e6:,.0f}",
                ]
            )
    head = ["format", "loader", "seconds (quartiles)", "rows a second", "÷ plain INSERT", "peak MB", "store MB"]
    run = (
        f"{data['date']} · `{data['command']}` · seed {data['seed']} · {data['repetitions']} repetitions, interleaved,"
        f" each in a process of its own · {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB,"
        f" {machine['system']} · coterie {machine['coterie']}, DuckDB {machine['duckdb']},"
        f" load before the start {machine['load_average_before'][0]}"
    )
    what = (
        f"{world.interactions:,} interactions of {len(INTERACTIONS)} kinds into a fresh file that holds"
        f" {world.contacts:,} contacts. The plain INSERT into a file of its own keeps the text it is given: no keys"
        " resolved, no text folded, no repeated message found."
    )
    judged = table(["figure", "value", "limit", ""], [target.row() for target in targets])
    return "\n\n".join([f"# Loading {world.interactions:,} interactions", run, what, judged, table(head, rows)])


if __name__ == "__main__":
    main()
