"""Whole columns are read with the same answers as single values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Context, Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.catalog import Attribute, AttributeType
from coterie.records.columns import TypedColumn, typed_column, typed_keys
from coterie.records.raw import RawColumn
from coterie.records.scalars import (
    ILL_TYPED,
    boolean_of,
    choices_of,
    date_of,
    instant_of,
    key_of,
    number_of,
    text_of,
)
from coterie.records.time_columns import LocalClock
from coterie.values.text import fold, list_element, list_elements

WIDE = Context(prec=60)
ZONES = ("UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe")

TEXTS = (
    "", " ", "\t", "a", " A b ", "ÄÖ", "ß", "ẞ", "é", "e\u0301", "\u0130", "\u3000x\u2003", "\x1cx\x1f",
    "\u00a0", "\x85",
    "a\x00b", "ΣΑΣ", "ﬁ", "x;y; ;Z", ";", "null", "\u212b",
    "0", "-0", "+7", "007", "12", "-12.50", ".5", "5.", "1e3", "1E-3", "-1.5e+2", "1e", "e1", "--1",
    "1,000", "1_000", "٣",
    "NaN", "inf", "0x10", "12345678901234567890123456789", "9999999999999999999999999999", "0.00000000005",
    "0.00000000015", "1.23456789012345", "123456789012345678", "1234567890123456789", "1.10000000000000000",
    "1e999999999", "1e9999999999", "1e-400", " 42 ", "99999999999999999999999999999e-5",
    "true", "TRUE", "Yes", "no", "N", "t", "F", "2",
    "2026-11-23", "2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "0000-01-01", "0001-01-01", "9999-12-31",
    "2026-13-01", "2026-00-10", "2026-1-3", "2026/11/23", "20261123", " 2026-11-23 ", "2026-11-23T00:00",
    "2026-11-23 00:00:00",
    "2026-11-23T00:00:00.000", "2026-11-23T00:00Z", "2026-11-23T10:00", "2026-11-23 10:00:59",
    "2026-11-23T10:00:60",
    "2026-11-23T24:00:00", "2026-11-23T10:60:00", "2026-11-23T10:00:00Z", "2026-11-23t10:00:00Z",
    "2026-11-23T10:00:00z",
    "2026-11-23T10:00:00.1", "2026-11-23T10:00:00.123", "2026-11-23T10:00:00.1239Z", "2026-11-23T10:00:00.123999",
    "2026-11-23T10:00:00.123456Z", "2026-11-23T10:00:00.123456789", "2026-11-23T10:00:00+01:00",
    "2026-11-23T10:00:00+0100",
    "2026-11-23T10:00:00-01", "2026-11-23T10:00+01", "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+01:60",
    "2026-11-23T10:00:00.123-05:30", "2026-11-23T10:00:00.123456-05:30", "2026-11-23T10-00:00",
    "2026-11-23T10:00:00 Z",
    "2026-03-29T02:30:00", "2026-10-25T02:30:00", "2026-10-25T02:30", "2006-10-29T00:00:30", "2011-12-30T12:00:00",
    "2011-12-30", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1700000000", "２０２６-11-23",
)  # fmt: skip


def naive(*parts: int) -> datetime:
    """A date and time without a zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def attribute(type_: AttributeType, choices: tuple[str, ...] = ()) -> Attribute:
    return Attribute(name="x", type=type_, choices=choices)


def clock(zone: str = "Europe/Paris") -> LocalClock:
    return LocalClock(ZoneInfo(zone))


def answers(column: TypedColumn) -> list[object]:
    """What a column says, row by row, as the functions for single values say it."""
    if column.numbers is not None:
        unscaled = column.numbers.unscaled.to_pylist()
        scale = column.numbers.scale
        read: list[object] = [None if n is None else Decimal(int(n)).scaleb(-scale, WIDE) for n in unscaled]
    else:
        read = column.values.to_pylist()
    for row in column.ill:
        assert read[row] is None
        read[row] = ILL_TYPED
    return read


