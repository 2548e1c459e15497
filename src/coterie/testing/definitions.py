"""Random valid definitions in the whole language: nodes, quantifiers, windows, measures, blocks, segment files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from coterie.catalog.model import AttributeType
from coterie.testing.conditions import Mapped, Operators
from coterie.testing.pools import Pools
from coterie.testing.worlds import ATTRIBUTES, UNITS

__all__ = ["Author", "Question", "draw_question"]

_RELATIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "contact": (("deals", "deal"), ("deals", "deal"), ("shop", "shop"), ("friend", "contact"), ("fans", "contact")),
    "deal": (("deals.shop", "shop"),),
    "shop": (("shop.deals", "deal"),),
}
_AGGREGATES = ("sum", "average", "minimum", "maximum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: a definition or a segment file, the files it may refer to, and perhaps a zone beside it."""

    definition: Mapping[str, object]
    segments: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    zone: str | None = None


def draw_question(rng: Random, pools: Pools) -> Question:
    """A valid question about a world made of `pools`."""
    author = Author.of(rng, pools)
    keys = [f"s{number}" for number in range(rng.choice((0, 0, 1, 2, 3)))]
    segments = {key: author.segment(key, keys[:number]) for number, key in enumerate(keys)}
    whole = rng.random() < 0.4
    definition = author.segment("asked", keys) if whole else {"blocks": author.steps(keys, depth=0)}
    return Question(definition=definition, segments=segments, zone=rng.choice((None, *pools.zones)))


