"""A range may be of one value; a day is written in one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Refusal = Callable[[Any], list[tuple[str, str]]]


def between(attribute: str, start: Any, end: Any) -> dict[str, Any]:
    where = {"attribute": attribute, "operator": "between", "value": [start, end]}
    return {"blocks": [{"block": {"kind": "profile", "where": where}}]}


def since(day: str) -> dict[str, Any]:
    window = {"kind": "since", "from": day}
    block = {"kind": "interaction", "interaction": "purchase", "window": window, "operator": "at_least", "value": 1}
    return {"blocks": [{"block": block}]}


@pytest.mark.parametrize(
    "source",
    [
        between("age", 3, 3),
        between("birth_date", "2026-11-23", "2026-11-23"),
        "blocks: [{block: {kind: profile, where: {attribute: a, operator: between, value: [2026-11-23, 2026-11-23]}}}]",
    ],
)
def test_both_ends_of_a_range_may_be_the_same(refusal: Refusal, source: Any) -> None:
    assert refusal(source) == []


def test_an_end_before_its_start_is_refused(refusal: Refusal) -> None:
    text = (
        "blocks: [{block: {kind: profile, where: {attribute: a, operator: between, value: [2026-11-23, 2026-11-22]}}}]"
    )
    assert refusal(text) == [("invalid_range", "blocks[0].block.where.value")]


@pytest.mark.parametrize("day", ["20261123", "2026-W48-1", "2026W481"])
def test_other_ways_to_write_a_day_are_refused(refusal: Refusal, day: str) -> None:
    assert refusal(since("2026-11-23")) == []
    assert refusal(since(day)) == [("invalid_value", "blocks[0].block.window.from")]
