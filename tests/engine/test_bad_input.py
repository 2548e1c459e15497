"""Bad input: each kind gets its own clear error, in a moment, and nothing that was there is lost."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import coterie
from coterie.cli import app

AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)

SOON = 5.0
"""Seconds within which every error has to come."""

CATALOG = {
    "contact": {
        "key": "id",
        "attributes": {"city": "text", "age": "number", "vip": "boolean", "born": "date", "tags": "multi_choice"},
    },
    "entities": {"lead": {"key": "lead_id", "attributes": {"score": "number"}}},
    "relations": {"leads": {"from": "contact", "to": "lead", "one_to_many": "id"}},
    "interactions": {"purchase": {"attributes": {"amount": "number"}}},
}

EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}


@pytest.fixture
def engine() -> Iterator[coterie.Engine]:
    """A store with two contacts, one lead and one purchase."""
    with coterie.open(":memory:", catalog=CATALOG) as opened:
        opened.load("contact", [{"id": "ann", "city": "Paris", "age": 30}, {"id": "bob"}])
        opened.load("lead", [{"lead_id": "1", "id": "ann", "score": 5}])
        opened.load("purchase", [{"message_id": "m", "id": "ann", "occurred_at": "2026-11-01", "amount": 9}])
        yield opened


def state(engine: coterie.Engine) -> tuple[object, ...]:
    bought = {"blocks": [{"block": purchases(operator="at_least", value=1)}]}
    return engine.data_version, list(engine.members(EVERYONE, as_of=AS_OF)), engine.count(bought, as_of=AS_OF)


def purchases(**parts: object) -> dict[str, object]:
    return {"kind": "interaction", "interaction": "purchase", **parts}


def profile(where: object) -> dict[str, object]:
    return {"blocks": [{"block": {"kind": "profile", "where": where}}]}


def nested(levels: int) -> dict[str, object]:
    node: dict[str, object] = {"attribute": "age", "operator": "is", "value": 1}
    for _ in range(levels):
        node = {"all": [node]}
    return profile(node)


# --- definitions -----------------------------------------------------------------------------------------------------

AGE = {"attribute": "age", "operator": "is", "value": 1}
WHERE = "blocks[0].block.where"

DEFINITIONS: dict[str, tuple[object, str, str]] = {
    "unknown key": ({"blocks": [], "bloks": 1}, "unknown_key", "bloks"),
    "unknown kind": ({"blocks": [{"block": {"kind": "profil"}}]}, "unknown_kind", "blocks[0].block.kind"),
    "unknown operator": (profile({**AGE, "operator": "equals"}), "unknown_operator", f"{WHERE}.operator"),
    "unknown attribute": (profile({**AGE, "attribute": "agee"}), "unknown_attribute", f"{WHERE}.attribute"),
    "unknown relation": (
        profile({"relation": "lead", "quantifier": {"kind": "any"}}),
        "unknown_relation",
        f"{WHERE}.relation",
    ),
    "unknown interaction": (
        {"blocks": [{"block": {**purchases(operator="is", value=0), "interaction": "purchases"}}]},
        "unknown_interaction",
        "blocks[0].block.interaction",
    ),
    "wrong operator": (
        profile({**AGE, "operator": "contains", "value": "1"}),
        "operator_not_allowed",
        f"{WHERE}.operator",
    ),
    "text for a number": (profile({**AGE, "value": "old"}), "invalid_value", f"{WHERE}.value"),
    "number for a text": (
        profile({"attribute": "city", "operator": "is", "value": 75}),
        "invalid_value",
        f"{WHERE}.value",
    ),
    "text for a truth value": (
        profile({"attribute": "vip", "operator": "is", "value": "yes"}),
        "invalid_value",
        f"{WHERE}.value",
    ),
    "no such day": (
        profile({"attribute": "born", "operator": "on", "value": "2026-02-30"}),
        "invalid_value",
        f"{WHERE}.value",
    ),
    "empty group": (profile({"all": []}), "empty", f"{WHERE}.all"),
    "no blocks": ({"blocks": []}, "empty", "blocks"),
    "end before start": (profile({**AGE, "operator": "between", "value": [9, 3]}), "invalid_range", f"{WHERE}.value"),
    "window that ends before it starts": (
        {
            "blocks": [
                {
                    "block": purchases(
                        operator="is", value=0, window={"kind": "between", "from": "2026-02-02", "to": "2026-01-01"}
                    )
                }
            ]
        },
        "invalid_range",
        "blocks[0].block.window",
    ),
    "1,000 levels": (nested(1000), "limit_exceeded", ""),
    "1,000 levels of JSON": (json.dumps(nested(400)), "limit_exceeded", ""),
    "17 levels": (nested(17), "limit_exceeded", ""),
    "10 MB of YAML": ("blocks:\n" + "- {block: {kind: everyone}}\n" * 380_000, "limit_exceeded", ""),
    "10 MB of JSON": ('{"blocks": [' + '{"block": {"kind": "everyone"}},' * 330_000 + "]}", "limit_exceeded", ""),
    "bomb of aliases": ("a: &a [x, x]\nb: &b [*a, *a]\nblocks: [*b, *b]", "syntax_error", ""),
    "no RE2": (
        profile({"attribute": "city", "operator": "matches", "value": "(?=a)"}),
        "invalid_pattern",
        f"{WHERE}.value",
    ),
    "regex bomb": (
        profile({"attribute": "city", "operator": "matches", "value": "((a{1,100}){1,100}){1,100}"}),
        "invalid_pattern",
        f"{WHERE}.value",
    ),
    "a reference that leads nowhere": (
        {"blocks": [{"block": {"kind": "segment", "segment": "vips"}}]},
        "unknown_segment",
        "blocks[0].block.segment",
    ),
    "not YAML": ("blocks: [", "syntax_error", ""),
    "not UTF-8": (b"blocks: caf\xe9", "syntax_error", ""),
    "NUL": ("blocks: \0", "syntax_error", ""),
    "a key given twice": ("blocks: []\nblocks: []", "syntax_error", ""),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_that_cannot_be_used_says_what_where_and_what_to_do(engine: coterie.Engine, name: str) -> None:
    definition, code, path = DEFINITIONS[name]
    before = state(engine)
    start = time.perf_counter()

    with pytest.raises(coterie.DefinitionError) as refused:
        engine.count(definition, as_of=AS_OF)  # type: ignore[arg-type]

    assert time.perf_counter() - start < SOON
    problem = next(problem for problem in refused.value.problems if problem.code == code)
    assert problem.path.startswith(path)
    assert problem.message
    assert state(engine) == before


def test_all_problems_come_at_once_in_the_order_of_the_text(engine: coterie.Engine) -> None:
    text = "blocks:\n- block: {kind: profile, where: {all: [{attribute: agee, operator: is, value: 1}, {any: []}]}}\n"
    with pytest.raises(coterie.DefinitionError) as refused:
        engine.count(text, as_of=AS_OF)
    assert [(problem.code, problem.line) for problem in refused.value.problems] == [
        ("unknown_attribute", 2),
        ("empty", 2),
    ]
    assert "'age'" in refused.value.hint


def test_segments_that_refer_to_each_other_in_a_circle_are_named(engine: coterie.Engine) -> None:
    def file(key: str, other: str) -> dict[str, object]:
        definition = {"blocks": [{"block": {"kind": "segment", "segment": other}}]}
        return {"coterie": 1, "segment": key, "name": key, "type": "dynamic", "definition": definition}

    with pytest.raises(coterie.DefinitionError) as refused:
        engine.count(file("a", "b"), as_of=AS_OF, segments={"b": file("b", "c"), "c": file("c", "a")})
    assert refused.value.code == "segment_cycle"
    assert "a → b → c → a" in str(refused.value)


def test_a_pattern_that_would_stall_others_is_answered_at_once(engine: coterie.Engine) -> None:
    engine.load("contact", [{"id": "long", "city": "a" * 100_000 + "b"}])
    start = time.perf_counter()
    assert engine.count(profile({"attribute": "city", "operator": "matches", "value": "(a+)+$"}), as_of=AS_OF) == 0
    assert time.perf_counter() - start < SOON


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"as_of": datetime(2026, 11, 23)}, "invalid_as_of"),  # noqa: DTZ001 - that is what is wrong with it
        ({"as_of": "2026-11-23"}, "invalid_as_of"),
        ({"as_of": AS_OF, "time_zone": "Europe/Pariss"}, "unknown_time_zone"),
    ],
)
def test_a_moment_or_zone_that_is_none_is_refused(engine: coterie.Engine, asked: dict[str, object], code: str) -> None:
    with pytest.raises(coterie.QuestionError) as refused:
        engine.count(EVERYONE, **asked)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert refused.value.hint


def test_an_unknown_contact_or_entity_is_refused(engine: coterie.Engine) -> None:
    with pytest.raises(coterie.QuestionError, match="No contact"):
        engine.explain(EVERYONE, "Ann", as_of=AS_OF)
    with pytest.raises(coterie.QuestionError, match="purchase"):
        engine.load("purchas", [])


# --- files -----------------------------------------------------------------------------------------------------------


def gz(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


ROWS = b"id,city\n" + b"".join(b"c%d,Rome\n" % number for number in range(2000))

FILES: dict[str, tuple[str, bytes, str]] = {
    "gzip cut short": ("a.csv.gz", gz(ROWS)[:-20], "ended before"),
    "not gzip": ("a.csv.gz", ROWS, "gzip"),
    "a row too short": ("a.csv", b"id,city\na,Rome\nb\n", "line 3"),
    "a row too long": ("a.csv", b"id,city\na,Rome\nb,Rome,x\n", "line 3"),
    "latin-1 after UTF-8": ("a.csv", "id,city\na,Köln\n".encode() + "b,Köln\n".encode("latin-1"), "UTF-8"),
    "UTF-16": ("a.csv", "id,city\na,Rome\n".encode("utf-16"), "UTF-8"),
    "a quote left open": ("a.csv", b'id,city\na,"Rome\n', "quote"),
    "columns named alike": ("a.csv", b"id,city,city\na,Rome,Rome\n", "city"),
    "empty": ("a.csv", b"", "first line names the columns"),
    "no JSON": ("a.jsonl", b'{"id": "a"}\n{"id": \n', "line 2"),
    "JSON that is no record": ("a.jsonl", b'{"id": "a"}\n[1]\n', "line 2"),
    "a JSON key given twice": ("a.jsonl", b'{"id": "a", "id": "b"}\n', "line 1"),
    "JSON too deep": ("a.jsonl", b'{"id": "a", "city": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "line 1"),
    "Parquet cut short": ("a.parquet", b"PAR1\x00\x00", "Parquet"),
    "a suffix that nothing reads": ("a.xlsx", b"PK", "xlsx"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_refused_whole(engine: coterie.Engine, tmp_path: Path, name: str) -> None:
    file, content, told = FILES[name]
    (tmp_path / file).write_bytes(content)
    before = state(engine)
    start = time.perf_counter()

    with pytest.raises(coterie.ReadError) as refused:
        engine.load("contact", tmp_path / file)

    assert time.perf_counter() - start < SOON
    assert refused.value.code == "unreadable_file"
    assert told.lower() in str(refused.value).lower()
    assert state(engine) == before
    assert engine.load("contact", [{"id": "next"}]).added == 1


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(engine: coterie.Engine, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for path in (tmp_path / "none.csv", tmp_path / "folder.csv"):
        with pytest.raises(coterie.ReadError) as refused:
            engine.load("contact", path)
        assert refused.value.code == "unreadable_file"


def test_a_parquet_file_cut_anywhere_is_refused_whole(engine: coterie.Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": [f"c{number}" for number in range(5000)]}), path)
    whole = path.read_bytes()
    before = state(engine)
    for share in (0.1, 0.5, 0.9, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(coterie.ReadError):
            engine.load("contact", path)
    assert state(engine) == before


def test_odd_content_that_can_be_read_is_kept_as_it_is(engine: coterie.Engine, tmp_path: Path) -> None:
    """
    A cell of 10 MB, a NUL, a line break within quotes: unusual, not wrong.
    """
    huge = "x" * 10_000_000
    path = tmp_path / "a.csv"
    path.write_text(f'id,city\n1,{huge}\n2,"a\nb"\n3,n\0l\n', encoding="utf-8", newline="")
    assert engine.load("contact", path).added == 3
    for key, city in (("1", huge[:200]), ("2", "a\nb"), ("3", "n")):
        found = engine.members(profile({"attribute": "city", "operator": "begins_with", "value": city}), as_of=AS_OF)
        assert list(found) == [key]


def test_keys_given_twice_are_one_contact_and_the_last_row_wins(engine: coterie.Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,city\nzoe,Rome\nzoe,Oslo\n")
    assert engine.load("contact", path).added == 1
    assert list(engine.members(profile({"attribute": "city", "operator": "is", "value": "oslo"}), as_of=AS_OF)) == [
        "zoe"
    ]


def test_a_source_that_breaks_off_leaves_nothing_half_loaded(engine: coterie.Engine) -> None:
    def breaking() -> Iterator[dict[str, object]]:
        yield from ({"id": f"c{number}"} for number in range(150_000))
        raise RuntimeError("the line went dead")

    before = state(engine)
    with pytest.raises(RuntimeError, match="the line went dead"):
        engine.load("contact", breaking())
    assert state(engine) == before


# --- stores ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with coterie.open(path, catalog=CATALOG) as opened:
        opened.load("contact", [{"id": f"c{number}", "city": "Rome"} for number in range(5000)])
    return path


def damage(path: Path, change: Callable[[bytes], bytes]) -> bytes:
    content = change(path.read_bytes())
    path.write_bytes(content)
    return content


@pytest.mark.parametrize("kept", [0.0001, 0.01, 0.3])
def test_a_store_cut_short_is_told_and_left_alone(store: Path, kept: float) -> None:
    content = damage(store, lambda whole: whole[: max(1, int(len(whole) * kept))])
    with pytest.raises(coterie.StoreError) as refused:
        coterie.open(store, catalog=CATALOG)
    assert refused.value.code == "store_damaged"
    assert store.read_bytes() == content


def test_a_file_that_is_no_store_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("dear diary, " * 1000)
    with pytest.raises(coterie.StoreError) as refused:
        coterie.open(path, catalog=CATALOG)
    assert refused.value.code == "store_damaged"
    assert path.read_text() == "dear diary, " * 1000


def test_a_store_of_a_newer_version_is_told(store: Path) -> None:
    with coterie.open(store, catalog=CATALOG) as opened:
        opened._backend._store.connection.execute("UPDATE coterie_store SET value = 99 WHERE name = 'format_version'")  # type: ignore[attr-defined]
    with pytest.raises(coterie.StoreError) as refused:
        coterie.open(store, catalog=CATALOG)
    assert refused.value.code == "store_newer"


HOLD = """
    import sys, coterie
    engine = coterie.open(sys.argv[1], catalog={"contact": {"key": "id"}})
    print("open", flush=True)
    sys.stdin.read()
