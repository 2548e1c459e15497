"""Small random worlds: a catalog with every type, and a handful of records that sit on edges and collide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import assert_never

from coterie.catalog.model import AttributeType
from coterie.testing.cases import Row, Tables
from coterie.testing.pools import Pools, instant_text, moment

__all__ = ["ATTRIBUTES", "UNITS", "RowWriter", "World", "draw_world"]

ATTRIBUTES: Mapping[str, Mapping[str, AttributeType]] = {
    "contact": {
        "city": AttributeType.TEXT,
        "color": AttributeType.CHOICE,
        "colors": AttributeType.MULTI_CHOICE,
        "points": AttributeType.NUMBER,
        "happy": AttributeType.BOOLEAN,
        "born": AttributeType.DATE,
        "seen_at": AttributeType.DATETIME,
    },
    "deal": {
        "title": AttributeType.TEXT,
        "stage": AttributeType.CHOICE,
        "colors": AttributeType.MULTI_CHOICE,
        "worth": AttributeType.NUMBER,
        "won": AttributeType.BOOLEAN,
        "due": AttributeType.DATE,
        "made_at": AttributeType.DATETIME,
    },
    "shop": {"name": AttributeType.TEXT, "size": AttributeType.NUMBER, "opened_on": AttributeType.DATE},
    "visit": {
        "page": AttributeType.TEXT,
        "device": AttributeType.CHOICE,
        "colors": AttributeType.MULTI_CHOICE,
        "spent": AttributeType.NUMBER,
        "new": AttributeType.BOOLEAN,
        "day": AttributeType.DATE,
        "at": AttributeType.DATETIME,
    },
    "call": {"spent": AttributeType.NUMBER},
}
"""Attributes of entities and interactions (`visit`, `call`), each with its type."""

UNITS = ("north", "south")

_RELATIONS: Mapping[str, Mapping[str, str]] = {
    "deals": {"from": "contact", "to": "deal", "one_to_many": "contact"},
    "shop": {"from": "contact", "to": "shop", "many_to_one": "shop"},
    "deals.shop": {"from": "deal", "to": "shop", "many_to_one": "shop"},
    "shop.deals": {"from": "shop", "to": "deal", "one_to_many": "shop"},
    "friend": {"from": "contact", "to": "contact", "many_to_one": "friend"},
    "fans": {"from": "contact", "to": "contact", "one_to_many": "friend"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A catalog as a mapping, and the rows of its entities and interactions in the order of loading."""

    catalog: Mapping[str, object]
    tables: Tables


def draw_world(rng: Random, pools: Pools) -> World:
    """0 to 12 contacts, rows of contacts that are not known, missing and ill-typed values, duplicates, the future."""
    size = rng.randrange(3) if rng.random() < 0.03 else rng.choice((4, 7, 8, 9, 10, 11, 12, 12))
    contacts = tuple(f"c{number}" for number in range(size))
    writer = RowWriter(
        rng, pools, (*contacts, "ghost"), ("s1", "s2", "s3"), tuple(f"d{number}" for number in range(14))
    )
    tables = {
        "contact": tuple(map(writer.contact, _repeated(rng, contacts))),
        "shop": tuple(map(writer.shop, writer.shops[: rng.randrange(1, 4)])),
        "deal": tuple(map(writer.deal, _repeated(rng, writer.deals[: rng.randrange(3, 15)]))),
        "visit": tuple(writer.interaction("visit", number) for number in range(rng.randrange(60))),
        "call": tuple(writer.interaction("call", number) for number in range(rng.randrange(24))),
    }
    order = rng.sample(list(tables), len(tables))
    return World(catalog=_catalog(pools), tables={name: tables[name] for name in order})


def _repeated(rng: Random, keys: tuple[str, ...]) -> tuple[str, ...]:
    """`keys`, now and then with one again at the end: a record that is loaded twice."""
    return (*keys, rng.choice(keys)) if keys and rng.random() < 0.3 else keys


def _catalog(pools: Pools) -> Mapping[str, object]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    listed = {name: {key: _declared(key, type_) for key, type_ in each.items()} for name, each in ATTRIBUTES.items()}
    entities = {name: {"key": name, "attributes": listed[name]} for name in ("deal", "shop")}
    return {
        "coterie": 1,
        "organization": {
            "time_zone": pools.organization.time_zone,
            "first_weekday": days[pools.organization.first_weekday],
            "fiscal_start_month": pools.organization.fiscal_start_month,
        },
        "contact": {"key": "contact", "business_unit": "unit", "attributes": listed["contact"]},
        "entities": entities,
        "relations": dict(_RELATIONS),
        "interactions": {name: {"attributes": listed[name]} for name in ("visit", "call")},
    }


