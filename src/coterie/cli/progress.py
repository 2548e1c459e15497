"""Progress on a terminal: on standard error, gone when done, and nothing at all where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Report", "progress_bar"]

Report = Callable[[int, float | None], None]
"""Takes how many records are done, and what share of all, 0 to 1; None where that is not known."""


@contextmanager
def progress_bar() -> Iterator[Callable[[str], Report]]:
    """Gives a function that begins a bar of that name, ending the one before, and returns what reports its progress."""
    if not sys.stderr.isatty():
        yield lambda _: _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=40),
        TextColumn("{task.fields[rows]:>12}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def begun(label: str) -> Report:
            for task in progress.task_ids:
                progress.remove_task(task)
            task = progress.add_task(label, total=None, rows="")

            def report(rows: int, share: float | None) -> None:
                total = None if share is None else 1.0  # None leaves it as it is
                progress.update(task, rows=f"{rows:,}", total=total, completed=share)

            return report

        yield begun


def _nothing(_rows: int, _share: float | None) -> None:
    """Nobody looks."""
