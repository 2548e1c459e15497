"""Every definition can be edited: it is read into a tree, and written again with the same meaning."""

from __future__ import annotations

import json
from random import Random

import pytest

from coterie import Catalog, parse, parse_catalog
from coterie.definition import typed
from coterie.definition.grammar import OPERATORS
from coterie.definition.nodes import Operator, Period, Unit
from coterie.testing.definitions import draw_question
from coterie.testing.pools import draw_pools
from coterie.testing.worlds import draw_world
from coterie_web.segments.designer.reading import tree_of
from coterie_web.segments.designer.stored import from_json, to_json
from coterie_web.segments.designer.tree import parts_of
from coterie_web.segments.designer.words import MEASURES, PERIODS, QUANTIFIERS, UNITS, WINDOWS, operator_words
from coterie_web.segments.designer.written import written


def drawn(seed: int) -> tuple[Catalog, dict[str, object], dict[str, object]]:
    """A catalog, a definition in the whole language, and the segments that it may refer to."""
    rng = Random(seed)
    pools = draw_pools(rng)
    catalog = parse_catalog(draw_world(rng, pools).catalog)
    question = draw_question(rng, pools)
    definition = question.definition.get("definition", question.definition)
    assert isinstance(definition, dict)
    return catalog, definition, dict(question.segments)


@pytest.mark.parametrize("seed", range(60))
def test_a_definition_means_the_same_when_it_is_written_again(seed: int) -> None:
    catalog, definition, files = drawn(seed)
    segments = {key: parse(file) for key, file in files.items()}  # type: ignore[arg-type]
    again = written(tree_of(definition).steps, catalog).definition
    assert typed(parse(again), catalog, segments) == typed(parse(definition), catalog, segments)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(60))
def test_a_tree_is_kept_as_json(seed: int) -> None:
    _, definition, _ = drawn(seed)
    tree = tree_of(definition, {"keep_in": ["1"], "keep_out": ["2", "3"]})
    assert from_json(json.loads(json.dumps(to_json(tree)))) == tree


@pytest.mark.parametrize("seed", range(20))
def test_every_part_of_a_tree_has_an_id_of_its_own_and_a_place_in_the_definition(seed: int) -> None:
    catalog, definition, _ = drawn(seed)
    tree = tree_of(definition)
    ids = [part.id for part in parts_of(tree.steps)]
    assert len(set(ids)) == len(ids)
    assert all(tree.find(part_id) for part_id in ids)
    places = written(tree.steps, catalog).places
    assert places.innermost("blocks[0].block.where.all[0].operator") is not None
    assert places.innermost("time_zone") is None


def test_what_is_not_given_yet_is_left_out_so_that_it_is_found_missing() -> None:
    catalog = parse_catalog("coterie: 1\ncontact: {key: id, attributes: {city: text, age: number}}")
    half = {"all": [{}, {"attribute": "city", "operator": "is"}, {"attribute": "age", "operator": "between"}]}
    definition = {"blocks": [{"block": {"kind": "profile", "where": half}}]}
    assert written(tree_of(definition).steps, catalog).definition == definition


def test_every_word_of_the_language_is_offered() -> None:
    offered = [operator for operators in OPERATORS.values() for operator in operators]
    assert set(offered) == set(Operator)
    assert all(operator_words(operator, None) for operator in Operator)
    assert set(UNITS) == {unit.value for unit in Unit}
    assert set(PERIODS) == {period.value for period in Period}
    from coterie.definition import grammar

    assert set(MEASURES) == set(grammar.MEASURES)
    assert set(QUANTIFIERS) == set(grammar.QUANTIFIERS)
    assert set(WINDOWS) == {"", *grammar.WINDOWS}
