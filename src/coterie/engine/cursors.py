"""Where a page ended, written as text that whoever carries it need not understand."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from coterie.errors import Problem, QuestionError

__all__ = ["cursor_of", "invalid_cursor", "parts_of"]

_LONGEST = 1 << 20
"""Characters of a cursor: it holds a key and a value, which may be long."""


def cursor_of(*parts: str | int | bool | None) -> str:
    """The parts as one text."""
    return urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()


def parts_of(cursor: str) -> Sequence[object]:
    """The parts of a cursor. Raises QuestionError (`invalid_cursor`) where it is none; what they are is to be seen."""
    try:
        if not isinstance(cursor, str) or len(cursor) > _LONGEST:
            raise invalid_cursor()
        parts = json.loads(urlsafe_b64decode(cursor))
    except (ValueError, RecursionError) as error:
        raise invalid_cursor() from error
    if not isinstance(parts, list):
        raise invalid_cursor()
    return parts


def invalid_cursor() -> QuestionError:
    """The error for a cursor that is of no page, or of a page of something else."""
    return QuestionError(
        Problem(
            code="invalid_cursor",
            path="after",
            message="This is not where a page of this list ended.",
            hint="Pass what the page before has as `next`, in the same order; leave it out for the first page.",
        )
    )
