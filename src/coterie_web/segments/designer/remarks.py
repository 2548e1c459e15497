"""What is said below the parts of a draft: whom a condition includes unasked, its bounds in time, problems, changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from coterie import DefinitionError, Problem, Span
from coterie.catalog.model import CONTACT, Catalog
from coterie.definition.grammar import ValueForm
from coterie.definition.nodes import Operator
from coterie.definition.phrases import label_of, noun_of, plural
from coterie.definition.wording import HOLDS_ON_MISSING, holds_for_none
from coterie.values.numbers import number_from_text
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.alignment import aligned
from coterie_web.segments.designer.asked import attributes_of, owners_of, target_of
from coterie_web.segments.designer.checked import Checked, Found
from coterie_web.segments.designer.counting import countable_steps
from coterie_web.segments.designer.moments import span_words
from coterie_web.segments.designer.outline import shown_words
from coterie_web.segments.designer.tree import (
    Behavior,
    Comparison,
    Condition,
    Everyone,
    Group,
    Parentheses,
    Part,
    Profile,
    Reference,
    Related,
    Tree,
    parts_of,
)
from coterie_web.segments.designer.values import form_of
from coterie_web.segments.designer.written import written

__all__ = ["Remarks", "Said", "Spans", "general_words", "remarks_of", "spans_of"]

Spans: TypeAlias = Mapping[str, Span]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A problem in words. `input` is the one it is about; what is merely not given yet `is_missing`."""

    words: str
    code: str
    input: str
    is_missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """Everything said below one part."""

    notes: tuple[str, ...] = ()
    was: str = ""
    problems: tuple[Said, ...] = field(default=())


def spans_of(tree: Tree, check: Checked, *, as_of: datetime) -> Spans:
    """What the parts that move with time compare with now, by id: of those that are complete."""
    now = written(countable_steps(tree, check), engine().catalog)
    if not now.definition["blocks"] or check.general:
        return {}
    try:
        spans = engine().spans({**check.file, "definition": now.definition}, as_of=as_of, segments=check.segments)
    except DefinitionError:
        return {}
    placed = ((now.places.innermost(span.path.removeprefix("definition.")), span) for span in spans)
    return {place[0]: span for place, span in placed if place is not None}


def remarks_of(
    tree: Tree,
    check: Checked,
    spans: Spans,
    live: Tree | None,
    *,
    blind: Mapping[str, str],
    zone: str,
    as_of: datetime,
) -> Mapping[str, Remarks]:
    """What is said below each part, by id; an entry for each that has something said below it at all.

    `blind` says who reads the key of a segment and does not see it, by that key.
    """
    catalog = engine().catalog
    owners = owners_of(tree, catalog)
    former = {} if live is None else aligned(tree, live)
    remarks: dict[str, Remarks] = {}
    for part in parts_of(tree.steps):
        owner = owners.get(part.id, CONTACT)
        span = spans.get(part.id)
        notes = [_includes(part, owner, catalog)]
        if isinstance(part, Reference):
            notes.append(blind.get(part.segment, ""))
        if span is not None:
            notes.append(span_words(span, zone, as_of, is_ahead=_is_ahead(part)))
        was = "" if live is None else _was(part, former.get(part.id), owner, catalog)
        problems = tuple(_said(found, part) for found in check.found.get(part.id, ()))
        remarks[part.id] = Remarks(notes=tuple(filter(None, notes)), was=was, problems=problems)
    return remarks


def _is_ahead(part: Part) -> bool:
    """Whether a part asks about what lies ahead."""
    match part:
        case Condition(comparison=comparison):
            return comparison.operator in (Operator.IN_NEXT.value, Operator.AFTER_NEXT.value)
        case _:
            return False


# --- whom a condition includes ---------------------------------------------------------------------------------------


def _includes(part: Part, owner: str, catalog: Catalog) -> str:
    """That a condition holds where there is nothing, which is easily overlooked."""
    match part:
        case Condition(comparison=comparison) if comparison.operator in _HOLDING and part.attribute:
            known = attributes_of(owner, catalog)
            label = label_of(part.attribute, known)
            label = label if label.isupper() else f"{label[:1].lower()}{label[1:]}"
            those = (
                "those" if owner in catalog.interactions else plural(noun_of(owner, catalog)) if owner else "records"
            )
            return f"Includes {those} with no {label}."
        case Behavior(comparison=comparison, measure=measure) if _holds(comparison, measure in _NEVER_MISSING):
            return "Includes contacts who did not do it at all."
        case Related(comparison=comparison, quantifier=quantifier) if _holds(comparison, quantifier in _NEVER_MISSING):
            target = target_of(part.relation, owner, catalog)
            return (
                f"Includes {_those(owner, catalog)} with no such {plural(noun_of(target, catalog))}." if target else ""
            )
        case Related(quantifier="none", relation=relation) if relation:
            return f"Includes {_those(owner, catalog)} with none at all."
        case _:
            return ""


def _those(owner: str, catalog: Catalog) -> str:
    return plural(noun_of(owner, catalog))


