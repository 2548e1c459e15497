"""What a server has acknowledged survives kills: a few rounds of `script/campaign-web-crash`."""

from __future__ import annotations

from pathlib import Path

import pytest

from web_faults.rounds import Life


@pytest.mark.long
@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_or_applied_twice_where_a_server_is_killed(tmp_path: Path) -> None:
    life = Life(tmp_path, seed=3)
    try:
        for _ in range(2):
            life.round()
    finally:
        life.end()
    assert life.acknowledged > 0
    assert life.slowest < 60
