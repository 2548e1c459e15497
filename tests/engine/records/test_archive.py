"""The archive's files: every value comes back as it went in, and damage is named."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.catalog import parse_catalog
from coterie.errors import StoreError
from coterie.records.archive import Archive
from coterie.records.archived_files import ArchivedFile, ArchivedKind, FileWriter, Heading
from coterie.records.archived_values import decoded, encoded, encoded_each
from coterie.records.content import contents
from coterie.records.raw import RawBatch, RawColumn
from coterie.records.scalars import is_missing
from coterie.records.sources import open_source

# --- values ----------------------------------------------------------------------------------------------------------

ZONES = st.sampled_from([None, UTC, ZoneInfo("Europe/Paris"), timezone(timedelta(hours=-3, minutes=-30))])
TEXTS = st.text(st.characters(exclude_categories=())) | st.sampled_from(["", "$map", "\ud83d\ude00", "\udcff", "\0"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.dates()
    | st.datetimes(min_value=datetime(2, 1, 1), timezones=ZONES, allow_imaginary=False)  # noqa: DTZ001 - some have a zone
    | st.binary()
    | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(TEXTS, inner)
        | st.dictionaries(st.integers() | TEXTS, inner)
    ),
    max_leaves=12,
)


def alike(one: object, other: object) -> bool:
    """Equal in type and value, down to the sign of a zero; a NaN is like a NaN."""
    if type(one) is not type(other):
        return False
    match one, other:
        case float(), float():
            return (math.isnan(one) and math.isnan(other)) or (
                one == other and math.copysign(1, one) == math.copysign(1, other)
            )
        case Decimal(), Decimal():
            return one.as_tuple() == other.as_tuple()
        case datetime(), datetime():
            return (one.isoformat(), one.fold, str(one.tzinfo)) == (other.isoformat(), other.fold, str(other.tzinfo))
        case (list(), list()) | (tuple(), tuple()):
            return len(one) == len(other) and all(map(alike, one, other))
        case dict(), dict():
            return alike(list(one), list(other)) and all(alike(one[key], other[key]) for key in one)
    return one == other


@given(VALUES)
@settings(deadline=None)
def test_every_value_comes_back_as_it_went_in(value: object) -> None:
    assert alike(decoded(encoded(value)), value)


MAPPINGS = st.dictionaries(TEXTS | st.integers(), SCALARS | st.dictionaries(TEXTS, VALUES, max_size=4), max_size=4)


@given(st.lists(MAPPINGS, max_size=4))
@settings(deadline=None)
def test_mappings_that_are_written_together_come_back_one_by_one(values: list[dict[object, object]]) -> None:
    back = [decoded(text) for text in encoded_each(values).to_pylist()]
    assert alike(back, values)


def test_mappings_nested_without_end_are_written() -> None:
    deep: dict[object, object] = {}
    for _ in range(700):
        deep = {"a": deep}
    assert decoded(encoded_each([{"record": deep}])[0].as_py()) == {"record": deep}


def test_a_number_of_more_digits_than_python_spells_comes_back() -> None:
    for number in (10**4290, -(10**5000)):
        assert decoded(encoded({"a": number})) == {"a": number}


class Color(Enum):
    RED = "red"


@pytest.mark.parametrize("value", [Color.RED, timedelta(hours=1), 3 + 4j, b"a", bytearray(b"a"), range(3), object])
def test_an_object_of_another_type_comes_back_spelled_alike(value: object) -> None:
    back = decoded(encoded([value]))
    assert isinstance(back, list)
    assert (str(back[0]), str(back), is_missing(back[0])) == (str(value), str([value]), False)


@pytest.mark.parametrize(
    "value",
    [np.float32(0.1), np.float64(0.1), np.int64(7), np.bool_(True), np.datetime64("2026-01-01"), np.str_("a")],
)
def test_scalars_of_numpy_keep_their_type(value: np.generic) -> None:
    back = decoded(encoded(value))
    assert (type(back), back) == (type(value), value)


def test_arrays_and_sets_keep_elements_and_spelling() -> None:
    for value in (np.array(["a", "b"]), np.array([1.5, np.nan]), np.array([["a", None]], object), np.zeros((0, 2))):
        back = decoded(encoded(value))
        assert isinstance(back, np.ndarray)
        assert (str(back), back.dtype, back.shape) == (str(value), value.dtype, value.shape)
    letters = {"a", "b", "c", "d", "e"}
    back = decoded(encoded(letters))
    assert isinstance(back, frozenset)
    assert (back, str(back)) == (letters, str(letters))


def test_not_a_time_stays_missing() -> None:
    assert is_missing(decoded(encoded(np.datetime64("NaT"))))


def test_what_is_nested_too_deep_for_functions_comes_back() -> None:
    value: object = Decimal("1.5")
    for _ in range(700):
        value = [value]
    assert str(decoded(encoded(value))) == str(value)


@pytest.mark.parametrize("text", ["{", '{"$decimal": "x"}', '{"$date": 3}', '{"$datetime": []}', '{"$map": 3}'])
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises((ValueError, AssertionError)):
        decoded(text)


# --- batches ---------------------------------------------------------------------------------------------------------


def heading(number: int = 1, kind: ArchivedKind = ArchivedKind.LOAD) -> Heading:
    return Heading(
        number=number, kind=kind, name="contact", source="a.csv\udcff", time_zone="UTC", changed=True, data_version=1,
        catalog=number,
    )  # fmt: skip


def written(path: Path, batches: list[RawBatch]) -> ArchivedFile:
    writer = FileWriter(path)
    for batch in batches:
        writer.add_batch(batch)
    writer.finish(heading(), {})
    return ArchivedFile(path)


def assert_same(one: RawBatch, other: RawBatch) -> None:
    assert (list(one.columns), one.rows) == (list(other.columns), other.rows)
    assert [one.line(row) for row in range(one.rows)] == [other.line(row) for row in range(other.rows)]
    for name, column in one.columns.items():
        back = other.columns[name]
        assert (column.present is None) == (back.present is None)
        assert column.present is None or (column.present == back.present).all()
        if isinstance(column.values, pa.Array):
            assert isinstance(back.values, pa.Array)
            assert back.values.type == column.values.type
            assert back.values.equals(column.values)
        else:
            assert alike(back.values, column.values)
    every = np.ones(one.rows, bool)
    assert contents(one, every).equals(contents(other, every))


RECORDS = st.lists(st.dictionaries(st.sampled_from(["id", "a", "$b", "\ud800", 1, "1"]), VALUES, max_size=4))


@given(RECORDS, RECORDS)
@settings(deadline=None)
def test_records_of_objects_come_back_with_the_columns_they_had(
    tmp_path_factory: pytest.TempPathFactory, first: list[dict[object, object]], second: list[dict[object, object]]
) -> None:
    batches = [batch for records in (first, second) for batch in open_source(records).batches]
    back = list(written(tmp_path_factory.mktemp("archive") / "1.parquet", batches).batches())
    assert len(back) == len(batches)
    for one, other in zip(batches, back, strict=True):
        assert [repr(v) for c in one.columns.values() for v in c.values] == [
            repr(v) for c in other.columns.values() for v in c.values
        ]
        assert one.columns.keys() == other.columns.keys()
        assert [one.record(row).keys() for row in range(one.rows)] == [
            other.record(row).keys() for row in range(other.rows)
        ]


ARRAYS = {
    "text": pa.array(["a", None, "é"]),
    "large": pa.array(["a", None, "b"], pa.large_string()),
    "view": pa.array(["a", None, "b"], pa.string_view()),
    "dictionary": pa.array(["a", None, "a"]).dictionary_encode(),
    "dictionary of numbers": pa.array([7, None, 7]).dictionary_encode(),
    "lists": pa.array([["a", None], None, []], pa.list_(pa.string())),
    "structs": pa.array([{"a": 1}, None, {"a": None}]),
    "nothing": pa.nulls(3),
    "no fields": pa.array([{}, None, {}], pa.struct([])),
    "seconds": pa.array([1, None, 3], pa.timestamp("s")),
    "nanoseconds": pa.array([1, None, 3], pa.timestamp("ns", "Europe/Paris")),
    "finer than Python": pa.array([[1_700_000_000_123_456_789], None, []], pa.list_(pa.timestamp("ns"))),
    "farther than Python": pa.array([10**15, None, 0], pa.timestamp("s")),
    "date64": pa.array([86_400_000, None, 0], pa.date64()),
    "time": pa.array([1, None, 3], pa.time32("s")),
    "half": pa.array(np.array([0.1, 2, 3], np.float16)),
    "decimal": pa.array([Decimal("1.50"), None, Decimal("2.25")]),
    "unsigned": pa.array([2**64 - 1, None, 0], pa.uint64()),
    "interval": pa.array([(1, 2, 3), None, (0, 0, 0)], pa.month_day_nano_interval()),
    "bytes": pa.array([b"\xff", None, b""]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrow_columns_come_back_in_their_own_type(tmp_path: Path, name: str) -> None:
    array = ARRAYS[name]
    batches = [
        RawBatch({"line": RawColumn(array), "é.b": RawColumn(array)}, 3, 1),
        RawBatch({"line": RawColumn(array.slice(1)), "é.b": RawColumn(array.slice(1))}, 2, np.array([7, 9])),
    ]
    for one, other in zip(batches, written(tmp_path / "1.parquet", batches).batches(), strict=True):
        assert_same(one, other)


def test_batches_stay_apart_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    table = pa.table({"id": list(range(10))})
    batches = [
        RawBatch({"id": RawColumn(table.column(0).chunk(0).slice(start, rows))}, rows, start + 1)
        for start, rows in ((0, 4), (4, 0), (4, 6))
    ]
    back = list(written(tmp_path / "1.parquet", batches).batches())
    assert [batch.rows for batch in back] == [4, 6]


def test_a_record_batch_longer_than_a_row_group_stays_one(tmp_path: Path) -> None:
    rows = 2**20 + 5
    batch = RawBatch({"id": RawColumn(pa.array(np.arange(rows)))}, rows, 1)
    (back,) = written(tmp_path / "1.parquet", [batch]).batches()
    assert back.rows == rows


# --- a folder of files -----------------------------------------------------------------------------------------------

CATALOG = parse_catalog({"coterie": 1, "contact": {"key": "id", "attributes": {"a": "choice"}}})


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Three files, of which the first holds the catalog."""
    archive = Archive.beside(tmp_path / "shop.duckdb")
    for number in (1, 2, 3):
        writer = archive.writer(number)
        for batch in open_source([{"id": f"{number}-{row}"} for row in range(500)]).batches:
            writer.add_batch(batch)
        told = heading(number)
        archive.publish(writer, Heading(**{**{n: getattr(told, n) for n in Heading.__slots__}, "catalog": 1}), CATALOG)
    return archive


