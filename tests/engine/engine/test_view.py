"""What is published at one moment: it never changes, and is read without waiting."""

from __future__ import annotations

from datetime import timedelta

import pytest
from engine_shop import EVERYONE, NOW, bought, is_, last, refers, segment, static

from coterie import Engine
from coterie.snapshot import checksum

FILES = {
    "chosen": static("chosen", "ann", "bob"),
    "parisians": segment("parisians", is_("city", "is", "Paris")),
    "buyers": segment("buyers", bought(window=last(7, "days"))),
}


def test_nothing_is_published_before_the_first_refresh(shop: Engine) -> None:
    assert dict(shop.published) == {}
    assert shop.segments_of("ann") == ()
    assert shop.status() == ()
    with pytest.raises(KeyError):
        shop.published["parisians"]


def test_a_published_segment_says_what_it_is(shop: Engine) -> None:
    refresh = shop.refresh(FILES, as_of=NOW)
    published = shop.published["parisians"]
    assert list(published.members) == ["ann", "cleo"]
    assert (published.key, published.name, published.definition_version) == ("parisians", "parisians", 1)
    assert (published.publication, published.data_version) == (refresh.publication, shop.data_version)
    assert (published.as_of, published.count) == (NOW, 2)
    assert published.checksum == checksum(published.members.ordinals)
    assert published.next_evaluation is None
    assert published.problems == ()
    assert "ann" in published
    assert "bob" not in published
    assert "nobody" not in published


def test_the_segments_of_a_contact_come_in_the_order_of_their_keys(shop: Engine) -> None:
    shop.refresh(FILES, as_of=NOW)
    assert shop.segments_of("ann") == ("buyers", "chosen", "parisians")
    assert shop.segments_of("cleo") == ("parisians",)
    assert shop.segments_of("nobody") == ()
    assert shop.segments_of(1) == ()  # type: ignore[arg-type] - a number is no key


def test_what_was_taken_stays_as_it_is(shop: Engine) -> None:
    shop.refresh(FILES, as_of=NOW)
    before, snapshot = shop.published, shop.published["parisians"]
    shop.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": "bob", "city": "Paris"}}])
    shop.refresh({"parisians": FILES["parisians"]}, as_of=NOW + timedelta(hours=1))
    assert list(before["parisians"].members) == list(snapshot.members) == ["ann", "cleo"]
    assert sorted(before) == ["buyers", "chosen", "parisians"]
    assert before.get("parisians") == snapshot
    assert list(shop.published) == ["parisians"]
    assert list(shop.published["parisians"].members) == ["ann", "bob", "cleo"]


def test_data_that_no_refresh_has_seen_are_not_published(shop: Engine) -> None:
    shop.refresh({"all": segment("all", EVERYONE)}, as_of=NOW)
    shop.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": "dora"}}])
    assert shop.segments_of("dora") == ()
    assert shop.status()[0].behind == 1
    shop.refresh(as_of=NOW)
    assert shop.segments_of("dora") == ("all",)
    assert shop.status()[0].behind == 0


def test_the_next_evaluation_is_that_of_each_segment(shop: Engine) -> None:
    """
    Ann bought on the 20th, and bob's purchase is to come on 1 December.
    """
    refresh = shop.refresh({"users": segment("users", refers("buyers")), **FILES}, as_of=NOW)
    at = shop.published["buyers"].next_evaluation
    assert at is not None
    assert at.isoformat() == "2026-11-28T00:00:00+00:00"
    assert refresh.next_evaluation == at
    assert shop.published["users"].next_evaluation == at
    assert shop.published["parisians"].next_evaluation is None
