"""The operator of a comparison and the inputs beside it, by the operator and the type of what is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from coterie.catalog.model import AttributeType
from coterie.definition.grammar import ELAPSED_UNITS, ValueForm
from coterie.definition.nodes import Operator
from coterie.definition.typed_values import Compared
from coterie_web.segments.designer.inputs import (
    Input,
    Lines,
    Select,
    Token,
    Tokens,
    Word,
    choices_of,
    date_input,
    text_input,
)
from coterie_web.segments.designer.tree import Behavior, Comparison, Held
from coterie_web.segments.designer.values import form_of
from coterie_web.segments.designer.words import (
    ANNIVERSARIES,
    BOOLEANS,
    PARTS_OF_DATES,
    PERIODS,
    UNITS,
    WINDOWS,
    operator_words,
)

__all__ = ["MOST_TOKENS", "Asking", "comparison_inputs", "window_inputs"]

MOST_TOKENS = 30
"""Values of a list shown one by one; more are lines of a text."""

_ELAPSED = frozenset(unit.value for unit in ELAPSED_UNITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A comparison on the page: of which part, and what it is about. `suggests`: values that occur can be offered."""

    part_id: str
    asked: Compared | None
    about: str
    is_amount: bool = False
    suggests: bool = False

    def name(self, part: str) -> str:
        return f"{self.part_id}.{part}"

    @property
    def type(self) -> AttributeType | None:
        return None if self.asked is None else self.asked.type

    def operator_words(self, operator: str) -> str:
        """An operator as it is offered; itself, where the language does not know it."""
        known = next((each for each in Operator if each.value == operator), None)
        return operator if known is None else operator_words(known, self.type, is_amount=self.is_amount)


def comparison_inputs(asking: Asking, comparison: Comparison) -> Iterator[Input]:
    """The operator, and what stands beside it."""
    possible = () if asking.asked is None else asking.asked.operators
    choices = tuple((each.value, asking.operator_words(each.value)) for each in possible)
    yield Select(
        name=asking.name("operator"),
        label=f"Operator for {asking.about}",
        choices=choices,
        chosen=comparison.operator,
    )
    yield from _value_inputs(asking, comparison)


def _value_inputs(asking: Asking, comparison: Comparison) -> Iterator[Input]:
    about, form = asking.about, form_of(comparison.operator)
    match form:
        case ValueForm.NOTHING:
            return
        case ValueForm.CONSTANT:
            yield _constant(asking, "value", f"Value for {about}", comparison)
        case ValueForm.PATTERN:
            yield text_input(asking.name("value"), f"Pattern for {about}", comparison.first("value"))
        case ValueForm.LIST:
            yield _list(asking, comparison.held.get("values", ()))
        case ValueForm.RANGE:
            yield _constant(asking, "from", f"{about} from", comparison)
            yield Word(text="and")
            yield _constant(asking, "to", f"{about} to", comparison)
        case ValueForm.DURATION:
            yield from _length(asking, comparison.held)
        case ValueForm.PERIOD:
            yield _choose(asking.name("period"), f"Period for {about}", PERIODS, comparison.first("period"))
        case ValueForm.PARTIAL:
            yield from _partial(asking, comparison.held)
        case ValueForm.ANNIVERSARY:
            yield from _anniversary(asking, comparison)
        case _:
            assert_never(form)


def _choose(name: str, label: str, words: Mapping[str, str], chosen: str) -> Select:
    return Select(name=name, label=label, choices=choices_of(words), chosen=chosen)


def _constant(asking: Asking, part: str, label: str, comparison: Comparison) -> Input:
    name, text = asking.name(part), comparison.first(part)
    match asking.type:
        case AttributeType.BOOLEAN:
            return _choose(name, label, BOOLEANS, text)
        case AttributeType.NUMBER:
            return text_input(name, label, text, mode="decimal")
        case AttributeType.DATE | AttributeType.DATETIME:
            return date_input(name, label, text)
        case AttributeType.CHOICE | AttributeType.MULTI_CHOICE if asking.asked and asking.asked.choices:
            blank = {"": "choose"} if not text else {}
            return _choose(name, label, {**blank, **{choice: choice for choice in asking.asked.choices}}, text)
        case _:
            return text_input(name, label, text, suggests=asking.suggests)


