"""The loop of `coterie watch`: wakes for what is due, at the very instant; sleeps otherwise; ends when told to."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pytest
from cli_shop import CATALOG

import coterie
from coterie import Engine
from coterie.cli.inbox import Inbox
from coterie.cli.waking import Waking
from coterie.cli.watching import Settings, Watch
from coterie.engine.refreshed import Refresh
from coterie.errors import Problem
from coterie.records import IngestReport

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class FakeTimer:
    """A clock that moves only while it is slept by, and ends the loop at a moment. `during` is called in each sleep."""

    end: datetime
    time: datetime = START
    sleeps: list[float] = field(default_factory=list)
    during: Callable[[datetime], None] = lambda _: None

    @property
    def ended(self) -> bool:
        return self.time >= self.end

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        assert len(self.sleeps) < 20_000, "it spins"
        self.sleeps.append(seconds)
        self.time += timedelta(seconds=seconds)
        self.during(self.time)


@dataclass
class FakeEngine:
    """Remembers at what moments it was refreshed. `upcoming` are the instants at which time changes an answer.

    Until `ill_until`, some segment fails that may recover.
    """

    upcoming: list[datetime] = field(default_factory=list)
    data_version: int = 0
    refreshed: list[datetime] = field(default_factory=list)
    retained: list[datetime] = field(default_factory=list)
    ill_until: datetime = START

    def ingest(self, records: Iterable[Mapping[str, object]]) -> IngestReport:
        self.data_version += 1
        return report(len(list(records)), self.data_version)

    def refresh(self, *, as_of: datetime) -> Refresh:
        self.refreshed.append(as_of)
        return Refresh(
            publication=len(self.refreshed), data_version=self.data_version, as_of=as_of, deltas={}, failed={},
            held=frozenset(), may_recover=frozenset({"warm"} if as_of < self.ill_until else ()),
            next_evaluation=min((each for each in self.upcoming if each > as_of), default=None),
            evaluated_in_full=0, seconds=0.0, publishing_seconds=0.0,
        )  # fmt: skip

    def retain(self, before: datetime) -> int:
        self.retained.append(before)
        return 1


def report(read: int, data_version: int) -> IngestReport:
    return IngestReport(
        read=read, added=read, updated=0, deleted=0, repeated=0, refused=0, made_ids=0,
        data_version=data_version, touched=read,
    )  # fmt: skip


@dataclass
class Diary:
    """What the loop told."""

    lines: list[str] = field(default_factory=list)

    def refreshed(self, refresh: Refresh) -> None:
        self.lines.append(f"refreshed {refresh.data_version}")

    def ingested(self, file: Path, report: IngestReport) -> None:
        self.lines.append(f"{file.name} {report.read}")

    def refused(self, file: Path, problems: tuple[Problem, ...]) -> None:
        self.lines.append(f"{file.name} line {problems[0].line}")

    def vanished(self, file: Path) -> None:
        self.lines.append(f"{file.name} vanished")

    def retained(self, before: datetime, publications: int) -> None:
        self.lines.append(f"dropped {publications} before {before:%d}")


def watched(
    engine: FakeEngine | Engine, timer: FakeTimer, inbox: Inbox | None = None, settings: Settings | None = None
) -> list[str]:
    diary = Diary()
    Watch(engine, inbox, timer, diary, settings or Settings()).run()
    return diary.lines


def upsert(contact: str) -> str:
    record = {"contact_id": contact, "city": "Paris"}
    return json.dumps({"type": "upsert", "entity": "contact", "record": record}) + "\n"


# --- time ------------------------------------------------------------------------------------------------------------


def test_it_wakes_exactly_when_time_changes_an_answer() -> None:
    upcoming = [START + timedelta(milliseconds=7), START + 61 * MINUTE]
    engine = FakeEngine(upcoming)
    timer = FakeTimer(START + 120 * MINUTE)
    assert watched(engine, timer) == ["refreshed 0"] * 3
    assert engine.refreshed == [START, *upcoming]


def test_where_nothing_is_due_nothing_is_refreshed_and_it_sleeps_a_minute_at_a_time() -> None:
    engine = FakeEngine()
    timer = FakeTimer(START + 60 * MINUTE)
    watched(engine, timer)
    assert engine.refreshed == [START]
    assert timer.sleeps == [60.0] * 60


def test_a_clock_that_is_set_ahead_is_noticed_within_a_minute_and_one_set_back_takes_nothing_back() -> None:
    engine = FakeEngine([START + 600 * MINUTE, START + 900 * MINUTE])

    def set_clock(time: datetime) -> None:
        if len(timer.sleeps) == 3:
            timer.time = time + 700 * MINUTE
        if len(timer.sleeps) == 5:
            timer.time = START
            engine.upcoming = [START + 705 * MINUTE]

    timer = FakeTimer(START + 710 * MINUTE, during=set_clock)
    watched(engine, timer)
    assert engine.refreshed[:2] == [START, START + 703 * MINUTE]
    assert engine.refreshed == sorted(engine.refreshed)


def test_what_may_recover_is_tried_again_after_a_second_then_later_and_later_up_to_a_minute() -> None:
    engine = FakeEngine(ill_until=START + 5 * MINUTE)
    watched(engine, FakeTimer(START + 60 * MINUTE))
    waited = [(each - START).total_seconds() for each in engine.refreshed]
    assert waited == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303]


def test_an_instant_that_comes_before_the_next_try_is_kept() -> None:
    soon = START + timedelta(seconds=2)
    engine = FakeEngine([soon], ill_until=START + timedelta(seconds=3))
    watched(engine, FakeTimer(START + MINUTE))
    assert [(each - START).total_seconds() for each in engine.refreshed] == [0, 1, 2, 6]


def test_after_a_recovery_the_next_failure_is_tried_again_after_a_second() -> None:
    upcoming = [START + 10 * MINUTE]
    engine = FakeEngine(upcoming, ill_until=START + timedelta(seconds=3))

    def fall_ill_again(time: datetime) -> None:
        if time == upcoming[0]:
            engine.ill_until = time + timedelta(seconds=1)

    watched(engine, FakeTimer(START + 60 * MINUTE, during=fall_ill_again))
    assert [(each - START).total_seconds() for each in engine.refreshed] == [0, 1, 3, 600, 601]


def test_old_publications_are_dropped_once_a_day() -> None:
    engine = FakeEngine()
    keep = timedelta(days=30)
    lines = watched(engine, FakeTimer(START + timedelta(hours=49)), settings=Settings(keep=keep))
    assert engine.retained == [START + timedelta(days=days) - keep for days in range(3)]
    assert lines == ["refreshed 0", "dropped 1 before 24", "dropped 1 before 25", "dropped 1 before 26"]


def test_it_does_nothing_where_it_is_told_to_end_before_it_begins() -> None:
    engine = FakeEngine()
    assert watched(engine, FakeTimer(START)) == []
    assert engine.refreshed == []


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "incoming"
    made.mkdir()
    return made


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_are_applied_in_the_order_of_their_names_and_each_is_followed_by_a_refresh(folder: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "c.csv", ".d.jsonl", "e.jsonl.part"):
        (folder / name).write_text(upsert(name))
    lines = watched(FakeEngine(), FakeTimer(START + MINUTE), Inbox(folder))
    assert lines == ["refreshed 0", "refreshed 1", "a.jsonl 1", "refreshed 2", "b.jsonl 1"]
    assert names(folder) == [".d.jsonl", "c.csv", "done/a.jsonl", "done/b.jsonl", "e.jsonl.part"]


def test_a_large_file_is_applied_in_batches_each_followed_by_a_refresh(folder: Path) -> None:
    (folder / "a.jsonl").write_text("".join(map(upsert, "abcde")))
    lines = watched(FakeEngine(), FakeTimer(START + MINUTE), Inbox(folder), Settings(batch_size=2))
    assert lines == ["refreshed 0", "refreshed 1", "refreshed 2", "refreshed 3", "a.jsonl 5"]


def test_a_file_is_found_at_the_next_look_and_looks_are_apart(folder: Path) -> None:
    def drop(time: datetime) -> None:
        if time == START + timedelta(seconds=20):
            (folder / "late.jsonl").write_text(upsert("late"))

    engine, timer = FakeEngine(), FakeTimer(START + MINUTE, during=drop)
    watched(engine, timer, Inbox(folder), Settings(every=timedelta(seconds=5)))
    assert engine.refreshed == [START, START + timedelta(seconds=20)]
    assert timer.sleeps == [5.0] * 12


def test_what_cannot_be_read_is_moved_with_a_report_and_the_next_goes_on(folder: Path) -> None:
    (folder / "a.jsonl").write_text(upsert("1") + upsert("2") + upsert("3") + "{\n")
    (folder / "b.jsonl").write_text(upsert("4"))
    lines = watched(FakeEngine(), FakeTimer(START + MINUTE), Inbox(folder), Settings(batch_size=2))
    assert lines == ["refreshed 0", "refreshed 1", "a.jsonl line 4", "refreshed 2", "b.jsonl 1"]
    assert names(folder) == ["done/b.jsonl", "refused/a.jsonl", "refused/a.jsonl.report.json"]
    told = json.loads((folder / "refused" / "a.jsonl.report.json").read_text())
    assert (told["problems"][0]["line"], told["applied"]["read"]) == (4, 2)


def test_a_name_that_comes_again_replaces_nothing(folder: Path) -> None:
    inbox = Inbox(folder)
    for text in ("1", "2", "3"):
        (folder / "a.jsonl").write_text(upsert(text))
        watched(FakeEngine(), FakeTimer(START + MINUTE), inbox)
    assert names(folder) == ["done/a-2.jsonl", "done/a-3.jsonl", "done/a.jsonl"]
    assert [(folder / name).read_text() for name in names(folder)] == [upsert("2"), upsert("3"), upsert("1")]


def test_an_empty_file_is_done(folder: Path) -> None:
    (folder / "a.jsonl").write_text("\n")
    assert watched(FakeEngine(), FakeTimer(START + MINUTE), Inbox(folder)) == ["refreshed 0"]
    assert names(folder) == ["done/a.jsonl"]


class Meddling(FakeEngine):
    """Something happens to files while the first batch is applied."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        super().__init__()
        self.meddle: Callable[[], object] = meddle

    def ingest(self, records: Iterable[Mapping[str, object]]) -> IngestReport:
        if self.data_version == 0:
            self.meddle()
        return super().ingest(records)


