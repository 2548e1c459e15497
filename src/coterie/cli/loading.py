"""`coterie load`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coterie.cli.arguments import AsJson, CatalogFile, Store

__all__ = ["load"]

RecordName = Annotated[
    str, typer.Argument(metavar="NAME", help="What the records are: contact, or another entity or interaction.")
]
DataFile = Annotated[Path, typer.Argument(metavar="FILE", help="The data: .csv, .csv.gz, .jsonl or .parquet.")]


def load(store: Store, name: RecordName, file: DataFile, catalog: CatalogFile, as_json: AsJson = False) -> None:
    """Load records of a file into the store, which is made if it is not there, and report what was done.

    Records of an entity are merged by key; interactions are added once per message_id. Loading a file again changes
    nothing. A file is loaded whole or, when it cannot be read or the run is broken off, not at all; single values
    and records that cannot be used are kept aside and reported.

    \b
    Examples:
      coterie load shop.duckdb contact customers.csv --catalog catalog.yaml
      coterie load shop.duckdb purchase purchases.csv.gz --catalog catalog.yaml
    """
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import opened_store, read_catalog
    from coterie.cli.progress import progress_bar
    from coterie.cli.screen import printable
    from coterie.engine.plain_answers import report_as_json

    with opened_store(store, read_catalog(catalog), create=True) as engine, progress_bar() as begun:
        report = engine.load(name, file, progress=begun(f"Loading {name}"))
    if as_json:
        print_json(report_as_json(report))
    else:
        for line in str(report).splitlines():
            typer.echo(printable(line))
