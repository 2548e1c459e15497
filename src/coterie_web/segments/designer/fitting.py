"""What becomes of the rest when an attribute, operator, measure or relation is chosen: what fits still is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from coterie.catalog.model import Attribute, AttributeType, Catalog
from coterie.definition.grammar import ELAPSED_UNITS, MEASURES, QUANTIFIERS, ValueForm
from coterie.definition.nodes import Operator
from coterie.definition.places import Findings
from coterie.definition.typed_values import Compared, type_comparison
from coterie_web.segments.designer.asked import (
    attributes_of,
    behavior_compared,
    condition_compared,
    quantifier_compared,
    target_of,
)
from coterie_web.segments.designer.tree import Behavior, Comparison, Condition, Held, Related, held
from coterie_web.segments.designer.values import ANNIVERSARY_PARTS, INPUTS, form_of

__all__ = ["fitted_behavior", "fitted_condition", "fitted_related", "measurable"]

_LENGTH = {"count": "30", "unit": "days"}

_BEGINNINGS: Mapping[ValueForm, Held] = {
    ValueForm.DURATION: held(**_LENGTH),
    ValueForm.PERIOD: held(period="this_month"),
    ValueForm.ANNIVERSARY: held(anniversary="in_next", count="7", unit="days"),
}
"""What the inputs hold at first, where there is something usual."""

_WINDOWS: Mapping[str, tuple[str, ...]] = {
    "last": ("count", "unit"),
    "before_last": ("count", "unit"),
    "between": ("from", "to"),
    "since": ("from",),
    "until": ("to",),
    "period": ("period",),
}


def fitted_condition(before: Condition, now: Condition, owner: str, catalog: Catalog) -> Condition:
    """`now` after its attribute or operator may have been changed from what `before` had."""
    attributes = attributes_of(owner, catalog)
    asked = condition_compared(now, attributes)
    if asked is None:
        return now
    comparison = _fitted(before.comparison, now.comparison, condition_compared(before, attributes), asked)
    takes_case = asked.type is AttributeType.TEXT and form_of(comparison.operator) is not ValueForm.NOTHING
    return replace(now, comparison=comparison, match_case=now.match_case and takes_case)


def fitted_behavior(before: Behavior, now: Behavior, catalog: Catalog) -> Behavior:
    """`now` after its interaction, measure or window may have been changed."""
    known = attributes_of(now.interaction, catalog)
    of = _fitted_attribute(now.of, measurable(now.measure, known)) if _takes(MEASURES, now.measure) else ""
    now = replace(now, of=of, span=_fitted_span(before.window, now.window, now.span))
    had = behavior_compared(before) if before.interaction else None
    asked = behavior_compared(now)
    is_other = before.measure != now.measure and (had is None or had.type is not asked.type)
    comparison = _fitted(before.comparison, now.comparison, None if is_other else had, asked)
    return replace(now, comparison=_once(comparison, asked))


def fitted_related(before: Related, now: Related, owner: str, catalog: Catalog) -> Related:
    """`now` after its relation or quantifier may have been changed."""
    target = target_of(now.relation, owner, catalog)
    if target != target_of(before.relation, owner, catalog):
        now = replace(now, where=None)
    known = attributes_of(target, catalog)
    of = _fitted_attribute(now.of, measurable(now.quantifier, known)) if _takes(QUANTIFIERS, now.quantifier) else ""
    now = replace(now, of=of)
    asked = quantifier_compared(now)
    if asked is None:
        return replace(now, comparison=Comparison())
    comparison = _fitted(before.comparison, now.comparison, quantifier_compared(before), asked)
    return replace(now, comparison=_once(comparison, asked))


def measurable(kind: str, attributes: Mapping[str, Attribute]) -> Mapping[str, Attribute]:
    """The attributes that a measure or quantifier can be of."""
    if kind == "distinct":
        return {name: each for name, each in attributes.items() if each.type is not AttributeType.MULTI_CHOICE}
    return {name: each for name, each in attributes.items() if each.type is AttributeType.NUMBER}


def _takes(kinds: Mapping[str, object], kind: str) -> bool:
    return "attribute" in getattr(kinds.get(kind), "required", ())


def _fitted_attribute(name: str, known: Mapping[str, Attribute]) -> str:
    return name if name in known else next(iter(known), "")


def _fitted_span(former: str, window: str, span: Held) -> Held:
    """What the inputs of a window hold: those of the former that it has too, else what is usual."""
    wanted = _WINDOWS.get(window, ())
    kept = {part: texts for part, texts in span.items() if part in wanted}
    if kept or former == window:
        return kept
    match window:
        case "last" | "before_last":
            return held(**_LENGTH)
        case "period":
            return held(period="this_month")
        case _:
            return {}


# --- comparisons -----------------------------------------------------------------------------------------------------


def _once(comparison: Comparison, asked: Compared) -> Comparison:
    """A count that compares with nothing yet begins as "at least 1"."""
    if not asked.is_count or comparison.held or comparison.operator not in ("", Operator.IS.value):
        return comparison
    return Comparison(operator=Operator.AT_LEAST.value, held=held(value="1"))


def _fitted(before: Comparison, now: Comparison, had: Compared | None, asked: Compared) -> Comparison:
    operator = _fitted_operator(now.operator, asked)
    form, is_other = form_of(operator), had is None or (had.type, had.choices) != (asked.type, asked.choices)
    inputs = now.held
    if is_other or form is not form_of(before.operator):
        inputs = _carried(inputs, operator, asked) if form not in _BEGINNINGS else _kept(inputs, form)
        inputs = inputs or _beginning(form, asked)
    return Comparison(operator=operator, held=_within(inputs, form, asked))


def _fitted_operator(operator: str, asked: Compared) -> str:
    """The operator itself where it is possible, else the first that takes the same kind of value."""
    possible = tuple(each.value for each in asked.operators)
    if operator in possible or not possible:
        return operator
    alike = (each for each in possible if operator and form_of(each) is form_of(operator))
    return next(alike, possible[0])


def _kept(inputs: Held, form: ValueForm) -> Held:
    return {part: texts for part, texts in inputs.items() if part in INPUTS[form]}


def _beginning(form: ValueForm, asked: Compared) -> Held:
    if form is ValueForm.CONSTANT and asked.type is AttributeType.BOOLEAN:
        return held(value="true")
    return _BEGINNINGS.get(form, {})


def _carried(inputs: Held, operator: str, asked: Compared) -> Held:
    """The constants of one form of value in the inputs of another, as far as they fit."""
    texts = [text for part in ("value", "values", "from", "to") for text in inputs.get(part, ())]
    fitting = tuple(text for text in texts if _fits(text, asked))
    match form_of(operator):
        case ValueForm.CONSTANT | ValueForm.PATTERN:
            return held(value=fitting[:1])
        case ValueForm.LIST:
            return held(values=fitting)
        case ValueForm.RANGE:
            return held(**{"from": fitting[:1], "to": fitting[1:2]})
        case _:
            return {}


def _fits(text: str, asked: Compared) -> bool:
    """Whether text is a constant of what is asked about."""
    constant = text == "true" if asked.type is AttributeType.BOOLEAN and text in ("true", "false") else text
    single = next((each for each in asked.operators if form_of(each.value) is ValueForm.CONSTANT), None)
    several = next((each for each in asked.operators if form_of(each.value) is ValueForm.LIST), None)
    findings = Findings()
    if single is not None:
        type_comparison(asked, single, constant, (), findings)
    elif several is not None:
        type_comparison(asked, several, (constant,), (), findings)
    return not findings.all()


def _within(inputs: Held, form: ValueForm, asked: Compared) -> Held:
    """Without inputs of another form of value, and with a unit that days without a time can be told in."""
    wanted = INPUTS[form]
    if form is ValueForm.ANNIVERSARY:
        wanted = ("anniversary", *ANNIVERSARY_PARTS.get(next(iter(inputs.get("anniversary", ())), ""), ()))
    kept = {part: texts for part, texts in inputs.items() if part in wanted}
    if form is ValueForm.ANNIVERSARY and not any(part in kept for part in wanted[1:]):
        kept |= _ANNIVERSARY_BEGINNINGS.get(next(iter(inputs.get("anniversary", ())), ""), {})
    elapsed = {unit.value for unit in ELAPSED_UNITS}
    if asked.type is AttributeType.DATE and elapsed.intersection(kept.get("unit", ())):
        kept["unit"] = ("days",)
    return kept


_ANNIVERSARY_BEGINNINGS: Mapping[str, Held] = {
    "in_last": held(count="7", unit="days"),
    "in_next": held(count="7", unit="days"),
    "in_period": held(period="today"),
}
