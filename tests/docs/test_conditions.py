"""docs/conditions.md is true: examples are valid or give the error they say; tables hold what the code holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doc_pages import DOCS, Fence, fences

import coterie
from coterie import CatalogError, CoterieError, Engine, parse
from coterie.catalog import AttributeType, Catalog, parse_catalog
from coterie.definition import grammar, validate
from coterie.definition.nodes import Operator, Period, Segment, Unit
from coterie.values.documents import read_document

PAGE = (DOCS / "conditions.md").read_text(encoding="utf-8")
SOURCE = Path(coterie.__file__).parent

EXAMPLES = [fence for fence in fences(PAGE) if fence.language == "yaml"]

ATTRIBUTES = {
    "Text": ["city"],
    "Choice": ["tier"],
    "Several choices": ["interests"],
    "Number": ["age"],
    "Boolean": ["vip"],
    "Date and datetime": ["birth_date", "created_on"],
}
"""The attributes of the page's catalog that stand for the types of its tables of operators."""


def tree_of(text: str) -> object:
    return read_document(text, yaml_limit=100_000, json_limit=100_000).tree


def expected_error(fence: Fence) -> str | None:
    found = re.fullmatch(r"yaml error=(\w+)", fence.info)
    return found[1] if found else None


def definitions_in(tree: object) -> Iterator[object]:
    """What an example shows, as whole definitions or segment files: nodes and blocks are wrapped."""
    for part in tree if isinstance(tree, list) else [tree]:
        assert isinstance(part, dict)
        if ("segment" in part and "kind" not in part) or ("blocks" in part and "kind" not in part):
            yield part
        elif "kind" in part:
            yield {"blocks": [{"block": part}]}
        else:
            yield {"blocks": [{"block": {"kind": "profile", "where": part}}]}


def is_catalog(tree: object) -> bool:
    return isinstance(tree, dict) and "contact" in tree


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    first = next(fence for fence in EXAMPLES if is_catalog(tree_of(fence.text)))
    return parse_catalog(first.text)


@pytest.fixture(scope="module")
def segments() -> dict[str, Segment]:
    """The segment files of the page, for its other examples to refer to."""
    trees = {fence: tree_of(fence.text) for fence in EXAMPLES if expected_error(fence) is None}
    files = [
        fence.text for fence, tree in trees.items() if isinstance(tree, dict) and "segment" in tree and "name" in tree
    ]
    return {parsed.key: parsed for parsed in map(parse, files)}


@pytest.mark.parametrize("fence", EXAMPLES, ids=lambda fence: f"line {fence.line}")
def test_an_example_is_valid_or_gives_its_error(fence: Fence, catalog: Catalog, segments: dict[str, Segment]) -> None:
    tree, expected = tree_of(fence.text), expected_error(fence)
    if is_catalog(tree):
        assert _catalog_error(fence.text) == expected
        return
    for definition in definitions_in(tree):
        own = definition.get("segment")
        others = {key: segment for key, segment in segments.items() if key != own}
        problems = validate(definition, catalog, others)
        assert {problem.code for problem in problems} == ({expected} if expected else set())


def _catalog_error(text: str) -> str | None:
    try:
        parse_catalog(text)
    except CatalogError as error:
        return error.code
    return None


def rows(heading: str, columns: int) -> list[list[str]]:
    """The rows of all tables of so many columns under a heading; a `|` inside code parts no cells."""
    section = PAGE.split(f"\n{heading}\n", 1)[1]
    section = re.split(r"^#{2,3} ", section, maxsplit=1, flags=re.MULTILINE)[0]
    found = []
    for line in section.splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            cells = [cell.strip() for cell in re.split(r"\|(?=(?:[^`]*`[^`]*`)*[^`]*$)", line)[1:-1]]
            if len(cells) == columns and cells[0].startswith("`"):
                found.append(cells)
    return found


def code(cell: str) -> str:
    return cell.strip("`")


@pytest.mark.parametrize("heading", ATTRIBUTES)
def test_the_operators_of_a_type_are_those_of_the_language(heading: str, catalog: Catalog) -> None:
    listed = [code(cells[0]) for cells in rows(f"### {heading}", 4)]
    for name in ATTRIBUTES[heading]:
        operators = grammar.OPERATORS[catalog.contact.attributes[name].type]
        assert listed == [str(operator) for operator in operators]


def test_every_operator_and_every_type_is_listed(catalog: Catalog) -> None:
    listed = {code(cells[0]) for heading in ATTRIBUTES for cells in rows(f"### {heading}", 4)}
    assert listed == {str(operator) for operator in Operator}
    shown = {catalog.contact.attributes[name].type for names in ATTRIBUTES.values() for name in names}
    assert shown == set(AttributeType)


@pytest.fixture(scope="module")
def blank(catalog: Catalog) -> Iterator[Engine]:
    """An engine that knows one contact, without a single value."""
    with coterie.open(":memory:", catalog=catalog) as engine:
        engine.load("contact", [{"contact_id": "nobody-knows"}])
        yield engine


@pytest.mark.parametrize("heading", ATTRIBUTES)
def test_a_missing_value_is_in_or_out_as_the_table_says(heading: str, blank: Engine) -> None:
    for operator, value, _, said in rows(f"### {heading}", 4):
        for name in ATTRIBUTES[heading]:
            condition: dict[str, object] = {"attribute": name, "operator": code(operator)}
            if value:
                condition["value"] = tree_of(f"value: {code(value)}")["value"]
            definition = {"blocks": [{"block": {"kind": "profile", "where": condition}}]}
            found = blank.count(definition, as_of=datetime(2026, 11, 23, 12, tzinfo=UTC))
            assert ("in" if found else "out") == said, condition


