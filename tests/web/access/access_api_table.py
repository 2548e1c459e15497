"""The one table of who may call which operation of the REST API. One without a row fails the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from access_rules import Rule

__all__ = ["OPERATIONS", "Operation"]

_R = Rule


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation: who may call it, with a token of which scope, about which kinds, sending what.

    `about`, `argument`, `query`, `words` and `is_gone` are as those of pages; `{kind}` in a body, however deep, stands
    for an id of that kind, and `{key}` for the key of a segment, as definitions name them.
    """

    rule: Rule
    scope: str = "read"
    about: tuple[str, ...] = ()
    argument: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)
    body: object = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    is_gone: bool = False


def _of(kinds: str, argument: str, rule: Rule = _R.SEES, **more: object) -> Operation:
    return Operation(about=tuple(kinds.split()), argument=argument, rule=rule, **more)  # type: ignore[arg-type]


_RECORD = {"type": "upsert", "entity": "contact", "record": {"contact_id": "9", "city": "Oslo"}}

_MEMBERS_OF = {"blocks": [{"block": {"kind": "segment", "segment": "{key}"}}]}
_EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}
_FILE = {"coterie": 1, "segment": "new", "name": "New", "type": "dynamic", "definition": _MEMBERS_OF}
_QUESTION = {"definition": _MEMBERS_OF}

OPERATIONS: dict[str, Operation] = {
    "getCatalog": Operation(rule=_R.SIGNED_IN),
    "listValues": Operation(rule=_R.SIGNED_IN, query={"name": "contact", "attribute": "city"}, words=("containing",)),
    "listSegments": Operation(rule=_R.SIGNED_IN, query={"owner": "{person}"}, words=("q", "tag", "key")),
    "getSegment": _of("draft live static", "segment_id"),
    "createSegment": Operation(rule=_R.MARKETER, scope="write", body={"name": "New", "definition": _EVERYONE}),
    "changeSegment": _of("draft live static", "segment_id", _R.CHANGES, scope="write", body={"tags": ["new"]}),
    "deleteSegment": _of("draft", "segment_id", _R.CHANGES, scope="write"),
    "goLive": _of("draft static", "segment_id", _R.CHANGES, scope="write"),
    "edit": _of("live", "segment_id", _R.CHANGES, scope="write"),
    "discard": _of("live", "segment_id", _R.CHANGES, scope="write"),
    "publish": _of("live", "segment_id", _R.CHANGES, scope="write", body={"note": "Why not"}),
    "stop": _of("live", "segment_id", _R.CHANGES, scope="write"),
    "dryRun": _of("live", "segment_id"),
    "listVersions": _of("live", "segment_id"),
    "getVersion": _of("live", "segment_id", fixed={"number": "1"}),
    "loadVersion": _of("live", "segment_id", _R.CHANGES, scope="write", fixed={"number": "1"}),
    "plan": Operation(rule=_R.MARKETER, body={"segments": [_FILE]}),
    "apply": Operation(rule=_R.MARKETER, scope="write", body={"segments": [_FILE]}),
    "listMembers": _of("live", "segment_id", query={"columns": "city", "sort": "age"}, words=("search",)),
    "putMembers": _of("static", "segment_id", _R.CHANGES, scope="write", body={"add": ["{contact}"]}),
    "getLog": _of("live", "segment_id", query={"contacts": "true"}),
    "getStatus": Operation(rule=_R.SIGNED_IN),
    "getSegmentStatus": _of("live", "segment_id"),
    "validate": Operation(rule=_R.SIGNED_IN, body=_QUESTION),
    "describe": Operation(rule=_R.SIGNED_IN, body=_QUESTION),
    "count": Operation(rule=_R.SIGNED_IN, body=_QUESTION),
    "breakdown": Operation(rule=_R.SIGNED_IN, body=_QUESTION),
    "explain": Operation(rule=_R.SIGNED_IN, body={"definition": _EVERYONE, "contact_id": "{contact}"}),
    "members": Operation(rule=_R.SIGNED_IN, body={**_QUESTION, "columns": ["city"]}),
    "listContacts": Operation(rule=_R.SIGNED_IN, query={"columns": "city"}, words=("search",)),
    "getContact": _of("contact", "contact_id"),
    "getTimeline": _of("contact", "contact_id", query={"interactions": "purchase"}),
    "getMemberships": _of("contact", "contact_id"),
    "sendRecords": Operation(rule=_R.ORGANIZATION, scope="records", body=[_RECORD]),
    "getBatch": Operation(rule=_R.SIGNED_IN, scope="records", fixed={"batch_id": "999"}, is_gone=True),
    "getHistory": Operation(rule=_R.MANAGER, query={"subject_type": "segment", "subject_id": "{live}"}),
    "getClock": Operation(rule=_R.SIGNED_IN),
    "advanceClock": Operation(rule=_R.ORGANIZATION, scope="write", body={"now": "2000-01-01T00:00:00Z"}),
}
