"""Documents: what is read, what is refused, and where."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from coterie.values.documents import DEPTH, Document, DocumentError, read_document


def read(text: str | bytes, *, yaml_limit: int = 10_000, json_limit: int = 20_000) -> Document:
    return read_document(text, yaml_limit=yaml_limit, json_limit=json_limit)


def refusal(text: str | bytes) -> list[tuple[str, str, int | None]]:
    with pytest.raises(DocumentError) as caught:
        read(text)
    return [(problem.code, problem.path, problem.line) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("01234", 1234),
        ("'01234'", "01234"),
        ("0x1F", 31),
        ("0o17", 15),
        ("-3", -3),
        ("0.10", Decimal("0.10")),
        ("1e3", Decimal(1000)),
        (".nan", ".nan"),
        ("2026-11-23", date(2026, 11, 23)),
        ("2026-02-30", "2026-02-30"),
        ("2026-11-23T10:00Z", "2026-11-23T10:00Z"),
        ("'2026-11-23'", "2026-11-23"),
        ("~", None),
        ("''", ""),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
    ],
)
def test_yaml_scalars_are_those_of_version_1_2_and_days(text: str, value: object) -> None:
    tree = read(f"a: {text}").tree
    assert tree == {"a": value}
    assert isinstance(tree, dict)
    assert type(tree["a"]) is type(value)


def test_keys_are_the_text_as_written() -> None:
    assert read("no: 1\n2026: 2\nnull: 3").tree == {"no": 1, "2026": 2, "null": 3}


def test_every_path_has_its_line() -> None:
    document = read("a: 1\nb:\n  - x\n  - c: [\n      y, z]\n")
    assert document.lines == {"": 1, "a": 1, "b": 2, "b[0]": 3, "b[1]": 4, "b[1].c": 4, "b[1].c[0]": 5, "b[1].c[1]": 5}


def test_json_numbers_are_exact() -> None:
    assert read('{"a": 0.1, "b": 1E2, "c": 12345678901234567890, "d": "1"}').tree == {
        "a": Decimal("0.1"),
        "b": Decimal(100),
        "c": 12345678901234567890,
        "d": "1",
    }


def test_what_looks_like_json_but_is_yaml_in_flow_style_is_read() -> None:
    assert read("{blocks: [one, two], # three\n}").tree == {"blocks": ["one", "two"]}


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read(b"\xef\xbb\xbfa: 1").tree == {"a": 1}


def test_text_without_content_is_null() -> None:
    assert read("# nothing\n").tree is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [", 2),
        ("a: 1\n\tb: 2", 2),
        ("a: b: c", 1),
        ("a: 1\n---\nb: 2", 2),
        ("a: 1\nb: \x07", 2),
        ("a: 1\n? {b: c}\n: d", 2),
        (b"a: 1\nb: \xff", 2),
        ("a: 1\nb: \0", 2),
        ('{"a": 1 "b": 2}', 1),
    ],
)
def test_broken_text_is_refused_with_its_line(text: str | bytes, line: int) -> None:
    [(code, _, where)] = refusal(text)
    assert (code, where) == ("syntax_error", line)


@pytest.mark.parametrize("text", ['a: "\\Uaffffffff"', 'a: "\\Uffffffff"', f"%YAML 1.{'9' * 20}\n---\na: 1"])
def test_escapes_and_directives_out_of_range_are_refused(text: str) -> None:
    assert refusal(text) == [("syntax_error", "", None)]


@pytest.mark.parametrize("text", ["a: &x 1", "a: *x", "a: !!str 1", "a: !x {}", "a: ! b"])
def test_anchors_aliases_and_tags_are_refused(text: str) -> None:
    assert refusal(text) == [("syntax_error", "a", 1)]


def test_merge_keys_are_refused() -> None:
    assert refusal("a:\n  <<: {b: 1}") == [("syntax_error", "a", 2)]


def test_a_quoted_asterisk_is_text() -> None:
    assert read("a: '*x'\n'<<': 1").tree == {"a": "*x", "<<": 1}


def test_all_duplicate_keys_are_named() -> None:
    assert refusal("a: 1\nb: {c: 1, c: 2}\na: 3") == [("syntax_error", "b.c", 2), ("syntax_error", "a", 3)]
    assert [path for _, path, _ in refusal('[{"a": {"b": 1, "b": 1}, "a": 1}]')] == ["[0].a"]


@pytest.mark.parametrize("text", ['{"a": ["\\ud800"]}', "a: ['b', \"\\ud800\"]", '{"a": ["\\u0000"]}', 'a: ["\\0"]'])
def test_what_is_no_character_is_refused(text: str) -> None:
    [(code, path, _)] = refusal(text)
    assert code == "syntax_error"
    assert path.startswith("a[")


def test_a_lone_surrogate_in_the_text_itself_is_refused() -> None:
    assert refusal("a: \ud800") == [("syntax_error", "", None)]


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e99999999999999999999"])
def test_json_numbers_without_a_value_are_refused(constant: str) -> None:
    assert refusal(f'{{"a": {constant}}}')[0][0] == "syntax_error"


def test_numbers_of_any_length_are_read() -> None:
    digits = "9" * 5000
    assert read(f"a: {digits}").tree == {"a": Decimal(digits)}
    assert read(f'{{"a": {digits}}}').tree == {"a": Decimal(digits)}


@pytest.mark.parametrize("template", ["{}1{}", "a: {}1{}"])
def test_nesting_has_a_limit(template: str) -> None:
    deepest = DEPTH - template.count("a")
    assert read(template.format("[" * deepest, "]" * deepest)).tree is not None
    with pytest.raises(DocumentError) as caught:
        read(template.format("[" * (deepest + 1), "]" * (deepest + 1)))
    assert caught.value.code == "limit_exceeded"


@pytest.mark.parametrize(
    "text", ["[" * 5000, '{"a":' * 1500, "- " * 4000, "\n".join(" " * i + "a:" for i in range(130))]
)
def test_extreme_nesting_is_refused_without_recursion(text: str) -> None:
    assert refusal(text)[0][0] == "limit_exceeded"


def test_brackets_in_json_strings_are_no_nesting() -> None:
    assert read('{"a": "' + "[" * 500 + '"}').tree == {"a": "[" * 500}


def test_sizes_have_limits_in_bytes() -> None:
    assert read("é", yaml_limit=2).tree == "é"
    with pytest.raises(DocumentError) as caught:
        read("éa", yaml_limit=2)
    assert caught.value.code == "limit_exceeded"
    assert read('["aaaa"]', yaml_limit=2, json_limit=8).tree == ["aaaa"]
    with pytest.raises(DocumentError) as caught:
        read('["aaaaa"]', json_limit=8)
    assert caught.value.code == "limit_exceeded"
    with pytest.raises(DocumentError) as caught:
        read('["aaaa",]', yaml_limit=2, json_limit=9)
    assert caught.value.code == "syntax_error"
