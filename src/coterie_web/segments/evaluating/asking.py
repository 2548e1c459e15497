"""A question of somebody: with the segments they may refer to, about the contacts they may see, and bounded in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer
from typing import TypeAlias

from coterie import Cancellation, DefinitionError, parse
from coterie.definition.references import references
from coterie.values.pauses import Pause, go_on
from coterie_web.accounts.models import User
from coterie_web.segments.files import SegmentFile
from coterie_web.segments.references import needed_files

__all__ = ["LONGEST", "Subject", "bounded", "files_for"]

Subject: TypeAlias = "Mapping[str, object] | str"
"""A definition or segment file, as plain data or as YAML or JSON text."""

LONGEST = 5.0
"""Seconds after which a question is given up: whoever asks one that takes longer must not keep others waiting."""


@contextmanager
def bounded(seconds: float) -> Iterator[Cancellation]:
    """Give up what is asked with this when so many seconds are over: it raises QuestionCancelled then."""
    cancellation = Cancellation()
    timer = Timer(min(seconds, LONGEST), cancellation.cancel)
    timer.daemon = True
    timer.start()
    try:
        yield cancellation
    finally:
        timer.cancel()


def files_for(user: User, subject: Subject, *, pause: Pause = go_on) -> dict[str, SegmentFile]:
    """The files of live segments that the definition leads to, as far as it may name them; `pause` as in `parse`."""
    try:
        return needed_files(user, (key for _, key in references(parse(subject, pause=pause))))
    except DefinitionError:  # what is wrong is told by the question
        return {}
