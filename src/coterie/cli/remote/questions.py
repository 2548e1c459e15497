"""The commands that ask, asked of a server: validate, describe, count, members, breakdown, explain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coterie.cli.arguments import AsJson, AsOf, ContactKey, DefinitionFile, MemberFormat, TimeZone
from coterie.cli.failures import ExitCode
from coterie.cli.remote.arguments import ServerAddress, Token

__all__ = ["breakdown", "count", "describe", "explain", "members", "validate"]

_TABLE_ROWS = 50

Format = Annotated[
    MemberFormat | None,
    typer.Option("--format", "-f", help="Default: by the ending of --output, else table.", show_choices=True),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all.")
]
Limit = Annotated[int | None, typer.Option("--limit", "-n", min=0, help="At most so many members.")]


def validate(definition: DefinitionFile, server: ServerAddress, token: Token = None, as_json: AsJson = False) -> None:
    """Check a definition against the catalog and the live segments of a server. Exit code 1 if there are problems.

    \b
    Example:
      coterie validate lapsed.yaml --server https://coterie.example.com
    """
    from coterie.cli.answers import show_problems
    from coterie.cli.remote.asking import asked
    from coterie.cli.remote.reading import problem_in

    question = asked(definition, server, token)
    told = question.server.post("/evaluate/validate", {"definition": question.definition})
    problems = [problem_in(each) for each in told["problems"]]
    show_problems(problems, as_json=as_json, well=f"{definition} is in order.")
    if problems:
        raise typer.Exit(ExitCode.NO)


def describe(definition: DefinitionFile, server: ServerAddress, token: Token = None) -> None:
    """Say in plain English whom a definition means, by the catalog of a server.

    \b
    Example:
      coterie describe lapsed.yaml --server https://coterie.example.com
    """
    from coterie.cli.remote.asking import asked
    from coterie.cli.screen import Screen, printable

    question = asked(definition, server, token)
    told = question.server.post("/evaluate/describe", {"definition": question.definition})
    Screen().hanging((), (), (printable(told["wording"]), ""))


def count(
    definition: DefinitionFile,
    server: ServerAddress,
    token: Token = None,
    as_of: AsOf = None,
    time_zone: TimeZone = None,
    as_json: AsJson = False,
) -> None:
    """Print how many contacts of a server are members, exactly. The definition may refer to its live segments.

    \b
    Example:
      coterie count lapsed.yaml --server https://coterie.example.com
    """
    from coterie.cli.answers import print_json
    from coterie.cli.remote.asking import asked

    told = asked(definition, server, token, as_of, time_zone).ask("count")
    if as_json:
        print_json(told)
    else:
        typer.echo(str(told["count"]))


def members(
    definition: DefinitionFile,
    server: ServerAddress,
    token: Token = None,
    as_of: AsOf = None,
    time_zone: TimeZone = None,
    form: Format = None,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """List the members, in the order in which the server came to know them.

    \b
    Examples:
      coterie members lapsed.yaml --server https://coterie.example.com --limit 10
      coterie members lapsed.yaml --server https://coterie.example.com --output lapsed.csv
    """
    from coterie.cli.listing import chosen_format, write_members
    from coterie.cli.remote.asking import asked

    chosen = chosen_format(form, output)
    if limit is None and chosen is MemberFormat.TABLE:
        limit = _TABLE_ROWS
    question = asked(definition, server, token, as_of, time_zone)
    key = question.server.get("/catalog")["contact"]["key"]
    write_members(question.members(limit), key, chosen, output, limit)


def breakdown(
    definition: DefinitionFile,
    server: ServerAddress,
    token: Token = None,
    as_of: AsOf = None,
    time_zone: TimeZone = None,
    as_json: AsJson = False,
) -> None:
    """Count every step and condition: what each finds alone, and how many are left after each step.

    \b
    Example:
      coterie breakdown lapsed.yaml --server https://coterie.example.com
    """
    from coterie.cli.answers import print_json
    from coterie.cli.remote.asking import asked
    from coterie.cli.remote.reading import breakdown_in
    from coterie.cli.screen import Screen
    from coterie.cli.trees import show_breakdown

    told = asked(definition, server, token, as_of, time_zone).ask("breakdown")
    if as_json:
        print_json(told)
    else:
        show_breakdown(Screen(), breakdown_in(told))


def explain(
    definition: DefinitionFile,
    contact: ContactKey,
    server: ServerAddress,
    token: Token = None,
    as_of: AsOf = None,
    time_zone: TimeZone = None,
    as_json: AsJson = False,
) -> None:
    """Say why a contact is a member, or is not: each condition, the rows that decided, and when time alone changes it.

    \b
    Example:
      coterie explain lapsed.yaml 00017 --server https://coterie.example.com
    """
    from coterie.cli.answers import print_json
    from coterie.cli.remote.asking import asked
    from coterie.cli.remote.reading import explanation_in
    from coterie.cli.screen import Screen
    from coterie.cli.trees import show_explanation

    question = asked(definition, server, token, as_of, time_zone)
    told = question.ask("explain", contact_id=contact)
    if as_json:
        print_json(told)
    else:
        show_explanation(Screen(), explanation_in(told), question.zone())