SCALAR = {
    AttributeType.TEXT: text_of,
    AttributeType.NUMBER: number_of,
    AttributeType.BOOLEAN: boolean_of,
    AttributeType.DATE: date_of,
}


@pytest.mark.parametrize("type_", SCALAR)
def test_text_is_read_as_single_values_are(type_: AttributeType) -> None:
    column = typed_column(RawColumn(pa.array(TEXTS)), attribute(type_), clock())
    assert answers(column) == [SCALAR[type_](text) for text in TEXTS]


@pytest.mark.parametrize("zone", ZONES)
def test_text_is_read_as_instants_as_single_values_are(zone: str) -> None:
    column = typed_column(RawColumn(pa.array(TEXTS)), attribute(AttributeType.DATETIME), clock(zone))
    assert answers(column) == [instant_of(text, ZoneInfo(zone)) for text in TEXTS]


spelled_numbers = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.decimals(min_value=-(10**9), max_value=10**9, places=3).map(str),
    st.integers(-(10**40), 10**40).map(str),
    st.from_regex(r"[+-]?[0-9]{0,22}\.?[0-9]{0,14}([eE][+-]?[0-9]{1,2})?", fullmatch=True),
)
datetimes = st.datetimes(naive(1, 1, 2), naive(9999, 12, 30))
spelled_times = st.one_of(
    datetimes.map(lambda moment: moment.isoformat(timespec="seconds")),
    datetimes.map(lambda moment: moment.isoformat(" ", timespec="milliseconds") + "Z"),
    datetimes.map(lambda moment: moment.isoformat(timespec="microseconds") + "-03:30"),
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9])?(Z|\+0[0-9]:[0-6]0)?)?", fullmatch=True
    ),
)
cells = st.lists(
    st.one_of(st.none(), st.text(max_size=6), st.sampled_from(TEXTS), spelled_numbers, spelled_times), max_size=20
)


@settings(max_examples=150, deadline=None)
@given(cells, st.sampled_from(ZONES))
def test_generated_text_is_read_as_single_values_are(texts: list[str | None], zone: str) -> None:
    raw = RawColumn(pa.array(texts, pa.string()))
    for type_, scalar in SCALAR.items():
        assert answers(typed_column(raw, attribute(type_), clock())) == [scalar(text) for text in texts], type_
    column = typed_column(raw, attribute(AttributeType.DATETIME), clock(zone))
    assert answers(column) == [instant_of(text, ZoneInfo(zone)) for text in texts]
    assert answers(typed_keys(raw)) == [key_of(text) for text in texts]


@settings(max_examples=80, deadline=None)
@given(cells)
def test_text_is_folded_by_the_one_function(texts: list[str | None]) -> None:
    column = typed_column(RawColumn(pa.array(texts, pa.string())), attribute(AttributeType.TEXT), clock())
    assert column.folded is not None
    expected = [None if text is None else fold(text) or None for text in column.values.to_pylist()]
    assert column.folded.to_pylist() == expected


def lists_of(texts: pa.Array | None) -> list[list[str] | None]:
    """The lists that are kept as one text each."""
    assert texts is not None
    return [None if text is None else list_elements(text) for text in texts.to_pylist()]


def test_a_list_kept_as_one_text_keeps_its_elements_whatever_they_hold() -> None:
    odd = [["a\x1fb", "\x1e", "\x1e0", "\x1e1\x1f"], ["a"], ["b;c", "a\x1e0"]]
    column = typed_column(RawColumn(odd), attribute(AttributeType.MULTI_CHOICE), clock())
    assert lists_of(column.values) == odd
    assert list_element("b") not in column.values.to_pylist()[0]
    assert list_element("a\x1fb") in column.values.to_pylist()[0]


