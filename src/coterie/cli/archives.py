"""`coterie rebuild` and `coterie check`: the archive of a store, used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from coterie.cli.arguments import AsJson, CatalogFile, Store
from coterie.cli.failures import ExitCode

if TYPE_CHECKING:
    from coterie.engine.rebuilding import Checked

__all__ = ["check", "rebuild"]


def rebuild(store: Store, catalog: CatalogFile, as_json: AsJson = False) -> None:
    """Make the store again out of its archive, whether it is there, damaged or gone.

    Every load and batch that the store accepted is archived beside it, in STORE.archive, and is replayed in order. The
    new store takes the place of the old one when all is done; the old file is kept as STORE.replaced-1, -2 and so on.

    \b
    Example:
      coterie rebuild shop.duckdb --catalog catalog.yaml
    """
    import coterie
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import read_catalog
    from coterie.cli.progress import progress_bar
    from coterie.cli.screen import printable

    with progress_bar() as begun:
        rebuilt = coterie.rebuild(store, read_catalog(catalog), progress=begun("Replaying"))
    kept = rebuilt.kept.name if rebuilt.kept is not None else None
    if as_json:
        print_json({"replayed": rebuilt.replayed, "data_version": rebuilt.data_version, "kept": kept})
        return
    typer.echo(f"Replayed {rebuilt.replayed:,} archived changes; the data version is {rebuilt.data_version:,}.")
    if kept is not None:
        typer.echo(printable(f"The file that was there is kept as {kept}."))


def check(store: Store, catalog: CatalogFile, as_json: AsJson = False) -> None:
    """Compare the store with its archive, table by table. Exit code 1 where they differ.

    The archive is replayed in a temporary store beside, which needs as much room again. Neither is changed.

    \b
    Example:
      coterie check shop.duckdb --catalog catalog.yaml
    """
    import coterie
    from coterie.cli.answers import print_json
    from coterie.cli.inputs import read_catalog
    from coterie.cli.progress import progress_bar
    from coterie.cli.screen import printable

    with progress_bar() as begun:
        checked = coterie.check(store, read_catalog(catalog), progress=begun("Replaying"))
    if as_json:
        print_json(
            {
                "data_version": checked.data_version,
                "replayed": checked.replayed,
                "pending": checked.pending,
                "rows": dict(checked.rows),
                "differences": [
                    {"table": each.table, "column": each.column, "store": each.store, "archive": each.archive}
                    for each in checked.differences
                ],
            }
        )
    else:
        for line in _told(checked):
            typer.echo(printable(line))
    if checked.differences:
        raise typer.Exit(ExitCode.NO)


def _told(checked: Checked) -> Iterator[str]:
    width = max(map(len, checked.rows), default=0)
    for table, rows in checked.rows.items():
        yield f"{table:<{width}}  {rows:>12,}"
    yield from map(str, checked.differences)
    if checked.pending:
        yield f"{checked.pending:,} archived changes are not in the store yet; opening it replays them."
    verdict = f"{len(checked.differences):,} differences" if checked.differences else "no difference"
    yield f"Data version {checked.data_version:,}, {checked.replayed:,} archived changes replayed: {verdict}."
