"""Some 1,500 distinct conditions of all kinds, drawn with a seed: what the live segments are made of.

More than half have bounds that move with the local midnight of their zone; most of those are of New York, the zone
whose midnight is measured.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from bench.data import (
    CITIES,
    DEVICES,
    FIRST_NAMES,
    FORMATS,
    INDUSTRIES,
    INTERESTS,
    JOURNEYS,
    LANGUAGES,
    LAST_NAMES,
    LINKS,
    MESSAGES,
    PAGES,
    PRODUCTS,
    STATUSES,
)
from bench.live.conditions import Condition, Did, Related, Test

__all__ = ["MAIN_ZONE", "ZONES", "draw_conditions", "draw_zone"]

MAIN_ZONE = "America/New_York"
ZONES: Mapping[str, float] = {
    MAIN_ZONE: 0.86,
    "UTC": 0.05,
    "Europe/Berlin": 0.04,
    "Asia/Tokyo": 0.03,
    "Asia/Kolkata": 0.02,
}
"""The zones of segments, and how often each is."""

_DAY = date(2026, 11, 23)

Random = random.Random
Maker = Callable[[Random, str], Condition]


def draw_zone(draw: Random) -> str:
    return draw.choices(list(ZONES), list(ZONES.values()))[0]


def draw_conditions(count: int, seed: int) -> list[Condition]:
    """`count` distinct conditions, kinds in the shares of `_SHARES`, in random order."""
    draw = random.Random(f"conditions {seed}")
    total = sum(share for share, _ in _SHARES)
    found: dict[str, Condition] = {}
    for share, make in _SHARES:
        wanted, tries, made = round(count * share / total), 0, 0
        while made < wanted and tries < 60 * wanted + 200:
            condition = make(draw, draw_zone(draw))
            made += condition.name not in found
            tries += 1
            found.setdefault(condition.name, condition)
    conditions = list(found.values())
    draw.shuffle(conditions)
    return conditions


def _some(draw: Random, words: Sequence[str], low: int, high: int) -> list[str]:
    return sorted(draw.sample(words, draw.randint(low, min(high, len(words)))))


def _day(draw: Random, back: int, ahead: int = 0) -> date:
    return _DAY - timedelta(days=draw.randint(-ahead, back))


# --- the contact's own attributes ------------------------------------------------------------------------------------


def _text(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    operator = draw.choices(
        ["is", "is_in", "begins_with", "contains", "ends_with", "is_not_in", "does_not_begin_with", "does_not_contain"],
        [25, 35, 15, 12, 5, 3, 3, 2],
    )[0]
    attribute, words = draw.choice(
        [("city", CITIES), ("city", CITIES), ("first_name", FIRST_NAMES), ("last_name", LAST_NAMES)]
    )
    word = draw.choice(words)
    if operator in ("is_in", "is_not_in"):
        return Test("contact", attribute, operator, _some(draw, words, 2, 9))
    if operator == "is":
        return Test("contact", attribute, operator, word)
    length = draw.randint(2, 4)
    piece = word[:length] if "begin" in operator else word[-length:]
    return Test("contact", attribute, operator, piece.strip() or word)


def _email(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    host = draw.choice(["@example.com", "@example.org", "@example.net", "@mail.example"])
    return draw.choice(
        [
            Test("contact", "email", "ends_with", f"{draw.randint(0, 9)}{host}"),
            Test("contact", "email", "contains", f"{draw.randint(10, 99)}{host}"),
            Test("contact", "email", "begins_with", f"p{draw.randint(0, 999):04d}"),
        ]
    )


def _age(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    low = draw.randint(18, 80)
    operator, value = draw.choice(
        [
            ("between", [low, low + draw.randint(1, 20)]),
            ("between", [low, low + draw.randint(1, 20)]),
            ("at_least", low),
            ("less_than", low),
            ("is", low),
            ("not_between", [low, low + 4]),
        ]
    )
    return Test("contact", "age", operator, value)


def _score(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    low = draw.randint(0, 1900) / 20
    operator = draw.choice(["at_least", "greater_than", "at_most", "between", "between"])
    value = [f"{low:.2f}", f"{low + draw.randint(1, 30):.2f}"] if operator == "between" else f"{low:.2f}"
    return Test("contact", "score", operator, value)


def _choice(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    if draw.random() < 0.15:
        return Test("contact", "subscribed", draw.choice(["is", "is_not"]), draw.random() < 0.5)
    if draw.random() < 0.3:
        attribute = draw.choice(["city", "age", "language", "birth_date", "interests"])
        return Test("contact", attribute, draw.choice(["has_value", "has_no_value"]))
    operator = draw.choice(["is", "is_not", "is_in", "is_not_in"])
    value = _some(draw, LANGUAGES, 2, 4) if operator.endswith("in") else draw.choice(LANGUAGES)
    return Test("contact", "language", operator, value)


def _interests(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    operator = draw.choice(["includes_any", "includes_any", "includes_all", "includes_none", "does_not_include_all"])
    return Test("contact", "interests", operator, _some(draw, INTERESTS, 1 if operator == "includes_any" else 2, 3))


def _named_dates(draw: Random, zone: str) -> Condition:
    if draw.random() < 0.6:
        operator = draw.choice(["before", "after", "between", "on_or_after", "not_between", "on_or_before"])
        first = date(1940, 1, 1) + timedelta(days=draw.randint(0, 24_000))
        value: object = [first, first + timedelta(days=draw.randint(30, 3000))] if "between" in operator else first
        return Test("contact", "birth_date", operator, value)
    operator = draw.choice(["before", "after", "between", "on", "on_or_after"])
    first = _day(draw, 1400)
    value = [first, first + timedelta(days=draw.randint(1, 200))] if operator == "between" else first
    return Test("contact", "created_on", operator, value, zone)


def _yearly(draw: Random, zone: str) -> Condition:
    """Birthdays around today, and parts of dates. Those relative to today move at midnight."""
    kind = draw.choices(["next", "last", "day", "period", "parts"], [50, 20, 8, 6, 16])[0]
    duration = {"count": draw.randint(1, 90), "unit": "days"}
    match kind:
        case "next":
            return Test("contact", "birth_date", "anniversary", {"in_next": duration}, zone)
        case "last":
            return Test("contact", "birth_date", "anniversary", {"in_last": duration}, zone)
        case "period":
            period = draw.choice(["today", "this_week", "this_month", "last_month", "this_quarter"])
            return Test("contact", "birth_date", "anniversary", {"in_period": period}, zone)
        case "day":
            value: dict[str, object] = {"month": draw.randint(1, 12), "day": draw.randint(1, 28)}
            return Test("contact", "birth_date", "anniversary", value)
    weekdays = _some(draw, ["monday", "tuesday", "friday", "saturday", "sunday"], 1, 2)
    parts = draw.choice(
        [
            {"months": ["this_month"], "weekdays": weekdays},
            {"days": ["today"]},
            {"months": [draw.randint(1, 12)], "weekdays": weekdays},
        ]
    )
    return Test("contact", "birth_date", "partial", parts, zone)


def _created_lately(draw: Random, zone: str) -> Condition:
    unit, most = draw.choice([("days", 400), ("days", 90), ("weeks", 100), ("months", 40), ("years", 3)])
    operator = draw.choice(["in_last", "in_last", "in_last", "not_in_last", "before_last"])
    return Test("contact", "created_on", operator, {"count": draw.randint(1, most), "unit": unit}, zone)


# --- related records -------------------------------------------------------------------------------------------------


def _lead_tests(draw: Random) -> list[Test]:
    tests = [Test("lead", "score", draw.choice(["at_least", "less_than"]), draw.randint(5, 95))]
    if draw.random() < 0.6:
        tests.append(Test("lead", "status", draw.choice(["is", "is_not"]), draw.choice(STATUSES)))
    return tests


def _leads(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    quantifier = draw.choice(
        [
            {"kind": "any"},
            {"kind": "any"},
            {"kind": "none"},
            {"kind": "count", "operator": draw.choice(["at_least", "at_most", "is"]), "value": draw.randint(1, 3)},
            {"kind": "sum", "attribute": "score", "operator": "at_least", "value": draw.randint(20, 200)},
            {"kind": "maximum", "attribute": "score", "operator": "at_least", "value": draw.randint(20, 99)},
        ]
    )
    return Related("leads", quantifier, tuple(_lead_tests(draw)))


def _fresh_leads(draw: Random, zone: str) -> Condition:
    lately = Test("lead", "created_on", "in_last", {"count": draw.randint(2, 700), "unit": "days"}, zone)
    more = tuple(_lead_tests(draw)[:1]) if draw.random() < 0.5 else ()
    return Related("leads", {"kind": draw.choice(["any", "any", "none"])}, (lately, *more), zone=zone)


def _account(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    tests = draw.choice(
        [
            (Test("account", "industry", "is_in", _some(draw, INDUSTRIES, 1, 4)),),
            (Test("account", "employees", draw.choice(["at_least", "less_than"]), draw.randint(5, 20_000)),),
            (
                Test("account", "industry", "is", draw.choice(INDUSTRIES)),
                Test("account", "employees", "between", [low := draw.randint(1, 900), low * 10]),
            ),
            (Test("account", "name", "ends_with", f"{draw.randint(0, 99):02d}"),),
        ]
    )
    return Related("account", {"kind": draw.choices(["any", "none"], [5, 1])[0]}, tests)


def _events(draw: Random, zone: str) -> Condition:
    """Two hops: registrations for events of a format, soon or lately."""
    event = [Test("event", "format", "is", draw.choice(FORMATS))]
    unit, most = draw.choice([("days", 90), ("days", 60), ("months", 18)])
    if draw.random() < 0.9:
        operator = "in_next" if unit == "days" and draw.random() < 0.5 else "in_last"
        event.append(Test("event", "starts_on", operator, {"count": draw.randint(1, most), "unit": unit}, zone))
    own = [Test("registration", "cancelled", "is", False)] if draw.random() < 0.7 else []
    quantifier = draw.choice(
        [{"kind": "any"}, {"kind": "any"}, {"kind": "none"}, {"kind": "count", "operator": "at_least", "value": 2}]
    )
    return Related("registrations", quantifier, tuple(own), tuple(event), zone=zone)


def _registered(draw: Random, zone: str) -> Condition:
    tests = [Test("registration", "registered_on", "in_last", {"count": draw.randint(2, 600), "unit": "days"}, zone)]
    if draw.random() < 0.5:
        tests.append(Test("registration", "cancelled", "is", draw.random() < 0.3))
    return Related("registrations", {"kind": "any"}, tuple(tests), zone=zone)


# --- interactions ----------------------------------------------------------------------------------------------------


def _tests(draw: Random, interaction: str) -> tuple[Test, ...]:
    """What the interaction has to be like; nothing in two of five."""
    if draw.random() < 0.4:
        return ()

    def one(attribute: str, words: Sequence[str]) -> Test:
        operator = draw.choice(["is", "is_in", "is_in", "begins_with", "contains"])
        word = draw.choice(words)
        piece = word.split(" ")[0] if " " in word else word[: max(6, len(word) - 1)]
        return Test(
            interaction,
            attribute,
            operator,
            _some(draw, words, 2, 12) if operator == "is_in" else word if operator == "is" else piece,
        )

    match interaction:
        case "email_opened":
            choices = [
                (one("message", MESSAGES),),
                (one("journey", JOURNEYS),),
                (Test(interaction, "device", draw.choice(["is", "is_not"]), draw.choice(DEVICES)),),
                (one("message", MESSAGES), Test(interaction, "device", "is_in", _some(draw, DEVICES, 1, 2))),
            ]
        case "email_clicked":
            choices = [(one("message", MESSAGES),), (one("link", LINKS),)]
        case "purchase":
            choices = [(one("product", PRODUCTS),), (Test(interaction, "amount", "at_least", draw.randint(5, 400)),)]
        case _:
            choices = [(one("page", PAGES),), (Test(interaction, "seconds", "at_least", draw.randint(5, 600)),)]
    return draw.choice(choices)


def _did(draw: Random, window: Mapping[str, object] | None, zone: str | None) -> Condition:
    interaction = draw.choices(["email_opened", "email_clicked", "purchase", "website_visited"], [35, 20, 25, 20])[0]
    kind = draw.choices(
        ["once", "count", "none", "few", "days", "distinct", "amount", "average"], [26, 24, 12, 4, 9, 9, 11, 5]
    )[0]
    tests, few = _tests(draw, interaction), draw.randint(2, 6)
    measured = {"email_opened": "message", "email_clicked": "link", "purchase": "product", "website_visited": "page"}
    summed = {"purchase": "amount", "website_visited": "seconds"}.get(interaction)
    match kind:
        case "none":
            return Did(interaction, "is", 0, window, tests, zone=zone)
        case "count":
            return Did(
                interaction, draw.choice(["at_least", "at_least", "is", "greater_than"]), few, window, tests, zone=zone
            )
        case "few":
            operator, value = draw.choice([("at_most", few), ("less_than", few), ("between", [1, few])])
            return Did(interaction, operator, value, window, tests, zone=zone)
        case "days" if zone:
            return Did(interaction, "at_least", few, window, tests, {"kind": "days"}, zone)
        case "distinct":
            return Did(
                interaction,
                "at_least",
                few,
                window,
                tests,
                {"kind": "distinct", "attribute": measured[interaction]},
                zone,
            )
        case "amount" if summed:
            measure = {"kind": draw.choice(["sum", "sum", "maximum", "minimum"]), "attribute": summed}
            return Did(interaction, "at_least", draw.randint(50, 900), window, tests, measure, zone)
        case "average" if summed:
            operator = draw.choice(["at_least", "less_than"])
            return Did(
                interaction,
                operator,
                draw.randint(50, 250),
                window,
                tests,
                {"kind": "average", "attribute": summed},
                zone,
            )
    return Did(interaction, "at_least", 1, window, tests, zone=zone)


def _lately(draw: Random, zone: str) -> Condition:
    """`last n days` of many n, and weeks, months, quarters, years."""
    unit, most = draw.choices(
        [("days", 30), ("days", 120), ("days", 400), ("weeks", 26), ("months", 18), ("quarters", 6), ("years", 2)],
        [30, 30, 12, 12, 10, 4, 2],
    )[0]
    kind = draw.choices(["last", "before_last"], [94, 6])[0]
    return _did(draw, {"kind": kind, "count": draw.randint(1, most), "unit": unit}, zone)


def _elapsed(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    unit, most = draw.choice([("hours", 96), ("hours", 24), ("rolling_days", 60), ("minutes", 600)])
    return _did(draw, {"kind": "last", "count": draw.randint(1, most), "unit": unit}, None)


def _in_period(draw: Random, zone: str) -> Condition:
    periods = [
        "today",
        "yesterday",
        "this_week",
        "last_week",
        "this_month",
        "last_month",
        "this_quarter",
        "last_quarter",
        "this_year",
        "last_year",
    ]
    return _did(draw, {"kind": "period", "period": draw.choice(periods)}, zone)


def _fixed(draw: Random, zone: str) -> Condition:
    first = _day(draw, 700)
    last = min(first + timedelta(days=draw.randint(1, 200)), _DAY)
    window = draw.choice(
        [
            {"kind": "between", "from": first, "to": last},
            {"kind": "between", "from": first, "to": last},
            {"kind": "since", "from": first},
            {"kind": "until", "to": first},
        ]
    )
    return _did(draw, window, zone)


def _ever(draw: Random, zone: str) -> Condition:  # noqa: ARG001 - one signature
    return _did(draw, None, None)


def _first_or_last(draw: Random, zone: str) -> Condition:
    interaction = draw.choice(["email_opened", "email_clicked", "purchase", "website_visited"])
    tests, measure = _tests(draw, interaction), {"kind": draw.choice(["first_at", "last_at"])}
    if draw.random() < 0.6:
        value: object = {"count": draw.randint(2, 300), "unit": "days"}
        return Did(interaction, draw.choice(["in_last", "in_last", "before_last"]), value, None, tests, measure, zone)
    return Did(
        interaction, draw.choice(["before", "on_or_after", "after"]), _day(draw, 700), None, tests, measure, zone
    )


_SHARES: Sequence[tuple[float, Maker]] = (
    # No clock changes these …
    (100, _text),
    (25, _email),
    (45, _age),
    (45, _score),
    (16, _choice),
    (45, _interests),
    (45, _named_dates),
    (50, _leads),
    (30, _account),
    (90, _fixed),
    (70, _ever),
    # … these move all the time …
    (75, _elapsed),
    # … these with midnight, some of them with that of certain days.
    (35, _in_period),
    (65, _yearly),
    (55, _created_lately),
    (35, _fresh_leads),
    (45, _events),
    (25, _registered),
    (45, _first_or_last),
    (620, _lately),
)
