"""How many records there are, of each kind."""

from __future__ import annotations

from engine_shop import NOW, opened


def test_records_are_counted_by_kind_in_the_order_of_the_catalog() -> None:
    with opened() as shop:
        before = shop.record_counts()
        assert list(before) == [*shop.catalog.entities, *shop.catalog.interactions]
        shop.ingest(
            [
                {"type": "upsert", "entity": "contact", "record": {"contact_id": "new"}},
                {"type": "delete", "entity": "contact", "key": "ann"},
                {"type": "delete", "entity": "contact", "key": "bob"},
                {"type": "interaction", "interaction": "purchase",
                 "record": {"message_id": "first of nobody's", "contact_id": "nobody", "occurred_at": NOW}},
            ]
        )  # fmt: skip
        after = shop.record_counts()
    assert after["contact"] == before["contact"] - 1, "who is only referred to is not counted"
    assert after["purchase"] == before["purchase"] + 1
