"""Every problem a definition can have, as pictures: `refusals.txt` of its shape, `misfits.txt` against the catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from coterie.catalog.model import Catalog
from coterie.definition import check, parse, typed, validate
from coterie.errors import DefinitionError, Problem


def pictures(name: str) -> list[object]:
    """The pictures in a file: a definition and what is said of it, by the name of the picture."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    cases = []
    for picture in text.split("\n=== ")[1:]:
        title, _, rest = picture.partition("\n")
        source, _, said = rest.partition("---\n")
        cases.append(pytest.param(source, said.splitlines(), id=title))
    return cases


def said_of(problem: Problem) -> str:
    where = f"{problem.path or '(top)'}:{problem.line}"
    return " | ".join(filter(None, (f"{problem.code} {where}", problem.message, problem.hint)))


@pytest.mark.parametrize(("source", "said"), pictures("refusals.txt"))
def test_a_wrong_shape_is_refused(source: str, said: list[str]) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(source)
    assert [said_of(problem) for problem in caught.value.problems] == [line for line in said if line]


@pytest.mark.parametrize(("source", "said"), pictures("misfits.txt"))
def test_what_does_not_fit_the_catalog_is_named(source: str, said: list[str], catalog: Catalog, static) -> None:
    problems = validate(source, catalog, {"unreachable": static("unreachable")})
    assert [said_of(problem) for problem in problems] == [line for line in said if line]


@pytest.mark.parametrize(("source", "said"), pictures("misfits.txt")[:-1])
def test_a_check_finds_the_same_without_the_text(source: str, said: list[str], catalog: Catalog, static) -> None:
    segments = {"unreachable": static("unreachable")}
    problems = check(parse(source), catalog, segments)
    assert all(problem.line is None for problem in problems)
    found = {(problem.code, problem.path, problem.message, problem.hint) for problem in problems}
    expected = validate(source, catalog, segments)
    assert found == {(problem.code, problem.path, problem.message, problem.hint) for problem in expected}
    assert len(problems) == len([line for line in said if line])
    with pytest.raises(DefinitionError) as caught:
        typed(parse(source), catalog, segments)
    assert list(caught.value.problems) == problems


def test_a_problem_is_told_once_for_each_place(catalog: Catalog) -> None:
    """
    `value` without a value is missing twice: as a key without a value, and as what `is` needs.
    """
    problems = validate("blocks: [{block: {kind: profile, where: {attribute: city, operator: is, value: }}}]", catalog)
    assert [(problem.code, problem.path) for problem in problems] == [("missing_key", "blocks[0].block.where.value")]


def test_text_that_is_no_document_is_a_problem_like_others(catalog: Catalog) -> None:
    assert [problem.code for problem in validate("blocks: [", catalog)] == ["syntax_error"]


def test_a_file_of_another_version_is_not_judged_further(catalog: Catalog) -> None:
    source = {
        "coterie": 3,
        "type": "dynamic",
        "definition": {"blocks": [{"block": {"kind": "segment", "segment": "x"}}]},
    }
    assert [(problem.code, problem.path) for problem in validate(source, catalog)] == [
        ("unsupported_version", "coterie")
    ]


def test_an_application_that_knows_the_owner_needs_no_unit(catalog: Catalog) -> None:
    source = {"coterie": 1, "segment": "a", "name": "A", "type": "static", "scope": "business_unit", "members": []}
    assert [problem.code for problem in validate(source, catalog)] == ["missing_key"]
    assert validate(source, catalog, owner_unit_known=True) == []
    assert check(parse(source), catalog, owner_unit_known=True) == []
    assert typed(parse(source), catalog, owner_unit_known=True) == parse(source)
    assert validate(source | {"business_unit": "North"}, catalog) == []


def test_problems_beyond_a_thousand_are_not_told() -> None:
    few = {"blocks": [], **{f"key{number}": 1 for number in range(999)}}
    many = {"blocks": [], **{f"key{number}": 1 for number in range(1000)}}
    with pytest.raises(DefinitionError) as caught:
        parse(few)
    assert {problem.code for problem in caught.value.problems} == {"empty", "unknown_key"}
    assert len(caught.value.problems) == 1000
    with pytest.raises(DefinitionError) as caught:
        parse(many)
    *others, last = caught.value.problems
    assert len(others) == 1000
    assert (last.code, last.path) == ("limit_exceeded", "")
    assert last.message == "There are more than 1,000 problems; the others are not told."


@pytest.mark.parametrize(("source", "said"), pictures("refusals.txt"))
def test_a_wrong_shape_hides_no_wrong_name_and_breaks_no_check(source: str, said: list[str], catalog: Catalog) -> None:
    told = [said_of(problem) for problem in validate(source, catalog)]
    assert [line for line in told if line in said] == [line for line in said if line]
    names = {"unknown_attribute", "unknown_segment", "operator_not_allowed", "invalid_value", "missing_key"}
    assert all(line.split(" ")[0] in names for line in told if line not in said)