def test_a_file_that_is_gone_when_its_turn_comes_is_passed_over(folder: Path) -> None:
    for name in ("a.jsonl", "b.jsonl", "c.jsonl"):
        (folder / name).write_text(upsert(name))
    engine = Meddling((folder / "b.jsonl").unlink)
    lines = watched(engine, FakeTimer(START + MINUTE), Inbox(folder))
    assert lines == ["refreshed 0", "refreshed 1", "a.jsonl 1", "b.jsonl vanished", "refreshed 2", "c.jsonl 1"]
    assert names(folder) == ["done/a.jsonl", "done/c.jsonl"]


def test_a_file_that_is_taken_away_while_it_is_applied_was_applied(folder: Path) -> None:
    (folder / "a.jsonl").write_text(upsert("1"))
    engine = Meddling((folder / "a.jsonl").unlink)
    assert watched(engine, FakeTimer(START + MINUTE), Inbox(folder)) == ["refreshed 0", "refreshed 1", "a.jsonl 1"]
    assert names(folder) == []


def test_a_file_that_cannot_be_moved_ends_the_loop_and_is_not_applied_for_ever(folder: Path) -> None:
    (folder / "a.jsonl").write_text(upsert("1"))
    engine = Meddling((folder / "done").rmdir)
    with pytest.raises(FileNotFoundError):
        watched(engine, FakeTimer(START + MINUTE), Inbox(folder))
    assert engine.data_version == 1


