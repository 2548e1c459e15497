"""Parameters of templates: found by where they stand, typed as people type, put in or taken out."""

from __future__ import annotations

import pytest

from coterie import Catalog, parse, parse_catalog
from coterie_web.segments.starting.filling import Asked, filled
from coterie_web.segments.starting.inputs import Kind, askable, input_at
from coterie_web.segments.starting.places import Tree, path_of, put, taken_out, value_at, written
from web.conftest import CATALOG

DEFINITION: Tree = {
    "blocks": [
        {
            "block": {
                "kind": "profile",
                "where": {
                    "all": [
                        {"attribute": "city", "operator": "is", "value": "Oslo"},
                        {"attribute": "age", "operator": "between", "value": [25, 40]},
                        {"attribute": "interests", "operator": "includes_any", "value": ["running"]},
                        {"attribute": "newsletter", "operator": "is", "value": True},
                        {"attribute": "birth_date", "operator": "before", "value": "2000-01-01"},
                        {"attribute": "created_on", "operator": "in_period", "value": "this_month"},
                        {"attribute": "country", "operator": "is_in", "value": ["NO", "SE"]},
                        {
                            "relation": "leads",
                            "quantifier": {"kind": "count", "operator": "at_least", "value": 2},
                            "where": {"all": [{"attribute": "status", "operator": "is_not", "value": "lost"}]},
                        },
                    ]
                },
            }
        },
        {
            "combine": "and_also",
            "block": {
                "kind": "interaction",
                "interaction": "email_opened",
                "where": {"all": [{"attribute": "message", "operator": "begins_with", "value": "Spring"}]},
                "window": {"kind": "last", "count": 30, "unit": "days"},
                "operator": "at_least",
                "value": 3,
            },
        },
        {"combine": "but_not", "block": {"kind": "segment", "segment": "unreachable"}},
    ]
}
PROFILE = "blocks[0].block.where.all"
OPENED = "blocks[1].block"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return parse_catalog(CATALOG)


@pytest.mark.parametrize("text", ["blocks[0].block.where.all[12].value", "blocks", "a.b[1][2].c", ""])
def test_a_written_path_is_read_back(text: str) -> None:
    assert written(path_of(text)) == text


