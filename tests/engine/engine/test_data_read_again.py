"""Definitions that come as plain data are read once where they are the same, and anew where anything differs."""

from __future__ import annotations

from copy import deepcopy
from types import MappingProxyType
from typing import Any

import pytest
from engine_shop import NOW, steps

from coterie import DefinitionError, Engine
from coterie.engine import questions


def living_in(city: object) -> dict[str, Any]:
    return steps({"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": city}})


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What has been read since the test began."""
    found: list[object] = []
    parse = questions.parse

    def noted(subject: Any, **more: Any) -> Any:
        found.append(subject)
        return parse(subject, **more)

    questions._parsed_data.cache_clear()
    monkeypatch.setattr(questions, "parse", noted)
    return found


def test_equal_data_is_read_once(shop: Engine, read: list[object]) -> None:
    definition = living_in("Paris")
    counts = {shop.count(each, as_of=NOW) for each in (definition, definition, deepcopy(definition))}
    assert (counts, len(read)) == ({2}, 1)


def test_data_that_was_changed_is_read_anew(shop: Engine) -> None:
    definition = living_in("Paris")
    assert shop.count(definition, as_of=NOW) == 2
    definition["blocks"][0]["block"]["where"]["value"] = "Lyon"
    assert shop.count(definition, as_of=NOW) == 1


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (living_in("1"), living_in(1)),
        (living_in("1"), living_in(True)),
        (steps({"kind": "everyone"}), {1: steps({"kind": "everyone"})["blocks"]}),
    ],
)
def test_what_only_looks_alike_is_not_taken_for_the_same(shop: Engine, right: Any, wrong: Any) -> None:
    shop.count(right, as_of=NOW)
    with pytest.raises(DefinitionError):
        shop.count(wrong, as_of=NOW)
    shop.count(right, as_of=NOW)


def test_data_of_another_kind_is_read_all_the_same(shop: Engine, read: list[object]) -> None:
    definition = MappingProxyType(living_in("Paris"))
    assert [shop.count(definition, as_of=NOW) for _ in range(2)] == [2, 2]
    assert len(read) == 2


def test_long_data_is_not_kept(shop: Engine, read: list[object]) -> None:
    many = [f"city-{number}" for number in range(9_000)]
    definition = steps({"kind": "profile", "where": {"attribute": "city", "operator": "is_in", "value": many}})
    assert [shop.count(definition, as_of=NOW) for _ in range(2)] == [0, 0]
    assert len(read) == 2
