"""The rules of access, as the table names them: written down a second time, to hold the application to them."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from access_cast import Actor

__all__ = ["Outcome", "Rule", "is_visible", "outcome"]


class Rule(Enum):
    """Who may call an address with a method."""

    ANYBODY = "anybody, signed in or not"
    SIGNED_IN = "whoever has signed in"
    MARKETER = "marketers and above"
    MANAGER = "managers and above"
    ADMINISTRATOR = "administrators"
    ORGANIZATION = "administrators of the whole organization"
    UNBOUND = "people of the whole organization"
    SEES = "who sees it"
    CHANGES = "who may change the segment"
    GIVES = "who may change the segment, and is a manager"
    MAKES = "who sees it, and makes segments"
    DELETES = "who made the template, or administers it"
    MANAGES = "who manages the person"
    KEEPS = "who sees the unit, and administers the organization"


class Outcome(Enum):
    """What comes of it."""

    DONE = "done, or refused for what is asked, not for who asks"
    SIGN_IN = "asked to sign in"
    NOT_ALLOWED = "not allowed"
    NOT_FOUND = "not there"


_RANK = {"viewer": 0, "marketer": 1, "manager": 2, "administrator": 3}

_SEEN = frozenset({"own", "peer", "below", "above", "organization"})
_WITHIN = frozenset({"own", "peer", "below"})
_SEEN_OF = {
    "draft": _SEEN, "live": _SEEN, "static": _SEEN, "person": _SEEN, "template": _SEEN,
    "unit": frozenset({"own", "below", "above"}), "contact": frozenset({"own", "below"}),
}  # fmt: skip
"""Which relations somebody of north sees, by kind."""


def is_visible(kind: str, relation: str, actor: Actor) -> bool:
    """Whether the actor sees what stands in that relation to north."""
    if relation == "absent":
        return False
    if kind == "token":
        return relation == "own" or (_at_least("administrator", actor) and _is_within(actor, relation))
    return not actor.is_bound or relation in _SEEN_OF[kind]


def outcome(rule: Rule, actor: Actor, kind: str = "", relation: str = "") -> Outcome:
    """What shall come of it where this actor asks for that."""
    if rule is Rule.ANYBODY:
        return Outcome.DONE
    if actor.role is None:
        return Outcome.SIGN_IN
    if kind and not is_visible(kind, relation, actor):
        return Outcome.NOT_FOUND
    return Outcome.DONE if _is_allowed(rule, actor, relation) else Outcome.NOT_ALLOWED


def _at_least(role: str, actor: Actor) -> bool:
    return _RANK[actor.role or ""] >= _RANK[role]


def _changes(actor: Actor, relation: str) -> bool:
    if _at_least("manager", actor):
        return _is_within(actor, relation)
    return actor.role == "marketer" and relation == "own"


def _is_within(actor: Actor, relation: str) -> bool:
    return not actor.is_bound or relation in _WITHIN


def _is_allowed(rule: Rule, actor: Actor, relation: str) -> bool:
    """What rules say of who sees what they ask for."""
    match rule:
        case Rule.ANYBODY | Rule.SIGNED_IN | Rule.SEES:
            return True
        case Rule.MARKETER | Rule.MAKES:
            return _at_least("marketer", actor)
        case Rule.MANAGER:
            return _at_least("manager", actor)
        case Rule.ADMINISTRATOR:
            return _at_least("administrator", actor)
        case Rule.ORGANIZATION | Rule.KEEPS:
            return _at_least("administrator", actor) and not actor.is_bound
        case Rule.UNBOUND:
            return not actor.is_bound
        case Rule.CHANGES:
            return _changes(actor, relation)
        case Rule.GIVES:
            return _changes(actor, relation) and _at_least("manager", actor)
        case Rule.DELETES:
            return relation == "own" or _at_least("administrator", actor)
        case Rule.MANAGES:
            return _at_least("administrator", actor) and _is_within(actor, relation)
        case _:
            assert_never(rule)
