"""The shop of these tests, opened anew for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from refresh_shop import opened

from coterie.backends.duckdb.backend import DuckDBBackend


@pytest.fixture
def shop() -> Iterator[DuckDBBackend]:
    backend = opened()
    yield backend
    backend.close()
