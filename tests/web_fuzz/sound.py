"""Sound requests, from which unsound ones are made: each operation of the API with what it takes."""

from __future__ import annotations

from typing import Any

__all__ = ["BODIES", "SEGMENT", "TARGETS"]

SEGMENT = "{segment}"
"""Stands in an address for the id of a segment."""

_PROFILE = {
    "kind": "profile",
    "where": {
        "all": [
            {"attribute": "city", "operator": "is", "value": "Paris"},
            {"any": [{"attribute": "age", "operator": "between", "value": [25, 40]}]},
            {"attribute": "interests", "operator": "includes_any", "value": ["running"]},
            {"attribute": "created_on", "operator": "in_last", "value": {"count": 30, "unit": "days"}},
            {
                "relation": "leads",
                "quantifier": {"kind": "any"},
                "where": {"attribute": "score", "operator": "at_least", "value": 5},
            },
        ]
    },
}  # fmt: skip
_BEHAVIOR = {
    "kind": "interaction", "interaction": "email_opened", "operator": "at_least", "value": 3,
    "window": {"kind": "last", "count": 30, "unit": "days"}, "measure": {"kind": "count"},
    "where": {"all": [{"attribute": "message", "operator": "begins_with", "value": "Spring"}]},
}  # fmt: skip
_DEFINITION = {
    "blocks": [
        {"block": _PROFILE},
        {"combine": "and_also", "block": {"kind": "group", "blocks": [{"block": _BEHAVIOR}]}},
        {"combine": "but_not", "block": {"kind": "segment", "segment": "recent-buyers"}},
    ]
}
_QUESTION = {"definition": _DEFINITION, "as_of": "2026-11-23T12:00:00Z", "time_zone": "Europe/Paris", "timeout": 5}
_RECORDS = [
    {"type": "upsert", "entity": "contact", "changed_at": "2026-11-23T09:58Z",
     "record": {"contact_id": "F1", "city": "Paris", "age": 30, "interests": ["running"]}},
    {"type": "interaction", "interaction": "purchase",
     "record": {"contact_id": "F1", "occurred_at": "2026-11-23T10:00Z", "amount": 9.5}},
    {"type": "delete", "entity": "lead", "key": "7"},
]  # fmt: skip

_DRAFT = {"name": "Fuzz", "definition": _DEFINITION, "pinned": {"keep_in": ["1"]}, "tags": ["x"], "time_zone": "UTC"}

BODIES: dict[str, Any] = {
    "/evaluate/count": _QUESTION,
    "/evaluate/breakdown": _QUESTION,
    "/evaluate/validate": {"definition": _DEFINITION},
    "/evaluate/describe": {"definition": _DEFINITION},
    "/evaluate/explain": {**_QUESTION, "contact_id": "C000001"},
    "/evaluate/members": {**_QUESTION, "columns": ["city"], "sort": "age", "limit": 10},
    "/segments": _DRAFT,
    f"/segments/{SEGMENT}": _DRAFT,
    f"/segments/{SEGMENT}/publish": {"note": "Fuzz", "reviewed": "2026-11-23T12:00:00Z"},
    f"/segments/{SEGMENT}/edit": {},
    f"/segments/{SEGMENT}/go-live": {},
    f"/segments/{SEGMENT}/versions/1/load": {},
    "/records": _RECORDS,
    "/clock": {"now": "2026-11-23T12:00:00Z"},
}
"""What is sent, by address: posted, but to a segment itself, which is patched."""

TARGETS: tuple[str, ...] = (
    "/catalog", "/status", "/history", "/clock", "/contacts", "/contacts/C000001", "/timeline/C000001",
    "/memberships/C000001", "/records/1", f"/segments/{SEGMENT}/members", f"/segments/{SEGMENT}/log",
    f"/segments/{SEGMENT}/status", "/segments", f"/segments/{SEGMENT}", f"/segments/{SEGMENT}/versions",
    f"/segments/{SEGMENT}/versions/1", f"/segments/{SEGMENT}/dry-run",
)  # fmt: skip
"""What is looked at, by address."""
