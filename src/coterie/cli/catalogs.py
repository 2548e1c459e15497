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

    Records are named by NAME, or else by the file: leads.csv holds leads, customers.csv contacts. A column
    occurred_at makes a file one of interactions; a column called like another file's key is a relation.

    \b
    Examples:
      coterie catalog infer contacts.csv leads.csv purchases.csv.gz > catalog.yaml
      coterie catalog infer contact=people.csv purchase=orders-2026.parquet > catalog.yaml
    """
    from coterie.cli.inference import proposed_catalog

    typer.echo(proposed_catalog(files), nl=False)
