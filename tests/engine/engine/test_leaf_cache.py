"""Conditions asked again on unchanged data are answered from memory, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

import pytest
from engine_shop import NOW, bought, is_, last, opened, steps
from pyroaring import BitMap

from coterie import Engine
from coterie.engine.leaf_cache import Kept, LeafCache
from coterie.planning.clock import Between
from coterie.planning.leaves import ContactLeaf, CountRecords, InteractionLeaf, KeysLeaf, Leaf, NumberRange

PARISIANS, ADULTS = is_("city", "is", "Paris"), is_("age", "at_least", 18)

Asked = Callable[[Engine], list[Leaf]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The leaves that the engine has its backend evaluate from now on."""

    def watch(engine: Engine) -> list[Leaf]:
        leaves: list[Leaf] = []
        evaluate = engine._backend.evaluate

        def noted(wanted: Collection[Leaf], **more: Any) -> object:
            leaves.extend(wanted)
            return evaluate(wanted, **more)

        monkeypatch.setattr(engine._backend, "evaluate", noted)
        return leaves

    return watch


def test_a_question_asked_again_asks_the_database_nothing(
    shop: Engine, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = steps(PARISIANS, bought(window=last(30, "days")))
    first = shop.breakdown(definition, as_of=NOW)

    leaves = asked(shop)
    monkeypatch.delattr("coterie.backends.duckdb.backend.query")  # any statement would now fail
    assert shop.breakdown(definition, as_of=NOW) == first
    assert shop.count(definition, as_of=NOW) == first.total
    assert leaves == []


def test_only_the_condition_that_is_new_is_asked(shop: Engine, asked: Asked) -> None:
    shop.count(steps(PARISIANS), as_of=NOW)
    leaves = asked(shop)
    shop.count(steps(PARISIANS, ADULTS), as_of=NOW)
    assert [type(leaf) for leaf in leaves] == [ContactLeaf]


def test_a_load_that_changes_data_has_everything_asked_anew(shop: Engine, asked: Asked) -> None:
    assert shop.count(steps(PARISIANS), as_of=NOW) == 2
    leaves = asked(shop)
    shop.load("contact", [{"contact_id": "dan", "city": "PARIS"}])
    assert shop.count(steps(PARISIANS), as_of=NOW) == 3
    assert leaves


def test_a_load_that_changes_nothing_leaves_answers_as_they_are(shop: Engine, asked: Asked) -> None:
    shop.count(steps(PARISIANS), as_of=NOW)
    leaves = asked(shop)
    shop.load("contact", [{"contact_id": "ann", "city": "Paris"}])
    shop.count(steps(PARISIANS), as_of=NOW)
    assert leaves == []


def test_what_is_forgotten_is_asked_anew(shop: Engine, asked: Asked) -> None:
    shop.count(steps(PARISIANS), as_of=NOW)
    leaves = asked(shop)
    shop.forget()
    assert shop.count(steps(PARISIANS), as_of=NOW) == 2
    assert leaves


def test_without_memory_everything_is_asked_every_time(asked: Asked) -> None:
    with opened(cache_memory=0) as engine:
        leaves = asked(engine)
        assert engine.count(steps(PARISIANS), as_of=NOW) == engine.count(steps(PARISIANS), as_of=NOW) == 2
        assert len(leaves) == 2 * len(set(leaves))


def test_members_that_are_changed_by_their_owner_change_no_kept_answer(shop: Engine) -> None:
    members = shop.members(steps(PARISIANS), as_of=NOW)
    members.ordinals.clear()
    assert len(shop.members(steps(PARISIANS), as_of=NOW)) == len(members) == 2


# --- the cache itself ------------------------------------------------------------------------------------------------

A, B, C = (KeysLeaf((key,)) for key in "abc")


def visits(start: int | None = None, end: int | None = None, *, at_least: int = 1) -> Leaf:
    return InteractionLeaf("visit", Between(start, end), None, CountRecords(NumberRange(Decimal(at_least))))


def kept(leaf: Leaf, members: BitMap | None = None, version: int = 1) -> Kept:
    return Kept(leaf, BitMap([1, 5, 9]) if members is None else members, version)


def size_of(members: BitMap) -> int:
    cache = LeafCache(1 << 40)
    cache.put(kept(A, members))
    return cache.bytes_held


def test_what_is_put_is_found_as_it_was() -> None:
    cache = LeafCache(10_000)
    cache.put(kept(A))
    assert (cache.get(A), cache.get(B)) == (kept(A), None)


def test_the_budget_is_never_exceeded() -> None:
    cache = LeafCache(100_000)
    for number in range(1000):
        cache.put(kept(KeysLeaf((str(number),)), BitMap(range(number, number * 50, 3))))
        assert cache.bytes_held <= 100_000
    assert len(cache) > 1


def test_the_answer_used_longest_ago_goes_first() -> None:
    cache = LeafCache(2 * size_of(kept(A).members))
    cache.put(kept(A))
    cache.put(kept(B))
    cache.get(A)
    cache.put(kept(C))
    assert (cache.get(A), cache.get(B), cache.get(C)) == (kept(A), None, kept(C))


def test_an_answer_larger_than_the_budget_drives_out_no_other() -> None:
    small, large = BitMap([1]), BitMap(range(0, 10_000_000, 7))
    cache = LeafCache(size_of(small))
    cache.put(kept(A, small))
    cache.put(kept(B, large))
    assert (cache.get(A), cache.get(B)) == (kept(A, small), None)


def test_an_answer_that_has_become_too_large_is_not_kept_as_it_was() -> None:
    cache = LeafCache(2000)
    cache.put(kept(A))
    cache.put(kept(A, BitMap(range(0, 10_000_000, 7)), version=2))
    assert (cache.get(A), len(cache), cache.bytes_held) == (None, 0, 0)


def test_bytes_are_those_that_the_bitmap_takes() -> None:
    assert size_of(BitMap(range(0, 1_000_000, 2))) > 100_000
    assert size_of(BitMap([1])) < 2000


def test_a_later_answer_takes_the_place_of_the_former() -> None:
    cache = LeafCache(10_000)
    cache.put(kept(A))
    cache.put(kept(A, version=2))
    assert (cache.get(A), len(cache), cache.bytes_held) == (kept(A, version=2), 1, size_of(kept(A).members))


def test_leaves_that_differ_in_nothing_but_time_are_found_the_latest_first() -> None:
    cache = LeafCache(10_000)
    for leaf in (visits(1, 2), visits(1, 3), visits(None, 4), visits(1, 2, at_least=2), A):
        cache.put(kept(leaf))
    assert [each.leaf for each in cache.alike(visits(7, 9))] == [visits(None, 4), visits(1, 3), visits(1, 2)]
    assert [cache.alike(leaf) for leaf in (B, visits(1, 2, at_least=3))] == [(), ()]


def test_a_leaf_takes_the_place_of_the_one_that_it_was_before() -> None:
    cache = LeafCache(10_000)
    cache.put(kept(visits(1, 2)))
    cache.put(kept(visits(1, 3)), in_place_of=visits(1, 2))
    assert (cache.get(visits(1, 2)), len(cache)) == (None, 1)
    assert [each.leaf for each in cache.alike(visits(1, 9))] == [visits(1, 3)]


def test_a_leaf_that_is_gone_is_like_no_other() -> None:
    cache = LeafCache(size_of(kept(A).members))
    cache.put(kept(visits(1, 2)))
    cache.put(kept(A))
    assert cache.alike(visits(1, 3)) == ()
    cache.put(kept(visits(1, 2)))
    cache.clear()
    assert (cache.alike(visits(1, 3)), len(cache), cache.bytes_held) == ((), 0, 0)
