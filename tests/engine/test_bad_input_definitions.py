"""Bad definitions, segments, catalogs and questions: each has its own clear error, and the shop stays as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from bad_input_shop import CATALOG, EVERYONE, NOW, all_rows, quickly, refused, stocked, unharmed

import coterie
from coterie import CatalogError, DefinitionError, Engine, QuestionError

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def shop() -> Iterator[Engine]:
    with stocked() as engine:
        yield engine


@pytest.fixture(scope="module")
def untouched(shop: Engine) -> Iterator[None]:
    """Over all cases of this file, not a row changes."""
    before = all_rows(shop)
    yield
    assert all_rows(shop) == before


def steps(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"blocks": [{"block": b} if i == 0 else {"combine": "or", "block": b} for i, b in enumerate(blocks)]}


def where(node: Any) -> dict[str, Any]:
    return steps({"kind": "profile", "where": node})


def city(operator: str, *value: Any) -> dict[str, Any]:
    return attribute("city", operator, *value)


def attribute(name: str, operator: str, *value: Any) -> dict[str, Any]:
    return where({"attribute": name, "operator": operator, **({"value": value[0]} if value else {})})


def purchase(**more: Any) -> dict[str, Any]:
    return steps({"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1, **more})


def leads(**more: Any) -> dict[str, Any]:
    return where({"relation": "leads", "quantifier": {"kind": "any"}, **more})


def segment(key: str, *blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"coterie": 1, "segment": key, "name": key, "type": "dynamic", "definition": steps(*blocks), **more}


def refers(key: str) -> dict[str, Any]:
    return {"kind": "segment", "segment": key}


# --- definitions -----------------------------------------------------------------------------------------------------

BLOCK, WHERE = "blocks[0].block", "blocks[0].block.where"

NAMES = [
    ("attribute", attribute("ctiy", "is", "Paris"), "unknown_attribute", f"{WHERE}.attribute", "Did you mean 'city'?"),
    ("attribute of a relation", leads(where={"attribute": "city", "operator": "has_value"}), "unknown_attribute",
     f"{WHERE}.where.attribute", "score"),
    ("attribute of an interaction", purchase(where={"attribute": "amont", "operator": "has_value"}),
     "unknown_attribute", f"{WHERE}.attribute", "Did you mean 'amount'?"),
    ("measured attribute", purchase(measure={"kind": "sum", "attribute": "total"}), "unknown_attribute",
     f"{BLOCK}.measure.attribute", "amount"),
    ("relation", where({"relation": "lead", "quantifier": {"kind": "any"}}), "unknown_relation",
     f"{WHERE}.relation", "Did you mean 'leads'?"),
    ("interaction", purchase(interaction="purchases"), "unknown_interaction", f"{BLOCK}.interaction",
     "Did you mean 'purchase'?"),
    ("segment", steps(refers("nobody")), "unknown_segment", f"{BLOCK}.segment", "None is known here."),
    ("choice", attribute("tier", "is", "glod"), "unknown_choice", f"{WHERE}.value", "Did you mean 'gold'?"),
    ("operator", city("iss", "Paris"), "unknown_operator", f"{WHERE}.operator", "Did you mean 'is'?"),
    ("operator of another type", city("at_least", 5), "operator_not_allowed", f"{WHERE}.operator", "is"),
    ("kind of block", steps({"kind": "evryone"}), "unknown_kind", f"{BLOCK}.kind", "Did you mean 'everyone'?"),
    ("key at the top", {**EVERYONE, "block": 1}, "unknown_key", "block", "Did you mean 'blocks'?"),
    ("key of a block", steps({"kind": "everyone", "where": {}}), "unknown_key", f"{BLOCK}.where", ""),
    ("key of a condition", where({"attribute": "city", "operator": "has_value", "vlaue": 1}), "unknown_key",
     f"{WHERE}.vlaue", "Did you mean 'value'?"),
    ("zone", segment("s", {"kind": "everyone"}, time_zone="Europe/Pariss"), "unknown_time_zone", "time_zone",
     "Did you mean 'Europe/Paris'?"),
    ("version", {"coterie": 2, "segment": "s"}, "unsupported_version", "coterie", "Write coterie: 1."),
]  # fmt: skip

SHAPES = [
    ("nothing", {}, "missing_key", "blocks"),
    ("no steps", {"blocks": []}, "empty", "blocks"),
    ("blocks that are none", {"blocks": "all"}, "invalid_value", "blocks"),
    ("a step that is text", {"blocks": ["everyone"]}, "invalid_value", "blocks[0]"),
    ("a block that is a list", {"blocks": [{"block": []}]}, "invalid_value", "blocks[0].block"),
    ("null", {"blocks": [{"block": None}]}, "missing_key", "blocks[0].block"),
    ("a key that is no text", {**EVERYONE, 5: 1}, "invalid_value", ""),
    ("an empty all", where({"all": []}), "empty", f"{WHERE}.all"),
    ("an empty any", where({"any": []}), "empty", f"{WHERE}.any"),
    ("an empty group", steps({"kind": "group", "blocks": []}), "empty", f"{BLOCK}.blocks"),
    ("an empty node", where({}), "empty", WHERE),
    ("an empty list", city("is_in", []), "empty", f"{WHERE}.value"),
    ("an empty not", where({"not": {}}), "empty", f"{WHERE}.not"),
    ("no partial", attribute("born", "partial", {}), "empty", f"{WHERE}.value"),
    ("a combine too many", {"blocks": [{"combine": "or", "block": {"kind": "everyone"}}]}, "misplaced_combine",
     "blocks[0].combine"),
    ("a combine too few", {"blocks": [*EVERYONE["blocks"] * 2]}, "misplaced_combine", "blocks[1].combine"),
    ("two groups in one", where({"not": {"attribute": "city", "operator": "has_value"}, "attribute": "city"}),
     "unknown_key", f"{WHERE}.attribute"),
    ("text for a number", attribute("age", "is", "many"), "invalid_value", f"{WHERE}.value"),
    ("a list for a number", attribute("age", "is", [5]), "invalid_value", f"{WHERE}.value"),
    ("a number for a truth", attribute("vip", "is", 7), "invalid_value", f"{WHERE}.value"),
    ("an instant for a day", attribute("joined", "on", "2026-11-23T10:00Z"), "invalid_value", f"{WHERE}.value"),
    ("a day that is none", attribute("born", "on", "2026-02-30"), "invalid_value", f"{WHERE}.value"),
    ("blank text", city("is", "  "), "invalid_value", f"{WHERE}.value"),
    ("half a character", city("is", "\ud800"), "invalid_value", f"{WHERE}.value"),
    ("a count of half", purchase(value=1.5), "invalid_value", f"{BLOCK}.value"),
    ("a negative count", purchase(value=-1), "invalid_value", f"{BLOCK}.value"),
    ("no unit", purchase(window={"kind": "last", "count": 3}), "missing_key", f"{BLOCK}.window.unit"),
    ("a unit that is none", purchase(window={"kind": "last", "count": 3, "unit": "moons"}), "invalid_value",
     f"{BLOCK}.window.unit"),
    ("a window of 101 years", purchase(window={"kind": "last", "count": 101, "unit": "years"}), "limit_exceeded",
     f"{BLOCK}.window.count"),
    ("a window of no time", purchase(window={"kind": "last", "count": 0, "unit": "days"}), "invalid_value",
     f"{BLOCK}.window.count"),
    ("elapsed units on a date", attribute("born", "in_last", {"count": 3, "unit": "hours"}), "operator_not_allowed",
     f"{WHERE}.value.unit"),
    ("a window that ends first", purchase(window={"kind": "between", "from": "2026-11-23", "to": "2026-11-22"}),
     "invalid_range", f"{BLOCK}.window"),
    ("numbers that end first", attribute("age", "between", [40, 25]), "invalid_range", f"{WHERE}.value"),
    ("days that end first", attribute("born", "between", ["2026-11-23", "2026-11-22"]), "invalid_range",
     f"{WHERE}.value"),
    ("10,001 values", city("is_in", ["x"] * 10_001), "limit_exceeded", f"{WHERE}.value"),
    ("501 conditions", where({"all": [{"attribute": "city", "operator": "has_value"}] * 501}), "limit_exceeded",
     f"{WHERE}.all[500]"),
]  # fmt: skip


def named(cases: list[tuple[Any, ...]]) -> Any:
    return [pytest.param(*case[1:], id=case[0]) for case in cases]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("definition", "code", "path", "hint"), named(NAMES))
def test_an_unknown_name_is_refused_where_it_stands(
    shop: Engine, definition: Any, code: str, path: str, hint: str
) -> None:
    problem = refused(DefinitionError, code, lambda: shop.count(definition, as_of=NOW))
    assert problem.path == path
    assert hint in problem.hint


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("definition", "code", "path"), named(SHAPES))
def test_a_wrong_shape_is_refused_where_it_stands(shop: Engine, definition: Any, code: str, path: str) -> None:
    assert refused(DefinitionError, code, lambda: shop.count(definition, as_of=NOW)).path == path
    [checked, *_] = shop.validate(definition)
    assert (checked.code, checked.path) == (code, path)


def test_what_was_answered_before_makes_nothing_right(shop: Engine) -> None:
    """
    Python takes 1 for True; a definition that says 1 is another one all the same.
    """
    assert shop.count(attribute("vip", "is", True), as_of=NOW) == 0
    refused(DefinitionError, "invalid_value", lambda: shop.count(attribute("vip", "is", 1), as_of=NOW))


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "subject", [None, 5, [], (EVERYONE,), date(2026, 11, 23), object()], ids=lambda subject: type(subject).__name__
)
def test_what_is_no_definition_at_all_is_refused(shop: Engine, subject: Any) -> None:
    refused(DefinitionError, "invalid_value", lambda: shop.count(subject, as_of=NOW))


TEXTS = [
    ("YAML", "blocks: [", "syntax_error"),
    ("JSON", '{"blocks": [}', "syntax_error"),
    ("a key twice in YAML", "blocks: []\nblocks: []\n", "syntax_error"),
    ("a key twice in JSON", '{"blocks": [], "blocks": []}', "syntax_error"),
    ("an alias", "blocks: &all [*all]", "syntax_error"),
    ("a billion laughs", "a: &a [x, x]\nb: &b [*a, *a]\nblocks: [*b, *b]", "syntax_error"),
    ("a tag", "blocks: !!python/object/apply:os.system ['true']", "syntax_error"),
    ("NUL", "blocks: \0", "syntax_error"),
    ("an escaped NUL", '{"blocks": "\\u0000"}', "syntax_error"),
    ("latin-1", "name: Besançon".encode("latin-1"), "syntax_error"),
    ("UTF-16", "blocks: []".encode("utf-16"), "syntax_error"),
    ("a value that is not there", "blocks:\n", "missing_key"),
    ("nothing", "", "empty"),
    ("text", "everyone", "invalid_value"),
    ("two documents", "blocks: []\n---\nblocks: []\n", "syntax_error"),
]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("text", "code"), named(TEXTS))
def test_text_that_cannot_be_read_is_refused(shop: Engine, text: str | bytes, code: str) -> None:
    refused(DefinitionError, code, lambda: shop.count(text, as_of=NOW))


def test_problems_of_text_name_its_line(shop: Engine) -> None:
    text = "blocks:\n  - block:\n      kind: profile\n      where: {attribute: ctiy, operator: is, value: Paris}\n"
    assert refused(DefinitionError, "unknown_attribute", lambda: shop.count(text, as_of=NOW)).line == 4
    assert refused(DefinitionError, "syntax_error", lambda: shop.count(text + "\t- x\n", as_of=NOW)).line == 5


# --- too much --------------------------------------------------------------------------------------------------------


def nested(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {"attribute": "city", "operator": "has_value"}
    for _ in range(levels):
        node = {"not": node}
    return where(node)


DEEP = {
    "mapping": nested(1000),
    "JSON": '{"blocks":[{"block":{"kind":"profile","where":' + '{"not":' * 1000 + "1" + "}" * 1000 + "}}]}",
    "YAML in flow style": "blocks: " + "[" * 1000 + "]" * 1000,
    "YAML in block style": "blocks:\n" + "".join(f"{' ' * n}not:\n" for n in range(1, 1000)),
    "brackets left open": "[" * 100_000,
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("definition", DEEP.values(), ids=DEEP.keys())
def test_a_thousand_levels_are_too_deep(shop: Engine, definition: Any) -> None:
    refused(DefinitionError, "limit_exceeded", lambda: shop.count(definition, as_of=NOW))


TEN_MB = 10 * 2**20
HUGE = {
    "YAML of one scalar": "blocks: " + "x" * TEN_MB,
    "YAML of many lines": "blocks:\n" + "- x\n" * (TEN_MB // 4),
    "JSON": json.dumps({"blocks": ["x" * 100] * (TEN_MB // 100)}),
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("definition", HUGE.values(), ids=HUGE.keys())
def test_ten_megabytes_are_answered_soon(shop: Engine, definition: Any) -> None:
    with quickly():
        problems = shop.validate(definition)
    assert problems
    assert all(len(str(problem)) < 1000 for problem in problems)


# --- regular expressions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("((a{1,100}){1,100}){1,100}", "invalid_pattern"),
        ("a{1001}", "invalid_pattern"),
        ("(a", "invalid_pattern"),
        (r"(a)\1", "invalid_pattern"),
        ("(?=a)", "invalid_pattern"),
        ("a" * 257, "limit_exceeded"),
        (5, "invalid_value"),
    ],
)
def test_a_pattern_that_is_not_re2_or_too_large_is_refused(shop: Engine, pattern: Any, code: str) -> None:
    assert refused(DefinitionError, code, lambda: shop.count(city("matches", pattern), as_of=NOW)).path.startswith(
        f"{WHERE}.value"
    )


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*x", "^(([a-z])+.)+[0-9]([a-z])+$", "(a?){100}a{100}b"])
def test_patterns_that_explode_elsewhere_are_answered_soon(pattern: str) -> None:
    with stocked() as engine:
        engine.load("contact", [{"contact_id": "long", "city": "a" * 100_000 + "!"}])
        with quickly():
            assert engine.count(city("matches", pattern), as_of=NOW) == 0


# --- references ------------------------------------------------------------------------------------------------------


def chain(length: int) -> dict[str, Any]:
    return {f"s{n}": segment(f"s{n}", refers(f"s{n + 1}")) for n in range(length)} | {
        f"s{length}": segment(f"s{length}", {"kind": "everyone"})
    }


REFERENCES = [
    ("to itself", refers("a"), {"a": segment("a", refers("a"))}, "segment_cycle", "a → a"),
    ("in a circle", refers("a"), {"a": segment("a", refers("b")), "b": segment("b", refers("a"))}, "segment_cycle",
     "a → b → a"),
    ("nine deep", refers("s0"), chain(8), "limit_exceeded", ""),
    ("to a segment with a problem", refers("a"), {"a": segment("a", city("is", "")["blocks"][0]["block"])},
     "segment_failed", ""),
    ("to a definition without a key", refers("a"), {"a": EVERYONE}, "missing_key", "bare"),
    ("under another key", refers("a"), {"a": segment("b", {"kind": "everyone"})}, "invalid_value", ""),
]  # fmt: skip


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("block", "segments", "code", "words"), named(REFERENCES))
def test_a_reference_that_cannot_be_used_is_refused(
    shop: Engine, block: Any, segments: Any, code: str, words: str
) -> None:
    problem = refused(DefinitionError, code, lambda: shop.count(steps(block), as_of=NOW, segments=segments))
    assert words in problem.message


def test_the_problem_of_a_segment_names_its_file(shop: Engine) -> None:
    segments = {"good": segment("good", {"kind": "everyone"}), "bad": segment("bad")}
    problem = refused(DefinitionError, "empty", lambda: shop.count(EVERYONE, as_of=NOW, segments=segments))
    assert problem.path == "segments.bad.definition.blocks"


def test_a_segment_that_is_not_referred_to_has_no_say(shop: Engine) -> None:
    strays = {"stray": segment("stray", attribute("ctiy", "is", "Paris")["blocks"][0]["block"])}
    assert shop.count(EVERYONE, as_of=NOW, segments=strays) == 2
    assert shop.explain(EVERYONE, "ann", as_of=NOW, segments=strays).member
    refused(DefinitionError, "segment_failed", lambda: shop.count(steps(refers("stray")), as_of=NOW, segments=strays))


# --- the question ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "as_of",
    [datetime(2026, 11, 23, 12), date(2026, 11, 23), "2026-11-23T12:00Z", 1_800_000_000, None],  # noqa: DTZ001
    ids=repr,
)
def test_a_moment_without_an_offset_is_refused(shop: Engine, as_of: Any) -> None:
    for ask in (shop.count, shop.members, shop.breakdown):
        assert refused(QuestionError, "invalid_as_of", lambda ask=ask: ask(EVERYONE, as_of=as_of)).path == "as_of"
    refused(QuestionError, "invalid_as_of", lambda: shop.explain(EVERYONE, "ann", as_of=as_of))


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("zone", ["Europe/Pariss", "", "../../etc/passwd", "localtime", "UTC+1", 5, "x\0"], ids=repr)
def test_an_unknown_zone_is_refused(shop: Engine, zone: Any) -> None:
    problem = refused(QuestionError, "unknown_time_zone", lambda: shop.count(EVERYONE, as_of=NOW, time_zone=zone))
    assert problem.path == "time_zone"
    refused(QuestionError, "unknown_time_zone", lambda: coterie.open(":memory:", catalog=CATALOG, time_zone=zone))


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("contact", ["carl", "ANN", "", "x" * 10_000_000, 7, None, "\ud800"], ids=lambda c: repr(c)[:9])
def test_an_unknown_contact_is_refused(shop: Engine, contact: Any) -> None:
    problem = refused(QuestionError, "unknown_contact", lambda: shop.explain(EVERYONE, contact, as_of=NOW))
    assert problem.path == "contact_id"
    assert len(problem.message) < 1000
    assert contact not in shop.members(EVERYONE, as_of=NOW)


@pytest.mark.parametrize("name", ["contacts", "", "account", 5, None], ids=repr)
def test_an_unknown_entity_is_refused(name: Any) -> None:
    with stocked() as engine, unharmed(engine):
        problem = refused(QuestionError, "unknown_entity", lambda: engine.load(name, [{"contact_id": "eve"}]))
        assert "contact" in problem.hint


# --- catalogs --------------------------------------------------------------------------------------------------------

CATALOGS = [
    ("nothing", {}, "missing_key"),
    ("a path to nothing", "no-catalog.yaml", "unreadable_file"),
    ("YAML", "contact: [", "syntax_error"),
    ("an unknown type", {"coterie": 1, "contact": {"key": "id", "attributes": {"age": "nmber"}}}, "invalid_catalog"),
    ("an unknown key", {**CATALOG, "entitys": {}}, "unknown_key"),
    ("another version", {**CATALOG, "coterie": 2}, "unsupported_version"),
    ("an unknown zone", {**CATALOG, "organization": {"time_zone": "Mars"}}, "unknown_time_zone"),
    ("a relation to nowhere", {**CATALOG, "relations": {"r": {"from": "contact", "to": "x", "many_to_one": "y"}}},
     "unknown_entity"),
    ("an attribute of another type", {"coterie": 1, "contact": {"key": "contact_id", "attributes": {"age": "text"}}},
     "invalid_catalog"),
]  # fmt: skip


@pytest.mark.parametrize(("catalog", "code"), named(CATALOGS))
def test_a_bad_catalog_is_refused(tmp_path: Any, catalog: Any, code: str) -> None:
    path = tmp_path / "shop.duckdb"
    stocked(path).close()
    before = path.read_bytes()
    refused(CatalogError, code, lambda: coterie.open(path, catalog=catalog))
    assert path.read_bytes() == before


def test_a_catalog_file_that_is_not_there_is_refused(tmp_path: Any) -> None:
    problem = refused(CatalogError, "unreadable_file", lambda: coterie.parse_catalog(tmp_path / "none.yaml"))
    assert "none.yaml" in str(problem)


def test_instants_at_the_ends_of_the_calendar_are_answered(shop: Engine) -> None:
    for as_of in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert shop.count(EVERYONE, as_of=as_of) == 2
