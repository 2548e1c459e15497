"""The commands that keep segments current: plan, apply, refresh; and that say how they stand: status, log, segments."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.cli.arguments import AsJson, AsOf, CatalogFile, ContactKey, SegmentFolder, SegmentKey, Store
from coterie.cli.failures import ExitCode

if TYPE_CHECKING:
    from coterie.definition.nodes import Segment
    from coterie.engine.refreshed import RefreshPlan

__all__ = ["apply", "log", "plan", "refresh", "segments", "status"]


def plan(
    store: Store,
    segments: SegmentFolder,
    catalog: CatalogFile,
    as_of: AsOf = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with exit code 1 where `apply` would change anything.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what `apply` would do to each segment: who would enter and leave, exactly. Nothing is changed.

    Segments that go on with their file and members as they are are only counted. Exit code 1 where some segment would
    fail; with --exit-code also where anything would change.

    \b
    Examples:
      coterie plan shop.duckdb segments/ --catalog catalog.yaml
      coterie plan shop.duckdb segments/ --catalog catalog.yaml --exit-code --json
    """
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import moment, opened_store, read_catalog
    from coterie.cli.screen import Screen
    from coterie.cli.tables import show_plan
    from coterie.engine.plain_currency import plan_as_json

    when, known, files = moment(as_of), read_catalog(catalog), _files(segments, may_be_empty=True)
    with opened_store(store, known) as engine:
        planned = engine.plan(files, as_of=when)
        if as_json:
            print_json(plan_as_json(planned))
        else:
            show_plan(Screen(), planned)
    if _would_fail(planned) or (exit_code and not planned.is_empty):
        raise typer.Exit(ExitCode.NO)