"""

LOAD = """
    import sys, time, coterie
    def endless():
        for number in range(10**9):
            if number == 250_000:
                print("loading", flush=True)
            yield {"id": f"new{number}"}
    engine = coterie.open(sys.argv[1], catalog={"contact": {"key": "id"}})
    engine.load("contact", endless())
"""


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    order = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_store_that_another_process_holds_is_told(store: Path) -> None:
    with python(HOLD, store) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(coterie.StoreError) as refused:
            coterie.open(store, catalog=CATALOG)
        holder.communicate("")
    assert refused.value.code == "store_locked"
    assert refused.value.hint


def test_a_load_that_is_killed_leaves_nothing_half_loaded(store: Path) -> None:
    with python(LOAD, store) as loading:
        assert loading.stdout is not None
        assert loading.stdout.readline() == "loading\n"
        os.kill(loading.pid, signal.SIGKILL)
    with coterie.open(store, catalog=CATALOG) as opened:
        assert opened.count(EVERYONE, as_of=AS_OF) == 5000
        assert opened.load("contact", [{"id": "next"}]).added == 1


# --- the command line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "code", "exit_code"),
    [
        ("blocks: [", "syntax_error", 3),
        ("blocks: [{block: {kind: segment, segment: vips}}]", "unknown_segment", 3),
        (
            "blocks: [{block: {kind: profile, where: {attribute: agee, operator: is, value: 1}}}]",
            "unknown_attribute",
            3,
        ),
    ],
)
def test_the_command_line_says_it_in_a_line_each(
    store: Path, tmp_path: Path, definition: str, code: str, exit_code: int
) -> None:
    (tmp_path / "catalog.yaml").write_text(json.dumps(CATALOG))
    (tmp_path / "definition.yaml").write_text(definition)
    order = ["count", str(store), str(tmp_path / "definition.yaml"), "--catalog", str(tmp_path / "catalog.yaml")]
    ended = CliRunner().invoke(app, order)
    assert ended.exit_code == exit_code
    lines = ended.stderr.strip().splitlines()
    assert lines
    assert all(line.startswith("error[") for line in lines)
    assert any(code in line for line in lines)
    assert "Traceback" not in ended.output
