"""The definition as text, both ways."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from designer_pages import tree_on
from django.test import Client

from coterie import Engine
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.models import Segment

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = """\
blocks:
  - block:
      kind: profile
      where:
        all:
          - {attribute: city, operator: is, value: Oslo}
          - {attribute: age, operator: at_least, value: 40}
"""


@pytest.fixture
def segment(draft: Callable[..., Segment]) -> Segment:
    nodes = [
        {"attribute": "city", "operator": "is", "value": "Oslo"},
        {"attribute": "age", "operator": "at_least", "value": 40},
    ]
    return draft("As text", {"blocks": [{"block": {"kind": "profile", "where": {"all": nodes}}}]})


def save(browser: Client, segment: Segment, text: str, revision: str | None = None) -> str:
    segment.refresh_from_db()
    posted = {"text": text, "revision": draft_of(segment).revision if revision is None else revision}
    return unescape(browser.post(f"{segment.get_absolute_url()}text/", posted, follow=True).content.decode())


def test_the_text_is_the_definition(engine: Engine, segment: Segment, signed_in: Callable[..., Client]) -> None:
    page = signed_in().get(f"{segment.get_absolute_url()}text/").content.decode()
    assert TEXT in unescape(page)


def test_what_is_saved_replaces_the_tree_and_equal_parts_stay_themselves(
    engine: Engine, segment: Segment, signed_in: Callable[..., Client]
) -> None:
    page = save(
        signed_in(),
        segment,
        TEXT.replace("value: 40", "value: 45").replace(
            "          - {attribute: city",
            "          - {attribute: country, operator: is, value: NO}\n          - {attribute: city",
        ),
    )
    assert "45" in page
    ids = tree_on(segment).ids()
    assert [part_id for part_id in ids if part_id.startswith("n")] == ["n1", "n2", "n3", "n4"]
    assert len(ids) == 5
    segment.refresh_from_db()
    assert [node["attribute"] for node in segment.definition["blocks"][0]["block"]["where"]["all"]] == [
        "country",
        "city",
        "age",
    ]


def test_saving_can_be_undone(engine: Engine, segment: Segment, signed_in: Callable[..., Client]) -> None:
    before = tree_on(segment)
    save(signed_in(), segment, "blocks: []")
    assert tree_on(segment).steps == ()
    signed_in().post(segment.get_absolute_url(), {"do": "undo"})
    assert tree_on(segment) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace("operator: is,", "operator: equals,"), "Line 6"),
        (TEXT.replace("city", "cty"), "Did you mean 'city'?"),
        (TEXT.replace("at_least, value: 40", "at_least, value: old"), "Line 7"),
        ("blocks: [", "syntax_error"),
        ("name: Mine\n" + TEXT, "Only the definition is written here"),
        ("- 1", "invalid_value"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_saved(
    engine: Engine, segment: Segment, signed_in: Callable[..., Client], text: str, words: str
) -> None:
    before = tree_on(segment)
    page = save(signed_in(), segment, text)
    assert words in page
    assert "Nothing is saved yet" in page
    assert text in page
    assert tree_on(segment) == before


def test_a_text_may_be_incomplete(engine: Engine, segment: Segment, signed_in: Callable[..., Client]) -> None:
    save(signed_in(), segment, TEXT.replace(", value: 40", ""))
    segment.refresh_from_db()
    assert "value" not in segment.definition["blocks"][0]["block"]["where"]["all"][1]


def test_a_draft_that_was_changed_meanwhile_is_not_overwritten(
    engine: Engine, segment: Segment, signed_in: Callable[..., Client]
) -> None:
    before = tree_on(segment)
    assert "The draft was changed elsewhere meanwhile" in save(signed_in(), segment, "blocks: []", revision="0-old")
    assert tree_on(segment) == before