@pytest.mark.parametrize("text", ["blocks[", "[x]", "a..b", "a[1", "a]"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="names no place"):
        path_of(text)


def test_putting_changes_one_place_and_not_the_tree_before() -> None:
    path = path_of(f"{PROFILE}[0].value")
    changed = put(DEFINITION, path, "Bergen")
    assert (value_at(changed, path), value_at(DEFINITION, path)) == ("Bergen", "Oslo")
    assert put(changed, path, "Oslo") == DEFINITION


@pytest.mark.parametrize(
    ("at", "kind", "about"),
    [
        (f"{PROFILE}[0].value", Kind.TEXT, "Contact"),
        (f"{PROFILE}[1].value", Kind.NUMBERS, "Contact"),
        (f"{PROFILE}[2].value", Kind.CHOICES, "Contact"),
        (f"{PROFILE}[3].value", Kind.BOOLEAN, "Contact"),
        (f"{PROFILE}[4].value", Kind.DATE, "Contact"),
        (f"{PROFILE}[5].value", Kind.PERIOD, "Contact"),
        (f"{PROFILE}[6].value", Kind.TEXTS, "Contact"),
        (f"{PROFILE}[7].quantifier.value", Kind.NUMBER, "Related record: Lead"),
        (f"{PROFILE}[7].where.all[0].value", Kind.CHOICE, "Related record: Lead"),
        (f"{OPENED}.where.all[0].value", Kind.TEXT, "Interaction: Email opened"),
        (f"{OPENED}.window", Kind.DURATION, "Interaction: Email opened"),
        (f"{OPENED}.value", Kind.NUMBER, "Interaction: Email opened"),
        ("blocks[2].block.segment", Kind.SEGMENT, "Segment"),
    ],
)
def test_the_place_says_how_a_value_is_typed(catalog: Catalog, at: str, kind: Kind, about: str) -> None:
    found = input_at(DEFINITION, path_of(at), catalog)
    assert found is not None
    assert (found.kind, found.about) == (kind, about)


def test_every_value_of_a_definition_may_be_asked_for(catalog: Catalog) -> None:
    places = [written(path) for path, _ in askable(DEFINITION, catalog)]
    assert places == [
        *(f"{PROFILE}[{number}].value" for number in range(7)),
        f"{PROFILE}[7].quantifier.value",
        f"{PROFILE}[7].where.all[0].value",
        f"{OPENED}.where.all[0].value",
        f"{OPENED}.window",
        f"{OPENED}.value",
        "blocks[2].block.segment",
    ]


def asked(at: str, catalog: Catalog, *, optional: bool = False) -> Asked:
    found = input_at(DEFINITION, path_of(at), catalog)
    assert found is not None
    return Asked(name="p0", path=path_of(at), label="", hint="", input=found, is_optional=optional)


@pytest.mark.parametrize(
    ("at", "typed", "expected"),
    [
        (f"{PROFILE}[0].value", {"p0": [" Bergen "]}, "Bergen"),
        (f"{PROFILE}[1].value", {"p0": ["18, 30.5"]}, [18, "30.5"]),
        (f"{PROFILE}[2].value", {"p0": ["yoga", "skiing"]}, ["yoga", "skiing"]),
        (f"{PROFILE}[3].value", {"p0": ["false"]}, False),
        (f"{PROFILE}[4].value", {"p0": ["1999-12-31"]}, "1999-12-31"),
        (f"{PROFILE}[6].value", {"p0": ["DK, NO,"]}, ["DK", "NO"]),
        (f"{OPENED}.value", {"p0": ["12"]}, 12),
        (
            f"{OPENED}.window",
            {"p0": ["2"], "p0-unit": ["weeks"]},
            {"kind": "last", "count": 2, "unit": "weeks"},
        ),
        ("blocks[2].block.segment", {"p0": ["bounced"]}, "bounced"),
    ],
)
def test_what_is_typed_is_put_in(catalog: Catalog, at: str, typed: dict[str, list[str]], expected: Tree) -> None:
    result = filled(DEFINITION, (asked(at, catalog),), typed)
    assert (value_at(result.definition, path_of(at)), result.problems) == (expected, {})


@pytest.mark.parametrize(
    ("at", "typed", "problem"),
    [
        (f"{OPENED}.value", "many", "many is no number. Write it like 50 or 0.5."),
        (f"{OPENED}.value", "", "Fill this in."),
        (f"{OPENED}.window", "0", "Write a whole number from 1."),
        (f"{OPENED}.window", "½", "Write a whole number from 1."),
        (f"{PROFILE}[4].value", "yesterday", "Write a day like 2026-11-23."),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(catalog: Catalog, at: str, typed: str, problem: str) -> None:
    result = filled(DEFINITION, (asked(at, catalog),), {"p0": [typed]})
    assert (result.definition, result.problems) == (DEFINITION, {"p0": problem})


def test_what_is_not_asked_keeps_its_value(catalog: Catalog) -> None:
    assert filled(DEFINITION, (asked(f"{OPENED}.value", catalog),), {}).definition == DEFINITION


def test_an_optional_parameter_left_empty_asks_nothing(catalog: Catalog) -> None:
    parameter = asked(f"{OPENED}.where.all[0].value", catalog, optional=True)
    definition = filled(DEFINITION, (parameter,), {"p0": [""]}).definition
    assert "where" not in value_at(definition, path_of(OPENED))  # type: ignore[operator]
    assert value_at(definition, path_of(PROFILE)) == value_at(DEFINITION, path_of(PROFILE))


def test_two_optional_parameters_of_one_list_go_without_shifting_each_other(catalog: Catalog) -> None:
    from dataclasses import replace

    first = asked(f"{PROFILE}[0].value", catalog, optional=True)
    second = replace(asked(f"{PROFILE}[2].value", catalog, optional=True), name="p1")
    definition = filled(DEFINITION, (first, second), {"p0": [""], "p1": []}).definition
    left = value_at(definition, path_of(PROFILE))
    assert [node.get("attribute") for node in left] == [  # type: ignore[union-attr]
        "age", "newsletter", "birth_date", "created_on", "country", None,
    ]  # fmt: skip


@pytest.mark.parametrize("at", [f"{OPENED}.window", f"{PROFILE}[7].where.all[0].value", f"{PROFILE}[0].value"])
def test_what_is_left_is_a_definition(at: str) -> None:
    parse(taken_out(DEFINITION, path_of(at)))  # type: ignore[arg-type]


def test_a_step_that_asks_nothing_goes_and_the_next_one_is_the_first() -> None:
    alone: Tree = {
        "blocks": [
            {
                "block": {
                    "kind": "profile",
                    "where": {"any": [{"attribute": "city", "operator": "is", "value": "Oslo"}]},
                }
            },
            {"combine": "but_not", "block": {"kind": "everyone"}},
        ]
    }
    assert taken_out(alone, path_of("blocks[0].block.where.any[0].value")) == {
        "blocks": [{"block": {"kind": "everyone"}}]
    }