def test_a_file_says_what_it_holds(archive: Archive) -> None:
    assert archive.numbers() == range(1, 4)
    file = archive.file(3)
    assert (file.heading.source, file.heading.kind) == ("a.csv\udcff", ArchivedKind.LOAD)
    assert file.held_catalog is None
    assert archive.catalog_of(file) == CATALOG


def test_a_missing_file_is_named(archive: Archive) -> None:
    archive.path_of(2).unlink()
    with pytest.raises(StoreError) as raised:
        archive.numbers()
    assert (raised.value.code, raised.value.path) == ("archive_damaged", str(archive.path_of(2)))


def test_a_file_under_the_name_of_another_is_refused(archive: Archive) -> None:
    archive.path_of(3).replace(archive.path_of(2))
    with pytest.raises(StoreError, match="its number is 3"):
        archive.file(2)


def test_no_damaged_byte_goes_unnoticed(archive: Archive) -> None:
    """Every damage is an error that names the file, or changes nothing that is read."""
    path = archive.path_of(2)
    whole = path.read_bytes()
    expected = [batch.record(row) for batch in archive.file(2).batches() for row in range(batch.rows)]
    refused, told = 0, set()
    for place in range(0, len(whole), 37):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            file = archive.file(2)
            assert archive.catalog_of(file) == CATALOG
            found = [batch.record(row) for batch in file.batches() for row in range(batch.rows)]
            assert found == expected, place
            assert file.heading.source == "a.csv\udcff"
        except StoreError as error:
            told.add((error.code, error.path))
            refused += 1
    assert refused > 10
    assert told == {("archive_damaged", str(path))}


