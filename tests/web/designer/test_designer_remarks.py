"""What is said below a condition: whom it includes, since when, what is missing, what it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.segments.models import Segment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def said(engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]) -> Callable[..., str]:
    """What stands below a part of a definition with one block."""

    def said(block: Mapping[str, object], part: str = "n3", **more: object) -> str:
        segment = draft(f"Remarks {Segment.objects.count()}", {"blocks": [{"block": block}]}, **more)
        page = signed_in().get(segment.get_absolute_url()).content.decode()
        found = re.search(rf'id="notes-{part}">(.*?)</div>', page, re.DOTALL)
        assert found is not None
        return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", found[1])).split())

    return said


def profile(node: Mapping[str, object]) -> dict[str, object]:
    return {"kind": "profile", "where": {"all": [node]}}


def bought(**more: object) -> dict[str, object]:
    return {"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1, **more}


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"attribute": "city", "operator": "is_not", "value": "Oslo"}, "Includes contacts with no city."),
        (
            {"attribute": "interests", "operator": "includes_none", "value": ["yoga"]},
            "Includes contacts with no interests.",
        ),
        ({"attribute": "city", "operator": "is", "value": "Oslo"}, ""),
        ({"attribute": "city", "operator": "has_no_value"}, ""),
        ({"relation": "leads", "quantifier": {"kind": "none"}}, "Includes contacts with none at all."),
        (
            {"relation": "leads", "quantifier": {"kind": "count", "operator": "at_most", "value": 2}},
            "Includes contacts with no such leads.",
        ),
    ],
)
def test_whom_a_condition_includes_unasked_is_said(
    said: Callable[..., str], node: Mapping[str, object], words: str
) -> None:
    assert said(profile(node)) == words


def test_of_a_related_record_it_is_said_what_it_includes(said: Callable[..., str]) -> None:
    lead = {
        "relation": "leads",
        "quantifier": {"kind": "any"},
        "where": {"attribute": "status", "operator": "is_not", "value": "lost"},
    }
    assert said(profile(lead), "n4") == "Includes leads with no status."


@pytest.mark.parametrize(("value", "words"), [(0, "Includes contacts who did not do it at all."), (1, "")])
def test_who_did_nothing_is_said_to_be_included(said: Callable[..., str], value: int, words: str) -> None:
    assert said(bought(operator="at_most" if value == 0 else "at_least", value=value), "n1") == words


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (
            {"kind": "last", "count": 30, "unit": "days"},
            "Since Sat 24 Oct 00:00, New York. Moves on at 00:00 tomorrow.",
        ),
        ({"kind": "last", "count": 2, "unit": "hours"}, "Since Mon 23 Nov 05:00, New York. Moves on all the time."),
        (
            {"kind": "before_last", "count": 1, "unit": "weeks"},
            "Before Mon 16 Nov 00:00, New York. Moves on at 00:00 tomorrow.",
        ),
        (
            {"kind": "period", "period": "this_month"},
            "From Sun 1 Nov 00:00 to Tue 1 Dec 00:00, New York. Moves on on Tue 1 Dec at 00:00.",
        ),
        ({"kind": "since", "from": "2026-01-01"}, ""),
    ],
)
def test_the_bounds_of_a_window_are_said_in_words(
    said: Callable[..., str], window: Mapping[str, object], words: str
) -> None:
    assert said(bought(window=window), "n1", time_zone="America/New_York") == words


def test_dates_are_said_as_days(said: Callable[..., str]) -> None:
    soon = {"attribute": "birth_date", "operator": "in_next", "value": {"count": 2, "unit": "days"}}
    assert said(profile(soon)) == "From Mon 23 Nov to Wed 25 Nov. Moves on at 00:00 tomorrow."


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({}, "Choose an attribute."),
        ({"attribute": "city", "operator": "is"}, "Give a value."),
        ({"attribute": "age", "operator": "between"}, "Give both ends."),
        ({"attribute": "interests", "operator": "includes_any"}, "Give at least one value."),
        ({"attribute": "created_on", "operator": "in_last", "value": {"unit": "days"}}, "Say how long."),
        (
            {"relation": "leads", "quantifier": {"kind": "sum", "operator": "at_least", "value": 1}},
            "Choose an attribute.",
        ),
    ],
)
def test_what_is_missing_is_asked_for(said: Callable[..., str], node: Mapping[str, object], words: str) -> None:
    assert said(profile(node)) == words


def test_what_is_wrong_is_said_with_its_code(said: Callable[..., str]) -> None:
    words = said(profile({"attribute": "age", "operator": "is", "value": "old"}))
    assert words == "'age' (number) is compared with a number, not 'old'. invalid_value"
    assert "Did you mean 'city'?" in said(profile({"attribute": "cty", "operator": "is", "value": "Oslo"}))


def test_a_segment_that_is_not_live_cannot_be_referred_to(said: Callable[..., str]) -> None:
    assert "There is no segment 'nobody'." in said({"kind": "segment", "segment": "nobody"}, "n1")


def test_a_problem_named_by_its_path_is_led_to(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    segment, browser = (
        draft("Led to", {"blocks": [{"block": profile({"attribute": "age", "operator": "is"})}]}),
        signed_in(),
    )
    address = segment.get_absolute_url()
    for path in ("definition.blocks[0].block.where.all[0].value", "blocks[0].block.where.all[0]"):
        assert browser.get(address, {"problem": path}).headers["Location"] == f"{address}#node-n3"
    assert browser.get(address, {"problem": "business_unit"}).headers["Location"] == f"{address}#designer"
