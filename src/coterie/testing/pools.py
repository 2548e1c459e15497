"""What random worlds and random questions are made of, so that both speak of the same few things, at their edges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from coterie.catalog.model import Organization
from coterie.definition.nodes import Duration, Period, Unit
from coterie.planning.clock import Clock
from coterie.values.times import local_day, midnight

__all__ = ["Pools", "draw_pools", "instant_text", "moment", "moved_pools"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TURNS = (
    ("UTC", "2024-02-29"),
    ("UTC", "2026-12-31"),
    ("Europe/London", "2024-02-29"),
    ("Europe/Paris", "2026-03-29"),
    ("Europe/Paris", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("America/Sao_Paulo", "2017-10-15"),
    ("America/Sao_Paulo", "2018-02-18"),
    ("America/Havana", "2026-03-08"),
    ("America/Havana", "2026-11-01"),
    ("America/St_Johns", "2010-03-14"),
    ("America/St_Johns", "2010-11-07"),
    ("America/Asuncion", "2023-10-01"),
    ("Pacific/Apia", "2011-12-31"),
    ("Pacific/Chatham", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Antarctica/Troll", "2026-03-29"),
    ("Asia/Beirut", "2022-03-27"),
    ("Asia/Tehran", "2021-03-22"),
    ("Asia/Kathmandu", "2026-11-23"),
    ("Asia/Tokyo", "2026-01-01"),
)
"""Zones, and a day there on which the clocks or the calendar turn."""

_TEXTS = (
    ("Paris", "paris", " PARIS\u00a0", "P\u00e1ris", "Pa\u0301ris", "Paris 15e"),
    ("Stra\u00dfe", "STRASSE", "strasse ", "STRA\u1e9eE", "Strase"),
    ("\u0130zmir", "i\u0307zmir", "izmir", "\u0131zmir", "IZMIR"),
    ("\u03a3\u039f\u03a3", "\u03c3\u03bf\u03c2", "\u03c3\u03bf\u03c3", "\u03c3\u03cc\u03c2"),
    ("\ufb01sh", "fish", "FISH", "\uff46ish", "fish\u200b"),
    ("a_b", "axb", "A%B", "a%b", "a\\b"),
    ("De'lhi", "delhi", 'De"lhi', "De;lhi", "De--lhi"),
    ("New York", "new  york", "New\u00a0York", "New\nYork", "NEW YORK\t"),
    ("null", "NULL", "None", "0", "-"),
    ("\u212aelvin", "kelvin", "KELVIN", "\u01c6ep", "\u01c5EP"),
    ("\U0001f600", "\U0001f600 ok", "e\u0301\u0323", "\u1eb9\u0301", "x\ty"),
)
"""Families of texts that look or fold alike, some of them equal."""

_BLANKS = ("", " ", "\u2003\t", "\n")

_NUMBERS = (
    ("0", "1", "2", "3", "-1"),
    ("0.3", "0.30000000004", "0.30000000005", "0.3000000001", "3e-1"),
    ("10", "1e1", "10.5", "9.9999999999", "10.0000000001"),
    ("9007199254740992", "9007199254740993", "-9007199254740993", "1", "0"),
    ("9999999999999999999999999999", "-9999999999999999999999999999", "0.0000000001", "0", "1"),
    ("0.3333333333", "0.6666666667", "1", "0", "-0"),
)
_COLORS = ("red", "Green", "BLUE", "rosso")
"""Choices; the last is not listed."""

_DURATIONS = (
    *((1, Unit.MINUTES), (90, Unit.MINUTES), (1, Unit.HOURS), (24, Unit.HOURS)),
    *((1, Unit.ROLLING_DAYS), (7, Unit.ROLLING_DAYS), (1, Unit.DAYS), (2, Unit.DAYS), (30, Unit.DAYS)),
    *((1, Unit.WEEKS), (1, Unit.MONTHS), (2, Unit.MONTHS), (13, Unit.MONTHS), (1, Unit.QUARTERS)),
    *((1, Unit.YEARS), (4, Unit.YEARS)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """The few things that one world and the questions about it draw from.

    Instants are milliseconds since 1970 UTC: `past` and `future` of `as_of` are the bounds that `durations` and
    `periods` have in `zones`, each with its neighbours.
    """

    as_of: int
    organization: Organization
    zones: tuple[str, ...]
    texts: tuple[str, ...]
    choices: tuple[str, ...]
    numbers: tuple[str, ...]
    durations: tuple[Duration, ...]
    periods: tuple[Period, ...]
    days: tuple[date, ...]
    past: tuple[int, ...]
    future: tuple[int, ...]
    blanks: tuple[str, ...] = _BLANKS


def draw_pools(rng: Random) -> Pools:
    """A moment at or near a turn of clocks or calendar, and the words, numbers and instants of a small world."""
    home, turn = rng.choice(_TURNS)
    zones = (home, *dict.fromkeys(rng.choice(_TURNS)[0] for _ in range(2)))
    organization = Organization(
        time_zone=rng.choice(zones), first_weekday=rng.randrange(7), fiscal_start_month=rng.choice((1, 2, 4, 10, 12))
    )
    as_of = _draw_as_of(rng, date.fromisoformat(turn), ZoneInfo(home))
    durations = tuple(Duration(count=count, unit=unit) for count, unit in rng.sample(_DURATIONS, 4))
    periods = tuple(rng.sample(tuple(Period), 3))
    clocks = [Clock(as_of, ZoneInfo(zone), organization) for zone in zones]
    bounds = sorted({bound for clock in clocks for bound in _bounds(clock, durations, periods)})
    past, future = _around(as_of, bounds)
    return Pools(
        as_of=as_of,
        organization=organization,
        zones=zones,
        texts=tuple(rng.sample(rng.choice(_TEXTS), 4)) + tuple(rng.sample(rng.choice(_TEXTS), 1)),
        choices=_COLORS,
        numbers=tuple(rng.sample(rng.choice(_NUMBERS), 4)),
        durations=durations,
        periods=periods,
        days=_days(rng, clocks, bounds),
        past=past,
        future=future,
    )


def moved_pools(pools: Pools, as_of: int) -> Pools:
    """The same pools at another moment: the bounds are those that the windows have then."""
    clocks = [Clock(as_of, ZoneInfo(zone), pools.organization) for zone in pools.zones]
    bounds = sorted({bound for clock in clocks for bound in _bounds(clock, pools.durations, pools.periods)})
    past, future = _around(as_of, bounds)
    return replace(pools, as_of=as_of, past=past, future=future)


def _around(as_of: int, bounds: list[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """`bounds`, each with its neighbours, up to `as_of` and later."""
    instants = sorted({bound + shift for bound in (*bounds, as_of) for shift in (-1, 0, 1)})
    return (
        tuple(instant for instant in instants if instant <= as_of),
        tuple(instant for instant in instants if instant > as_of),
    )


def _draw_as_of(rng: Random, turn: date, zone: ZoneInfo) -> int:
    day = turn + timedelta(days=rng.choice((-1, 0, 0, 0, 1, 1, 2, 6, 29)))
    hour = 3_600_000
    return midnight(day, zone) + rng.choice((-1, 0, 1, hour, hour + hour // 2, 2 * hour, 12 * hour, 23 * hour - 1))


def _bounds(clock: Clock, durations: tuple[Duration, ...], periods: tuple[Period, ...]) -> list[int]:
    """The instants at which the windows of those lengths and names begin and end, and the midnights around today."""
    windows = [clock.last_instants(each) for each in durations] + [clock.next_instants(each) for each in durations]
    windows += [clock.instants(clock.period(period)) for period in periods]
    midnights = [midnight(clock.today + timedelta(days=shift), clock.zone) for shift in (-2, -1, 0, 1, 2)]
    ends = [end for window in windows for end in (window.start, window.end)]
    return [*midnights, *(end for end in ends if end is not None)]


def _days(rng: Random, clocks: list[Clock], bounds: list[int]) -> tuple[date, ...]:
    near = [clock.today + timedelta(days=shift) for clock in clocks for shift in (-1, 0, 1)]
    of_bounds = [
        local_day(bound, clock.zone) + timedelta(days=shift)
        for bound in bounds
        for clock, shift in [(clocks[0], rng.choice((-1, 0, 0)))]
    ]
    special = [date(2024, 2, 29), date(2023, 2, 28), date(2000, 12, 31), date(1999, 1, 1)]
    return tuple(sorted({*rng.sample(of_bounds, min(6, len(of_bounds))), *near, rng.choice(special)}))


# --- instants as text ------------------------------------------------------------------------------------------------


def moment(instant: int) -> datetime:
    """An instant in milliseconds as an aware datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=instant)


def instant_text(instant: int) -> str:
    """An instant in milliseconds as `2026-11-23T10:00:00.000Z`."""
    return moment(instant).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1000:03d}Z"