def _declared(name: str, type_: AttributeType) -> object:
    # `color` and `colors` list their choices; `stage` and `device` take any.
    if name.startswith("color"):
        return {"type": type_.value, "choices": ["red", "green", "blue"]}
    return type_.value


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writes rows of random values, of and about `contacts`, `shops` and `deals`."""

    rng: Random
    pools: Pools
    contacts: tuple[str, ...]
    shops: tuple[str, ...]
    deals: tuple[str, ...]

    def contact(self, key: str) -> Row:
        """A contact with all its columns."""
        unit = self.rng.choice(("north", "north", "south", " south ", "NORTH", None))
        friend = self.rng.choice((*self.contacts, None))
        return {"contact": key, "unit": unit, "shop": self._shop_key(), "friend": friend, **self._values("contact")}

    def shop(self, key: str) -> Row:
        """A shop: a record two hops away."""
        return {"shop": key, **self._values("shop")}

    def deal(self, key: str) -> Row:
        """A deal of a contact, at a shop."""
        return {"deal": key, "contact": self._contact_key(), "shop": self._shop_key(), **self._values("deal")}

    def interaction(self, name: str, number: int) -> Row:
        """The `number`-th interaction of that name; now and then without `message_id`, or with an earlier one's."""
        identity = self.rng.choice((f"m{number}", f"m{number}", f"m{number}", f"m{number // 2}", None))
        instants = self.pools.past * 4 + self.pools.future
        occurred_at = self._missing_or(instant_text(self.rng.choice(instants)), 0.03)
        row: Row = {"message_id": identity, "contact": self._contact_key(), "occurred_at": occurred_at}
        return {**row, **self._values(name)}

    def _contact_key(self) -> str | None:
        # The few among the first have many rows, so that counts differ.
        favorites = self.contacts[:3]
        return self.rng.choice((*self.contacts, *favorites, *favorites, None)) if self.rng.random() < 0.9 else None

    def _shop_key(self) -> str | None:
        return self.rng.choice((*self.shops, "gone", None))

    def _values(self, name: str) -> Row:
        return {key: self._value(type_) for key, type_ in ATTRIBUTES[name].items()}

    def _value(self, type_: AttributeType) -> object:
        chance = self.rng.random()
        if chance < 0.15:
            return None
        if chance < 0.2:
            return self.rng.choice((*self.pools.blanks, "?", "2026-02-30", "12,5", "maybe", ";"))
        return self._drawn(type_)()

    def _drawn(self, type_: AttributeType) -> Callable[[], object]:
        match type_:
            case AttributeType.TEXT:
                return lambda: self.rng.choice(self.pools.texts)
            case AttributeType.CHOICE:
                return lambda: self._colored(self.rng.choice(self.pools.choices))
            case AttributeType.MULTI_CHOICE:
                return self._colors
            case AttributeType.NUMBER:
                return lambda: self._number(self.rng.choice(self.pools.numbers))
            case AttributeType.BOOLEAN:
                return lambda: self.rng.choice(("true", "no", "Y", "F", "1", "0"))
            case AttributeType.DATE:
                return lambda: self.rng.choice(self.pools.days).isoformat()
            case AttributeType.DATETIME:
                return self._instant
            case _:
                assert_never(type_)

    def _colored(self, choice: str) -> str:
        return self.rng.choice((choice, choice.upper(), f" {choice} "))

    def _colors(self) -> str:
        chosen = self.rng.sample(self.pools.choices, self.rng.randrange(1, 4))
        return ";".join(map(self._colored, chosen)) + self.rng.choice(("", ";", "; ;"))

    def _number(self, text: str) -> object:
        return float(text) if len(text) < 10 and self.rng.random() < 0.3 else text

    def _instant(self) -> str:
        instant = self.rng.choice(self.pools.past + self.pools.future)
        match self.rng.randrange(8):
            case 0:  # in the organization's zone; perhaps in a gap
                return moment(instant).strftime("%Y-%m-%dT%H:%M")
            case 1:  # cut, not rounded
                return instant_text(instant).replace("Z", "999Z")
            case _:
                return instant_text(instant)

    def _missing_or(self, text: str, chance: float) -> str | None:
        return None if self.rng.random() < chance else text
