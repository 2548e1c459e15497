"""Exact numbers beside every part: at the right one, of those one may see, and none where it cannot be known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Any

import pytest
from designer_pages import Form, count_of, press
from django.test import Client

from coterie import Breakdown, Cancellation, Engine
from coterie_web.accounts.models import User
from coterie_web.segments.designer.counting import Turns
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.models import Segment, SegmentVersion
from coterie_web.ui.clock import now

pytestmark = pytest.mark.django_db(transaction=True)

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]

OSLO = {"attribute": "city", "operator": "is", "value": "Oslo"}
FORTY = {"attribute": "age", "operator": "at_least", "value": 40}
BOUGHT = {"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1}


def profile(*nodes: Mapping[str, object], kind: str = "all") -> dict[str, object]:
    return {"kind": "profile", "where": {kind: list(nodes)}}


def steps(*blocks: Mapping[str, object], combine: str = "and_also") -> dict[str, object]:
    first, *others = blocks
    return {"blocks": [{"block": first}, *({"combine": combine, "block": block} for block in others)]}


def page_of(browser: Client, segment: Segment) -> str:
    return browser.get(f"{segment.get_absolute_url()}?counts=now").content.decode()


def counts(page: str, *ids: str) -> list[str]:
    return [count_of(page, identity) for identity in ids]


def test_each_part_has_its_own_number(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    definition = steps(profile(OSLO, {"any": [FORTY, {"not": OSLO}]}), BOUGHT)
    page = page_of(signed_in(), draft("Numbers", definition))
    # n1 block, n2 its group, n3 Oslo, n4 any of, n5 forty, n6 none of, n7 Oslo, n8 who bought
    assert counts(page, "count-n1", "count-n3", "count-n4", "count-n5", "count-n6", "count-n7", "count-n8") == [
        "2", "2", "6", "2", "4", "2", "3",
    ]  # fmt: skip
    assert count_of(page, "so-far-n1") == "2"
    assert 'class="big" href' in page


def test_what_is_left_so_far_is_told_inside_parentheses_too(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    inside = steps({"kind": "everyone"}, profile(OSLO), profile(FORTY), combine="but_not")["blocks"]
    page = page_of(signed_in(), draft("Inside", steps({"kind": "group", "blocks": inside})))
    # n1 parentheses, n2 everyone, n3 to n5 Oslo, n6 to n8 forty
    assert counts(page, "count-n1", "so-far-n2", "so-far-n3") == ["4", "6", "4"]


def test_an_incomplete_part_has_no_number_and_all_others_have(
    engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    blank = {"attribute": "age", "operator": "is"}
    definition = steps(profile(OSLO), profile(FORTY, blank, {"any": [OSLO, FORTY]}), BOUGHT)
    page = page_of(signed_in(), draft("Half", definition))
    # n1 to n3 Oslo; n4 block, n5 its group, n6 forty, n7 blank, n8 any of, n9, n10; n11 who bought
    assert counts(page, "count-n1", "so-far-n1", "count-n6", "count-n8", "count-n9", "count-n11") == [
        "2", "2", "2", "2", "2", "3",
    ]  # fmt: skip
    assert counts(page, "count-n4", "count-n7") == ["–", "–"]
    assert count_of(page, "so-far-n4") == "–"
    assert "1 thing to complete" in page


def test_a_condition_of_related_records_has_no_number_of_its_own(
    engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    lead = {
        "relation": "leads",
        "quantifier": {"kind": "none"},
        "where": {"attribute": "score", "operator": "is", "value": 1},
    }
    page = page_of(signed_in(), draft("Related", steps(profile(lead))))
    assert count_of(page, "count-n3") == "6"
    assert 'id="count-n5"' not in page


def test_pins_are_in_the_total_alone(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment = draft("Pinned", steps(profile(OSLO)), pinned={"keep_in": ["1"], "keep_out": ["2"]})
    page = page_of(signed_in(), segment)
    assert (count_of(page, "count-n1"), "How 2 comes about" in page) == ("2", True)
    assert "Ana Oliveira (1)" in page
    press(signed_in(), segment, "drop:pinned:keep_out:0")
    segment.refresh_from_db()
    assert segment.pinned == {"keep_in": ["1"]}


def test_everybody_counts_those_they_may_see(
    engine: Engine, draft: Draft, signed_in: SignedIn, person: Callable[..., User]
) -> None:
    segment = draft("Seen", steps(profile(FORTY, OSLO, kind="any"), BOUGHT), owner=person("marketer", "north"))
    page = page_of(signed_in("marketer", "north"), segment)
    assert counts(page, "count-n1", "count-n3", "count-n5", "so-far-n1") == ["2", "2", "2", "2"]
    assert "of 3 in scope" in page


def test_a_fragment_puts_every_number_where_it_belongs(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment, browser = draft("Fragment", steps(profile(OSLO), BOUGHT)), signed_in()
    address = f"{segment.get_absolute_url()}counts/?revision="
    page = browser.get(address + draft_of(segment).revision).content.decode()
    assert counts(page, "count-n1", "count-n3", "count-n4", "so-far-n1") == ["2", "2", "3", "2"]
    assert page.count('hx-swap-oob="true"') >= 10
    assert browser.get(address + "0-old").status_code == 204


def changed(browser: Client, segment: Segment, do: str = "", **inputs: str) -> str:
    """The answer to a change of inputs, sent as the page's script does."""
    address = segment.get_absolute_url()
    form = Form(browser.get(address).content.decode())
    fields = form.fields | {name.replace("__", "."): [value] for name, value in inputs.items()}
    headers = {"HX-Request": "true", "HX-Target": "designer-body"}
    return browser.post(address, {**fields, "do": do}, headers=headers).content.decode()


