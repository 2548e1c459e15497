"""What a contact did, as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from coterie import Event
from coterie.catalog.model import Attribute, AttributeType
from coterie.definition.phrases import label_of
from coterie_web.catalogs.engine import engine

__all__ = ["ShownEvent", "ShownValue", "shown_event"]

_ICONS = (
    ("mail", ("email", "mail", "message")),
    ("click", ("click", "visit", "page", "web")),
    ("cart", ("purchase", "bought", "order", "cart")),
    ("form", ("form", "survey")),
    ("ticket", ("event", "registr", "ticket")),
)
"""Which picture suits a kind of interaction, by a part of its name; it only repeats what the words say."""


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value of an event; text speaks for itself and has no label."""

    label: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """An interaction: what it was, when, and its values that are known."""

    label: str
    icon: str
    at: datetime
    values: tuple[ShownValue, ...]


def shown_event(event: Event) -> ShownEvent:
    """An event as people read it."""
    interactions = engine().catalog.interactions
    attributes = interactions[event.interaction].attributes
    told = ((name, value) for name, value in event.values.items() if value not in (None, ()))
    return ShownEvent(
        label=label_of(event.interaction, interactions),
        icon=_icon(event.interaction),
        at=event.occurred_at,
        values=tuple(ShownValue(_label(name, attributes), value) for name, value in told),
    )


def _label(name: str, attributes: Mapping[str, Attribute]) -> str:
    speaks = attributes[name].type in (AttributeType.TEXT, AttributeType.CHOICE, AttributeType.MULTI_CHOICE)
    return "" if speaks else label_of(name, attributes)


def _icon(interaction: str) -> str:
    return next((icon for icon, parts in _ICONS if any(part in interaction for part in parts)), "behavior")
