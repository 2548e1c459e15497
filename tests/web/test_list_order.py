"""The order of the list and its pages: shown one after the other, they are the whole sorted list, each row once."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from coterie_web.segments.listing.ordering import Page, SortValue, ordered, page_of
from coterie_web.segments.listing.rows import Row


def row(number: int, name: str) -> Row:
    return Row(
        id=uuid.UUID(int=number).hex, key=f"k{number}", name=name, type="dynamic", status="draft",
        owner_id=uuid.UUID(int=0).hex, owner_name="Ana", scope="organization", tags_text="[]", wording="",
        description="", external_source="",
    )  # fmt: skip


NUMBERS = st.lists(st.tuples(st.none() | st.integers(-3, 3), st.sampled_from(["a", "B", "ä", "b"])), max_size=12)
WORDS = st.lists(st.tuples(st.none() | st.text("aBä", max_size=2), st.sampled_from(["a", "B", "ä", "b"])), max_size=12)
SIZES = st.integers(1, 5)


class Listing:
    """Rows with the values that they are sorted by."""

    def __init__(self, drawn: list[tuple[SortValue, str]]) -> None:
        self.rows = [row(number, name) for number, (_, name) in enumerate(drawn)]
        self.values = {f"k{number}": value for number, (value, _) in enumerate(drawn)}

    def value(self, row: Row) -> SortValue:
        return self.values[row.key]

    def page(self, size: int, *, descending: bool, after: str = "", before: str = "") -> Page:
        return page_of(self.rows, self.value, descending=descending, after=after, before=before, size=size)

    def sorted(self, *, descending: bool) -> list[Row]:
        return ordered(self.rows, self.value, descending=descending)


@given(drawn=NUMBERS | WORDS, size=SIZES, descending=st.booleans())
def test_pages_one_after_the_other_are_the_whole_list(
    drawn: list[tuple[SortValue, str]], size: int, descending: bool
) -> None:
    listing = Listing(drawn)
    page = listing.page(size, descending=descending)
    shown, firsts = list(page.rows), [page.first]
    while page.after is not None:
        page = listing.page(size, descending=descending, after=page.after)
        shown += page.rows
        firsts.append(page.first)
    assert shown == listing.sorted(descending=descending)
    assert firsts == ([1, *range(size + 1, len(shown) + 1, size)] if shown else [0])


@given(drawn=NUMBERS, size=SIZES, descending=st.booleans())
def test_pages_backward_show_what_was_before(drawn: list[tuple[SortValue, str]], size: int, descending: bool) -> None:
    listing = Listing(drawn)
    page = listing.page(size, descending=descending)
    while page.after is not None:
        following = listing.page(size, descending=descending, after=page.after)
        assert following.before is not None
        assert listing.page(size, descending=descending, before=following.before) == page
        page = following


@given(drawn=NUMBERS, descending=st.booleans())
def test_rows_without_a_value_come_last_in_both_directions(
    drawn: list[tuple[SortValue, str]], descending: bool
) -> None:
    listing = Listing(drawn)
    values = [listing.value(row) for row in listing.sorted(descending=descending)]
    known = [value for value in values if value is not None]
    assert values == sorted(known, reverse=descending) + [None] * (len(values) - len(known))  # type: ignore[type-var]


@given(drawn=NUMBERS, size=SIZES)
def test_a_row_that_goes_shifts_no_other_over_the_edge_of_a_page(drawn: list[tuple[SortValue, str]], size: int) -> None:
    listing = Listing(drawn)
    page = listing.page(size, descending=False)
    if page.after is None:
        return
    expected = listing.page(size, descending=False, after=page.after).rows
    listing.rows = [row for row in listing.rows if row not in page.rows]
    assert listing.page(size, descending=False, after=page.after).rows == expected


@given(cursor=st.text("aWz_-=9", max_size=30) | st.sampled_from(["bnVsbA", "W10", "WzEsMl0", "W1sxXSwiYSIsImsiXQ"]))
def test_what_is_no_cursor_shows_the_first_page(cursor: str) -> None:
    listing = Listing([(1, "a"), (2, "b")])
    assert listing.page(1, descending=False, after=cursor) == listing.page(1, descending=False)


def test_a_cursor_of_another_order_shows_the_first_page() -> None:
    by_name = Listing([("a", "a"), ("b", "b")])
    cursor = by_name.page(1, descending=False).after
    assert cursor is not None
    by_number = Listing([(1, "a"), (2, "b")])
    assert by_number.page(1, descending=False, after=cursor) == by_number.page(1, descending=False)