def test_windows_measures_and_quantifiers_are_those_of_the_language(catalog: Catalog) -> None:
    """
    Each as the page writes it is valid too.
    """
    windows = [tree_of(code(cells[0])) for cells in rows("## Interactions", 2)]
    measures = [tree_of(code(cells[0].removesuffix(" (the default)"))) for cells in rows("## Interactions", 4)]
    quantifiers = [re.match(r"`{kind: (\w+)", cells[0])[1] for cells in rows("## Related records", 2)]
    assert [window["kind"] for window in windows] == list(grammar.WINDOWS)
    assert [measure["kind"] for measure in measures] == list(grammar.MEASURES)
    assert quantifiers == list(grammar.QUANTIFIERS)
    for window in windows:
        assert not _problems(catalog, {"window": window, "operator": "at_least", "value": 1})
    for measure in measures:
        moment = {"operator": "on", "value": "2026-11-23"}
        compared = moment if measure["kind"].endswith("_at") else {"operator": "is", "value": 1}
        assert not _problems(catalog, {"measure": measure, **compared})


def _problems(catalog: Catalog, parts: dict[str, object]) -> list[coterie.Problem]:
    block = {"kind": "interaction", "interaction": "purchase", **parts}
    return validate({"blocks": [{"block": block}]}, catalog)


def test_what_no_interaction_measures_is_as_the_table_says(blank: Engine) -> None:
    for measure, _, of_none, compared in rows("## Interactions", 4):
        block = {"kind": "interaction", "interaction": "purchase", "measure": tree_of(code(measure.split(" (the")[0]))}
        if compared != "datetimes":
            block |= {"operator": "is", "value": 0}
        else:
            block |= {"operator": "on_or_before", "value": "9999-12-31"}
        found = blank.count({"blocks": [{"block": block}]}, as_of=datetime(2026, 11, 23, 12, tzinfo=UTC))
        assert ("0" if found else "missing") == of_none, measure


def test_units_periods_parts_and_limits_are_those_of_the_language() -> None:
    units = " ".join(cells[0] for cells in rows("### Windows", 2))
    assert set(re.findall(r"`(\w+)`", units)) == {str(unit) for unit in Unit}
    words = re.findall(r"`(\w+)`", PAGE.split("### Periods\n")[1].split(". ")[0])
    first, beginnings, ends = words[:3], words[3:6], words[6:]
    assert {*first, *(begin + end for begin in beginnings for end in ends)} == {str(period) for period in Period}
    assert [code(cells[0]) for cells in rows("### Partial dates", 2)] == list(grammar.PARTS)
    limits = [
        int(number.replace(",", ""))
        for number in re.findall(r"\| ([\d,]+)[^|]*\|$", PAGE.split("## Limits")[1].split("```")[0], re.MULTILINE)
    ]
    assert limits == [
        grammar.MAXIMUM_LEVELS,
        grammar.MAXIMUM_CONDITIONS,
        grammar.MAXIMUM_VALUES,
        100,
        grammar.MAXIMUM_PATTERN,
        grammar.MAXIMUM_REFERENCE_DEPTH,
        grammar.MAXIMUM_REFERENCED,
        grammar.MAXIMUM_PROBLEMS,
    ]


def test_the_keys_of_a_segment_file_are_those_of_the_language() -> None:
    listed = {key for cells in rows("## The segment file", 3) for key in re.findall(r"`(\w+)`", cells[0])}
    assert listed == set(grammar.FILE_KEYS)


def test_every_error_code_is_listed_and_every_listed_one_is_given() -> None:
    listed = {code(cells[0]) for cells in rows("## Errors", 3)}
    counted = {code(cells[0]) for cells in rows("## Errors", 2)}
    constants, given = _codes_in_source()
    assert given <= listed | counted
    assert listed | counted <= constants


def _codes_in_source() -> tuple[set[str], set[str]]:
    """Every word among the constants of the source, and those given as the code of a problem."""
    constants, given = set(), set()
    for path in SOURCE.rglob("*.py"):
        if "testing" in path.parts or "reference" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Constant(value=str(word)) if re.fullmatch(r"[a-z_]+", word):
                    constants.add(word)
                case ast.keyword(arg="code", value=ast.Constant(value=str(word))):
                    given.add(word)
                case ast.Call(func=ast.Attribute(attr="report"), args=[ast.Constant(value=str(word)), *_]):
                    given.add(word)
    return constants, given


def test_an_error_says_what_the_page_says_it_has(catalog: Catalog) -> None:
    """
    `code`, `path`, message, `hint`, `line`: of the first problem on the error, and of each.
    """
    text = "blocks:\n  - block: {kind: profile, where: {attribute: ctiy, operator: has_value}}\n"
    (problem,) = validate(text, catalog)
    assert (problem.code, problem.path, problem.line) == ("unknown_attribute", "blocks[0].block.where.attribute", 2)
    assert problem.message == "Contact has no attribute 'ctiy'."
    assert problem.hint == "Did you mean 'city'?"
    with pytest.raises(CoterieError) as caught, coterie.open(":memory:", catalog=catalog) as engine:
        engine.count(text, as_of=datetime(2026, 11, 23, tzinfo=UTC))
    assert caught.value.problems == (problem,)
    assert (caught.value.code, caught.value.path, caught.value.hint) == (problem.code, problem.path, problem.hint)
