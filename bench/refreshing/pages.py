"""The page and the data of one measurement of refreshes."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence

from bench.machine import command, today
from bench.refreshing.setting import Setting
from bench.results_files import Target, table, write_results

__all__ = ["percentile", "write_page"]


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that at least that share of the values do not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def write_page(
    what: str,
    setting: Setting,
    arguments: argparse.Namespace,
    facts: Mapping[str, object],
    targets: Sequence[Target],
    body: Sequence[str],
    differing: Sequence[str],
    measured: Mapping[str, object],
) -> int:
    """Write both, show the page, and say 1 where an answer differs."""
    world, count, program = setting.world, len(setting.segments), arguments.program
    agreement = "**ANSWERS DIFFER**, see below." if differing else "All answers that were compared agree."
    load = facts["load_average_before"]
    run = (
        f"{today()} · `{command(f'bench.{program}')}` · seed {arguments.seed} · {facts['cpu']}, {facts['cores']} cores,"
        f" {facts['memory_gib']} GiB, {facts['system']} · coterie {facts['coterie']}, DuckDB {facts['duckdb']}, Python"
        f" {facts['python']} · load before the start {load[0] if isinstance(load, list) else load}"
    )
    lines = [
        f"# {world.contacts:,} contacts, {world.interactions:,} interactions, {count:,} live segments: {what}",
        run,
        agreement,
        table(["figure", "value", "limit", ""], [target.row() for target in targets]) if targets else "",
        *body,
    ]
    if differing:
        lines += ["## Answers that differ", "\n".join(f"- {difference}" for difference in differing)]
    page = "\n\n".join(line for line in lines if line)
    data = {
        "what": f"{program}-{what}",
        "date": today(),
        "command": command(f"bench.{program}"),
        "seed": arguments.seed,
        "machine": facts,
        "contacts": world.contacts,
        "interactions": world.interactions,
        "segments": count,
        "conditions": arguments.conditions,
        **measured,
        "mismatches": list(differing),
        "targets": [target.as_data() for target in targets],
    }
    print(f"\n{page}")
    write_results(f"{today()}-{program}-{what}-{world.contacts}" + ("" if count == 1000 else f"-{count}"), data, page)
    return 1 if differing else 0
