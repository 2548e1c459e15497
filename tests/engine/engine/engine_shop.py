"""The shop of these tests, and short ways to ask about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import coterie
from coterie import Engine

CATALOG: dict[str, Any] = {
    "coterie": 1,
    "contact": {
        "key": "contact_id",
        "business_unit": "unit",
        "attributes": {
            "city": "text",
            "age": "number",
            "born": "date",
            "joined": "datetime",
            "tags": "multi_choice",
        },
    },
    "entities": {
        "lead": {"key": "lead_id", "attributes": {"score": "number", "due": "date"}},
        "account": {"key": "account_id", "attributes": {"name": "text"}},
    },
    "relations": {
        "leads": {"from": "contact", "to": "lead", "one_to_many": "contact_id"},
        "account": {"from": "contact", "to": "account", "many_to_one": "account_id"},
        "account.leads": {"from": "account", "to": "lead", "one_to_many": "account_id"},
    },
    "interactions": {"purchase": {"attributes": {"amount": "number", "product": "text"}}},
}

CONTACTS = [
    {"contact_id": "ann", "city": "Paris", "age": "31.50", "born": "1990-12-24", "unit": "east",
     "joined": "2026-11-10T09:00+01:00", "tags": "running; yoga", "account_id": "acme"},
    {"contact_id": "bob", "city": "Lyon", "unit": "east", "account_id": "acme"},
    {"contact_id": "cleo", "city": "paris", "unit": "west"},
]  # fmt: skip

LEADS = [
    {"lead_id": "1", "contact_id": "ann", "score": 80, "due": "2026-12-01"},
    {"lead_id": "2", "contact_id": "ann", "score": 20},
    {"lead_id": "3", "contact_id": "bob", "score": 90, "account_id": "acme"},
]

PURCHASES = [
    {"message_id": "m1", "contact_id": "ann", "occurred_at": "2026-11-20T10:00:00.123Z", "amount": "20.50"},
    {"message_id": "m2", "contact_id": "ann", "occurred_at": "2026-11-22T10:00Z", "amount": 9, "product": "Socks"},
    {"message_id": "m3", "contact_id": "bob", "occurred_at": "2026-12-01T09:30Z", "amount": 5},
]

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def opened(**options: Any) -> Engine:
    """The shop in memory, loaded."""
    engine = coterie.open(":memory:", catalog=CATALOG, threads=1, **options)
    engine.load("contact", CONTACTS)
    engine.load("account", [{"account_id": "acme", "name": "Acme"}])
    engine.load("lead", LEADS)
    engine.load("purchase", PURCHASES)
    return engine


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- definitions -----------------------------------------------------------------------------------------------------

EVERYONE: dict[str, Any] = {"kind": "everyone"}


def steps(*blocks: dict[str, Any], combine: str = "and_also") -> dict[str, Any]:
    first, *others = blocks
    return {"blocks": [{"block": first}, *({"combine": combine, "block": block} for block in others)]}


def profile(where: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "profile", "where": where}


def where(attribute: str, operator: str, *value: Any) -> dict[str, Any]:
    return {"attribute": attribute, "operator": operator, **({"value": value[0]} if value else {})}


def is_(attribute: str, operator: str, *value: Any) -> dict[str, Any]:
    return profile(where(attribute, operator, *value))


def bought(operator: str = "at_least", value: Any = 1, **more: Any) -> dict[str, Any]:
    return {"kind": "interaction", "interaction": "purchase", "operator": operator, "value": value, **more}


def last(count: int, unit: str) -> dict[str, Any]:
    return {"kind": "last", "count": count, "unit": unit}


def related(relation: str, where: dict[str, Any] | None = None, **quantifier: Any) -> dict[str, Any]:
    return {
        "relation": relation,
        "quantifier": quantifier or {"kind": "any"},
        **({"where": where} if where is not None else {}),
    }


def segment(key: str, *blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"coterie": 1, "segment": key, "name": key, "type": "dynamic", "definition": steps(*blocks), **more}


def static(key: str, *members: str) -> dict[str, Any]:
    return {"coterie": 1, "segment": key, "name": key, "type": "static", "members": list(members)}


def refers(key: str) -> dict[str, Any]:
    return {"kind": "segment", "segment": key}
