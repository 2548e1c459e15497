"""Window bounds around every change of clocks from 2000 to 2037, in every IANA zone: planning against the judge.

Zones that agree on all their changes and offsets in these years are computed once; nothing else is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import pytest

from coterie.backends.reference.clock import Clock as Judge
from coterie.catalog.model import Organization
from coterie.definition.nodes import Duration, Period, PeriodWindow, Unit
from coterie.planning.clock import Between, Clock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DAY = timedelta(days=1)
ONE_DAY = Duration(count=1, unit=Unit.DAYS)
CHUNKS = 8


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


def moment_of(instant: int) -> datetime:
    return EPOCH + instant * MILLISECOND


# --- the changes, found by looking at offsets alone


def changes(zone: ZoneInfo) -> tuple[datetime, ...]:
    """The first instants of new offsets. Looks at every fifth day: none is set and taken back in less."""
    found = []
    before, old = FIRST, offset(FIRST, zone)
    while before < LAST:
        after = before + 5 * DAY
        new = offset(after, zone)
        if new != old:
            found.append(first_with_new_offset(before, after, zone))
        before, old = after, new
    return tuple(found)


def offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    shift = moment.astimezone(zone).utcoffset()
    assert shift is not None
    return shift


def first_with_new_offset(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    old = offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        before, after = (middle, after) if offset(middle, zone) == old else (before, middle)
    return after


@lru_cache(maxsize=1)
def distinct_zones() -> tuple[tuple[str, tuple[datetime, ...]], ...]:
    """One zone of each kind, with its changes."""
    kinds = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        changed = changes(zone)
        offsets = (offset(FIRST, zone), *(offset(moment, zone) for moment in changed))
        kinds.setdefault((changed, offsets), name)
    return tuple((name, changed) for (changed, _), name in kinds.items())


# --- bounds


def near(bounds: Between[int]) -> list[int]:
    """One millisecond before each bound, the bound, one after it."""
    ends = [end for end in (bounds.start, bounds.end) if end is not None]
    return [end + shift for end in ends for shift in (-1, 0, 1)]


def holds(bounds: Between[int], instant: int) -> bool:
    return (bounds.start is None or bounds.start <= instant) and (bounds.end is None or instant < bounds.end)


def check_windows(name: str, as_of: datetime) -> int:
    """`last 1 days`, `on` today, `in_period today` and the visible part of today; how many instants were looked at."""
    zone = ZoneInfo(name)
    clock = Clock(milliseconds(as_of), zone, Organization())
    judge = Judge(as_of=as_of, zone=zone, first_weekday=0, fiscal_start_month=1)
    assert clock.today == judge.today, (name, as_of)
    today = clock.instants(clock.through(clock.today, clock.today))
    period = clock.instants(clock.period(Period.TODAY))
    visible = clock.window(PeriodWindow(period=Period.TODAY))
    last = clock.last_instants(ONE_DAY)
    seen = 0
    for bounds, judged in (
        (last, lambda moment: judge.is_in_last(moment, ONE_DAY)),
        (today, lambda moment: judge.start(judge.today) <= moment < judge.end(judge.today)),
        (period, lambda moment: judge.day_of(moment) == judge.today),
        (visible, lambda moment: judge.sees(moment, PeriodWindow(period=Period.TODAY))),
    ):
        for instant in near(bounds):
            seen += 1
            assert holds(bounds, instant) == judged(moment_of(instant)), (name, as_of, moment_of(instant))
    return seen


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_bounds_around_every_change_of_clocks(chunk):
    """An event a millisecond before, at and after each bound is in or out as the judge says; days around it too."""
    seen = 0
    for name, changed in distinct_zones()[chunk::CHUNKS]:
        for change in changed:
            for as_of in (change - MILLISECOND, change, change + timedelta(hours=12), change + DAY):
                seen += check_windows(name, as_of)

    assert seen > 1000


def test_the_changes_are_those_known():
    """Paris changed its clocks twice a year; Apia left out a day; Kathmandu never changed."""
    zones = dict(distinct_zones())

    assert len(zones) > 150
    assert sum(map(len, zones.values())) > 5000
    assert len(changes(ZoneInfo("Europe/Paris"))) == 76
    assert datetime(2011, 12, 30, 10, tzinfo=UTC) in changes(ZoneInfo("Pacific/Apia"))
    assert changes(ZoneInfo("Asia/Kathmandu")) == ()