@settings(max_examples=80, deadline=None)
@given(cells)
def test_choices_separated_in_text_are_read_as_single_values_are(texts: list[str | None]) -> None:
    column = typed_column(RawColumn(pa.array(texts, pa.string())), attribute(AttributeType.MULTI_CHOICE), clock())
    kept = lists_of(column.values)
    assert kept == [choices_of(text)[0] for text in texts]
    assert lists_of(column.folded) == [
        None if chosen is None else [fold(choice) for choice in chosen] for chosen in kept
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(), st.floats(-1e6, 1e6).map(lambda x: round(x, 2))), max_size=20))
def test_floats_are_their_shortest_decimals(floats: list[float | None]) -> None:
    column = typed_column(RawColumn(pa.array(floats, pa.float64())), attribute(AttributeType.NUMBER), clock())
    assert answers(column) == [number_of(value) for value in floats]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(st.floats(width=32), st.floats(-1000, 1000).map(lambda x: float(np.float32(round(x, 2))))),
        max_size=20,
    )
)
def test_narrow_floats_are_their_own_shortest_decimals(floats: list[float]) -> None:
    narrow = np.array(floats, np.float32)
    column = typed_column(RawColumn(pa.array(narrow)), attribute(AttributeType.NUMBER), clock())
    assert answers(column) == [number_of(value) for value in narrow]


def test_a_narrow_float_is_not_that_of_the_wide_one() -> None:
    column = typed_column(RawColumn(pa.array([0.1], pa.float32())), attribute(AttributeType.NUMBER), clock())
    assert answers(column) == [Decimal("0.1")]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.decimals(-(10**20), 10**20, places=4)), max_size=20))
def test_typed_decimals_are_exact(decimals: list[Decimal | None]) -> None:
    for type_ in (pa.decimal128(30, 4), pa.decimal128(38, 12), pa.decimal256(60, 20)):
        column = typed_column(RawColumn(pa.array(decimals, type_)), attribute(AttributeType.NUMBER), clock())
        assert answers(column) == [number_of(value) for value in decimals]


MIXED: list[object] = [
    None, "", "5", 5, -3, 10**30, 2**63, True, False, 1.5, float("nan"), float("inf"), Decimal("2.50"), Decimal("NaN"),
    date(2026, 11, 23), naive(2026, 11, 23), naive(2026, 11, 23, 10, 30), datetime(2026, 11, 23, tzinfo=UTC),
    datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=5))), b"x", {"a": 1}, ["a", "b"], [], [" "],
    ["a", 5, None], ("x",), np.float64(0.1), np.float32(0.1), np.int64(7), np.bool_(True), "\ud800",
]  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        (AttributeType.NUMBER, {2: Decimal(5), 3: Decimal(5), 4: Decimal(-3), 6: Decimal(2**63), 9: Decimal("1.5"),
                                12: Decimal("2.5"), 26: Decimal("0.1"), 27: Decimal("0.1"), 28: Decimal(7)}),
        (AttributeType.TEXT, {2: "5"}),
        (AttributeType.BOOLEAN, {7: True, 8: False, 29: True}),
        (AttributeType.DATE, {14: date(2026, 11, 23), 15: date(2026, 11, 23)}),
        (AttributeType.DATETIME, {14: 1795388400000, 15: 1795388400000, 16: 1795426200000, 17: 1795392000000,
                                  18: 1795377600000}),
    ],
)  # fmt: skip
def test_mixed_objects_are_read_one_by_one(type_: AttributeType, expected: dict[int, object]) -> None:
    missing = {0, 1, 10, 13, 22, 23} if type_ is not AttributeType.NUMBER else {0, 1, 10, 11, 13, 22, 23}
    missing -= {13} if type_ is not AttributeType.NUMBER else set()
    column = typed_column(RawColumn(MIXED), attribute(type_), clock())
    assert answers(column) == [
        expected.get(position, None if position in missing else ILL_TYPED) for position in range(len(MIXED))
    ]


