"""A small shop to ask about. `find` loads records, asks one question, and answers with the members in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from coterie.backends.reference import ReferenceEngine
from coterie.catalog import Catalog, parse_catalog
from coterie.definition import parse, typed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday

SHOP = {
    "coterie": 1,
    "contact": {
        "key": "id",
        "business_unit": "unit",
        "attributes": {
            "city": "text",
            "tier": "choice",
            "hobbies": "multi_choice",
            "age": "number",
            "vip": "boolean",
            "born": "date",
            "seen": "datetime",
        },
    },
    "entities": {
        "lead": {
            "key": "lead_id",
            "attributes": {"score": "number", "status": "choice", "due": "date", "opened": "datetime"},
        },
        "account": {"key": "account_id", "attributes": {"industry": "choice"}},
        "task": {"key": "task_id", "attributes": {"done": "boolean"}},
    },
    "relations": {
        "account": {"from": "contact", "to": "account", "many_to_one": "account_id"},
        "colleagues": {"from": "account", "to": "contact", "one_to_many": "account_id"},
        "leads": {"from": "contact", "to": "lead", "one_to_many": "id"},
        "lead.owner": {"from": "lead", "to": "contact", "many_to_one": "id"},
        "tasks": {"from": "lead", "to": "task", "one_to_many": "lead_id"},
    },
    "interactions": {
        "bought": {"attributes": {"amount": "number", "product": "text", "channel": "choice", "due": "date"}},
        "opened": {"attributes": {"message": "text"}},
    },
}

Tables = Mapping[str, list[dict[str, object]]]
Find = Callable[..., list[str]]


def shop(**organization: object) -> Catalog:
    return parse_catalog({**SHOP, "organization": organization})


def loaded(tables: Tables, **organization: object) -> ReferenceEngine:
    engine = ReferenceEngine(shop(**organization))
    for name, rows in tables.items():
        engine.load(name, rows)
    return engine


def definition(question: Mapping[str, object]) -> Mapping[str, object]:
    """Blocks as they are; one block, or the `where` of a profile block, put into a definition."""
    if "where" in question and "kind" not in question:
        question = {"kind": "profile", **question}
    return {"blocks": [{"block": question}]} if "kind" in question else question


@pytest.fixture
def find() -> Find:
    def ask(
        tables: Tables,
        question: Mapping[str, object],
        *,
        as_of: datetime = NOON,
        zone: str | None = None,
        segments: Mapping[str, object] | None = None,
        **organization: object,
    ) -> list[str]:
        engine = loaded(tables, **organization)
        named = {key: parse(segment) for key, segment in (segments or {}).items()}
        named = {key: typed(segment, engine.catalog, named) for key, segment in named.items()}
        asked = typed(parse(definition(question)), engine.catalog, named)
        return engine.members(asked, as_of=as_of, time_zone=zone, segments=named)

    return ask


@pytest.fixture
def engine_with() -> Callable[..., ReferenceEngine]:
    return loaded


@pytest.fixture
def typed_for() -> Callable[..., object]:
    """A definition (or block, or `where`) typed for an engine."""
    return lambda engine, question, segments=None: typed(parse(definition(question)), engine.catalog, segments or {})
