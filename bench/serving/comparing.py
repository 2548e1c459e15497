"""What the pages said beside what the engine answers of itself, once nothing changes any more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import coterie
from bench.data import CATALOG
from bench.live_segments import some_of
from bench.refreshing.setting import compared
from bench.serving.designer import Numbers
from bench.serving.folder import Filled
from bench.serving.people import Worker
from bench.serving.server import Server

__all__ = ["Listed", "Said", "ask", "differences"]

SEGMENTS = 30
"""Segments of which all members are compared."""

MOMENTS = 20
"""Parts into which the time of a question is cut, to find the one whose moment the page tells."""

_BEHIND = timedelta(seconds=5)
"""By so much, at most, what the list shows may lie behind: time alone goes on changing members."""

_LINE = re.compile(r'href="/segments/([0-9a-f-]{36})/members/" aria-label="([\d,]+) members of')


@dataclass(frozen=True, slots=True)
class Said:
    """The numbers on a draft's page, which it worked out between two moments."""

    draft: str
    numbers: Numbers
    moments: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Listed:
    """The members that the list says each segment has, by the segment's id, read between two moments."""

    members: Mapping[str, int]
    moments: tuple[datetime, datetime]


def ask(server: Server, workers: Sequence[Worker]) -> tuple[Sequence[Said], Listed]:
    """What the page of each draft says, and the list of each segment on its first pages."""
    said = []
    for worker in workers:
        worker.browser.close()  # servers let go of connections on which nothing is asked
        before = server.now()
        numbers = worker.designer.numbers()
        said.append(Said(worker.person.draft, numbers, (before, server.now())))
    before = server.now()
    members = {key: count for worker in workers for key, count in _listed(worker)}
    return said, Listed(members, (before, server.now()))


def _listed(worker: Worker) -> Iterator[tuple[str, int]]:
    for order in ("name", "-name", "members", "-members"):
        for segment, members in _LINE.findall(worker.browser.get(f"/segments/?sort={order}").text):
            yield segment, int(members.replace(",", ""))


def differences(filled: Filled, said: Sequence[Said], listed: Listed) -> list[str]:
    """Every number that the engine answers otherwise, with nothing kept; nobody else has the folder open."""
    setting = filled.setting
    with coterie.open(setting.store, catalog=CATALOG) as engine:
        setting.engine = engine
        found = [line for each in said for line in _of_draft(filled, each)]
        found += _of_list(filled, listed)
        some = some_of(setting.segments, SEGMENTS)
        as_of = engine.published[some[0].key].as_of
        found += compared("at the end", setting.published(some), setting.in_full(as_of, some))
    return found


def _of_draft(filled: Filled, said: Said) -> Iterator[str]:
    """A draft's numbers have to be those of some moment while it was asked: at any one something may begin to count."""
    definition = filled.definition_of(said.draft)
    began, ended = said.moments
    if not any(_meant(filled, definition, moment) == said.numbers for moment in _between(began, ended)):
        yield f"draft {said.draft} says {said.numbers} where {_meant(filled, definition, began)} is meant"


def _between(began: datetime, ended: datetime) -> Iterator[datetime]:
    shares = [0.0, 1.0, *(number / MOMENTS for number in range(1, MOMENTS))]
    return (began + share * (ended - began) for share in shares)


def _meant(filled: Filled, definition: Mapping[str, object], moment: datetime) -> Numbers:
    answer = filled.setting.engine.breakdown(definition, as_of=moment)
    alone, so_far = (tuple(getattr(step, name) for step in answer.steps) for name in ("alone", "so_far"))
    return Numbers(answer.total, alone, so_far[:-1])


def _of_list(filled: Filled, listed: Listed) -> Iterator[str]:
    """What the list says has to be what was published while it was read, or shortly before."""
    keys = dict(zip(filled.live, (segment.key for segment in filled.setting.segments), strict=True))
    engine, (began, ended) = filled.setting.engine, listed.moments
    for segment, members in listed.members.items():
        key = keys[segment]
        sizes = (len(engine.members_at(key, moment)) for moment in _between(began - _BEHIND, ended))
        if members not in sizes:
            yield f"the list says {members:,} members of {key}, of which {engine.published[key].count:,} are published"