_HOLDING = frozenset(operator.value for operator in HOLDS_ON_MISSING - {Operator.HAS_NO_VALUE})

_NEVER_MISSING = frozenset(("count", "days", "distinct", "sum"))
"""Measures and quantifiers that are 0 where there is nothing."""


def _holds(comparison: Comparison, is_never_missing: bool) -> bool:
    """Whether a comparison holds where there is nothing to measure."""
    if not is_never_missing:
        return comparison.operator in _HOLDING
    texts = [text for name in ("value", "values", "from", "to") for text in comparison.held.get(name, ())]
    numbers = [number_from_text(text) for text in texts]
    if not numbers or None in numbers or form_of(comparison.operator) is ValueForm.NOTHING:
        return False
    known = tuple(number for number in numbers if number is not None)
    return holds_for_none(Operator(comparison.operator), known if len(known) > 1 else known[0])


# --- what it was -----------------------------------------------------------------------------------------------------


def _was(part: Part, before: Part | None, owner: str, catalog: Catalog) -> str:
    """How a part differs from the live version's; of groups and blocks those in them say it."""
    match part:
        case Condition() | Related() | Behavior() | Reference():
            pass
        case Group() | Profile() | Parentheses() | Everyone():
            return ""
    if before is None:
        return "Not in the live version"
    now_words, then_words = (shown_words(each, owner, catalog) for each in (part, before))
    if now_words == then_words:
        return ""
    shared = next(
        (place for place, (a, b) in enumerate(zip(now_words, then_words, strict=False)) if a != b), len(now_words)
    )
    is_value_alone = len(now_words) == len(then_words) and shared >= _BEFORE_VALUE
    since = _BEFORE_VALUE if isinstance(part, Condition) else shared
    words = then_words[since:] if is_value_alone else then_words
    return f"Was {' '.join(words)} in the live version"


_BEFORE_VALUE = 2
"""The words of a condition before its value: the attribute and the operator."""


# --- problems --------------------------------------------------------------------------------------------------------

_MISSING = frozenset(("missing_key", "empty"))

_ASKED_FOR: Mapping[str, str] = {
    "attribute": "Choose an attribute.",
    "operator": "Choose an operator.",
    "relation": "Choose the related records.",
    "interaction": "Choose what they did.",
    "segment": "Choose a segment.",
    "of": "Choose an attribute.",
    "window_count": "Say how long.",
    "window_unit": "Choose a unit.",
    "window_from": "Give the first day.",
    "window_to": "Give the last day.",
    "window_period": "Choose a period.",
    "count": "Say how long.",
    "unit": "Choose a unit.",
}

_VALUES: Mapping[ValueForm, str] = {
    ValueForm.CONSTANT: "Give a value.",
    ValueForm.PATTERN: "Give a pattern.",
    ValueForm.LIST: "Give at least one value.",
    ValueForm.RANGE: "Give both ends.",
    ValueForm.PERIOD: "Choose a period.",
    ValueForm.PARTIAL: "Choose a part of the date.",
    ValueForm.ANNIVERSARY: "Say when.",
}


def _said(found: Found, part: Part) -> Said:
    problem = found.problem
    if problem.code not in _MISSING:
        words = " ".join(filter(None, (problem.message, problem.hint)))
        return Said(words=words, code=problem.code, input=_input(found, part), is_missing=False)
    return Said(words=_asked_for(found, part), code=problem.code, input=_input(found, part), is_missing=True)


def _asked_for(found: Found, part: Part) -> str:
    if found.input == "value" and isinstance(part, Condition | Behavior | Related):
        return _VALUES.get(form_of(part.comparison.operator), found.problem.message)
    if found.input in _ASKED_FOR:
        return _ASKED_FOR[found.input]
    match part:
        case Condition():
            return _ASKED_FOR["attribute"]
        case Related():
            return _ASKED_FOR["relation"]
        case Group() | Profile():
            return "Add a condition."
        case Parentheses():
            return "Add a block."
        case _:
            return found.problem.message


def _input(found: Found, part: Part) -> str:
    """The name of the input that a problem is about."""
    name = found.input
    if name == "value" and isinstance(part, Condition | Behavior | Related):
        name = _FIRST_INPUTS.get(form_of(part.comparison.operator), name)
    if not name:
        name = "relation" if isinstance(part, Related) else "attribute" if isinstance(part, Condition) else ""
    return f"{part.id}.{name}" if name else ""


_FIRST_INPUTS: Mapping[ValueForm, str] = {
    ValueForm.LIST: "values",
    ValueForm.RANGE: "from",
    ValueForm.DURATION: "count",
    ValueForm.PERIOD: "period",
    ValueForm.PARTIAL: "days",
    ValueForm.ANNIVERSARY: "anniversary",
}


def general_words(problems: tuple[Problem, ...]) -> tuple[str, ...]:
    """Problems of no part, in words."""
    return tuple(" ".join(filter(None, (problem.message, problem.hint))) for problem in problems)
