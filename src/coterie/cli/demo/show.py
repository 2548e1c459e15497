"""The demo on the screen: loading with progress, then six segments, each with its answer and the time it took."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from datetime import UTC
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from time import perf_counter

from coterie.catalog import Catalog
from coterie.cli.asking import Question
from coterie.cli.demo.shop import Shop
from coterie.cli.inputs import opened_store, read_catalog, read_segments
from coterie.cli.progress import progress_bar
from coterie.cli.screen import Screen, printable
from coterie.cli.trees import members_word, show_breakdown, show_explanation
from coterie.definition import typed
from coterie.definition.nodes import Segment
from coterie.engine.engine import Engine
from coterie.errors import Problem, QuestionError

__all__ = ["SHOWN", "run_demo"]

SHOWN = (
    "lapsed-big-spenders",
    "warm-leads",
    "coming-to-a-race",
    "engaged-runners",
    "birthday-club",
    "quiet-regulars",
)
"""The segments that are shown, in this order; the others are referred to by them."""


def run_demo(shop: Shop, folder: Path, *, kept: bool) -> None:
    """Make the shop's store in `folder` beside its catalog and segments, and show what the segments find.

    QuestionError where the folder has a store already: a demo writes over nothing.
    """
    store = folder / "shop.duckdb"
    if store.exists():
        message, hint = "There is a store already.", "Name a folder that is new, or remove it."
        raise QuestionError(Problem(code="store_exists", path=str(store), message=message, hint=hint))
    folder.mkdir(parents=True, exist_ok=True)
    _copy(files("coterie.cli.demo"), folder)
    screen = Screen()
    begun = perf_counter()
    catalog, segments = read_catalog(folder / "catalog.yaml"), read_segments([folder / "segments"])
    with opened_store(store, catalog, create=True) as engine:
        _load(screen, engine, shop)
        for key in SHOWN:
            _show(screen, _question(engine, shop, catalog, segments[key], segments), segments[key], shop.contacts)
    screen.line("")
    screen.line((f"All of it took {perf_counter() - begun:.1f} s.", "bold"))
    if kept:
        _suggest(screen, folder, shop)


def _copy(package: Traversable, folder: Path) -> None:
    shutil.copyfile(str(package / "catalog.yaml"), folder / "catalog.yaml")
    shutil.copytree(str(package / "segments"), folder / "segments", dirs_exist_ok=True)


def _load(screen: Screen, engine: Engine, shop: Shop) -> None:
    """Make and load one table after another; a line for each."""
    screen.line(("A made-up outdoor shop", "bold"), (f", seed {shop.seed}, as of {_utc(shop)}", "dim"))
    screen.line("")
    with progress_bar() as begun:
        for name, made in shop.tables().items():
            start = perf_counter()
            begun(f"Making {name}")
            table = made()
            report = engine.load(name, table, progress=begun(f"Loading {name}"))
            seconds = perf_counter() - start
            screen.line(f"{report.added:>12,}  ", (f"{name:<20}", ""), (f"{seconds:5.1f} s", "dim"))


def _question(
    engine: Engine, shop: Shop, catalog: Catalog, segment: Segment, segments: Mapping[str, Segment]
) -> Question:
    return Question(
        engine=engine,
        catalog=catalog,
        parsed=typed(segment, catalog, segments),
        segments=segments,
        as_of=shop.as_of,
        time_zone=None,
    )


def _show(screen: Screen, question: Question, segment: Segment, contacts: int) -> None:
    start = perf_counter()
    breakdown = question.breakdown()
    members = question.members()
    seconds = perf_counter() - start
    share = 1000 * breakdown.total // contacts
    screen.line("")
    screen.rule(segment.name)
    screen.hanging((), (), (printable(question.describe()), "italic"))
    screen.line("")
    screen.line(
        (f"{breakdown.total:,}", "bold green"),
        (f" {members_word(breakdown.total)}", "bold"),
        (f", {share // 10}.{share % 10} % of all contacts, counted in {1000 * seconds:.0f} ms", "dim"),
    )
    screen.line("")
    show_breakdown(screen, breakdown)
    contact = next(iter(members), None)
    if contact is not None:
        screen.line("")
        show_explanation(screen, question.explain(contact), question.zone, rows=3)


def _utc(shop: Shop) -> str:
    return shop.as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _suggest(screen: Screen, folder: Path, shop: Shop) -> None:
    """The commands to go on with, ready to be pasted."""
    asked = "shop.duckdb segments/warm-leads.yaml"
    options = f"--catalog catalog.yaml --as-of {_utc(shop)}"
    screen.line("")
    screen.line("The store, its catalog and segments are kept. Go on with:")
    screen.line((f"  cd {shlex.quote(str(folder))}", "cyan"))
    for command in (f"breakdown {asked}", f"members {asked}", f"explain {asked} C000001"):
        screen.line((f"  coterie {command} {options}", "cyan"))
    screen.line(
        ("  coterie validate segments/lapsed-big-spenders.yaml --catalog catalog.yaml --segments segments", "cyan")
    )
