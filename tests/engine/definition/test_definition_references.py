"""Segments in segments: what may be referred to, and what is said where it may not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from coterie.catalog.model import Catalog
from coterie.definition import Definition, DynamicSegment, Segment, StaticSegment, check, parse
from coterie.definition.references import references
from coterie.errors import Problem

Static = Callable[..., StaticSegment]


def refers_to(*keys: str) -> Definition:
    """A definition that refers to the segments of those keys, one after the other."""
    steps = [{"block": {"kind": "segment", "segment": key}} for key in keys]
    definition = parse({"blocks": [step if i == 0 else {"combine": "or", **step} for i, step in enumerate(steps)]})
    assert isinstance(definition, Definition)
    return definition


def segment(key: str, *keys: str) -> DynamicSegment:
    """A segment that refers to those of `keys`."""
    return DynamicSegment(key=key, name=key, definition=refers_to(*keys))


def chain(length: int, static: Static) -> dict[str, Segment]:
    """Segments s1 → s2 → … → s`length`, the last a static one."""
    links: list[Segment] = [segment(f"s{n}", f"s{n + 1}") for n in range(1, length)]
    return {link.key: link for link in [*links, static(f"s{length}")]}


def by_key(*segments: Segment) -> dict[str, Segment]:
    return {one.key: one for one in segments}


def codes_and_paths(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in problems]


def test_static_and_dynamic_segments_may_be_referred_to(catalog: Catalog, static: Static) -> None:
    segments = by_key(static("vips"), segment("regulars", "vips"))
    assert check(refers_to("vips", "regulars", "vips"), catalog, segments) == []


def test_references_are_found_in_groups_and_in_order() -> None:
    definition = parse(
        """
        blocks:
          - block: {kind: segment, segment: a}
          - combine: or
            block:
              kind: group
              blocks:
                - block: {kind: everyone}
                - {combine: but_not, block: {kind: segment, segment: b}}
          - {combine: or, block: {kind: interaction, interaction: purchase, operator: is, value: 1}}
          - {combine: or, block: {kind: profile, where: {attribute: city, operator: has_value}}}
          - {combine: or, block: {kind: segment, segment: a}}
        """
    )
    assert references(definition) == [
        (("blocks", 0, "block", "segment"), "a"),
        (("blocks", 1, "block", "blocks", 1, "block", "segment"), "b"),
        (("blocks", 4, "block", "segment"), "a"),
    ]


def test_the_references_of_a_file_stand_in_its_definition(static: Static) -> None:
    assert references(segment("a", "b")) == [(("definition", "blocks", 0, "block", "segment"), "b")]
    assert references(static("a")) == []


def test_a_diamond_is_fine(catalog: Catalog, static: Static) -> None:
    segments = by_key(segment("left", "base"), segment("right", "base"), static("base"))
    assert check(segment("top", "left", "right"), catalog, segments) == []


@pytest.mark.timeout(5)
def test_a_tower_of_diamonds_is_walked_once(catalog: Catalog, static: Static) -> None:
    floors = [segment(f"{side}{n}", f"l{n + 1}", f"r{n + 1}") for n in range(31) for side in "lr"]
    segments = by_key(*floors, static("l31"), static("r31"))
    [problem] = check(refers_to("l0"), catalog, segments)
    assert problem.message == "From 'l0', references go deeper than 8 segments."


def test_every_missing_segment_is_named(catalog: Catalog, static: Static) -> None:
    problems = check(refers_to("vip", "vips", "gone"), catalog, by_key(static("vips")))
    assert codes_and_paths(problems) == [
        ("unknown_segment", "blocks[0].block.segment"),
        ("unknown_segment", "blocks[2].block.segment"),
    ]
    assert problems[0].message == "There is no segment 'vip'."
    assert [problem.hint for problem in problems] == ["Did you mean 'vips'?", "Known: vips."]


# --- circles ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_known", [True, False])
def test_a_segment_cannot_refer_to_itself(is_known: bool, catalog: Catalog) -> None:
    itself = segment("a", "a")
    [problem] = check(itself, catalog, by_key(itself) if is_known else {})
    assert (problem.code, problem.path) == ("segment_cycle", "definition.blocks[0].block.segment")
    assert problem.message == "The segments refer to one another in a circle: a → a."
    assert problem.hint == "Take one of these references out."


def test_a_circle_through_the_segment_is_named_from_it_on(catalog: Catalog, static: Static) -> None:
    segments = by_key(static("x"), segment("b", "x", "c"), segment("c", "a"))
    [problem] = check(segment("a", "x", "b"), catalog, segments)
    assert (problem.code, problem.path) == ("segment_cycle", "definition.blocks[1].block.segment")
    assert problem.message == "The segments refer to one another in a circle: a → b → c → a."


def test_what_is_edited_counts_not_its_live_version(catalog: Catalog, static: Static) -> None:
    """
    The live version of `a` refers to `b`; the new one, which is checked, does not lead back.
    """
    segments = by_key(segment("a", "b"), static("b"))
    assert check(segment("a", "b"), catalog, segments) == []
    assert codes_and_paths(check(segment("b", "a"), catalog, by_key(segment("a", "b")))) == [
        ("segment_cycle", "definition.blocks[0].block.segment")
    ]


def test_a_circle_further_on_is_named_without_the_way_to_it(catalog: Catalog) -> None:
    segments = by_key(segment("b", "c"), segment("c", "d"), segment("d", "c"))
    [problem] = check(refers_to("b"), catalog, segments)
    assert (problem.code, problem.path) == ("segment_cycle", "blocks[0].block.segment")
    assert problem.message == "The segments refer to one another in a circle: c → d → c."


def test_every_reference_into_a_circle_is_named(catalog: Catalog, static: Static) -> None:
    segments = by_key(segment("b", "c"), segment("c", "b"), static("fine"))
    problems = check(refers_to("b", "fine", "c"), catalog, segments)
    assert [problem.message for problem in problems] == [
        "The segments refer to one another in a circle: b → c → b.",
        "The segments refer to one another in a circle: c → b → c.",
    ]


# --- limits ----------------------------------------------------------------------------------------------------------


def test_references_go_eight_segments_deep(catalog: Catalog, static: Static) -> None:
    assert check(refers_to("s1"), catalog, chain(8, static)) == []
    assert check(segment("s0", "s1"), catalog, chain(8, static)) == []
    problems = check(refers_to("s2", "s1"), catalog, chain(9, static))
    assert codes_and_paths(problems) == [("limit_exceeded", "blocks[1].block.segment")]
    assert problems[0].message == "From 's1', references go deeper than 8 segments."
    assert problems[0].hint == "Write out the definition of one on the way."


def test_the_longest_way_counts(catalog: Catalog, static: Static) -> None:
    segments = chain(9, static) | by_key(segment("short", "s9", "s1"))
    assert codes_and_paths(check(refers_to("s9", "short"), catalog, segments)) == [
        ("limit_exceeded", "blocks[1].block.segment")
    ]


def test_sixty_four_segments_are_referred_to_in_all(catalog: Catalog, static: Static) -> None:
    keys = [f"k{n}" for n in range(65)]
    segments = by_key(*map(static, keys))
    assert check(refers_to(*keys[:64], keys[0]), catalog, segments) == []
    problems = check(refers_to(*keys, keys[0]), catalog, segments)
    assert codes_and_paths(problems) == [("limit_exceeded", "blocks[64].block.segment")]
    assert problems[0].message == "With 'k64', more than 64 segments are referred to in all."
    assert problems[0].hint == "Refer to fewer, or make a static segment of some."


def test_segments_referred_to_indirectly_count_too(catalog: Catalog, static: Static) -> None:
    keys = [f"k{n}" for n in range(64)]
    statics = by_key(*map(static, keys))
    assert check(refers_to("top"), catalog, statics | by_key(segment("top", *keys[:63]))) == []
    problems = check(refers_to("top", "k0"), catalog, statics | by_key(segment("top", *keys)))
    assert codes_and_paths(problems) == [("limit_exceeded", "blocks[0].block.segment")]


@pytest.mark.timeout(5)
def test_a_chain_of_thousands_is_answered(catalog: Catalog, static: Static) -> None:
    [problem] = check(refers_to("s1"), catalog, chain(5_000, static))
    assert problem.message == "With 's1', more than 64 segments are referred to in all."


# --- segments with problems of their own -----------------------------------------------------------------------------


def failing(key: str) -> DynamicSegment:
    parsed = parse(
        {
            "coterie": 1,
            "segment": key,
            "name": key,
            "type": "dynamic",
            "definition": {
                "blocks": [{"block": {"kind": "profile", "where": {"attribute": "contry", "operator": "has_value"}}}]
            },
        }
    )
    assert isinstance(parsed, DynamicSegment)
    return parsed


INNER = "definition.blocks[0].block.where.attribute: Contact has no attribute 'contry'. Did you mean 'country'?"


def test_a_segment_with_a_problem_cannot_be_referred_to(catalog: Catalog, static: Static) -> None:
    segments = by_key(failing("broken"), static("fine"))
    problems = check(refers_to("fine", "broken"), catalog, segments)
    assert codes_and_paths(problems) == [("segment_failed", "blocks[1].block.segment")]
    assert problems[0].message == f"The segment 'broken' has a problem: {INNER}"


def test_a_problem_further_on_is_named_with_where_it_is(catalog: Catalog) -> None:
    segments = by_key(failing("broken"), segment("middle", "broken"))
    [problem] = check(refers_to("middle"), catalog, segments)
    assert (problem.code, problem.path) == ("segment_failed", "blocks[0].block.segment")
    assert problem.message == f"The segment 'broken', to which 'middle' leads, has a problem: {INNER}"


def test_a_missing_segment_further_on_is_a_problem_of_what_refers_to_it(catalog: Catalog) -> None:
    [problem] = check(refers_to("middle"), catalog, by_key(segment("middle", "mddle")))
    assert problem.code == "segment_failed"
    assert problem.message == (
        "The segment 'middle' has a problem: definition.blocks[0].block.segment: "
        "There is no segment 'mddle'. Did you mean 'middle'?"
    )


def test_the_unit_of_a_referenced_segment_is_asked_for_like_ones_own(catalog: Catalog) -> None:
    scoped = parse(
        {"coterie": 1, "segment": "a", "name": "A", "type": "static", "scope": "business_unit", "members": []}
    )
    assert isinstance(scoped, StaticSegment)
    [problem] = check(refers_to("a"), catalog, by_key(scoped))
    assert problem.code == "segment_failed"
    assert check(refers_to("a"), catalog, by_key(scoped), owner_unit_known=True) == []


def test_a_problem_of_a_segment_that_is_not_referred_to_is_none(catalog: Catalog) -> None:
    assert check(parse({"blocks": [{"block": {"kind": "everyone"}}]}), catalog, by_key(failing("broken"))) == []


def test_every_segment_is_given_under_its_own_key(catalog: Catalog, static: Static) -> None:
    everyone = parse({"blocks": [{"block": {"kind": "everyone"}}]})
    [problem] = check(everyone, catalog, {"a": static("a"), "b": static("c")})
    assert (problem.code, problem.path) == ("invalid_value", "segments.b")
    assert problem.message == "The segment given as 'b' says of itself that it is 'c'."
    assert problem.hint == "Give every segment under its own key."