def apply(
    store: Store,
    segments: SegmentFolder,
    catalog: CatalogFile,
    as_of: AsOf = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask; and stop all segments where there is no file.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the segments of these files the live ones, all at once: new ones start, missing ones stop.

    Shows first what that does, as `plan` does, and asks if it may, where somebody is at a terminal to answer (not with
    --yes or --json). What was shown is what is published. A segment that cannot be evaluated keeps its last good
    members; exit code 1 then, and where the answer is no.

    \b
    Examples:
      coterie apply shop.duckdb segments/ --catalog catalog.yaml
      coterie apply shop.duckdb segments/ --catalog catalog.yaml --yes
    """
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import moment, opened_store, read_catalog
    from coterie.cli.screen import Screen
    from coterie.cli.tables import refresh_words, show_plan
    from coterie.engine.plain_currency import plan_as_json, refresh_as_json

    when, known, files = moment(as_of), read_catalog(catalog), _files(segments, may_be_empty=yes)
    with opened_store(store, known) as engine:
        planned = engine.plan(files, as_of=when)
        if not as_json:
            show_plan(Screen(), planned)
            if not yes and not planned.is_empty and _is_somebody_there() and not typer.confirm("Publish this?"):
                typer.echo("Nothing was changed.")
                raise typer.Exit(ExitCode.NO)
        done = engine.refresh(files, as_of=when)
        if as_json:
            print_json({"plan": plan_as_json(planned), "refresh": refresh_as_json(done, engine.status())})
        else:
            Screen().line(f"Published. {refresh_words(done)}")
    if done.failed or done.held:
        raise typer.Exit(ExitCode.NO)


def refresh(store: Store, catalog: CatalogFile, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Bring all live segments to a moment, on the data as they are, and publish them together.

    Shows who entered and left which segment, with what its conditions cost, and what failed and why. Exit code 1 where
    some segment could not be evaluated; it keeps its last good members, and so do those that refer to it.

    \b
    Example:
      coterie refresh shop.duckdb --catalog catalog.yaml
    """
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import moment, opened_store, read_catalog
    from coterie.cli.screen import Screen
    from coterie.cli.tables import show_refresh
    from coterie.engine.plain_currency import refresh_as_json

    when = moment(as_of)
    with opened_store(store, read_catalog(catalog)) as engine:
        done = engine.refresh(as_of=when)
        if as_json:
            print_json(refresh_as_json(done, engine.status()))
        else:
            show_refresh(Screen(), done, engine.status())
    if done.failed or done.held:
        raise typer.Exit(ExitCode.NO)


def status(store: Store, catalog: CatalogFile, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show how each live segment stands, as it was last published.

    `data` is the data version that its members heed, `behind` how many there are after it; `as of` the moment they were
    brought to, in UTC, `lag` how long that is ago at --as-of; `next evaluation` when time alone can change them.
    `cost` is known in the process that refreshed alone: `coterie refresh` shows it.

    \b
    Example:
      coterie status shop.duckdb --catalog catalog.yaml
    """
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import moment, opened_store, read_catalog
    from coterie.cli.screen import Screen
    from coterie.cli.tables import show_status
    from coterie.engine.plain_currency import status_as_json

    when = moment(as_of)
    with opened_store(store, read_catalog(catalog)) as engine:
        statuses = engine.status()
    if as_json:
        print_json(status_as_json(statuses, when))
    else:
        show_status(Screen(), statuses, when)


def log(
    store: Store,
    key: SegmentKey,
    catalog: CatalogFile,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many changes.")] = 20,
    contacts: Annotated[bool, typer.Option("--contacts", help="Name the contacts, instead of counting them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who entered a segment and who left it, and whether data, time or an edit was the cause; newest first.

    \b
    Examples:
      coterie log shop.duckdb lapsed --catalog catalog.yaml
      coterie log shop.duckdb lapsed --catalog catalog.yaml --limit 1 --contacts
    """
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import opened_store, read_catalog
    from coterie.cli.screen import Screen
    from coterie.cli.tables import show_log
    from coterie.engine.plain_currency import log_as_json
    from coterie.errors import Problem, QuestionError, did_you_mean

    with opened_store(store, read_catalog(catalog)) as engine:
        lines = engine.changes_of(key, limit=limit)
        live = [] if lines else [each.key for each in engine.status()]
        if not lines and key not in live:
            message = f"There is no segment {key!r}, live or kept."
            hint = did_you_mean(key, live)
            raise QuestionError(Problem(code="unknown_segment", path="KEY", message=message, hint=hint))
        if as_json:
            print_json(log_as_json(key, lines, contacts=contacts))
        else:
            show_log(Screen(), lines, contacts=contacts)


def segments(store: Store, contact: ContactKey, catalog: CatalogFile, as_json: AsJson = False) -> None:
    """List the keys of the live segments that a contact is in, as last published. A contact nobody knows is in none.

    \b
    Example:
      coterie segments shop.duckdb 00017 --catalog catalog.yaml
    """
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import opened_store, read_catalog
    from coterie.cli.screen import printable

    with opened_store(store, read_catalog(catalog)) as engine:
        keys = engine.segments_of(contact)
    if as_json:
        print_json({"contact_id": contact, "segments": list(keys)})
        return
    for key in keys:
        typer.echo(printable(key))


def _is_somebody_there() -> bool:
    return sys.stdin.isatty()


def _files(path: Path, *, may_be_empty: bool) -> Mapping[str, Segment]:
    """The segments of a folder or a file. ReadError where there are none: a wrong folder must not stop them all."""
    from coterie.cli.inputs import read_segments
    from coterie.errors import Problem, ReadError

    files = read_segments([path])
    if not files and not may_be_empty:
        message = "There is no segment file, and so all segments would be stopped."
        raise ReadError(Problem(code="empty", path=str(path), message=message, hint="If that is meant, pass --yes."))
    return files


def _would_fail(planned: RefreshPlan) -> bool:
    from coterie.engine.refreshed import Happening

    return any(segment.happens is Happening.FAILS for segment in planned.segments.values())
