"""The commands that ask: validate, describe, count, members, breakdown, explain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coterie.cli.arguments import (
    AsJson,
    AsOf,
    CatalogFile,
    ContactKey,
    DefinitionFile,
    MemberFormat,
    SegmentFiles,
    Store,
    TimeZone,
)
from coterie.cli.failures import ExitCode

__all__ = ["breakdown", "count", "describe", "explain", "members", "validate"]

_TABLE_ROWS = 50
"""Members that the table shows unless `--limit` says otherwise: it is for looking, the other formats are for data."""

Format = Annotated[
    MemberFormat | None,
    typer.Option("--format", "-f", help="Default: by the ending of --output, else table.", show_choices=True),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all.")
]
Limit = Annotated[int | None, typer.Option("--limit", "-n", min=0, help="At most so many members.")]


def validate(
    definition: DefinitionFile, catalog: CatalogFile, segments: SegmentFiles = None, as_json: AsJson = False
) -> None:
    """Check a definition: every problem with its place, line and a hint. Exit code 1 if there are any.

    \b
    Examples:
      coterie validate lapsed.yaml --catalog catalog.yaml
      coterie validate lapsed.yaml --catalog catalog.yaml --segments segments/ --json
    """
    from coterie.cli.answers import show_problems
    from coterie.cli.inputs import problems_in, read_catalog, read_segments

    problems = problems_in(definition, read_catalog(catalog), read_segments(segments))
    show_problems(problems, as_json=as_json, well=f"{definition} is in order.")
    if problems:
        raise typer.Exit(ExitCode.NO)


def describe(definition: DefinitionFile, catalog: CatalogFile, segments: SegmentFiles = None) -> None:
    """Say in plain English whom a definition means.

    \b
    Example:
      coterie describe lapsed.yaml --catalog catalog.yaml
    """
    from coterie.cli.inputs import read_catalog, read_definition, read_segments
    from coterie.cli.screen import Screen, printable
    from coterie.definition import describe as described

    known = read_catalog(catalog)
    parsed = read_definition(definition, known, read_segments(segments))
    Screen().hanging((), (), (printable(described(parsed, known)), ""))


def count(
    store: Store,
    definition: DefinitionFile,
    catalog: CatalogFile,
    segments: SegmentFiles = None,
    as_of: AsOf = None,
    time_zone: TimeZone = None,
    as_json: AsJson = False,
) -> None:
    """Print how many contacts are members, exactly.

    \b
    Examples:
      coterie count shop.duckdb lapsed.yaml --catalog catalog.yaml
      coterie count shop.duckdb - --catalog catalog.yaml --as-of 2026-11-23T12:00Z < lapsed.yaml
    """
    from coterie.cli.answers import print_json
    from coterie.cli.asking import asked
    from coterie.engine.plain_answers import count_as_json

    with asked(store, definition, catalog, segments, as_of, time_zone) as question:
        total = question.count()
    if as_json:
        print_json(count_as_json(total, question.as_of))
    else:
        typer.echo(str(total))


def members(  # noqa: PLR0913, PLR0917 - one parameter for each option
    store: Store,
    definition: DefinitionFile,
    catalog: CatalogFile,
    segments: SegmentFiles = None,
    as_of: AsOf = None,
    time_zone: TimeZone = None,
    form: Format = None,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """List the members, in the order in which the store came to know them.

    CSV is exact, as RFC 4180 has it: a spreadsheet may take a key that begins with = for a formula.

    \b
    Examples:
      coterie members shop.duckdb lapsed.yaml --catalog catalog.yaml --limit 10
      coterie members shop.duckdb lapsed.yaml --catalog catalog.yaml --output lapsed.csv
      coterie members shop.duckdb lapsed.yaml --catalog catalog.yaml --format json | jq length
    """
    from coterie.cli.asking import asked
    from coterie.cli.listing import chosen_format, write_members

    chosen = chosen_format(form, output)
    if limit is None and chosen is MemberFormat.TABLE:
        limit = _TABLE_ROWS
    with asked(store, definition, catalog, segments, as_of, time_zone) as question:
        write_members(question.members(), question.catalog.contact.key, chosen, output, limit)


def breakdown(
    store: Store,
    definition: DefinitionFile,
    catalog: CatalogFile,
    segments: SegmentFiles = None,
    as_of: AsOf = None,
    time_zone: TimeZone = None,
    as_json: AsJson = False,
) -> None:
    """Count every step and condition: what each finds alone, and how many are left after each step.

    \b
    Example:
      coterie breakdown shop.duckdb lapsed.yaml --catalog catalog.yaml
    """
    from coterie.cli.answers import print_json
    from coterie.cli.asking import asked
    from coterie.cli.screen import Screen
    from coterie.cli.trees import show_breakdown
    from coterie.engine.plain_answers import breakdown_as_json

    with asked(store, definition, catalog, segments, as_of, time_zone) as question:
        counts = question.breakdown()
    if as_json:
        print_json(breakdown_as_json(counts, question.as_of))
    else:
        show_breakdown(Screen(), counts)


def explain(
    store: Store,
    definition: DefinitionFile,
    contact: ContactKey,
    catalog: CatalogFile,
    segments: SegmentFiles = None,
    as_of: AsOf = None,
    time_zone: TimeZone = None,
    as_json: AsJson = False,
) -> None:
    """Say why a contact is a member, or is not: each condition, the rows that decided, and when time alone changes it.

    \b
    Example:
      coterie explain shop.duckdb lapsed.yaml 00017 --catalog catalog.yaml
    """
    from coterie.cli.answers import print_json
    from coterie.cli.asking import asked
    from coterie.cli.screen import Screen
    from coterie.cli.trees import show_explanation
    from coterie.engine.plain_answers import explanation_as_json

    with asked(store, definition, catalog, segments, as_of, time_zone) as question:
        explanation = question.explain(contact)
    if as_json:
        print_json(explanation_as_json(explanation, question.as_of))
    else:
        show_explanation(Screen(), explanation, question.zone)
