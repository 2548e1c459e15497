"""What all tests share: engines to ask, one for each way of answering."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

import coterie
from coterie import Engine
from coterie.testing.answers import Judge

ENGINES = ("duckdb", "reference")

Opened = Engine | Judge
Open = Callable[[str, Mapping[str, object]], Opened]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests, else in the order they were shuffled into."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def open_engine() -> Iterator[Open]:
    """Opens an empty engine in memory: `open_engine("duckdb", catalog)`, `open_engine("reference", catalog)`."""
    opened: list[Engine] = []

    def open_engine(kind: str, catalog: Mapping[str, object]) -> Opened:
        if kind == "reference":
            return Judge(catalog)
        # One thread: hundreds of small stores stay open until all tests are done.
        opened.append(coterie.open(":memory:", catalog=catalog, threads=1))
        return opened[-1]

    yield open_engine
    for engine in opened:
        engine.close()