def test_a_file_that_is_written_to_while_it_is_read_is_refused_with_what_was_applied(folder: Path) -> None:
    """
    Its writer did not wait: what came after the end that was read would be lost in done/.
    """
    file = folder / "a.jsonl"
    file.write_text(upsert("1"))
    engine = Meddling(lambda: file.write_text(upsert("1") + upsert("2")))
    lines = watched(engine, FakeTimer(START + MINUTE), Inbox(folder))
    assert lines == ["refreshed 0", "refreshed 1", "a.jsonl line None"]
    assert names(folder) == ["refused/a.jsonl", "refused/a.jsonl.report.json"]
    told = json.loads((folder / "refused" / "a.jsonl.report.json").read_text())
    assert (told["problems"][0]["code"], told["applied"]["read"]) == ("unreadable_file", 1)


@pytest.mark.parametrize("breaks", ["open", "read"])
def test_a_file_that_cannot_be_opened_or_read_on_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    (folder / "a.jsonl").write_text(upsert("1"))
    (folder / "b.jsonl").write_text(upsert("2"))
    whole = Path.open

    def broken(path: Path, *args: Any, **options: Any) -> IO[Any]:
        if path.name != "a.jsonl":
            return whole(path, *args, **options)
        if breaks == "open":
            raise PermissionError(13, "Permission denied")
        return BytesOfNoDisk()

    monkeypatch.setattr(Path, "open", broken)
    lines = watched(FakeEngine(), FakeTimer(START + MINUTE), Inbox(folder))
    assert lines == ["refreshed 0", "a.jsonl line None", "refreshed 1", "b.jsonl 1"]
    assert (folder / "refused" / "a.jsonl").exists()


