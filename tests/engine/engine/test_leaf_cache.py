"""Conditions asked again on unchanged data are answered from memory, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest
from engine_shop import NOW, bought, is_, last, opened, steps
from pyroaring import BitMap

from coterie import Engine
from coterie.engine.leaf_cache import LeafCache
from coterie.planning.leaves import ContactLeaf, KeysLeaf, Leaf

PARISIANS, ADULTS = is_("city", "is", "Paris"), is_("age", "at_least", 18)

Asked = Callable[[Engine], list[Leaf]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The leaves that the engine has its backend evaluate from now on."""

    def watch(engine: Engine) -> list[Leaf]:
        leaves: list[Leaf] = []
        evaluate = engine._backend.evaluate

        def noted(wanted: Collection[Leaf]) -> object:
            leaves.extend(wanted)
            return evaluate(wanted)

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


def size_of(members: BitMap) -> int:
    cache = LeafCache(1 << 40)
    cache.put(A, members)
    return cache.bytes_held


def test_the_budget_is_never_exceeded() -> None:
    cache = LeafCache(100_000)
    for number in range(1000):
        cache.put(KeysLeaf((str(number),)), BitMap(range(number, number * 50, 3)))
        assert cache.bytes_held <= 100_000
    assert len(cache) > 1


def test_the_answer_used_longest_ago_goes_first() -> None:
    members = BitMap([1, 5, 9])
    cache = LeafCache(2 * size_of(members))
    cache.put(A, members)
    cache.put(B, members)
    cache.get(A)
    cache.put(C, members)
    assert (cache.get(A), cache.get(B), cache.get(C)) == (members, None, members)


def test_an_answer_larger_than_the_budget_drives_out_no_other() -> None:
    small, large = BitMap([1]), BitMap(range(0, 10_000_000, 7))
    cache = LeafCache(size_of(small))
    cache.put(A, small)
    cache.put(B, large)
    assert (cache.get(A), cache.get(B)) == (small, None)


def test_bytes_are_those_that_the_bitmap_takes() -> None:
    assert size_of(BitMap(range(0, 1_000_000, 2))) > 100_000
    assert size_of(BitMap([1])) < 2000


def test_another_version_of_the_data_empties_the_cache() -> None:
    cache = LeafCache(10_000)
    cache.at(1)
    cache.put(A, BitMap([1]))
    cache.at(1)
    assert len(cache) == 1
    cache.at(2)
    assert (len(cache), cache.bytes_held, cache.get(A)) == (0, 0, None)
