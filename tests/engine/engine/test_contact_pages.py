"""Contacts page by page are those that plain Python would list, in every order, whatever their texts are."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from people import ATTRIBUTES, CATALOG, WORDS, People, contact, folded, given, people

import coterie
from coterie import ContactPage, QuestionError
from coterie.backends.duckdb import contact_order, kept_order


@pytest.fixture(scope="module")
def crowd() -> Iterator[People]:
    found = people(1)
    yield found
    found.engine.close()


@pytest.fixture(params=["few", "many"])
def few_or_many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were many contacts, whose order is kept."""
    if request.param == "many":
        monkeypatch.setattr(contact_order, "_FEW", -1)
        monkeypatch.setattr(kept_order, "_LOOKED_AT", 8)


def pages(crowd: People, *args: Any, limit: int = 7, **asked: Any) -> Iterator[ContactPage]:
    page = crowd.engine.contacts(*args, limit=limit, **asked)
    yield page
    while page.next is not None:
        page = crowd.engine.contacts(*args, limit=limit, after=page.next, **asked)
        yield page


def listed(crowd: People, *args: Any, **asked: Any) -> list[str]:
    return [row.contact_id for page in pages(crowd, *args, **asked) for row in page.contacts]


def sorting(value: Any) -> Any:
    """What a value is sorted by, missing ones aside."""
    if isinstance(value, tuple):
        return tuple(map(folded, value))
    return folded(value) if isinstance(value, str) else value


def in_order(crowd: People, keys: list[str], sort: str, *, descending: bool) -> list[str]:
    def value(key: str) -> Any:
        if sort == "key":
            return key
        if sort == "name":
            parts = [crowd.contacts[key][part] for part in ("first", "last")]
            return folded(" ".join(filter(None, parts))) or None
        return sorting(crowd.contacts[key][sort])

    there = sorted((key for key in keys if value(key) is not None), key=lambda key: (value(key), key))
    missing = sorted(key for key in keys if value(key) is None)
    return there[::-1] + missing[::-1] if descending else there + missing


# --- which, and in which order ---------------------------------------------------------------------------------------


def test_all_known_contacts_come_in_the_order_in_which_they_became_known(crowd: People) -> None:
    """
    Those that were deleted or only referred to are known no more, or not yet.
    """
    assert listed(crowd) == crowd.known
    assert listed(crowd, descending=True) == crowd.known[::-1]


@pytest.mark.usefixtures("few_or_many")
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["key", "name", *ATTRIBUTES])
def test_any_order_is_total_and_has_missing_values_last(crowd: People, sort: str, descending: bool) -> None:
    expected = in_order(crowd, crowd.known, sort, descending=descending)
    assert listed(crowd, sort=sort, descending=descending) == expected


@pytest.mark.usefixtures("few_or_many")
@pytest.mark.parametrize("sort", [None, "key", "name", "points"])
def test_of_members_only_the_known_ones_come(crowd: People, sort: str | None) -> None:
    chosen = Random(5).sample([*crowd.order], 30)
    known = [key for key in crowd.known if key in chosen]
    expected = known if sort is None else in_order(crowd, known, sort, descending=False)
    assert listed(crowd, crowd.members(chosen), sort=sort) == expected


@pytest.mark.usefixtures("few_or_many")
def test_nobody_is_a_page_without_contacts(crowd: People) -> None:
    page = crowd.engine.contacts(crowd.members([]), sort="name")
    assert (page.contacts, page.total, page.next) == ((), 0, None)


@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_every_page_says_how_many_match_in_all(crowd: People, limit: int) -> None:
    found = list(pages(crowd, limit=limit, sort="city"))
    assert {page.total for page in found} == {len(crowd.known)}
    assert [len(page.contacts) for page in found[:-1]] == [limit] * (len(found) - 1)


def test_the_last_page_has_no_next_even_where_it_is_full(crowd: People) -> None:
    page = crowd.engine.contacts(limit=len(crowd.known))
    assert (len(page.contacts), page.next) == (len(crowd.known), None)


