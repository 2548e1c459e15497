"""Files are read as they are meant, whole or not at all, and errors say where they are."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.errors import ReadError
from coterie.records import csv_files, open_source
from coterie.records.scalars import ILL_TYPED, number_of


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def records(source: object) -> list[tuple[int, dict[str, object]]]:
    """All records of a source with their lines."""
    return [(batch.line(row), batch.record(row)) for batch in open_source(source).batches for row in range(batch.rows)]


def refusal(source: object) -> ReadError:
    with pytest.raises(ReadError) as caught:
        records(source)
    assert caught.value.code == "unreadable_file"
    return caught.value


# --- CSV --------------------------------------------------------------------------------------------------------------


def test_csv_cells_are_text_and_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'id,name\n1,"a\nb"\n\n007,"say ""hi"", you"\r\n2,\n\n\n')
    assert records(path) == [
        (2, {"id": "1", "name": "a\nb"}),
        (5, {"id": "007", "name": 'say "hi", you'}),
        (6, {"id": "2", "name": ""}),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert records(written(tmp_path / "a.csv", b"\xef\xbb\xbfid\n1\n")) == [(2, {"id": "1"})]
    assert records(written(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"id": 1}\n')) == [(1, {"id": 1})]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_understood(tmp_path: Path, end: str) -> None:
    path = written(tmp_path / "a.csv", end.join(["id,name", "1,x", "", "2,y"]))
    assert records(path) == [(2, {"id": "1", "name": "x"}), (4, {"id": "2", "name": "y"})]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    assert records(written(tmp_path / "a.csv", "id\n1\n7")) == [(2, {"id": "1"}), (3, {"id": "7"})]
    assert records(written(tmp_path / "b.csv", 'id\n"7"')) == [(2, {"id": "7"})]


def test_a_quote_within_an_unquoted_cell_is_an_ordinary_character(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'id,size\n1,5" pipe\n2,6" pipe\n3,"a ""b"" c"\n')
    assert [record["size"] for _, record in records(path)] == ['5" pipe', '6" pipe', 'a "b" c']


def test_a_gzipped_csv_is_unpacked(tmp_path: Path) -> None:
    path = written(tmp_path / "A.CSV.GZ", gzip.compress(b"id\n1\n") + gzip.compress(b"2\n"))
    assert [record for _, record in records(path)] == [{"id": "1"}, {"id": "2"}]


def test_a_header_alone_has_no_records(tmp_path: Path) -> None:
    assert records(written(tmp_path / "a.csv", "id,name\n")) == []


def test_a_quoted_header_may_hold_anything(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", '"id","a, ""b""\nc"\n1,2\n')
    assert records(path) == [(3, {"id": "1", 'a, "b"\nc': "2"})]


def test_a_nul_byte_is_kept(tmp_path: Path) -> None:
    assert records(written(tmp_path / "a.csv", "id\na\x00b\n")) == [(2, {"id": "a\x00b"})]


def test_a_cell_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    big = "x\n" * 5_000_000
    path = written(tmp_path / "a.csv", f'id,note\n1,"{big}"\n2,small\n')
    read = records(path)
    assert read[0][1]["note"] == big
    assert read[1] == (5_000_003, {"id": "2", "note": "small"})


cell = st.text(st.sampled_from('ab,"\n\r é\x00'), max_size=5)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(cell, cell), max_size=12), st.sampled_from([7, 16, 64]), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_by_rfc_4180_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], chunk: int, end: str
) -> None:
    def spelled(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') or not text else text

    lines = ["a,b", *(",".join(map(spelled, row)) for row in rows)]
    path = written(tmp_path_factory.getbasetemp() / "generated.csv", end.join(lines) + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "_CHUNK", chunk)
        read = records(path)
    assert [(record["a"], record["b"]) for _, record in read] == rows
    breaks = [
        row[0].replace("\r\n", "\n").replace("\r", "\n") + row[1].replace("\r\n", "\n").replace("\r", "\n")
        for row in rows
    ]
    starts = [2 + position + sum(text.count("\n") for text in breaks[:position]) for position in range(len(rows))]
    assert [line for line, _ in read] == starts


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", None, "empty"),
        (b"\n\n", None, "empty"),
        (b'a,b\n1,2\n\n"x\ny",2\n1,2,3\n', 6, "3 cells"),
        (b"a,b\n1\n", 2, "1 cells"),
        (b"a,b\n1,2\n1,caf\xe9\n", 3, "UTF-8: byte 6 of it is 0xe9"),
        (b"a,a\n1,2\n", 1, "twice"),
        (b'a,b\n1,2\n1,"x\n2,3\n', 3, "never closed"),
        (b"\xff\xfea\x00,\x00", 1, "UTF-8"),
    ],
)
def test_a_csv_that_cannot_be_read_says_where(tmp_path: Path, content: bytes, line: int | None, words: str) -> None:
    error = refusal(written(tmp_path / "a.csv", content))
    assert error.problems[0].line == line
    assert words in error.problems[0].message


def test_a_ragged_row_late_in_a_long_file_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "_CHUNK", 1000)
        error = refusal(written(tmp_path / "a.csv", "a,b\n" + "1,2\n" * 5000 + "1,2,3\n" + "1,2\n" * 5000))
    assert error.problems[0].line == 5002


def test_a_record_too_long_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "_CHUNK", 100)
        patch.setattr(csv_files, "LONGEST_RECORD", 1000)
        error = refusal(written(tmp_path / "a.csv", 'a\n1\n"' + "x" * 5000 + '"\n'))
    assert error.problems[0].line == 3


# --- other files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv.gz", ".jsonl.gz"])
def test_broken_gzip_is_refused(tmp_path: Path, suffix: str) -> None:
    whole = gzip.compress(b'{"id": 1}\n' * 100_000)
    assert "broken" in str(refusal(written(tmp_path / f"a{suffix}", whole[: len(whole) // 2])))
    assert "broken" in str(refusal(written(tmp_path / f"b{suffix}", b"not gzip at all")))


def test_json_lines_tell_an_absent_key_from_an_empty_one(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"id": 1, "city": null}\n\n{"id": "2", "age": 0.1}\r\n')
    assert [(line, set(record)) for line, record in records(path)] == [(1, {"id", "city"}), (3, {"id", "age"})]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'{"id": 1}\n{"id": \n', 2),
        (b'{"id": 1}\n\n[1]\n', 3),
        (b'{"id": 1}\n{"id": "caf\xe9"}', 2),
        (b'{"id": ' + b"9" * 5000 + b"}", 1),
        (b"[" * 100_000, 1),
    ],
)
def test_a_bad_json_line_is_named(tmp_path: Path, content: bytes, line: int) -> None:
    assert refusal(written(tmp_path / "a.jsonl", content)).problems[0].line == line


def test_a_json_number_beyond_all_decimals_is_read(tmp_path: Path) -> None:
    [(_, read)] = records(written(tmp_path / "a.jsonl", '{"age": 1e9999999999999999999}\n'))
    assert number_of(read["age"]) is ILL_TYPED


def test_a_parquet_file_is_read_in_its_own_types(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2], "tags": [["a"], None]}), tmp_path / "a.parquet")
    assert records(tmp_path / "a.parquet") == [(1, {"id": 1, "tags": ["a"]}), (2, {"id": 2, "tags": None})]


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": list(range(1000))}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    assert "Parquet" in str(refusal(written(tmp_path / "b.parquet", whole[:-100])))
    damaged = bytearray(whole)
    damaged[20:400] = b"\xff" * 380
    refusal(written(tmp_path / "c.parquet", bytes(damaged)))


@pytest.mark.parametrize("name", ["no.csv", "no.jsonl", "no.parquet"])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    assert "No such file" in str(refusal(tmp_path / name))


def test_a_suffix_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    error = refusal(written(tmp_path / "a.xlsx", b""))
    assert ".parquet" in error.hint
    refusal(tmp_path)


# --- objects ----------------------------------------------------------------------------------------------------------


def test_arrow_tables_and_readers_are_sources() -> None:
    table = pa.table({"id": ["a", "b"]})
    assert records(table) == [(1, {"id": "a"}), (2, {"id": "b"})]
    assert records(table.to_reader()) == records(table)
    assert records(pa.record_batch({"id": ["a"]})) == [(1, {"id": "a"})]


def test_a_generator_of_mappings_is_a_source() -> None:
    def made() -> Iterator[dict[str, object]]:
        yield {"id": 1}
        yield {"id": 2, "city": "x"}

    assert records(made()) == [(1, {"id": 1}), (2, {"id": 2, "city": "x"})]


@pytest.mark.parametrize("source", [{"id": 1}, 7, None, [1], [{"id": 1}, "x"], b"id\n1\n"])
def test_what_is_no_source_is_refused(source: object) -> None:
    refusal(source)


def test_two_columns_of_one_name_are_refused() -> None:
    refusal(pa.table([pa.array([1]), pa.array([2])], names=["id", "id"]))


def test_the_fraction_read_grows_to_one(tmp_path: Path) -> None:
    source = open_source(written(tmp_path / "a.csv", "id\n1\n"))
    assert source.fraction() == 0.0
    list(source.batches)
    assert source.fraction() == 1.0
