"""A shop whose few people each stand for something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine_shop import opened

from coterie import Engine


@pytest.fixture
def shop() -> Iterator[Engine]:
    with opened() as engine:
        yield engine
