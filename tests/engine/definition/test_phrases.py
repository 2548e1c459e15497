"""The words that sentences are made of, and whether those with nothing at all are said to be included."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from coterie.catalog.model import AttributeType, Catalog
from coterie.definition import describe, describe_block, describe_node, parse, typed
from coterie.definition.nodes import Definition, Duration, DynamicSegment, Operator, Partial, ProfileBlock, Unit
from coterie.definition.phrases import (
    article,
    compared,
    constant_words,
    duration_words,
    is_comparison,
    listed,
    noun_of,
    number_in,
    plural,
    quoted,
    related,
    time_words,
)

Said = Callable[..., str]


@pytest.fixture
def opened(catalog: Catalog) -> Said:
    """What a block on opened e-mails says."""

    def said(**more: Any) -> str:
        block = {"kind": "interaction", "interaction": "email_opened", **more}
        shape = typed(parse({"blocks": [{"block": block}]}), catalog, {})
        assert isinstance(shape, Definition)
        return describe_block(shape.steps[0].block, catalog)

    return said


@pytest.fixture
def bought(catalog: Catalog) -> Said:
    """What a block on purchases says."""

    def said(**more: Any) -> str:
        block = {"kind": "interaction", "interaction": "purchase", **more}
        shape = typed(parse({"blocks": [{"block": block}]}), catalog, {})
        assert isinstance(shape, Definition)
        return describe_block(shape.steps[0].block, catalog)

    return said


@pytest.fixture
def leads(catalog: Catalog) -> Said:
    """What a condition on leads says."""

    def said(where: Any = None, **quantifier: Any) -> str:
        node = {"relation": "leads", "quantifier": quantifier} | ({} if where is None else {"where": where})
        shape = typed(parse({"blocks": [{"block": {"kind": "profile", "where": node}}]}), catalog, {})
        assert isinstance(shape, Definition)
        block = shape.steps[0].block
        assert isinstance(block, ProfileBlock)
        return describe_node(block.where, catalog)

    return said


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "word"),
    [
        *((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (10, "10th"), (11, "11th"), (12, "12th"), (13, "13th")),
        *((14, "14th"), (20, "20th"), (21, "21st"), (22, "22nd"), (23, "23rd"), (30, "30th"), (31, "31st")),
    ],
)
def test_days_of_the_month_are_ordinals(day: int, word: str) -> None:
    assert time_words(Operator.PARTIAL, Partial(days=(day,))) == ("falls", f"on the {word}")


@pytest.mark.parametrize(
    ("count", "unit", "words"),
    [
        (1, "rolling_days", "1 day of 24 hours"),
        (2, "rolling_days", "2 days of 24 hours"),
        (1, "hours", "1 hour"),
        (2, "hours", "2 hours"),
        (30, "days", "30 days"),
    ],
)
def test_durations_count_their_unit(count: int, unit: str, words: str) -> None:
    assert duration_words(Duration(count=count, unit=Unit(unit))) == words


@pytest.mark.parametrize(
    ("noun", "word"),
    [("account", "an account"), ("Event", "an Event"), ("lead", "a lead"), ("Xeno", "a Xeno"), ("outing", "an outing")],
)
def test_nouns_have_their_article(noun: str, word: str) -> None:
    assert f"{article(noun)} {noun}" == word


@pytest.mark.parametrize(
    ("noun", "word"),
    [
        ("lead", "leads"),
        ("company", "companies"),
        ("boy", "boys"),
        ("bus", "buses"),
        ("box", "boxes"),
        ("quiz", "quizes"),
        ("branch", "branches"),
        ("dish", "dishes"),
        ("company (Sales)", "companies (Sales)"),
        ("lead [leads]", "leads [leads]"),
    ],
)
def test_nouns_have_a_plural(noun: str, word: str) -> None:
    assert plural(noun) == word


def test_numbers_are_found_as_they_are_written() -> None:
    assert number_in(Decimal(3)) == 3
    assert number_in("3.0") == 3
    assert number_in(("3",)) == 3
    assert number_in(("3", "4")) is None
    assert number_in("three") is None
    assert number_in(True) is None
    assert number_in(None) is None


def test_constants_are_said_by_their_type() -> None:
    assert [constant_words(value, None) for value in (True, False)] == ["true", "false"]
    assert constant_words(Decimal(100), None) == "100"
    assert constant_words(Decimal("1.50"), None) == "1.5"
    assert constant_words(Decimal("1.00"), None) == "1"
    assert constant_words("1.50", AttributeType.NUMBER) == "1.5"
    assert constant_words("1.50", AttributeType.TEXT) == '"1.50"'
    assert constant_words("2026-11-03", AttributeType.DATE) == "3 Nov 2026"
    assert constant_words("2026-11-03", AttributeType.TEXT) == "2026-11-03"
    assert constant_words(date(2026, 11, 3), None) == "3 Nov 2026"


def test_a_quoted_text_stays_one_line() -> None:
    assert quoted('a"b') == '"a""b"'
    assert quoted("a\nb\tc\x00 d") == '"a␊b␉c␀ d"'


def test_lists_are_said_with_their_last_word() -> None:
    assert listed([], "or") == ""
    assert listed(["a"], "or") == "a"
    assert listed(["a", "b"], "or") == "a or b"
    assert listed(["a", "b", "c"], "and") == "a, b and c"


def test_comparisons_are_said_of_numbers_and_texts_not_of_days() -> None:
    day = date(2026, 11, 3)
    assert is_comparison(Operator.BETWEEN, (Decimal(1), Decimal(2)), AttributeType.NUMBER)
    assert is_comparison(Operator.BETWEEN, (Decimal(1), Decimal(2)), None)
    assert not is_comparison(Operator.BETWEEN, (day, day), None)
    assert not is_comparison(Operator.BETWEEN, ("2026-11-03", "2026-11-04"), AttributeType.DATETIME)
    assert is_comparison(Operator.IS, "Paris", None)
    assert not is_comparison(Operator.ON, day, None)
    assert not is_comparison(Operator.CONTAINS, "a", AttributeType.TEXT)
    assert compared(Operator.IS, ("3",), exactly="exactly ") == "exactly 3"
    assert time_words(Operator.HAS_VALUE, None) == ("", "")


def test_names_of_records_keep_their_capitals(catalog: Catalog) -> None:
    assert noun_of("lead", catalog) == "lead"
    assert noun_of("CRM", catalog) == "CRM"
    assert related("nowhere", "contact", catalog) == ("nowhere", 'record ("Nowhere")')


# --- those with nothing at all ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "value", "included"),
    [
        ("is", 0, True),
        ("is", 1, False),
        ("is_not", 0, False),
        ("is_not", 1, True),
        ("is_in", [1, 0], True),
        ("is_in", [1, 2], False),
        ("is_not_in", [1, 0], False),
        ("is_not_in", [1, 2], True),
        ("less_than", 0, False),
        ("less_than", "0.5", True),
        ("at_most", "-0.5", False),
        ("at_most", 0, True),
        ("at_most", "0.5", True),
        ("greater_than", "-0.5", True),
        ("greater_than", 0, False),
        ("greater_than", "0.5", False),
        ("at_least", 0, True),
        ("at_least", "0.5", False),
        ("between", [0, 1], True),
        ("between", [-1, 0], True),
        ("between", ["0.5", 1], False),
        ("between", [-1, "-0.5"], False),
        ("not_between", [0, 1], False),
        ("not_between", [-1, 0], False),
        ("not_between", ["0.5", 1], True),
        ("not_between", [-1, "-0.5"], True),
    ],
)
def test_a_sum_says_whether_those_with_nothing_are_included(
    bought: Said, operator: str, value: Any, included: bool
) -> None:
    words = bought(measure={"kind": "sum", "attribute": "amount"}, operator=operator, value=value)
    assert words.endswith("(including none)") is included


@pytest.mark.parametrize("kind", ["average", "minimum", "maximum"])
def test_of_nothing_other_aggregates_are_missing(bought: Said, kind: str) -> None:
    measure = {"kind": kind, "attribute": "amount"}
    assert not bought(measure=measure, operator="is", value=0).endswith("(including none)")
    assert bought(measure=measure, operator="is_not", value=0).endswith("(including none)")


def test_days_and_different_values_are_counted(opened: Said) -> None:
    days, devices = {"kind": "days"}, {"kind": "distinct", "attribute": "device"}
    assert "on exactly 2 different days" in opened(measure=days, operator="is", value=2)
    assert "on not exactly 2 different days" in opened(measure=days, operator="is_not", value=2)
    assert opened(measure=devices, operator="is", value=1).endswith("with exactly 1 value of Device")
    assert opened(measure=devices, operator="is", value=2).endswith("with exactly 2 different values of Device")
    assert opened(measure=devices, operator="at_most", value=2).endswith(
        "with at most 2 different values of Device (including none)"
    )


def test_missing_moments_and_aggregates_have_words(bought: Said) -> None:
    first, lowest = {"kind": "first_at"}, {"kind": "minimum", "attribute": "amount"}
    assert bought(measure=first, operator="has_value").endswith("for the first time at any time")
    assert "for the first time at no time" in bought(measure=first, operator="has_no_value")
    assert bought(measure=lowest, operator="has_value").endswith("with a lowest Amount at all")
    assert "with no lowest Amount" in bought(measure=lowest, operator="has_no_value")


def test_a_relation_of_every_record_is_that_there_is_one(leads: Said) -> None:
    assert leads(kind="all") == leads(kind="any")
    assert leads(kind="all").endswith("a lead")
    where = {"attribute": "score", "operator": "at_least", "value": 5}
    assert "at least one lead and only leads" in leads(where, kind="all")


# --- sentences -------------------------------------------------------------------------------------------------------


def test_the_unit_of_a_segment_is_said(catalog: Catalog) -> None:
    def said(**more: Any) -> str:
        everyone = {"blocks": [{"block": {"kind": "everyone"}}]}
        file = {"coterie": 1, "segment": "s", "name": "S", "type": "dynamic", "definition": everyone}
        segment = parse(file | {"scope": "business_unit"} | more)
        assert isinstance(segment, DynamicSegment)
        return describe(segment, catalog)

    assert 'of the business unit "North"' in said(business_unit="North")
    assert "of the owner’s business unit" in said()


def test_a_group_of_one_block_says_what_the_block_says(catalog: Catalog) -> None:
    block = {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Paris"}}

    def said(block: Any) -> str:
        shape = parse({"blocks": [{"block": {"kind": "everyone"}}, {"combine": "but_not", "block": block}]})
        assert isinstance(shape, Definition)
        return describe(shape, catalog)

    assert said({"kind": "group", "blocks": [{"block": block}]}) == said(block)
