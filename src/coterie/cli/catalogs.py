"""`coterie catalog infer` and `coterie catalog check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coterie.cli.arguments import AsJson
from coterie.cli.failures import ExitCode

__all__ = ["check", "infer"]

DataFiles = Annotated[
    list[str],
    typer.Argument(metavar="[NAME=]FILE...", help="Data: .csv, .csv.gz, .jsonl, .parquet; a file per kind of record."),
]
CatalogArgument = Annotated[Path, typer.Argument(metavar="CATALOG", help="The catalog file, YAML or JSON.")]


def check(catalog: CatalogArgument, as_json: AsJson = False) -> None:
    """Check a catalog: every problem with its place, line and a hint. Exit code 1 if there are any.

    \b
    Example:
      coterie catalog check catalog.yaml
    """
    from coterie.catalog import parse_catalog
    from coterie.cli.answers import show_problems
    from coterie.errors import CatalogError

    try:
        parsed = parse_catalog(catalog)
    except CatalogError as error:
        if error.code == "unreadable_file":
            raise
        show_problems(error.problems, as_json=as_json)
        raise typer.Exit(ExitCode.NO) from None
    attributes = sum(len(entity.attributes) for entity in parsed.entities.values())
    attributes += sum(len(interaction.attributes) for interaction in parsed.interactions.values())
    counts = {
        "entities": len(parsed.entities),
        "relations": len(parsed.relations),
        "interactions": len(parsed.interactions),
        "attributes": attributes,
    }
    told = ", ".join(f"{kind} {count}" for kind, count in counts.items())
    show_problems((), as_json=as_json, well=f"{catalog} is in order: {told}.")


def infer(files: DataFiles) -> None:
    """Propose a catalog for data files, as YAML on standard output, to be looked over and kept.

    Contacts are the records whose key the other files carry too; a file with that key and a column occurred_at holds
    interactions. Records are called after their file (leads.csv: lead), unless NAME= says otherwise.

    \b
    Examples:
      coterie catalog infer contacts.csv leads.csv purchases.csv.gz > catalog.yaml
      coterie catalog infer contact=people.csv purchase=orders-2026.parquet > catalog.yaml
    """
    from coterie.catalog.infer import infer_catalog

    named = [_named(argument) for argument in files]
    names = {file: name for name, file in named if name is not None}
    typer.echo(infer_catalog([file for _, file in named], names=names), nl=False)


def _named(argument: str) -> tuple[str | None, Path]:
    """`NAME=FILE` taken apart; a name that is none belongs to the file's."""
    name, separator, file = argument.partition("=")
    return (name, Path(file)) if separator and name.isidentifier() else (None, Path(argument))