@pytest.mark.parametrize("do", ["", "duplicate:n3"])
def test_the_answer_to_a_change_has_all_counts(engine: Engine, draft: Draft, signed_in: SignedIn, do: str) -> None:
    segment, browser = draft("Changed", steps(profile(OSLO), BOUGHT)), signed_in()
    answer = changed(browser, segment, do, n3__value="Paris")
    assert counts(answer, "count-n1", "count-n3", "count-n4", "so-far-n1") == ["1", "1", "3", "1"]
    assert (">0</a>" in answer or ">0</span>" in answer, "counts/?revision=" in answer) == (True, False)
    assert all(f'id="{part}"' in answer for part in ("total", "counting", "waterfall", "next-change"))


def test_counts_that_take_longer_are_asked_for(
    engine: Engine, draft: Draft, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: Any, cancellation: Cancellation, **__: Any) -> Breakdown:
        while not cancellation.cancelled:
            Event().wait(0.01)
        cancellation.check()
        raise AssertionError("it was given up")

    segment, browser = draft("Longer", steps(profile(OSLO), BOUGHT)), signed_in()
    monkeypatch.setattr(engine, "breakdown", slow)
    answer = changed(browser, segment, n3__value="Paris")
    assert f"counts/?revision={draft_of(Segment.objects.get(id=segment.id)).revision}" in answer
    assert 'id="count-n3"' not in answer


def test_a_number_leads_to_the_people(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment, browser = draft("People", steps(profile(OSLO, FORTY, kind="any"), BOUGHT)), signed_in()
    address = f"{segment.get_absolute_url()}people/"
    asked = {
        "": ["Ben Okafor"],
        "?part=n3": ["Ben Okafor", "Dag Lindqvist"],
        "?so_far=n1": ["Ben Okafor", "Dag Lindqvist"],
    }
    for query, names in asked.items():
        page = browser.get(address + query).content.decode()
        assert [name for name in ("Ana Oliveira", "Ben Okafor", "Dag Lindqvist") if name in page] == names, query
    assert browser.get(f"{address}?part=nothing").status_code == 404
    sample = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in sample
    assert "Ben Okafor" in sample


def test_how_many_would_enter_and_leave(
    engine: Engine, draft: Draft, signed_in: SignedIn, person: Callable[..., User]
) -> None:
    segment = draft("Against live", steps(profile(OSLO)))
    content = {"definition": steps(profile({**OSLO, "value": "Paris"}))}
    segment.live_version = SegmentVersion.objects.create(segment=segment, number=3, content=content, published_at=now())
    segment.status = "editing"
    segment.save()
    page = signed_in().get(f"{segment.get_absolute_url()}against-live/").content.decode()
    assert ("2 would enter" in page, "1 would leave" in page) == (True, True)


def test_who_is_kept_in_or_out_by_hand_is_the_last_step_to_the_total(
    engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    page = page_of(
        signed_in(), draft("Pinned", steps(profile(OSLO)), pinned={"keep_in": ["1", "3"], "keep_out": ["2"]})
    )
    assert [count_of(page, "count-n1"), count_of(page, "total")] == ["2", "3"]
    bars = re.findall(r'</svg>([^<]+)</span><b>(\d+)</b>.*?class="delta">(.*?)</span></li>', page)
    assert bars[-1] == ("By hand", "3", "+1")


@pytest.mark.parametrize(("asked", "people"), [("", ["1", "4"]), ("?so_far=n1", ["2", "4"]), ("?part=n1", ["2", "4"])])
def test_behind_a_number_are_just_so_many_people(
    engine: Engine, draft: Draft, signed_in: SignedIn, asked: str, people: list[str]
) -> None:
    segment = draft("Pinned", steps(profile(OSLO)), pinned={"keep_in": ["1"], "keep_out": ["2"]})
    page = signed_in().get(f"{segment.get_absolute_url()}people/{asked}").content.decode()
    assert re.findall(r"/contacts/(\d)/", page) == people


# --- outdated counts -------------------------------------------------------------------------------------------------


def test_a_new_count_of_a_draft_gives_the_former_up() -> None:
    turns = Turns()
    former, other = turns.take("mine"), turns.take("theirs")
    now = turns.take("mine")
    assert (former.cancelled, other.cancelled, now.cancelled) == (True, False, False)
    turns.end("mine", former)
    assert turns.take("mine") is not now
    assert now.cancelled


def test_a_slow_count_is_given_up_by_the_next_one(
    engine: Engine, draft: Draft, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment, browser = draft("Slow", steps(profile(OSLO))), signed_in()
    address = f"{segment.get_absolute_url()}counts/?revision={draft_of(segment).revision}"
    began, breakdown = Event(), engine.breakdown

    def slow(*args: Any, cancellation: Cancellation, **more: Any) -> Breakdown:
        if not began.is_set():
            began.set()
            while not cancellation.cancelled:
                Event().wait(0.01)
            cancellation.check()
        return breakdown(*args, cancellation=cancellation, **more)

    monkeypatch.setattr(engine, "breakdown", slow)
    statuses: list[int] = []
    former = Thread(target=lambda: statuses.append(signed_in().get(address).status_code))
    former.start()
    assert began.wait(10)
    assert browser.get(address).status_code == 200
    former.join(10)
    assert statuses == [204]
