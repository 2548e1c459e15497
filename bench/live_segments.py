"""A thousand live segments, seeded: each as a segment file and as hand-written SQL of the same answer.

Every condition of the pool is dealt to one segment first; then many segments share popular ones, and refer to some tens
of segments that others keep out by.

    python -m bench.live_segments --segments 1000         # counts the distinct leaves, and shows some segments
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.data import AS_OF, CATALOG, SEED
from bench.live.conditions import Condition, Did, Writing, negation, predicate_of
from bench.live.moments import Moment, milliseconds
from bench.live.pool import MAIN_ZONE, draw_conditions, draw_zone

__all__ = [
    "LiveSegment",
    "Profile",
    "Reference",
    "count_leaves",
    "count_moving",
    "draw_segments",
    "next_midnight",
    "parsed",
    "some_of",
]

CONDITIONS = 1500
SUPPRESSIONS = 40


@dataclass(frozen=True)
class Profile:
    """Conditions on the contact and its records, of which all or any hold; those at `negated` the other way."""

    join: str
    conditions: tuple[Condition, ...]
    negated: frozenset[int] = frozenset()

    def mapping(self) -> dict[str, object]:
        nodes = [
            {"not": condition.mapping()} if index in self.negated else condition.mapping()
            for index, condition in enumerate(self.conditions)
        ]
        return {"kind": "profile", "where": {self.join: nodes}}

    def predicate(self, writing: Writing) -> str:
        parts = []
        for index, condition in enumerate(self.conditions):
            predicate, null = predicate_of(condition, writing), condition.may_be_null and not writing.answered
            parts.append(negation(predicate, may_be_null=null) if index in self.negated else f"({predicate})")
        return (" AND " if self.join == "all" else " OR ").join(parts)

    @property
    def may_be_null(self) -> bool:
        return any(c.may_be_null for index, c in enumerate(self.conditions) if index not in self.negated)


@dataclass(frozen=True)
class Reference:
    """The members of another live segment."""

    key: str
    may_be_null = False

    def mapping(self) -> dict[str, object]:
        return {"kind": "segment", "segment": self.key}

    def predicate(self, writing: Writing) -> str:
        return f"id IN {writing.members_of(self.key)}"


@dataclass(frozen=True)
class Parentheses:
    """A list of steps within a step."""

    steps: tuple[Step, ...]

    def mapping(self) -> dict[str, object]:
        return {"kind": "group", "blocks": _said(self.steps)}

    def predicate(self, writing: Writing) -> str:
        return _folded(self.steps, writing)

    @property
    def may_be_null(self) -> bool:
        return any(step.block.may_be_null for step in self.steps)


Block = Profile | Did | Reference | Parentheses


@dataclass(frozen=True)
class Step:
    combine: str | None
    block: Block


def _said(steps: Iterable[Step]) -> list[dict[str, object]]:
    return [{**({"combine": step.combine} if step.combine else {}), "block": step.block.mapping()} for step in steps]


def _folded(steps: Sequence[Step], writing: Writing) -> str:
    """The steps from first to last, without precedence. No part is NULL where it is negated."""
    so_far = f"({_block_predicate(steps[0].block, writing)})"
    for step in steps[1:]:
        block = _block_predicate(step.block, writing)
        match step.combine:
            case "or":
                so_far = f"({so_far} OR ({block}))"
            case "and_also":
                so_far = f"({so_far} AND ({block}))"
            case _:
                null = step.block.may_be_null and not writing.answered
                so_far = f"({so_far} AND {negation(block, may_be_null=null)})"
    return so_far


def _block_predicate(block: Block, writing: Writing) -> str:
    return predicate_of(block, writing) if isinstance(block, Did) else block.predicate(writing)


@dataclass(frozen=True)
class LiveSegment:
    key: str
    zone: str
    steps: tuple[Step, ...]

    def file(self) -> dict[str, object]:
        """The segment file, as a mapping."""
        return {
            "coterie": 1,
            "segment": self.key,
            "name": self.key.replace("-", " ").capitalize(),
            "type": "dynamic",
            "time_zone": self.zone,
            "definition": {"blocks": _said(self.steps)},
        }

    def references(self) -> tuple[str, ...]:
        """The segments it refers to itself."""
        return tuple(dict.fromkeys(_references(self.steps)))

    def conditions(self) -> tuple[Condition, ...]:
        """Every distinct condition it has."""
        return tuple({condition.name: condition for condition in _conditions(self.steps)}.values())

    def sql(self, writing: Writing) -> str:
        """A query of the ids of its members. `writing.moment` has to be of the segment's zone."""
        only = f"id {writing.only} AND " if writing.only else ""
        return f"SELECT id FROM contact WHERE {only}{_folded(self.steps, writing)}"