# --- searched --------------------------------------------------------------------------------------------------------


def matches(crowd: People, key: str, text: str) -> bool:
    row, sought = crowd.contacts[key], folded(text)
    name = folded(" ".join(filter(None, (row["first"], row["last"]))))
    return folded(key).startswith(sought) or sought in name or sought in folded(row["mail"] or "")


@pytest.mark.parametrize(
    "text", [*WORDS, "c-0", "C-01", "0", "nn a", "ann ann", "@EXAMPLE", "ss", "i", "\x00", "'", "é"]
)
def test_a_search_finds_what_holds_the_text_as_it_is(crowd: People, text: str) -> None:
    expected = [key for key in crowd.known if matches(crowd, key, text)]
    assert listed(crowd, search=text) == expected
    assert crowd.engine.contacts(search=text).total == len(expected)


def test_searched_contacts_come_in_order_too(crowd: People) -> None:
    found = [key for key in crowd.known if matches(crowd, key, "an")]
    assert listed(crowd, search="an", sort="city") == in_order(crowd, found, "city", descending=False)


@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_a_blank_search_finds_everybody(crowd: People, text: str) -> None:
    assert listed(crowd, search=text) == crowd.known


def test_what_is_no_unicode_is_found_nowhere(crowd: People) -> None:
    assert listed(crowd, search="\ud800") == []


@pytest.mark.parametrize(("text", "found"), [("jan", ["Jan van Eyck"]), ("jan V", ["Jan van Eyck"]), ("v e", [])])
def test_where_contacts_have_no_names_they_are_found_by_their_keys(text: str, found: list[str]) -> None:
    with coterie.open(":memory:", catalog="coterie: 1\ncontact: {key: id, attributes: {city: text}}", threads=1) as few:
        few.load("contact", [{"id": "Jan van Eyck"}, {"id": "Bob", "city": "Jan Vaart"}])
        assert [row.contact_id for row in few.contacts(search=text).contacts] == found


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_rows_hold_names_addresses_and_the_values_asked_for(crowd: People) -> None:
    for row in crowd.engine.contacts(columns=ATTRIBUTES, limit=1000).contacts:
        expected = {name: crowd.contacts[row.contact_id][name] for name in ATTRIBUTES}
        assert row.values == expected
        assert {name: type(value) for name, value in row.values.items()} == {
            name: type(value) for name, value in expected.items()
        }
        assert (row.name, row.email) == (crowd.name(row.contact_id), expected["mail"])


def test_columns_come_as_they_are_asked_for(crowd: People) -> None:
    [row] = crowd.engine.contacts(columns=["vip", "city"], limit=1).contacts
    assert list(row.values) == ["vip", "city"]
    [row] = crowd.engine.contacts(limit=1).contacts
    assert row.values == {}


# --- while data change -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few_or_many")
def test_the_next_page_begins_after_the_last_contact_whatever_came_before_it_meanwhile() -> None:
    crowd = people(7)
    first = crowd.engine.contacts(sort="key", limit=10)
    key = first.contacts[-1].contact_id
    crowd.engine.ingest(
        [
            {"type": "upsert", "entity": "contact", "record": {"id": "!first"}},
            {"type": "delete", "entity": "contact", "key": key},
        ]
    )
    rest = listed(crowd, sort="key")
    second = crowd.engine.contacts(sort="key", limit=10, after=first.next)
    assert [row.contact_id for row in second.contacts] == [other for other in rest if other > key][:10]