def test_whole_numbers_of_every_width_are_exact() -> None:
    number = attribute(AttributeType.NUMBER)
    for values in ([2**64 - 1, 0, None], [-(2**63), 2**63 - 1]):
        kind = pa.uint64() if None in values else pa.int64()
        column = typed_column(RawColumn(pa.array(values, kind)), number, clock())
        assert answers(column) == [None if value is None else Decimal(value) for value in values]
    small = typed_column(RawColumn(pa.array([200, None], pa.uint8())), number, clock())
    assert answers(small) == [Decimal(200), None]


def test_keys_of_typed_sources_are_digits_of_whole_numbers() -> None:
    column = typed_keys(RawColumn([7, 5.0, 5.5, True, "00001", " k ", Decimal(3), None]))
    assert answers(column) == ["7", "5", ILL_TYPED, ILL_TYPED, "00001", "k", "3", None]
    assert answers(typed_keys(RawColumn(pa.array([1, None, 3], pa.int32())))) == ["1", None, "3"]
    assert answers(typed_keys(RawColumn(pa.array([1.0, None, 2.5])))) == ["1", None, ILL_TYPED]


def test_only_the_ill_typed_elements_of_a_list_are_missing() -> None:
    column = typed_column(RawColumn([["a", 5, None, " B "], [5], []]), attribute(AttributeType.MULTI_CHOICE), clock())
    assert lists_of(column.values) == [["a", "B"], None, None]
    assert list(column.ill) == [0, 1]


def test_typed_lists_and_dictionaries_are_choices() -> None:
    lists = pa.array([["a", None, " "], None, []], pa.list_(pa.string()))
    column = typed_column(RawColumn(lists), attribute(AttributeType.MULTI_CHOICE), clock())
    assert lists_of(column.values) == [["a"], None, None]
    categories = pa.array(["x", None, "y"]).dictionary_encode()
    assert typed_column(RawColumn(categories), attribute(AttributeType.CHOICE), clock()).values.to_pylist() == [
        "x",
        None,
        "y",
    ]


def test_choices_that_the_catalog_does_not_list_are_kept_and_told() -> None:
    listed = attribute(AttributeType.CHOICE, ("Red", "Blue"))
    column = typed_column(RawColumn(pa.array(["RED", "green", None])), listed, clock())
    assert column.values.to_pylist() == ["RED", "green", None]
    assert list(column.unlisted) == [1]
    listed = attribute(AttributeType.MULTI_CHOICE, ("Red", "Blue"))
    column = typed_column(RawColumn(pa.array(["red;blue", "red;green", ""])), listed, clock())
    assert list(column.unlisted) == [1]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ZONES)
def test_timestamps_of_every_unit_are_cut_to_the_millisecond(unit: str, zone: str) -> None:
    moments = [naive(2026, 3, 29, 2, 30), naive(1969, 12, 31, 23, 59, 59), naive(2006, 10, 29, 0, 0, 30), None]
    column = typed_column(
        RawColumn(pa.array(moments, pa.timestamp(unit))), attribute(AttributeType.DATETIME), clock(zone)
    )
    assert answers(column) == [instant_of(moment, ZoneInfo(zone)) for moment in moments]
    aware = pa.array(moments, pa.timestamp(unit)).cast(pa.timestamp(unit, "UTC"))
    column = typed_column(RawColumn(aware), attribute(AttributeType.DATETIME), clock(zone))
    assert answers(column) == [
        None if moment is None else instant_of(moment.replace(tzinfo=UTC), ZoneInfo(zone)) for moment in moments
    ]


def test_timestamps_before_1970_are_cut_downwards() -> None:
    column = typed_column(
        RawColumn(pa.array([-1, 1999], pa.timestamp("us", "UTC"))), attribute(AttributeType.DATETIME), clock()
    )
    assert answers(column) == [-1, 1]


