"""The contacts that are known: at every version what reading all of them gives, and read in full only once."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog

CATALOG = parse_catalog(
    {
        "contact": {"key": "id", "attributes": {"city": "text"}},
        "interactions": {"visit": {"attributes": {}}},
    }
)


@pytest.fixture
def backend() -> Iterator[DuckDBBackend]:
    backend = DuckDBBackend(Store.open(":memory:", CATALOG, time_zone="UTC", threads=1))
    yield backend
    backend.close()


def names(backend: DuckDBBackend) -> set[str]:
    return set(backend.contact_ids(np.array(backend.known_contacts().to_array(), dtype=np.uint32)))


def drawn_records(drawn: random.Random, batch: int, told: set[str]) -> Iterator[dict[str, object]]:
    """Some operations on twenty contacts; `told` is changed as they say."""
    for number in range(drawn.randrange(1, 6)):
        contact = str(drawn.randrange(20))
        moment = f"2026-11-23T12:00:{batch:02d}.{number:03d}Z"
        match drawn.choice(["upsert", "delete", "visit"]):
            case "visit":  # allots an ordinal to somebody who is not known, and makes nobody known
                record = {"id": contact, "message_id": f"{batch}-{number}", "occurred_at": moment}
                yield {"type": "interaction", "interaction": "visit", "record": record}
            case "delete":
                told.discard(contact)
                yield {"type": "delete", "entity": "contact", "key": contact, "changed_at": moment}
            case _:
                told.add(contact)
                record = {"id": contact, "city": drawn.choice(["Rome", "Oslo"])}
                yield {"type": "upsert", "entity": "contact", "record": record, "changed_at": moment}


@pytest.mark.parametrize("seed", range(5))
def test_after_every_batch_those_are_known_who_were_told_of_and_not_deleted(seed: int, backend: DuckDBBackend) -> None:
    drawn, told = random.Random(seed), set[str]()
    for batch in range(30):
        backend.ingest(list(drawn_records(drawn, batch, told)))
        if drawn.random() < 0.7:  # now and then two versions pass unseen
            assert names(backend) == told, f"seed {seed}, batch {batch}"
    assert names(backend) == told, f"seed {seed}"


def test_after_a_load_they_are_read_anew(backend: DuckDBBackend) -> None:
    backend.load("contact", [{"id": "ann"}])
    assert names(backend) == {"ann"}
    backend.load("contact", [{"id": "ben"}, {"id": "cem"}])
    assert names(backend) == {"ann", "ben", "cem"}


def test_a_set_that_was_given_stays_as_it_was(backend: DuckDBBackend) -> None:
    backend.load("contact", [{"id": "ann"}])
    given = backend.known_contacts()
    backend.ingest([{"type": "upsert", "entity": "contact", "record": {"id": "ben"}}])
    assert (len(given), len(backend.known_contacts())) == (1, 2)
