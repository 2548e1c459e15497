"""The example of the language's own page: read, checked, typed."""

from __future__ import annotations

from decimal import Decimal

from coterie.catalog.model import Catalog
from coterie.definition import DynamicSegment, check, parse, typed
from coterie.definition.nodes import (
    AllOf,
    AnyOf,
    AnyRecord,
    AttributeCondition,
    Combine,
    CountMeasure,
    Definition,
    Duration,
    InteractionBlock,
    LastWindow,
    Operator,
    Pinned,
    ProfileBlock,
    RelationCondition,
    SegmentBlock,
    Step,
    Unit,
)


def condition(attribute: str, operator: str, value: object) -> AttributeCondition:
    return AttributeCondition(attribute=attribute, operator=Operator(operator), value=value)  # type: ignore[arg-type]


def test_the_example_is_read_as_it_stands(example: str) -> None:
    leads = RelationCondition(
        relation="leads",
        quantifier=AnyRecord(),
        where=AllOf(nodes=(condition("score", "at_least", Decimal(50)), condition("status", "is_not", "lost"))),
    )
    young_or_sporting = AnyOf(
        nodes=(
            condition("age", "between", (Decimal(25), Decimal(40))),
            condition("interests", "includes_any", ("running", "cycling")),
        )
    )
    profile = AllOf(nodes=(condition("city", "is", "New York"), young_or_sporting, leads))
    opened = InteractionBlock(
        interaction="email_opened",
        where=AllOf(nodes=(condition("message", "begins_with", "Spring"),)),
        window=LastWindow(duration=Duration(count=30, unit=Unit.DAYS)),
        measure=CountMeasure(),
        operator=Operator.AT_LEAST,
        value=Decimal(3),
    )
    bought = InteractionBlock(
        interaction="purchase",
        window=LastWindow(duration=Duration(count=90, unit=Unit.DAYS)),
        operator=Operator.AT_LEAST,
        value=Decimal(1),
    )
    assert parse(example) == DynamicSegment(
        key="lapsed-nyc-openers",
        name="Lapsed openers in New York",
        time_zone="America/New_York",
        description="Opened three or more emails this month, bought nothing this quarter.",
        definition=Definition(
            steps=(
                Step(block=ProfileBlock(where=profile)),
                Step(combine=Combine.AND_ALSO, block=opened),
                Step(combine=Combine.BUT_NOT, block=bought),
                Step(combine=Combine.BUT_NOT, block=SegmentBlock(segment="unreachable")),
            )
        ),
        pinned=Pinned(keep_in=("00017",), keep_out=("00042",)),
    )


def test_the_example_fits_its_catalog(example: str, catalog: Catalog, static) -> None:
    segments = {"unreachable": static("unreachable")}
    assert check(parse(example), catalog, segments) == []
    assert typed(parse(example), catalog, segments) == parse(example)
