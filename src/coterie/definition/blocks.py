"""Steps and blocks as they are written, with the windows and measures of interactions."""

from __future__ import annotations

from decimal import Decimal

from coterie.definition.conditions import NOTHING_SAID, parse_kind, parse_node
from coterie.definition.constants import Comparison, parse_comparison, parse_day, parse_duration, parse_period
from coterie.definition.grammar import BLOCKS, MEASURES, SEGMENT_KEY, STEP, WINDOWS
from coterie.definition.nodes import (
    Aggregate,
    AggregateMeasure,
    BeforeLastWindow,
    BetweenWindow,
    Block,
    Combine,
    CountMeasure,
    DaysMeasure,
    DistinctMeasure,
    Everyone,
    FirstAtMeasure,
    Group,
    InteractionBlock,
    LastAtMeasure,
    LastWindow,
    Measure,
    Operator,
    PeriodWindow,
    ProfileBlock,
    SegmentBlock,
    SinceWindow,
    Step,
    UntilWindow,
    Window,
)
from coterie.definition.places import Place

__all__ = ["parse_segment_key", "parse_steps"]

_COMBINES = tuple(Combine)


def parse_steps(place: Place, levels: int) -> tuple[Step, ...]:
    """The list of steps at `place`, which lies inside `levels` groups."""
    elements = place.elements("The list of blocks", most=None)
    return tuple(_parse_step(element, levels, first=index == 0) for index, element in enumerate(elements or ()))


def _parse_step(place: Place, levels: int, *, first: bool) -> Step:
    if not place.is_mapping("A step"):
        return Step(block=Everyone())
    place.check_keys(STEP, "A step")
    combine = _parse_combine(place.at("combine"), first=first)
    block = _parse_block(place.at("block"), levels) if place.has("block") else Everyone()
    return Step(block=block, combine=combine)


def _parse_combine(place: Place, *, first: bool) -> Combine | None:
    if place.value is None:
        if not first:
            message = "This step does not say how it joins the steps before it."
            place.report("misplaced_combine", message, f"'combine' is one of {', '.join(_COMBINES)}.")
        return None
    if first:
        message = "The first step has nothing before it to be combined with."
        place.report("misplaced_combine", message, "Leave 'combine' out.")
        return None
    word = place.word(_COMBINES, "invalid_value", "way to combine")
    return None if word is None else Combine(word)


def _parse_block(place: Place, levels: int) -> Block:
    kind = parse_kind(place, tuple(BLOCKS), "block")
    if kind is None:
        return Everyone()
    if kind not in ("profile", "group") and not place.findings.count_condition(place.path):
        return Everyone()
    place.check_keys(BLOCKS[kind], f"A block of the kind {kind!r}")
    match kind:
        case "profile":
            where = parse_node(place.at("where"), levels) if place.has("where") else NOTHING_SAID
            return ProfileBlock(where=where)
        case "interaction":
            return _parse_interaction(place, levels)
        case "segment":
            key = parse_segment_key(place.at("segment")) if place.has("segment") else None
            return Everyone() if key is None else SegmentBlock(segment=key)
        case "group":
            inside = place.has("blocks") and place.may_open_level(levels)
            return Group(steps=parse_steps(place.at("blocks"), levels + 1) if inside else ())
        case _:
            return Everyone()


def parse_segment_key(place: Place) -> str | None:
    """The key of a segment: lower-case letters, digits, hyphens."""
    key = place.text("The key of a segment")
    if key is None or SEGMENT_KEY.fullmatch(key):
        return key
    place.report("invalid_value", "The key of a segment has lower-case letters, digits and hyphens alone.")
    return None


# --- interactions ----------------------------------------------------------------------------------------------------


def _parse_interaction(place: Place, levels: int) -> Block:
    name = place.at("interaction").text("The name of an interaction") if place.has("interaction") else None
    where = parse_node(place.at("where"), levels) if place.has("where") else None
    window = _parse_window(place.at("window")) if place.has("window") else None
    measure = _parse_measure(place.at("measure")) if place.has("measure") else CountMeasure()
    comparison = parse_comparison(place)
    if name is None:
        return Everyone()
    if measure is None or comparison is None:
        measure = measure or CountMeasure()
        comparison = _harmless_comparison(measure)
    operator, value = comparison
    return InteractionBlock(
        interaction=name, operator=operator, value=value, where=where, window=window, measure=measure
    )


def _harmless_comparison(measure: Measure) -> Comparison:
    """A comparison that every check of `measure` passes: the stand-in for one that could not be read."""
    if isinstance(measure, FirstAtMeasure | LastAtMeasure):
        return Operator.HAS_VALUE, None
    return Operator.IS, Decimal(0)


def _parse_window(place: Place) -> Window | None:
    kind = parse_kind(place, tuple(WINDOWS), "window")
    if kind is None:
        return None
    keys = WINDOWS[kind]
    place.check_keys(keys, f"The window {kind!r}")
    if not all(place.has(key) for key in keys.required):
        return None
    match kind:
        case "last":
            duration = parse_duration(place, keys)
            return None if duration is None else LastWindow(duration=duration)
        case "before_last":
            duration = parse_duration(place, keys)
            return None if duration is None else BeforeLastWindow(duration=duration)
        case "between":
            return _parse_between(place)
        case "since":
            start = parse_day(place.at("from"))
            return None if start is None else SinceWindow(start=start)
        case "until":
            end = parse_day(place.at("to"))
            return None if end is None else UntilWindow(end=end)
        case _:
            period = parse_period(place.at("period"))
            return None if period is None else PeriodWindow(period=period)


def _parse_between(place: Place) -> Window | None:
    start, end = parse_day(place.at("from")), parse_day(place.at("to"))
    if start is None or end is None:
        return None
    if end < start:
        place.report("invalid_range", f"The window ends ({end}) before it starts ({start}).")
        return None
    return BetweenWindow(start=start, end=end)


def _parse_measure(place: Place) -> Measure | None:
    kind = parse_kind(place, tuple(MEASURES), "measure")
    if kind is None:
        return None
    keys = MEASURES[kind]
    place.check_keys(keys, f"The measure {kind!r}")
    attribute = place.at("attribute").text("The name of an attribute") if place.has("attribute") else None
    if "attribute" in keys.required and attribute is None:
        return None
    match kind:
        case "count":
            return CountMeasure()
        case "days":
            return DaysMeasure()
        case "first_at":
            return FirstAtMeasure()
        case "last_at":
            return LastAtMeasure()
        case "distinct":
            return DistinctMeasure(attribute=attribute or "")
        case _:
            return AggregateMeasure(aggregate=Aggregate(kind), attribute=attribute or "")