@pytest.mark.parametrize("fails", [FileNotFoundError(2, "No such file"), OSError(5, "Input/output error")])
def test_a_file_whose_size_cannot_be_told_before_it_is_read_is_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fails: OSError
) -> None:
    (folder / "a.jsonl").write_text(upsert("1"))
    stat, asked = Path.stat, 0

    def failing(path: Path, **options: Any) -> Any:
        nonlocal asked
        asked += path.name == "a.jsonl"
        if path.name == "a.jsonl" and asked == 2:  # first, the folder is looked at
            raise fails
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", failing)
    lines = watched(FakeEngine(), FakeTimer(START + MINUTE), Inbox(folder))
    assert lines == ["refreshed 0", "refreshed 1", "a.jsonl 1"]
    assert names(folder) == ["done/a.jsonl"]


def test_a_file_that_cannot_be_read_nor_looked_at_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.jsonl").write_text("{\n")
    is_file, stat = Path.is_file, Path.stat

    def failing(path: Path, **options: Any) -> Any:
        if path == folder / "a.jsonl":
            raise OSError(5, "Input/output error")
        return stat(path, **options)

    monkeypatch.setattr(Path, "is_file", lambda path: path.name == "a.jsonl" or is_file(path))
    monkeypatch.setattr(Path, "stat", failing)
    assert watched(FakeEngine(), FakeTimer(START + MINUTE), Inbox(folder)) == ["refreshed 0", "a.jsonl line 1"]
    assert (folder / "refused" / "a.jsonl").exists()


class BytesOfNoDisk(BytesIO):
    def __next__(self) -> bytes:
        raise OSError(5, "Input/output error")


# --- with a real engine ----------------------------------------------------------------------------------------------

BUYERS = """
coterie: 1
segment: buyers
name: Buyers
type: dynamic
definition:
  blocks:
    - block:
        kind: interaction
        interaction: purchase
        window: {kind: last, count: 7, unit: days}
        operator: at_least
        value: 1
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    with coterie.open(":memory:", CATALOG, threads=1) as opened:
        opened.refresh({"buyers": BUYERS}, as_of=START)
        yield opened


def purchase(contact: str, occurred_at: datetime) -> str:
    record = {"message_id": contact, "contact_id": contact, "occurred_at": occurred_at.isoformat()}
    operations = [
        {"type": "upsert", "entity": "contact", "record": {"contact_id": contact}},
        {"type": "interaction", "interaction": "purchase", "record": record},
    ]
    return "".join(json.dumps(operation) + "\n" for operation in operations)


def test_members_follow_the_data_and_the_clock(engine: Engine, folder: Path) -> None:
    """
    The purchase lies ahead of its arrival: Ann enters when it becomes visible, and leaves when its week is over.
    """
    visible = START + timedelta(seconds=90, milliseconds=1)
    (folder / "a.jsonl").write_text(purchase("ann", visible))
    timer = FakeTimer(START + timedelta(days=9))
    lines = watched(engine, timer, Inbox(folder), Settings(every=timedelta(hours=1)))
    log = [(each.as_of, len(each.entered), len(each.left)) for each in engine.changes_of("buyers")]
    assert [counts[1:] for counts in log] == [(0, 1), (1, 0)]
    assert log[1][0] == visible
    assert lines == ["refreshed 0", "refreshed 1", "a.jsonl 2", "refreshed 1", "refreshed 1"]


def test_a_file_that_was_applied_but_not_moved_is_applied_again_without_a_trace(engine: Engine, folder: Path) -> None:
    operations = purchase("ann", START - MINUTE)
    engine.ingest([json.loads(line) for line in operations.splitlines()])
    (folder / "a.jsonl").write_text(operations)
    lines = watched(engine, FakeTimer(START + MINUTE), Inbox(folder))
    assert lines == ["refreshed 1", "a.jsonl 2"]
    assert list(engine.published["buyers"].members) == ["ann"]


# --- the real clock --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_sleep_and_a_second_one_breaks_off(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Waking() as timer:
        timer.sleep(0.001)
        assert not timer.ended
        signal.raise_signal(number)
        assert timer.ended
        timer.sleep(3600)  # is over at once
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before
    assert timer.now().utcoffset() == timedelta(0)