@pytest.mark.parametrize("kept", [0, 3, 100, -1])
def test_a_truncated_file_is_damaged(archive: Archive, kept: int) -> None:
    path = archive.path_of(2)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(StoreError) as raised:
        archive.file(2)
    assert raised.value.code == "archive_damaged"
    assert raised.value.hint


def test_what_was_left_half_written_is_removed(archive: Archive) -> None:
    archive.writer(4).path.write_bytes(b"PAR1")
    assert len(list(archive.folder.iterdir())) == 4
    archive.clear_unfinished()
    assert len(list(archive.folder.iterdir())) == 3


def test_operations_come_back_in_order(tmp_path: Path) -> None:
    operations: list[dict[object, object]] = [
        {"type": "upsert", "entity": "contact", "changed_at": datetime(2026, 1, 1, tzinfo=UTC),
         "record": {"id": "1", "age": Decimal("1.50"), "born": date(2000, 1, 1), 7: b"x"}},
        {"type": "delete", "entity": "contact", "key": "1"}, {"type": 3}, {},
    ]  # fmt: skip
    writer = FileWriter(tmp_path / "1.parquet")
    writer.add_operations(operations)
    writer.finish(heading(kind=ArchivedKind.INGEST), None)
    assert alike(ArchivedFile(tmp_path / "1.parquet").operations(), operations)