def _references(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step.block, Reference):
            yield step.block.key
        elif isinstance(step.block, Parentheses):
            yield from _references(step.block.steps)


def _conditions(steps: Iterable[Step]) -> Iterator[Condition]:
    for step in steps:
        match step.block:
            case Did():
                yield step.block
            case Profile(conditions=conditions):
                yield from conditions
            case Parentheses(steps=inner):
                yield from _conditions(inner)


# --- drawing ---------------------------------------------------------------------------------------------------------


def draw_segments(count: int = 1000, *, conditions: int = CONDITIONS, seed: int = SEED) -> list[LiveSegment]:
    """`count` segments over about `conditions` distinct conditions, those referred to before those that refer."""
    draw = random.Random(f"segments {seed}")
    pool = draw_conditions(conditions, seed)
    zones = [draw_zone(draw) for _ in range(count)]
    hands = _dealt(pool, zones)
    popular = {zone: [c for c in pool[: len(pool) // 4] if c.zone in (None, zone)] for zone in set(zones)}
    suppressions = min(SUPPRESSIONS, count // 4)
    segments: list[LiveSegment] = []
    for number, (zone, hand) in enumerate(zip(zones, hands, strict=True)):
        keeps_out = number < suppressions
        taken = hand[:2] if keeps_out else hand
        while not taken or (not keeps_out and len(taken) < 6 and draw.random() < 0.4):
            # The first ones are shared the most.
            again = popular[zone][int(draw.random() ** 2 * len(popular[zone]))]
            taken = taken if again in taken else [*taken, again]
        name = "suppression" if keeps_out else "segment"
        steps = _steps(draw, taken)
        if segments and draw.random() < (0.2 if keeps_out else 0.45):
            referred = segments[draw.randrange(min(number, suppressions))].key
            steps.append(Step(draw.choices(["but_not", "and_also"], [9, 1])[0], Reference(referred)))
        segments.append(LiveSegment(f"{name}-{number + 1:05d}", zone, tuple(steps)))
    return segments


def some_of(segments: Sequence[LiveSegment], count: int, *, seed: int = SEED) -> list[LiveSegment]:
    """About `count` of the segments, drawn evenly, with all that they refer to."""
    if count >= len(segments):
        return list(segments)
    wanted = {segment.key for segment in random.Random(f"some {seed}").sample(list(segments), count)}
    for segment in reversed(segments):
        if segment.key in wanted:
            wanted.update(segment.references())
    return [segment for segment in segments if segment.key in wanted]


def _dealt(pool: Sequence[Condition], zones: Sequence[str]) -> list[list[Condition]]:
    """Every condition to one segment of its zone, in turns."""
    hands: list[list[Condition]] = [[] for _ in zones]
    of_zone: dict[str | None, list[int]] = {None: list(range(len(zones)))[::-1]}
    for index, zone in enumerate(zones):
        of_zone.setdefault(zone, []).append(index)
    turns: dict[str | None, int] = {}
    for condition in pool:
        seats = of_zone.get(condition.zone)
        if seats:
            turn = turns[condition.zone] = turns.get(condition.zone, -1) + 1
            hands[seats[turn % len(seats)]].append(condition)
    return hands


def _steps(draw: random.Random, conditions: Sequence[Condition]) -> list[Step]:
    """Profile conditions into blocks of one to three, each interaction a step, in random order."""
    profile = [condition for condition in conditions if not isinstance(condition, Did)]
    blocks: list[Block] = [condition for condition in conditions if isinstance(condition, Did)]
    while profile:
        size = min(len(profile), draw.choice([1, 2, 2, 3]))
        chosen, profile = tuple(profile[:size]), profile[size:]
        negated = frozenset({draw.randrange(size)}) if draw.random() < 0.08 else frozenset()
        blocks.append(Profile(draw.choices(["all", "any"], [4, 1])[0], chosen, negated))
    draw.shuffle(blocks)
    steps = [
        Step(draw.choices(["and_also", "or", "but_not"], [50, 28, 22])[0] if i else None, b)
        for i, b in enumerate(blocks)
    ]
    if len(steps) > 2 and draw.random() < 0.3:
        first, second, third, *rest = steps
        inner = Parentheses((Step(None, second.block), third))
        return [first, Step(second.combine, inner), *rest]
    return steps


# --- what they come to -----------------------------------------------------------------------------------------------


def next_midnight(after: datetime = AS_OF, zone: str = MAIN_ZONE) -> datetime:
    """The next instant at which a local day begins."""
    moment = Moment(milliseconds(after), zone)
    return after + timedelta(milliseconds=moment.midnight(moment.today + timedelta(days=1)) - moment.as_of)


def parsed(segments: Iterable[LiveSegment]) -> dict[str, object]:
    """The segment files as the engine's own typed nodes, by key."""
    from coterie.definition import parse

    return {segment.key: parse(segment.file()) for segment in segments}


def count_leaves(files: Mapping[str, object], as_of: datetime) -> int:
    """How many distinct leaves all segments have together."""
    return len(_leaves(files, milliseconds(as_of)))


def count_moving(files: Mapping[str, object], midnight: datetime) -> int:
    """How many leaves have a bound that moves with that midnight, beside those whose bounds move with every instant."""
    at = milliseconds(midnight)
    earlier, before, after = (_leaves(files, instant) for instant in (at - 2, at - 1, at))
    return len(after - before) - len(before - earlier)


def _leaves(files: Mapping[str, object], as_of: int) -> set[str]:
    """The distinct leaves at a moment, as texts in which the end "up to now" is the same at every moment."""
    from zoneinfo import ZoneInfo

    from coterie.catalog import parse_catalog
    from coterie.definition import typed
    from coterie.planning.plan import Question, make_plan

    catalog, leaves = parse_catalog(CATALOG), set()
    known: dict[str, object] = {}
    for key, file in files.items():  # those referred to come first
        known[key] = typed(file, catalog, known)
        question = Question(subject=known[key], as_of=as_of, zone=ZoneInfo("UTC"), segments=known)
        leaves.update(make_plan(question, catalog, fused=False).leaves())
    return {repr(leaf).replace(str(as_of + 1), "now") for leaf in leaves}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=1000)
    parser.add_argument("--conditions", type=int, default=CONDITIONS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--show", type=int, default=3)
    arguments = parser.parse_args()
    segments = draw_segments(arguments.segments, conditions=arguments.conditions, seed=arguments.seed)
    files = parsed(segments)
    midnight = next_midnight()
    leaves, moving = count_leaves(files, midnight), count_moving(files, midnight)
    print(f"{len(segments)} segments, {leaves} distinct leaves, {moving} of them move at {midnight}")
    from coterie.definition import write

    for segment in segments[:: max(len(segments) // max(arguments.show, 1), 1)][: arguments.show]:
        print(f"\n{write(files[segment.key])}")


if __name__ == "__main__":
    main()
