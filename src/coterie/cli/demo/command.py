"""`coterie demo`: make the shop, load it, ask six questions, and show the answers."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

__all__ = ["demo"]

_AS_OF = "2026-11-23T12:00Z"

Contacts = Annotated[int, typer.Option("--contacts", min=1, max=10_000_000, help="Contacts in the shop.")]
Interactions = Annotated[int, typer.Option("--interactions", min=0, max=200_000_000, help="Interactions in the shop.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another seed makes another shop; the same one the same.")]
Keep = Annotated[
    Path | None, typer.Option("--keep", metavar="DIR", help="Leave store, catalog and segments there to try things on.")
]
Moment = Annotated[str, typer.Option("--as-of", metavar="MOMENT", help="The moment at which the shop's data ends.")]


def demo(
    contacts: Contacts = 100_000,
    interactions: Interactions = 2_000_000,
    seed: Seed = 7,
    keep: Keep = None,
    as_of: Moment = _AS_OF,
) -> None:
    """Make a plausible shop, load it, and show six segments: wording, exact size, breakdown and an explanation.

    Everything follows from the seed: the same numbers on every machine.

    \b
    Examples:
      coterie demo
      coterie demo --contacts 10000 --interactions 200000 --keep demo/
    """
    from coterie.cli.demo.shop import Shop
    from coterie.cli.demo.show import run_demo
    from coterie.cli.inputs import moment

    shop = Shop(contacts=contacts, interactions=interactions, seed=seed, as_of=moment(as_of))
    if keep is not None:
        run_demo(shop, keep, kept=True)
        return
    with TemporaryDirectory(prefix="coterie-") as folder:
        run_demo(shop, Path(folder), kept=False)
