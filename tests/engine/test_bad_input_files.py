"""Bad data files: each is refused whole, with its line where it has one; not a row is lost, and the next load works."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bad_input_shop import EVERYONE, NOW, quickly, refused, stocked, unharmed

from coterie import Engine, ReadError

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def shop() -> Iterator[Engine]:
    with stocked() as engine:
        yield engine


HEAD = b"contact_id,city,age\n"
GOOD = HEAD + b"".join(b"good%d,Rome,%d\n" % (number, number) for number in range(3000))
PACKED = gzip.compress(GOOD, mtime=0)
NOISE = random.Random(5).randbytes(10_000)


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"contact_id": [f"p{number}" for number in range(5000)]}), sink)
    return bytes(sink.getvalue())


def a_parquet_page_overwritten() -> bytes:
    whole = bytearray(parquet())
    whole[200:900] = NOISE[:700]
    return bytes(whole)


CASES: list[tuple[str, str, bytes, int | None, str]] = [
    ("a row too short", "a.csv", GOOD + b"x,Rome\n", 3002, "2 cells where the header names 3"),
    ("a row too long", "a.csv", GOOD + b"x,Rome,1,2\n", 3002, "4 cells where the header names 3"),
    ("a short row after a cell of two lines", "a.csv", HEAD + b'x,"Ro\nme",1\ny\n', 4, "1 cells"),
    ("latin-1 after UTF-8", "a.csv", HEAD + "a,Köln,1\n".encode() + "b,Köln,1\n".encode("latin-1"), 3, "not UTF-8"),
    ("UTF-16", "a.csv", GOOD.decode().encode("utf-16"), 1, "not UTF-8"),
    ("a quote left open", "a.csv", GOOD + b'x,"Rome,1\n' + b"y,Oslo,2\n" * 100, 3002, "never closed"),
    ("text after a quoted cell", "a.csv", HEAD + b'x,"Ro"me,1\n"y\n', None, ""),
    ("two columns of one name", "a.csv", b"contact_id,city,city\nx,Rome,Oslo\n", 1, "names a column twice: 'city'"),
    ("an empty file", "a.csv", b"", None, "is empty"),
    ("nothing but blank lines", "a.csv", b"\n\r\n\n", None, "is empty"),
    ("noise", "a.csv", NOISE, 1, ""),
    ("gzip cut short", "a.csv.gz", PACKED[:-20], None, "is broken"),
    ("gzip cut to its head", "a.csv.gz", PACKED[:5], None, "is broken"),
    ("gzip with a byte changed", "a.csv.gz", PACKED[:500] + b"\xff\xff\xff" + PACKED[503:], None, "is broken"),
    ("gzip with another checksum", "a.csv.gz", PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], None, "is broken"),
    ("gzip with garbage behind it", "a.csv.gz", PACKED + b"garbage", None, "is broken"),
    ("plain text named .gz", "a.csv.gz", GOOD, None, "is broken"),
    ("an empty .gz", "a.csv.gz", b"", None, "is empty"),
    ("no JSON", "a.jsonl", b'{"contact_id": "x"}\n{"contact_id": \n', 2, "is not JSON"),
    ("a list", "a.jsonl", b'{"contact_id": "x"}\n\n["x"]\n', 3, "is not an object"),
    ("a text", "a.jsonl", b'"x"\n', 1, "is not an object"),
    ("an object over two lines", "a.jsonl", b'{"contact_id":\n"x"}\n', 1, "is not JSON"),
    ("two objects in a line", "a.jsonl", b'{"contact_id": "x"}{"contact_id": "y"}\n', 1, "is not JSON"),
    ("a key twice in an object", "a.jsonl", b'{"contact_id": "x", "contact_id": "y"}\n', 1, "contact_id"),
    ("an object too deep", "a.jsonl", b'{"city": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", 1, "is not JSON"),
    ("latin-1 in JSON", "a.jsonl", b'{"contact_id": "x"}\n{"city": "K\xf6ln"}\n', 2, "not UTF-8"),
    ("UTF-16 in JSON", "a.jsonl", '{"contact_id": "x"}\n'.encode("utf-16"), 1, "not UTF-8"),
    ("Parquet cut to its head", "a.parquet", parquet()[:100], None, "Parquet"),
    ("Parquet short of its last byte", "a.parquet", parquet()[:-1], None, "Parquet"),
    ("Parquet with a page overwritten", "a.parquet", a_parquet_page_overwritten(), None, "is broken"),
    ("CSV named .parquet", "a.parquet", GOOD, None, "Parquet"),
    ("an empty .parquet", "a.parquet", b"", None, "Parquet"),
    ("a format that nobody reads", "a.xlsx", b"PK\3\4", None, "no format"),
    ("no suffix", "contacts", GOOD, None, "no suffix"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "line", "words"), [pytest.param(*c[1:], id=c[0]) for c in CASES])
def test_a_file_that_cannot_be_read_is_refused_whole(
    shop: Engine, tmp_path: Path, name: str, content: bytes, line: int | None, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with unharmed(shop):
        problem = refused(ReadError, "unreadable_file", lambda: shop.load("contact", path))
    assert problem.path == str(path)
    assert words in problem.message
    assert line is None or problem.line == line
    assert problem.hint
    assert len(str(problem)) < 1000


@pytest.mark.parametrize("name", ["none.csv", "none.csv.gz", "none.jsonl", "none.parquet"])
def test_a_file_that_is_not_there_is_refused(shop: Engine, tmp_path: Path, name: str) -> None:
    with unharmed(shop):
        problem = refused(ReadError, "unreadable_file", lambda: shop.load("contact", tmp_path / name))
    assert problem.path == str(tmp_path / name)


@pytest.mark.parametrize("name", ["folder.csv", "folder.csv.gz", "folder.jsonl", "folder.parquet"])
def test_a_folder_is_refused(shop: Engine, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with unharmed(shop):
        refused(ReadError, "unreadable_file", lambda: shop.load("contact", tmp_path / name))


def test_a_bad_line_far_into_a_file_undoes_all_that_came_before(shop: Engine, tmp_path: Path) -> None:
    """
    By then batches have been written: contacts, messages, wider numbers, records kept aside.
    """
    lines = [
        json.dumps({"message_id": f"m{n}", "contact_id": f"c{n}", "occurred_at": "2026-11-01", "amount": f"0.{n:010}"})
        for n in range(50_000)
    ]
    lines[10] = lines[10].replace("2026-11-01", "yesterday")
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([*lines, "{"]))
    with unharmed(shop):
        assert refused(ReadError, "unreadable_file", lambda: shop.load("purchase", path)).line == 50_001


# --- sources that are no files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [None, 5, {"contact_id": "x"}, b"contact_id\nx\n", ["x"], [["x"]], [None]], ids=repr)
def test_what_is_no_source_is_refused(shop: Engine, source: Any) -> None:
    with unharmed(shop):
        refused(ReadError, "unreadable_file", lambda: shop.load("contact", source))


class OutOfReachError(Exception):
    pass


def breaking_off(after: int) -> Iterator[dict[str, object]]:
    yield from ({"contact_id": f"c{number}", "age": number / 7} for number in range(after))
    raise OutOfReachError("the line went dead")


@pytest.mark.parametrize("after", [0, 10, 150_000])
def test_a_source_that_raises_leaves_nothing_and_its_error_as_it_is(shop: Engine, after: int) -> None:
    with unharmed(shop), pytest.raises(OutOfReachError, match=r"^the line went dead$"):
        shop.load("contact", breaking_off(after))


def test_a_progress_that_raises_leaves_nothing(shop: Engine) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with unharmed(shop), pytest.raises(KeyboardInterrupt):
        shop.load("contact", [{"contact_id": "x"}], progress=stop)


# --- odd, and right --------------------------------------------------------------------------------------------------


ODD = [
    ("a header alone", HEAD, 0),
    ("a byte order mark", b"\xef\xbb\xbf" + HEAD + b"x,Rome,1\n", 1),
    ("no line end at the end", HEAD + b"x,Rome,1", 1),
    ("a NUL in a cell", HEAD + b"x,Ro\0me,1\n", 1),
    ("a cell of 10 MB", HEAD + b"x," + b"y" * 10 * 2**20 + b",1\n", 1),
    ("a quoted cell of 10 MB and many lines", HEAD + b'x,"' + b"y\n" * 5 * 2**20 + b'",1\n', 1),
    ("a key in two rows", HEAD + b"x,Rome,1\nx,Oslo,2\n", 1),
    ("a column that nobody knows", b"contact_id,hobby\nx,chess\n", 1),
    ("a record without its key", HEAD + b",Rome,1\nx,Oslo,2\n", 1),
]


@pytest.mark.parametrize(("content", "added"), [pytest.param(*case[1:], id=case[0]) for case in ODD])
def test_what_is_odd_but_right_is_loaded_and_changes_nothing_the_second_time(
    shop: Engine, tmp_path: Path, content: bytes, added: int
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with quickly():
        assert shop.load("contact", path).added == added
    assert shop.count(EVERYONE, as_of=NOW) == 2 + added
    with unharmed(shop):
        again = shop.load("contact", path)
        assert (again.added, again.updated) == (0, 0)