def test_dates_of_typed_sources_are_days() -> None:
    day = attribute(AttributeType.DATE)
    local = pa.array([naive(2026, 1, 1), naive(2026, 1, 1, 0, 0, 1), None], pa.timestamp("us"))
    assert answers(typed_column(RawColumn(local), day, clock())) == [date(2026, 1, 1), ILL_TYPED, None]
    aware = local.cast(pa.timestamp("us", "UTC"))
    assert answers(typed_column(RawColumn(aware), day, clock())) == [ILL_TYPED, ILL_TYPED, None]
    days = pa.array([0, None, 10_000_000], pa.date32())
    assert answers(typed_column(RawColumn(days), day, clock())) == [date(1970, 1, 1), None, ILL_TYPED]


def test_timestamps_out_of_reach_are_ill_typed() -> None:
    far = pa.array([2**62, -(2**62)], pa.timestamp("s"))
    assert answers(typed_column(RawColumn(far), attribute(AttributeType.DATETIME), clock())) == [ILL_TYPED, ILL_TYPED]


def test_types_of_no_use_are_ill_typed() -> None:
    for values in (pa.array([b"x"]), pa.array([{"a": 1}]), pa.array([timedelta(1)]), pa.array([[[1]]])):
        for type_ in AttributeType:
            column = typed_column(RawColumn(values), attribute(type_), clock())
            assert list(column.ill) == [0], (values.type, type_)


def test_slices_of_arrays_are_read_by_their_own_rows() -> None:
    for type_ in AttributeType:
        values = pa.array([*TEXTS, None])
        whole = typed_column(RawColumn(values), attribute(type_), clock())
        part = typed_column(RawColumn(values.slice(30, 40)), attribute(type_), clock())
        assert answers(part) == answers(whole)[30:70]


UNREACHED = {
    "nanoseconds": (pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns")), "2023-11-14 22:13:20.123456789"),
    "a zone": (pa.array([1, None], pa.timestamp("ns", "Europe/Paris")), "1970-01-01 01:00:00.000000001+0100"),
    "nanoseconds of a day": (pa.array([1, None], pa.time64("ns")), "00:00:00.000000001"),
    "a year of five digits": (pa.array([10**12, None], pa.timestamp("s")), "<value out of range: 1000000000000>"),
    "a year of six digits": (pa.array([10**13, None], pa.timestamp("s")), "<value out of range: 10000000000000>"),
    "lists": (pa.array([[1], None], pa.list_(pa.timestamp("ns"))), ["1970-01-01 00:00:00.000000001"]),
    "long lists": (pa.array([[1], None], pa.large_list(pa.timestamp("ns"))), ["1970-01-01 00:00:00.000000001"]),
    "structs": (pa.array([{"a": 1}, None], pa.struct({"a": pa.time64("ns")})), {"a": "00:00:00.000000001"}),
    "dictionaries": (
        pa.array([1, None], pa.timestamp("ns")).dictionary_encode(), "1970-01-01 00:00:00.000000001",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("values", "spelled"), UNREACHED.values(), ids=UNREACHED.keys())
def test_what_python_does_not_reach_is_spelled_and_no_value(values: pa.Array, spelled: object) -> None:
    """Whether or not a library is installed that knows nanoseconds, and that Arrow would ask."""
    column = RawColumn(values)
    assert (column.cell(0), column.cell(1)) == (spelled, None)
    for kind in (AttributeType.TEXT, AttributeType.NUMBER, AttributeType.BOOLEAN, AttributeType.MULTI_CHOICE):
        read = typed_column(column, attribute(kind), clock())
        assert (read.values.to_pylist(), read.ill.tolist()) == ([None, None], [0]), kind


def test_nanoseconds_that_are_whole_microseconds_are_python_times() -> None:
    for zone in (None, "Europe/Paris"):
        values = pa.array([1_700_000_000_123_456_000], pa.timestamp("ns", zone))
        expected = values.cast(pa.timestamp("us", zone))[0].as_py()
        assert type(RawColumn(values).cell(0)) is datetime
        assert RawColumn(values).cell(0) == expected
