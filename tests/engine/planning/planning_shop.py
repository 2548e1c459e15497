"""A shop, and short ways to write down moments, clocks and plans in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coterie.catalog import Catalog, parse_catalog
from coterie.catalog.model import Organization
from coterie.definition import DynamicSegment, StaticSegment, parse, typed
from coterie.planning.clock import Clock
from coterie.planning.expressions import Expression
from coterie.planning.plan import Plan, Question, make_plan

CATALOG = parse_catalog(
    {
        "coterie": 1,
        "organization": {"time_zone": "Europe/Paris"},
        "contact": {
            "key": "contact_id",
            "business_unit": "unit",
            "attributes": {
                "city": "text",
                "age": "number",
                "subscribed": "boolean",
                "tier": "choice",
                "interests": "multi_choice",
                "born_on": "date",
                "joined_at": "datetime",
            },
        },
        "entities": {
            "lead": {
                "key": "lead_id",
                "attributes": {"score": "number", "status": "choice", "made_at": "datetime", "due_on": "date"},
            },
            "note": {"key": "note_id", "attributes": {"body": "text", "written_on": "date"}},
        },
        "relations": {
            "leads": {"from": "contact", "to": "lead", "one_to_many": "contact_id"},
            "leads.notes": {"from": "lead", "to": "note", "one_to_many": "lead_id"},
        },
        "interactions": {
            "purchase": {"attributes": {"amount": "number", "product": "text", "shipped_on": "date"}},
        },
    }
)

NOON = "2026-11-23T12:00+00:00"
"""A Monday, in winter."""


def instant(text: str) -> int:
    """Milliseconds since 1970 of a moment with its offset."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def clock(as_of: str = NOON, zone: str = "UTC", **organization: Any) -> Clock:
    """A clock that stands at that moment."""
    return Clock(instant(as_of), ZoneInfo(zone), Organization(**organization))


def catalog_of(**organization: Any) -> Catalog:
    """The shop's catalog for another organization."""
    return replace(CATALOG, organization=Organization(**organization))


def segment(key: str, *blocks: Any, catalog: Catalog = CATALOG, others: Any = (), **more: Any) -> DynamicSegment:
    """A typed segment file with these blocks, in a row of steps."""
    file = {
        "coterie": 1,
        "segment": key,
        "name": key,
        "type": "dynamic",
        "definition": {"blocks": steps(*blocks)},
        **more,
    }
    found = typed(parse(file), catalog, {other.key: other for other in others})
    assert isinstance(found, DynamicSegment)
    return found


def static(key: str, *members: str, **more: Any) -> StaticSegment:
    """A typed static segment."""
    file = {"coterie": 1, "segment": key, "name": key, "type": "static", "members": list(members), **more}
    found = typed(parse(file), CATALOG, {})
    assert isinstance(found, StaticSegment)
    return found


def steps(*blocks: Any) -> list[Any]:
    """Blocks as steps: the first alone, the others given as (combine, block)."""
    first, *rest = blocks
    return [{"block": first}, *({"combine": combine, "block": block} for combine, block in rest)]


def plan(subject: Any, *, as_of: str = NOON, zone: str = "UTC", fused: bool = False, **asked: Any) -> Plan:
    """The plan of blocks (a list of steps) or of a typed segment."""
    segments = {one.key: one for one in asked.pop("segments", ())}
    catalog = asked.pop("catalog", CATALOG)
    if isinstance(subject, list):
        subject = typed(parse({"blocks": subject}), catalog, segments)
    question = Question(subject=subject, as_of=instant(as_of), zone=ZoneInfo(zone), segments=segments, **asked)
    return make_plan(question, catalog, fused=fused)


def profile_set(node: Mapping[str, Any], **asked: Any) -> Expression:
    """What a profile block with that node stands for, before the scope."""
    return plan([{"block": {"kind": "profile", "where": node}}], **asked).steps[0].node.expression


def interaction_set(**asked: Any) -> Expression:
    """What a block on purchases stands for, before the scope."""
    moment = {name: asked.pop(name) for name in ("as_of", "zone") if name in asked}
    block = {"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1, **asked}
    if block["value"] is None:
        del block["value"]
    return plan([{"block": block}], **moment).steps[0].node.expression


def relation_set(kind: str = "any", where: Any = None, **quantifier: Any) -> Expression:
    """What a condition on leads stands for, before the scope."""
    node = {"relation": "leads", "quantifier": {"kind": kind, **quantifier}}
    return profile_set(node if where is None else {**node, "where": where})