@dataclass(frozen=True, slots=True)
class Author:
    """Writes definitions. Depth says how many groups, parentheses and relations one stands in."""

    rng: Random
    pools: Pools
    operators: Operators

    @classmethod
    def of(cls, rng: Random, pools: Pools) -> Author:
        return cls(rng, pools, Operators(rng, pools))

    # --- segment files and blocks

    def segment(self, key: str, others: list[str]) -> Mapped:
        """A segment file, which may refer to `others`."""
        file: Mapped = {"coterie": 1, "segment": key, "name": key.title()}
        if self.rng.random() < 0.5:
            file["time_zone"] = self.rng.choice(self.pools.zones)
        if self.rng.random() < 0.25:
            file |= {"scope": "business_unit", "business_unit": self.rng.choice(UNITS)}
        if key != "asked" and self.rng.random() < 0.25:
            return file | {"type": "static", "members": self._keys()}
        file |= {"type": "dynamic", "definition": {"blocks": self.steps(others, depth=0)}}
        if self.rng.random() < 0.3:
            file["pinned"] = {"keep_in": self._keys(), "keep_out": self._keys()}
        return file

    def _keys(self) -> list[str]:
        known = [*(f"c{number}" for number in range(12)), "ghost", "C1"]
        return self.rng.sample(known, self.rng.randrange(4))

    def steps(self, others: list[str], depth: int) -> list[Mapped]:
        """The steps of a definition or group."""
        count = self.rng.choice((1, 1, 2, 2, 3))
        first: Mapped = {"block": self._block(others, depth)}
        return [first, *(self._step(others, depth) for _ in range(count - 1))]

    def _step(self, others: list[str], depth: int) -> Mapped:
        combine = self.rng.choice(("or", "or", "and_also", "but_not"))
        return {"combine": combine, "block": self._block(others, depth)}

    def _block(self, others: list[str], depth: int) -> Mapped:
        match self.rng.randrange(20):
            case 0:
                return {"kind": "everyone"}
            case 1 | 2 if others:
                return {"kind": "segment", "segment": self.rng.choice(others)}
            case 3 | 4 if depth < 3:
                return {"kind": "group", "blocks": self.steps(others, depth + 1)}
            case number if number < 13:
                return {"kind": "profile", "where": self._node("contact", depth, relations=True)}
            case _:
                return self._interaction(depth)

    # --- nodes

    def _node(self, entity: str, depth: int, *, relations: bool) -> Mapped:
        chance = self.rng.random()
        if depth < 4 and chance < 0.3:
            kind = self.rng.choice(("all", "any"))
            count = self.rng.choice((1, 2, 2, 3))
            return {kind: [self._node(entity, depth + 1, relations=relations) for _ in range(count)]}
        if depth < 4 and chance < 0.38:
            return {"not": self._node(entity, depth + 1, relations=relations)}
        if depth < 4 and relations and entity in _RELATIONS and chance < 0.62:
            return self._relation(entity, depth)
        return self._attribute(entity)

    def _attribute(self, entity: str) -> Mapped:
        if entity == "contact" and self.rng.random() < 0.05:
            return {"attribute": "contact", "operator": "is_in", "value": ["C1", "c2", "c3", "c5"]}
        name, type_ = self.rng.choice(list(ATTRIBUTES[entity].items()))
        return {"attribute": name, **self.operators.of_type(type_)}

    def _relation(self, entity: str, depth: int) -> Mapped:
        name, target = self.rng.choice(_RELATIONS[entity])
        condition: Mapped = {"relation": name, "quantifier": self._quantifier(target)}
        if self.rng.random() < 0.8:
            condition["where"] = self._node(target, depth + 1, relations=True)
        return condition

    def _quantifier(self, target: str) -> Mapped:
        match self.rng.randrange(7):
            case 0 | 1:
                return {"kind": "any"}
            case 2:
                return {"kind": "none"}
            case 3:
                return {"kind": "all"}
            case 4 | 5:
                return {"kind": "count", **self.operators.count(2)}
            case _:
                return {**self._aggregate(target)}

    def _aggregate(self, entity: str) -> Mapped:
        numbers = [name for name, type_ in ATTRIBUTES[entity].items() if type_ is AttributeType.NUMBER]
        kind = self.rng.choice(_AGGREGATES)
        if kind != "sum" and self.rng.random() < 0.1:
            compared: Mapped = {"operator": self.rng.choice(("has_value", "has_no_value"))}
        else:
            compared = self.operators.number((*self.pools.numbers, "0"))
        return {"kind": kind, "attribute": self.rng.choice(numbers), **compared}

    # --- interactions

    def _interaction(self, depth: int) -> Mapped:
        name = self.rng.choice(("visit", "visit", "visit", "call"))
        block: Mapped = {"kind": "interaction", "interaction": name}
        if self.rng.random() < 0.3:
            block["where"] = self._node(name, depth + 2, relations=False)
        if self.rng.random() < 0.6:
            block["window"] = self._window()
        return block | self._measured(name)

    def _measured(self, name: str) -> Mapped:
        """A measure and what it is compared with."""
        match self.rng.randrange(9):
            case 0 | 1:
                return self.operators.count(3)
            case 2 | 3:
                return {"measure": {"kind": "days"}, **self.operators.count(3)}
            case 4:
                named = [key for key, type_ in ATTRIBUTES[name].items() if type_ is not AttributeType.MULTI_CHOICE]
                return {"measure": {"kind": "distinct", "attribute": self.rng.choice(named)}, **self.operators.count(2)}
            case 5 | 6:
                aggregate = self._aggregate(name)
                measure = {"kind": aggregate.pop("kind"), "attribute": aggregate.pop("attribute")}
                return {"measure": measure, **aggregate}
            case _:
                kind = self.rng.choice(("first_at", "last_at"))
                return {"measure": {"kind": kind}, **self.operators.of_type(AttributeType.DATETIME)}

    def _window(self) -> Mapped:
        ends = sorted((self.rng.choice(self.pools.days), self.rng.choice(self.pools.days)))
        match self.rng.randrange(8):
            case 0 | 1 | 2:
                return {"kind": "last", **self.operators.duration(elapsed=True)}
            case 3:
                return {"kind": "before_last", **self.operators.duration(elapsed=True)}
            case 4:
                return {"kind": "between", "from": ends[0].isoformat(), "to": ends[1].isoformat()}
            case 5:
                return {"kind": "since", "from": ends[0].isoformat()}
            case 6:
                return {"kind": "until", "to": ends[1].isoformat()}
            case _:
                return {"kind": "period", "period": self.rng.choice(self.pools.periods).value}
