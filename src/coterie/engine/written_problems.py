"""Problems written down beside what is published, to be told again after a restart."""

from __future__ import annotations

import json
from dataclasses import asdict

from coterie.errors import Problem

__all__ = ["problems_in", "written"]


def written(problems: tuple[Problem, ...]) -> bytes:
    """Problems as JSON: the same bytes for the same problems."""
    # In ASCII, for a path may hold what a mapping held, and be no text at all.
    return json.dumps([asdict(problem) for problem in problems]).encode()


def problems_in(text: bytes) -> tuple[Problem, ...]:
    """The problems that were `written`."""
    return tuple(Problem(**fields) for fields in json.loads(text))
