"""A day alone, where a datetime is asked for, is its midnight (semantics, rules 18 and 19)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from coterie.catalog import Attribute, AttributeType
from coterie.records.columns import typed_column
from coterie.records.raw import RawColumn
from coterie.records.time_columns import LocalClock
from coterie.values.numbers import number_from_text
from coterie.values.times import instant_from_text, midnight

TORONTO = ZoneInfo("America/Toronto")
GAP = date(1919, 3, 31)
"""Toronto's clocks went from 23:30 on the 30th to 00:30 on the 31st: that midnight lies within the gap."""


def test_a_day_alone_in_a_gap_is_the_first_instant_after_it() -> None:
    """
    A local time in a gap moves forward by the gap (to 01:00); a day's midnight is the first instant after it (00:30).
    """
    begins = int(datetime(1919, 3, 31, 4, 30, tzinfo=UTC).timestamp() * 1000)
    assert midnight(GAP, TORONTO) == begins
    assert instant_from_text("1919-03-31", TORONTO) == begins
    assert instant_from_text("1919-03-31T00:00", TORONTO) == begins + 1_800_000


def test_typed_days_and_text_agree_on_it() -> None:
    attribute = Attribute(name="x", type=AttributeType.DATETIME)
    begins = midnight(GAP, TORONTO)
    for cells in (pa.array([GAP, None]), pa.array(["1919-03-31", None])):
        column = typed_column(RawColumn(cells), attribute, LocalClock(TORONTO))
        assert column.values.to_pylist() == [begins, None]


def test_an_exponent_beyond_measure_is_read_all_the_same() -> None:
    assert number_from_text("0e9999999999") == 0
    assert number_from_text("1e-99999999999999999999") == 0
    assert number_from_text("1e99999999999999999999") is None
