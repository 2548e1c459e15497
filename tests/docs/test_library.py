"""docs/library.md runs, and leaves out no public name."""

from __future__ import annotations

import re
from pathlib import Path

from doc_pages import DOCS, Reader, same

import coterie

PAGE = (DOCS / "library.md").read_text(encoding="utf-8")


def test_every_example_prints_what_the_page_says(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for what, shown, printed in reader.follow(PAGE):
        assert same(shown, printed), f"{what} printed\n{printed}"
    assert reader.ran >= 7


def test_every_public_name_has_its_place() -> None:
    mentioned = set(re.findall(r"\w+", PAGE))
    assert set(coterie.__all__) <= mentioned


def test_everything_that_an_engine_does_is_listed() -> None:
    listed = set(re.findall(r"^\| `(\w+)", PAGE.split("## `Engine`")[1].split("### Loading")[0], re.MULTILINE))
    public = {name for name in vars(coterie.Engine) if not name.startswith("_")}
    assert public <= listed


def test_everything_that_an_answer_holds_is_named() -> None:
    answers = (
        *(coterie.Breakdown, coterie.StepCount, coterie.NodeCount),
        *(coterie.Explanation, coterie.StepReason, coterie.NodeReason),
        *(coterie.ImportReport, coterie.IngestReport, coterie.Problem),
        *(coterie.Refresh, coterie.Delta, coterie.DeltaPart, coterie.Published, coterie.SegmentStatus, coterie.LogLine),
        *(coterie.RefreshPlan, coterie.PlannedSegment, coterie.SegmentSize),
        *(coterie.ContactPage, coterie.ContactRow, coterie.ValueCount, coterie.Timeline, coterie.Event),
        *(coterie.Profile, coterie.AttributeValue, coterie.RelatedRecords, coterie.RelatedRecord),
    )
    words = set(re.findall(r"`(\w+)", PAGE))
    for answer in answers:
        assert set(answer.__dataclass_fields__) <= words, answer.__name__
    for words_of in (coterie.Reason, coterie.Cause, coterie.SegmentState, coterie.Happening):
        assert {str(word) for word in words_of} <= words