def _list(asking: Asking, texts: tuple[str, ...]) -> Input:
    label = f"Values for {asking.about}"
    if len(texts) > MOST_TOKENS and not any("\n" in text for text in texts):
        return Lines(name=asking.name("lines"), label=label, texts=texts)
    listed = asking.asked.choices if asking.asked else ()
    return Tokens(
        name=asking.name("values"),
        label=label,
        tokens=_tokens(texts, {}),
        choices=tuple((choice, choice) for choice in listed),
        is_typed=not listed,
        suggests=asking.suggests and not listed,
    )


def _tokens(texts: tuple[str, ...], words: Mapping[str, str]) -> tuple[Token, ...]:
    return tuple(Token(text=text, shown=words.get(text, text), place=place) for place, text in enumerate(texts))


def _units(type_: AttributeType | None) -> dict[str, str]:
    """The units that something can be told in: a day without a time knows no hours."""
    return {unit: words for unit, words in UNITS.items() if type_ is not AttributeType.DATE or unit not in _ELAPSED}


def _length(asking: Asking, inputs: Held, prefix: str = "") -> Iterator[Input]:
    count, unit = (next(iter(inputs.get(part, ())), "") for part in ("count", "unit"))
    yield text_input(asking.name(f"{prefix}count"), f"Length for {asking.about}", count, mode="numeric")
    yield _choose(asking.name(f"{prefix}unit"), f"Unit for {asking.about}", _units(asking.type), unit)


def _partial(asking: Asking, inputs: Held) -> Iterator[Input]:
    for part, (word, choices) in PARTS_OF_DATES.items():
        yield Word(text=word)
        yield Tokens(
            name=asking.name(part),
            label=f"{word.capitalize()} for {asking.about}",
            tokens=_tokens(inputs.get(part, ()), choices),
            choices=choices_of(choices),
            is_typed=part in ("days", "years"),
        )


def _anniversary(asking: Asking, comparison: Comparison) -> Iterator[Input]:
    chosen = comparison.first("anniversary")
    yield _choose(asking.name("anniversary"), f"Anniversary of {asking.about}", ANNIVERSARIES, chosen)
    match chosen:
        case "in_last" | "in_next":
            yield from _length(asking, comparison.held)
        case "in_period":
            period = comparison.first("period")
            yield _choose(asking.name("period"), f"Period for {asking.about}", PERIODS, period)
        case "on":
            months = {
                "": "month",
                **{key: words for key, words in PARTS_OF_DATES["months"][1].items() if key.isdigit()},
            }
            day = comparison.first("day")
            yield text_input(asking.name("day"), f"Day for {asking.about}", day, mode="numeric")
            yield _choose(asking.name("month"), f"Month for {asking.about}", months, comparison.first("month"))
        case _:
            return


# --- windows ---------------------------------------------------------------------------------------------------------


def window_inputs(block: Behavior) -> Iterator[Input]:
    """When interactions count, and the inputs of that."""
    asking = Asking(part_id=block.id, asked=None, about="the window")
    yield _choose(asking.name("window"), "Window", WINDOWS, block.window)
    first = {part: next(iter(block.span.get(part, ())), "") for part in ("from", "to", "period")}
    match block.window:
        case "last" | "before_last":
            yield from _length(asking, block.span, "window_")
        case "between":
            yield date_input(asking.name("window_from"), "First day of the window", first["from"])
            yield Word(text="and")
            yield date_input(asking.name("window_to"), "Last day of the window", first["to"])
        case "since":
            yield date_input(asking.name("window_from"), "First day of the window", first["from"])
        case "until":
            yield date_input(asking.name("window_to"), "Last day of the window", first["to"])
        case "period":
            yield _choose(asking.name("window_period"), "Period of the window", PERIODS, first["period"])
        case _:
            return
