"""Nodes as they are written: groups of conditions, conditions on attributes, relations and their quantifiers.

Where something cannot be read, a harmless stand-in takes its place, so that everything around it is still looked at.
No stand-in ever leaves this package: whoever reported a problem raises in the end.
"""

from __future__ import annotations

from decimal import Decimal

from coterie.definition.constants import parse_comparison
from coterie.definition.grammar import NODES, QUANTIFIERS
from coterie.definition.nodes import (
    Aggregate,
    AggregateQuantifier,
    AllOf,
    AnyOf,
    AnyRecord,
    AttributeCondition,
    CountQuantifier,
    EveryRecord,
    Node,
    NoRecord,
    Not,
    Operator,
    Quantifier,
    RelationCondition,
)
from coterie.definition.places import Place

__all__ = ["NOTHING_SAID", "parse_node"]

NOTHING_SAID = AllOf(nodes=())
"""The stand-in for a node."""

_KIND_OF_NODE = {
    "all": "A node 'all'",
    "any": "A node 'any'",
    "not": "A node 'not'",
    "attribute": "A condition on an attribute",
    "relation": "A condition on a relation",
}


def parse_node(place: Place, levels: int) -> Node:
    """The node at `place`, which lies inside `levels` groups, parentheses and relations."""
    if not place.is_mapping("A node"):
        return NOTHING_SAID
    assert isinstance(place.value, dict)
    kind = next((key for key in place.value if key in NODES), None)
    if kind is None:
        return _report_no_node(place)
    if kind in ("attribute", "relation") and not place.findings.count_condition(place.path):
        return NOTHING_SAID
    place.check_keys(NODES[kind], _KIND_OF_NODE[kind])
    if not place.has(kind):
        return NOTHING_SAID
    match kind:
        case "all":
            return AllOf(nodes=_parse_nodes(place, "all", levels))
        case "any":
            return AnyOf(nodes=_parse_nodes(place, "any", levels))
        case "not":
            inside = parse_node(place.at("not"), levels + 1) if place.may_open_level(levels) else NOTHING_SAID
            return Not(node=inside)
        case "attribute":
            return _parse_attribute(place)
        case _:
            return _parse_relation(place, levels)


def _report_no_node(place: Place) -> Node:
    assert isinstance(place.value, dict)
    for key in place.value:
        message = "A node is one of all, any, not, attribute, relation."
        place.findings.add("unknown_key", (*place.path, key), message, close_to=(key, tuple(NODES)))
    if not place.value:
        place.report("empty", "Nothing is said here.", "A node is one of all, any, not, attribute, relation.")
    return NOTHING_SAID


def _parse_nodes(place: Place, key: str, levels: int) -> tuple[Node, ...]:
    if not place.may_open_level(levels):
        return ()
    elements = place.at(key).elements(f"The list of {key!r}", most=None)
    return tuple(parse_node(element, levels + 1) for element in elements or ())


def _parse_attribute(place: Place) -> Node:
    attribute = place.at("attribute").text("The name of an attribute")
    operator, value = parse_comparison(place) or (Operator.HAS_VALUE, None)
    match_case = _parse_match_case(place.at("match_case")) if place.has("match_case") else False
    if attribute is None:
        return NOTHING_SAID
    return AttributeCondition(attribute=attribute, operator=operator, value=value, match_case=match_case)


def _parse_match_case(place: Place) -> bool:
    if isinstance(place.value, bool):
        return place.value
    place.report("invalid_value", "'match_case' is true or false.")
    return False


# --- relations -------------------------------------------------------------------------------------------------------


def _parse_relation(place: Place, levels: int) -> Node:
    if not place.may_open_level(levels):
        return NOTHING_SAID
    relation = place.at("relation").text("The name of a relation")
    quantifier = _parse_quantifier(place.at("quantifier")) if place.has("quantifier") else AnyRecord()
    where = parse_node(place.at("where"), levels + 1) if place.has("where") else None
    if relation is None:
        return NOTHING_SAID
    return RelationCondition(relation=relation, quantifier=quantifier, where=where)


def _parse_quantifier(place: Place) -> Quantifier:
    kind = parse_kind(place, tuple(QUANTIFIERS), "quantifier")
    if kind is None:
        return AnyRecord()
    place.check_keys(QUANTIFIERS[kind], f"The quantifier {kind!r}")
    match kind:
        case "any":
            return AnyRecord()
        case "none":
            return NoRecord()
        case "all":
            return EveryRecord()
        case "count":
            comparison = parse_comparison(place)
            return CountQuantifier(operator=comparison[0], value=comparison[1]) if comparison else AnyRecord()
        case _:
            return _parse_aggregate_quantifier(place, Aggregate(kind))


def _parse_aggregate_quantifier(place: Place, aggregate: Aggregate) -> Quantifier:
    attribute = place.at("attribute").text("The name of an attribute") if place.has("attribute") else None
    operator, value = parse_comparison(place) or (Operator.IS, Decimal(0))
    if attribute is None:
        return AnyRecord()
    return AggregateQuantifier(aggregate=aggregate, attribute=attribute, operator=operator, value=value)


def parse_kind(place: Place, kinds: tuple[str, ...], what: str) -> str | None:
    """The `kind` of the mapping at `place`, one of `kinds`."""
    if not place.is_mapping(f"A {what}"):
        return None
    if not place.has("kind"):
        place.at("kind").report("missing_key", f"A {what} needs 'kind'.", f"One of {', '.join(kinds)}.")
        return None
    return place.at("kind").word(kinds, "unknown_kind", f"{what} of the kind")
