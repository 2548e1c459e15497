"""A folder into which batch files are dropped: taken in the order of their names, and moved away when done with."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path

from coterie.engine.plain_answers import Json

__all__ = ["Inbox"]

_BATCHES = ".jsonl"


class Inbox:
    """The batch files (`*.jsonl`) of a folder. A file that was taken lies there until it is moved to `done/` or, with
    a report beside it, to `refused/`: what a crash leaves there is taken again. Hidden files are not looked at.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._done = folder / "done"
        self._refused = folder / "refused"
        self._waiting: deque[Path] = deque()
        for each in (self._done, self._refused):
            each.mkdir(exist_ok=True)

    def take(self) -> Path | None:
        """The file whose turn it is; None where there is none. The folder is looked at again once all were taken."""
        if not self._waiting:
            found = (path for path in self._folder.iterdir() if path.suffix == _BATCHES and path.name[0] != ".")
            self._waiting = deque(sorted(path for path in found if path.is_file()))
        return self._waiting.popleft() if self._waiting else None

    def done(self, file: Path) -> None:
        """Move a file that was applied."""
        _move(file, _free(self._done, file.name))

    def refuse(self, file: Path, report: Json) -> None:
        """Move a file that cannot be read to the end, with a report of why, and of what was applied before."""
        target = _free(self._refused, file.name)
        told = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
        target.with_name(f"{target.name}.report.json").write_text(told, encoding="utf-8")
        _move(file, target)


def _move(file: Path, target: Path) -> None:
    """Move a file; one that somebody else took away meanwhile is where it shall be, away."""
    try:
        file.replace(target)
    except FileNotFoundError:
        if file.exists():  # it is the folder that is not there, and the file would be taken for ever
            raise


def _free(folder: Path, name: str) -> Path:
    """A path in the folder at which nothing is yet: the name, or `name-2.jsonl` and so on."""
    target, number = folder / name, 1
    while target.exists():
        number += 1
        target = folder / f"{Path(name).stem}-{number}{_BATCHES}"
    return target