@pytest.mark.parametrize("seed", range(4))
def test_kept_orders_follow_every_change(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where many changed, an order is made anew; here that is soon.
    """
    monkeypatch.setattr(contact_order, "_FEW", -1)
    monkeypatch.setattr(contact_order, "_MANY_CHANGED", 6)
    rng, crowd = Random(seed), people(seed, contacts=25)
    for step in range(8):
        for sort in ("key", "name", "points", "city"):
            expected = in_order(crowd, crowd.known, sort, descending=step % 2 == 1)
            assert listed(crowd, sort=sort, descending=step % 2 == 1, limit=3) == expected
        change_contacts(crowd, rng, step)
    crowd.engine.close()


def change_contacts(crowd: People, rng: Random, step: int) -> None:
    """One is deleted, another written over, a third is new; now and then from a file."""
    gone, moved, new = *rng.sample(crowd.known, 2), f"new-{step}"
    rows = {key: contact(rng, key) for key in (moved, new)}
    if step % 4 == 3:
        crowd.engine.load("contact", [given(row) for row in rows.values()])
    else:
        upserts = [{"type": "upsert", "entity": "contact", "record": given(row)} for row in rows.values()]
        crowd.engine.ingest([*upserts, {"type": "delete", "entity": "contact", "key": gone}])
        del crowd.contacts[gone]
    crowd.contacts.update(rows)
    crowd.order.append(new)


@pytest.mark.usefixtures("few_or_many")
def test_a_cursor_outlives_more_digits_of_its_numbers() -> None:
    """
    A number is kept as an integer; how many digits after the point that has grows with what is loaded.
    """
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        engine.load("contact", [{"id": str(n), "points": n} for n in range(4)])
        page = engine.contacts(sort="points", limit=2)
        engine.load("contact", [{"id": "0", "points": "1.0000000003"}])
        following = engine.contacts(sort="points", after=page.next).contacts
        assert [row.contact_id for row in following] == ["0", "2", "3"]


# --- what cannot be asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "code", "path"),
    [
        ({"columns": ["city", "ctiy"]}, "unknown_attribute", "columns[1]"),
        ({"sort": "ctiy"}, "unknown_attribute", "sort"),
        ({"limit": 0}, "invalid_value", "limit"),
        ({"after": "nonsense"}, "invalid_cursor", "after"),
    ],
)
def test_what_cannot_be_asked_is_said(crowd: People, asked: Any, code: str, path: str) -> None:
    with pytest.raises(QuestionError) as caught:
        crowd.engine.contacts(**asked)
    assert (caught.value.code, caught.value.path) == (code, path)


@pytest.mark.usefixtures("few_or_many")
def test_a_cursor_of_another_order_is_refused(crowd: People) -> None:
    cursors = {
        (sort, descending): crowd.engine.contacts(sort=sort, descending=descending, limit=1).next
        for sort in (None, "key", "city", "points")
        for descending in (False, True)
    }
    for (sort, descending), cursor in cursors.items():
        for other, direction in cursors:
            if (other, direction) != (sort, descending):
                with pytest.raises(QuestionError, match="not where a page"):
                    crowd.engine.contacts(sort=other, descending=direction, after=cursor)


@pytest.mark.usefixtures("few_or_many")
@pytest.mark.parametrize(
    ("sort", "parts"),
    [
        (None, [None, False, -1]),
        (None, [None, False, 1 << 40]),
        (None, [None, False]),
        (None, {}),
        ("key", ["key", False, "a", 1]),
        ("key", ["key", False, "\ud800", "a"]),
        ("key", ["key", False, "a", "\ud800"]),
        ("key", ["key", False, 1, "a"]),
        ("points", ["points", False, "many", "a"]),
        ("points", ["points", False, "1e999999", "a"]),
        ("points", ["points", False, 1, "a"]),
        ("vip", ["vip", False, "true", "a"]),
        ("born", ["born", False, "2026-13-01", "a"]),
        ("born", ["born", False, 3, "a"]),
        ("joined", ["joined", False, "now", "a"]),
        ("joined", ["joined", False, 1 << 70, "a"]),
    ],
)
def test_a_forged_cursor_is_refused(crowd: People, sort: str | None, parts: Any) -> None:
    forged = urlsafe_b64encode(json.dumps(parts).encode()).decode()
    with pytest.raises(QuestionError) as caught:
        crowd.engine.contacts(sort=sort, after=forged)
    assert caught.value.code == "invalid_cursor"
