"""The commands that take changes in: ingest, once; watch, for good."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.cli.arguments import AsJson, AsOf, BatchSize, CatalogFile, Store
from coterie.cli.failures import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

    from coterie.engine.plain_answers import Json
    from coterie.engine.refreshed import Refresh
    from coterie.errors import Problem
    from coterie.records import IngestReport

__all__ = ["ingest", "print_report", "watch"]

_BATCH_SIZE = 10_000

OperationsFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="The operations: JSON lines, a JSON array or a YAML list; - is standard input."
    ),
]


def ingest(
    store: Store,
    file: OperationsFile,
    catalog: CatalogFile,
    refresh: Annotated[bool, typer.Option("--refresh", help="Then bring the live segments to the moment.")] = False,
    as_of: AsOf = None,
    batch_size: BatchSize = _BATCH_SIZE,
    as_json: AsJson = False,
) -> None:
    """Apply upserts, deletions and interactions, in their order, to the store, which is made if it is not there.

    Each is {type: upsert, entity, record, changed_at?}, {type: delete, entity, key, changed_at?} or {type: interaction,
    interaction, record}. Those that cannot be used are kept aside and reported. JSON lines are applied as they are
    read, batch by batch; a line that is not JSON ends that: nothing of its batch is applied, and what was is reported.
    Applying a file again changes nothing, but for interactions without message_id. With --refresh exit code 1 where
    some segment could not be evaluated.

    \b
    Examples:
      coterie ingest shop.duckdb changes.jsonl --catalog catalog.yaml --refresh
      tail -n 1000 changes.jsonl | coterie ingest shop.duckdb - --catalog catalog.yaml
    """
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import moment, opened_store, read_catalog
    from coterie.cli.operations import apply_batches, joined
    from coterie.cli.screen import Screen
    from coterie.cli.tables import show_refresh
    from coterie.engine.plain_currency import ingest_as_json, refresh_as_json
    from coterie.errors import ReadError

    moment(as_of)  # the cheapest thing to have got wrong
    known = read_catalog(catalog)
    reports: list[IngestReport] = []
    with opened_store(store, known, create=True) as engine:
        try:
            apply_batches(engine, file, batch_size, reports.append)
        except ReadError:
            if reports and not as_json:
                print_report(joined(reports))
            raise
        report = joined(reports or [engine.ingest([])])
        done = engine.refresh(as_of=moment(as_of)) if refresh else None
        statuses = engine.status() if refresh else ()
    if as_json:
        told = ingest_as_json(report)
        if done is not None:
            told["refresh"] = refresh_as_json(done, statuses)
        print_json(told)
    else:
        print_report(report)
        if done is not None:
            show_refresh(Screen(), done, statuses)
    if done is not None and (done.failed or done.held):
        raise typer.Exit(ExitCode.NO)


def print_report(report: IngestReport) -> None:
    """What was applied, on standard output."""
    from coterie.cli.screen import printable

    for line in str(report).splitlines():
        typer.echo(printable(line))


def watch(
    store: Store,
    catalog: CatalogFile,
    folder: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="A folder whose batch files (*.jsonl) are applied.")
    ] = None,
    every: Annotated[
        float, typer.Option("--every", metavar="SECONDS", min=0.05, help="How often the folder is looked at.")
    ] = 1.0,
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="DAYS", min=1, help="Drop, daily, what was published before that.")
    ] = None,
    batch_size: BatchSize = _BATCH_SIZE,
    as_json: AsJson = False,
) -> None:
    """Keep the live segments current: refresh when data come in, and at the instants at which time changes them.

    The files of the folder are applied in the order of their names, each moved to done/ then, or to refused/ with a
    report where it cannot be read. Write a file under another name, or beside the folder, and rename it when it is
    whole. Nobody else can use the store meanwhile. Ctrl-C or SIGTERM end it when the running step is done; a second one
    at once. A file that was broken off is applied again, which changes nothing but for interactions without message_id.

    \b
    Examples:
      coterie watch shop.duckdb --catalog catalog.yaml
      coterie watch shop.duckdb --catalog catalog.yaml --from incoming --keep 90
    """
    from coterie.cli.heap import calm_collector
    from coterie.cli.inbox import Inbox
    from coterie.cli.inputs import opened_store, read_catalog
    from coterie.cli.waking import Waking
    from coterie.cli.watching import Settings, Watch

    calm_collector()
    settings = Settings(
        every=timedelta(seconds=every),
        batch_size=batch_size,
        keep=None if keep is None else timedelta(days=keep),
    )
    with Waking() as timer, opened_store(store, read_catalog(catalog)) as engine:
        inbox = None if folder is None else Inbox(folder)
        Watch(engine, inbox, timer, _Lines(as_json=as_json), settings).run()


class _Lines:
    """What `watch` does, a line each: text, or JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def refreshed(self, refresh: Refresh) -> None:
        from coterie.cli.tables import refresh_words
        from coterie.engine.plain_currency import refresh_as_json

        self._say(refresh_words(refresh), {"refreshed": refresh_as_json(refresh)})

    def ingested(self, file: Path, report: IngestReport) -> None:
        from coterie.engine.plain_currency import ingest_as_json

        counts = "".join(f", {code} {count:,}" for code, count in report.counts.items())
        words = f"{report.read:,} operations, {report.repeated:,} repeated, {report.refused:,} refused{counts}"
        self._say(f"{file.name}: {words}.", {"ingested": {"file": file.name, **ingest_as_json(report)}})

    def refused(self, file: Path, problems: tuple[Problem, ...]) -> None:
        from coterie.cli.failures import problem_line
        from coterie.engine.plain_currency import problems_as_json

        words = "; ".join(map(problem_line, problems))
        self._say(words, {"refused": {"file": file.name, "problems": problems_as_json(problems)}})

    def vanished(self, file: Path) -> None:
        self._say(f"{file.name}: It is not there any more; passed over.", {"vanished": {"file": file.name}})

    def retained(self, before: datetime, publications: int) -> None:
        from coterie.cli.tables import utc

        words = f"Dropped {publications:,} publications from before {utc(before)}."
        self._say(words, {"dropped": {"before": before.isoformat(), "publications": publications}})

    def _say(self, words: str, told: Json) -> None:
        from coterie.cli.screen import printable

        typer.echo(json.dumps(told, ensure_ascii=False) if self._as_json else printable(words))
