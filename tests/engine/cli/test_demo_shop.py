"""The demo's data: the same bytes for the same seed on every machine, and plausible."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from coterie.cli.demo.draws import Draws
from coterie.cli.demo.shop import Shop

AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return made(seed=7)


def made(seed: int) -> dict[str, pa.Table]:
    shop = Shop(contacts=1000, interactions=20_000, seed=seed, as_of=AS_OF)
    return {name: table() for name, table in shop.tables().items()}


def checksum(tables: dict[str, pa.Table]) -> str:
    """Of the values, so that the layout which a version of Arrow gives them does not matter."""
    rows = json.dumps({name: table.to_pydict() for name, table in tables.items()}, default=str)
    return hashlib.sha256(rows.encode()).hexdigest()


def test_the_same_seed_makes_the_same_bytes_on_every_machine(tables: dict[str, pa.Table]) -> None:
    assert checksum(tables) == checksum(made(seed=7))
    assert checksum(tables) == "602faacb31048e5dc56aefc1f44f711b97a58b78f653b82d2a61a3b68479b67c"


def test_another_seed_makes_another_shop(tables: dict[str, pa.Table]) -> None:
    assert checksum(tables) != checksum(made(seed=8))


def test_there_are_exactly_as_many_interactions_as_asked_for(tables: dict[str, pa.Table]) -> None:
    assert sum(len(table) for table in tables.values() if "occurred_at" in table.column_names) == 20_000


@pytest.mark.parametrize("interactions", [0, 1, 7, 100])
def test_a_tiny_shop_is_a_shop(interactions: int) -> None:
    shop = Shop(contacts=1, interactions=interactions, seed=7, as_of=AS_OF)
    tables = [table() for table in shop.tables().values()]
    assert sum(len(table) for table in tables if "occurred_at" in table.column_names) == interactions


def test_nothing_happens_after_the_end_or_before_the_contact_was_known(tables: dict[str, pa.Table]) -> None:
    contacts = tables["contact"].to_pydict()
    created = dict(zip(contacts["contact_id"], contacts["created_on"], strict=True))
    for name in ("email_sent", "email_opened", "email_clicked", "website_visited", "form_submitted", "purchase"):
        happened = tables[name].to_pydict()
        assert max(happened["occurred_at"]) <= AS_OF
        times = zip(happened["contact_id"], happened["occurred_at"], strict=True)
        assert all(created[contact] <= moment for contact, moment in times)


def test_opens_follow_sends(tables: dict[str, pa.Table]) -> None:
    """Whoever opened a message was sent it before."""
    sent: dict[tuple[str, str], datetime] = {}
    for row in tables["email_sent"].to_pylist():
        sent.setdefault((row["contact_id"], row["message"]), row["occurred_at"])
    for row in tables["email_opened"].to_pylist():
        assert sent[row["contact_id"], row["message"]] <= row["occurred_at"]


def test_few_contacts_do_most(tables: dict[str, pa.Table]) -> None:
    counts = sorted(pc.value_counts(tables["website_visited"]["contact_id"]).field("counts").to_pylist(), reverse=True)
    assert sum(counts[:100]) > sum(counts) // 4


def test_keys_are_unique_and_refer_to_what_is_there(tables: dict[str, pa.Table]) -> None:
    for name, table in tables.items():
        key = "message_id" if "message_id" in table.column_names else f"{name}_id"
        assert len(pc.unique(table[key])) == len(table)
    contacts = tables["contact"]["contact_id"]
    assert all(pc.all(pc.is_in(tables[name]["contact_id"], contacts)).as_py() for name in ("lead", "purchase"))


def test_amounts_are_exact_decimals(tables: dict[str, pa.Table]) -> None:
    amounts = tables["purchase"]["amount"]
    assert amounts.type == pa.decimal128(12, 2)
    assert 5 < min(amounts.to_pylist()) < max(amounts.to_pylist()) < 1100


def test_draws_rest_on_the_raw_stream_alone() -> None:
    """These numbers hold for every version of numpy: what is drawn is arithmetic on 64 raw bits."""
    draw = Draws(7, "a table")
    assert draw.below(1000, 5).tolist() == [863, 682, 894, 726, 354]
    assert np.bincount(draw.weighted([1, 0, 3], 4000)).tolist() == [986, 0, 3014]
