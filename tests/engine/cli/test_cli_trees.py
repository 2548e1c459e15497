"""Breakdowns and explanations as trees: plain for programs, guided and fitted to the width on a terminal."""

from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from coterie.cli.screen import Screen, printable, width_of
from coterie.cli.trees import show_breakdown, show_explanation
from coterie.definition.nodes import Combine
from coterie.engine import Breakdown, Explanation, NodeCount, NodeReason, Reason, StepCount, StepReason


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard output from here on: it is no fixture, because pytest captures each phase of a test anew."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    return stream


def unstyled(stream: io.StringIO) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())


def count(path: str, wording: str, number: int, *children: NodeCount) -> NodeCount:
    return NodeCount(path=path, wording=wording, count=number, children=children)


BREAKDOWN = Breakdown(
    in_scope=10_000,
    total=1200,
    steps=(
        StepCount(
            combine=None,
            alone=2500,
            so_far=2500,
            node=count(
                "b",
                "City is Paris or Lyon",
                2500,
                count(
                    "b.where",
                    "City is Paris or Lyon",
                    2500,
                    count("b.where.any[0]", "City is Paris, a very long wording that takes more than a line", 2000),
                    count("b.where.any[1]", "not", 500, count("b.where.any[1].not", "City is not Lyon", 9500)),
                ),
            ),
        ),
        StepCount(combine=Combine.BUT_NOT, alone=1300, so_far=1200, node=count("c", "made a purchase", 1300)),
    ),
)


def test_a_plain_breakdown_has_a_line_for_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    show_breakdown(Screen(), BREAKDOWN)
    assert capsys.readouterr().out.splitlines() == [
        " alone  so far",
        " 2,500   2,500            any of these",
        " 2,000                      City is Paris, a very long wording that takes more than a line",
        "   500                      not",
        " 9,500                        City is not Lyon",
        " 1,300   1,200  but not   made a purchase",
        "         1,200  members",
    ]


def test_on_a_terminal_there_are_guides_and_lines_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    show_breakdown(Screen(), BREAKDOWN)
    assert unstyled(terminal).splitlines() == [
        " alone  so far",
        " 2,500   2,500            any of these",
        " 2,000                    ├─ City is Paris, a very long",
        "                          │  wording that takes more than a",
        "                          │  line",
        "   500                    └─ not",
        " 9,500                       └─ City is not Lyon",
        " 1,300   1,200  but not   made a purchase",
        "         1,200  members",
    ]


def explanation(reason: Reason = Reason.DEFINITION, changes_at: datetime | None = None) -> Explanation:
    evidence = (
        {"message_id": "m1", "occurred_at": datetime(2026, 11, 21, 10, tzinfo=UTC), "amount": None, "paid": True},
        {
            "message_id": "m2",
            "occurred_at": datetime(2026, 7, 1, 10, 0, 0, 5000, tzinfo=UTC),
            "amount": 3,
            "paid": False,
        },
    )
    node = NodeReason(path="b", wording="made a purchase", matches=True, evidence=evidence)
    step = StepReason(combine=None, alone=True, so_far=True, node=node)
    return Explanation(contact_id="C1", member=True, reason=reason, changes_at=changes_at, steps=(step,))


def test_evidence_is_shown_in_the_zone_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    changes_at = datetime(2026, 11, 28, 23, tzinfo=UTC)
    show_explanation(Screen(), explanation(changes_at=changes_at), ZoneInfo("Europe/Paris"))
    assert capsys.readouterr().out.splitlines() == [
        "✓ C1 is a member",
        "            ✓ made a purchase",
        "              · occurred_at: 2026-11-21 11:00+01:00, amount: (none), paid: yes",
        "              · occurred_at: 2026-07-01 12:00:00.005+02:00, amount: 3, paid: no",
        "Time alone changes the answer at 2026-11-29 00:00+01:00",
    ]


def test_rows_beyond_the_most_shown_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    show_explanation(Screen(), explanation(), UTC, rows=1)
    assert "              · and 1 more\n" in capsys.readouterr().out


def test_what_was_decided_by_hand_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_explanation(Screen(), explanation(Reason.KEPT_IN), UTC)
    assert capsys.readouterr().out.startswith("✓ C1 is a member: kept in by hand\n")


def test_data_cannot_move_the_cursor() -> None:
    assert printable("a\x1b[2Jb\nc\u202ed") == r"a\x1b[2Jb\nc\u202ed"
    assert printable("Łukasz 東京") == "Łukasz 東京"


def test_wide_characters_take_two_columns() -> None:
    assert width_of("東京") == 4
    assert width_of("e\u0301") == 1
