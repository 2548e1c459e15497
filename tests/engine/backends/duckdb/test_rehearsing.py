"""A batch that is tried out: it raises what it would raise, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import coterie
from coterie import Engine, StoreError
from coterie.backends.duckdb import store
from coterie.records.archived_files import FileWriter

CATALOG = """
coterie: 1
contact: {key: id, attributes: {city: text, age: number}}
interactions: {purchase: {attributes: {amount: number}}}
"""
ANN = {"type": "upsert", "entity": "contact", "record": {"id": "ann", "city": "Rome", "age": 30.25}}
BOUGHT = {"type": "interaction", "interaction": "purchase", "record": {"id": "bob", "occurred_at": "2026-11-23T10:00Z"}}


def opened(folder: Path) -> Engine:
    return coterie.open(folder / "shop.duckdb", catalog=CATALOG)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.archive/*"))


def test_a_rehearsed_batch_leaves_nothing_behind(tmp_path: Path) -> None:
    with opened(tmp_path) as engine:
        engine.rehearse([ANN, BOUGHT, {"type": "nonsense"}])
        assert (engine.data_version, dict(engine.record_counts())) == (0, {"contact": 0, "purchase": 0})
        assert files(tmp_path) == []
        report = engine.ingest([ANN, BOUGHT])
        assert (report.added, report.data_version) == (2, 1)
        engine.rehearse([ANN])
    with opened(tmp_path) as again:
        assert (again.data_version, dict(again.record_counts())) == (1, {"contact": 1, "purchase": 1})


def test_a_rehearsal_raises_what_the_archive_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileWriter, "add_operations", full)
    with opened(tmp_path) as engine, pytest.raises(StoreError) as caught:
        engine.rehearse([ANN])
    assert caught.value.code == "store_failed"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (duckdb.ConversionException("no number"), "store_refused"),
        (duckdb.OutOfRangeException("too large"), "store_refused"),
        (duckdb.ConstraintException("twice"), "store_refused"),
        (duckdb.OutOfMemoryException("no room"), "store_failed"),
        (duckdb.IOException("no disk"), "store_failed"),
        (duckdb.FatalException("invalidated"), "store_failed"),
    ],
)
@pytest.mark.parametrize("deed", ["ingest", "rehearse"])
def test_what_the_store_cannot_take_is_told_from_a_store_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str, error: duckdb.Error, code: str
) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(store, "ingest", failing)
    with opened(tmp_path) as engine, pytest.raises(StoreError) as caught:
        getattr(engine, deed)([ANN])
    assert caught.value.code == code
