"""The cast of the tests of access: the engine once for all of them, the people anew for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from access_cast import Cast, engine_of_the_cast

from coterie import Engine


@pytest.fixture(scope="module")
def cast_engine() -> Iterator[Engine]:
    yield from engine_of_the_cast()


@pytest.fixture
def cast(db: None, cast_engine: Engine) -> Cast:
    return Cast.gather()
