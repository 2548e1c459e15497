"""Random batches for `ingest` and `load`: insert, change, delete, revive, move, repeat, contradict, make no sense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from coterie.testing.cases import Row
from coterie.testing.pools import Pools, instant_text, moment
from coterie.testing.steps import Ingest, Load
from coterie.testing.worlds import ATTRIBUTES, RowWriter

__all__ = ["Sender"]

Operation = Mapping[str, object]

CONTACTS = tuple(f"c{number}" for number in range(12))
SHOPS = ("s1", "s2", "s3")
DEALS = tuple(f"d{number}" for number in range(14))
_KEYS: Mapping[str, tuple[str, ...]] = {"contact": (*CONTACTS, "ghost"), "deal": DEALS, "shop": SHOPS}
_REFERENCES = (("deal", "contact", "contact"), ("deal", "shop", "shop"), ("contact", "shop", "shop"))
_MINUTE = 60_000


@dataclass(slots=True)
class Sender:
    """Sends batches about one small world, and remembers them, to send them again. `start` is when it all began."""

    rng: Random
    start: int
    _sent: list[Ingest | Load] = field(default_factory=list)
    _messages: int = 0

    def batch(self, pools: Pools) -> Ingest | Load:
        """A batch sent at the moment of `pools`: small mostly, now and then an earlier one again, or a file."""
        chance = self.rng.random()
        if self._sent and chance < 0.07:
            return self.rng.choice(self._sent)
        if chance < 0.15:
            batch: Ingest | Load = self._file(pools)
        else:
            count = self.rng.choice((1, 1, 1, 2, 2, 3, 4, 8))
            batch = Ingest(tuple(self._operation(pools) for _ in range(count)))
        self._sent.append(batch)
        return batch

    # --- operations

    def _operation(self, pools: Pools) -> Operation:
        chance = self.rng.random()
        if chance < 0.04:
            return self._senseless(pools)
        if chance < 0.09 and (again := self._again()) is not None:
            return again
        if chance < 0.19:
            return self._delete(pools)
        if chance < 0.30:
            return self._move(pools)
        if chance < 0.60:
            return self._upsert(pools)
        return self._interaction(pools)

    def _again(self) -> Operation | None:
        earlier = [operation for batch in self._sent if isinstance(batch, Ingest) for operation in batch.operations]
        return self.rng.choice(earlier) if earlier else None

    def _upsert(self, pools: Pools) -> Operation:
        entity = self.rng.choice(("contact", "contact", "contact", "deal", "deal", "shop"))
        row = self._row(pools, entity)
        return self._dated({"type": "upsert", "entity": entity, "record": row}, pools)

    def _row(self, pools: Pools, entity: str) -> Row:
        """A whole record, or some of its columns: one mostly, so that one thing changes at a time."""
        writer = self._writer(pools)
        key = self.rng.choice(_KEYS[entity])
        match entity:
            case "contact":
                row = writer.contact(key)
            case "deal":
                row = writer.deal(key)
            case _:
                row = writer.shop(key)
        if self.rng.random() < 0.3:
            return row
        others = [column for column in row if column != entity]
        chosen = self.rng.sample(others, self.rng.choice((0, 1, 1, 1, 2, 3)))
        return {column: value for column, value in row.items() if column == entity or column in chosen}

    def _move(self, pools: Pools) -> Operation:
        """A record comes to belong to another one, or to nobody known."""
        entity, column, target = self.rng.choice(_REFERENCES)
        other = self.rng.choice((*_KEYS[target], "gone", None))
        record = {entity: self.rng.choice(_KEYS[entity]), column: other}
        return self._dated({"type": "upsert", "entity": entity, "record": record}, pools)

    def _delete(self, pools: Pools) -> Operation:
        entity = self.rng.choice(("contact", "contact", "deal", "deal", "shop"))
        return self._dated({"type": "delete", "entity": entity, "key": self.rng.choice(_KEYS[entity])}, pools)

    def _dated(self, operation: dict[str, object], pools: Pools) -> Operation:
        """Half of the changes say when they were made: few different instants, so that they meet and overtake."""
        if self.rng.random() < 0.5:
            return operation
        latest = (pools.as_of - self.start) // _MINUTE
        instant = self.start + _MINUTE * self.rng.choice((-2, -1, 0, 1, 2, latest, latest, latest + 1))
        spelled: object = instant_text(instant)
        match self.rng.randrange(6):
            case 0:
                spelled = moment(instant)
            case 1:  # in the organization's zone
                spelled = moment(instant).strftime("%Y-%m-%dT%H:%M")
            case _:
                pass
        return {**operation, "changed_at": spelled}

    # --- interactions

    def _interaction(self, pools: Pools) -> Operation:
        name = self.rng.choice(("visit", "visit", "call"))
        row = self._happening(pools, name)
        if self.rng.random() < 0.1:
            row = {column: value for column, value in row.items() if column != "message_id"}
        return {"type": "interaction", "interaction": name, "record": row}

    def _happening(self, pools: Pools, name: str) -> Row:
        """Late, backdated, now or in the future; its id is new, or (one in ten) that of an earlier one."""
        row = self._writer(pools).interaction(name, 0)
        if self.rng.random() < 0.25:
            row["occurred_at"] = instant_text(pools.as_of + self.rng.choice((-1, 0, 0, 1, _MINUTE)))
        self._messages += 1
        number = self.rng.randrange(self._messages) if self.rng.random() < 0.1 else self._messages
        row["message_id"] = f"n{number}"
        return row

    # --- files

    def _file(self, pools: Pools) -> Load:
        name = self.rng.choice(("contact", "contact", "deal", "shop", "visit", "call"))
        count = self.rng.randrange(1, 5)
        if name in _KEYS:
            return Load(name, tuple(self._row(pools, name) for _ in range(count)))
        return Load(name, tuple(self._happening(pools, name) for _ in range(count)))

    # --- what makes no sense

    def _senseless(self, pools: Pools) -> Operation:
        contact = self.rng.choice(CONTACTS)
        at = instant_text(pools.as_of)
        upsert: dict[str, object] = {"type": "upsert", "entity": "contact", "record": {"contact": contact, "city": "?"}}
        visit: dict[str, object] = {"message_id": "x", "contact": contact, "occurred_at": at}
        return self.rng.choice(
            (
                {"type": "rename", "entity": "contact", "record": {"contact": contact}},
                {**upsert, "entity": "planet"},
                {**upsert, "entity": "visit"},
                {**upsert, "record": {"city": "Paris"}},
                {**upsert, "record": {"contact": " ", "city": "Paris"}},
                {**upsert, "record": [contact]},
                {**upsert, "changed_at": "yesterday"},
                {**upsert, "changed_at": "2026-02-30"},
                {**upsert, "chanegd_at": at},
                {"type": "upsert", "entity": "contact"},
                {"type": "delete", "entity": "contact"},
                {"type": "delete", "entity": "contact", "key": "  "},
                {"type": "delete", "entity": "contact", "key": contact, "changed_at": "soon"},
                {"type": "interaction", "interaction": "dance", "record": visit},
                {"type": "interaction", "interaction": "visit", "record": {**visit, "occurred_at": "noon"}},
                {"type": "interaction", "interaction": "visit", "record": {"occurred_at": at}},
                {"type": "interaction", "interaction": "visit"},
                {**upsert, "record": {"contact": contact, "planet": "Mars", **dict.fromkeys(ATTRIBUTES["contact"])}},
            )
        )

    def _writer(self, pools: Pools) -> RowWriter:
        return RowWriter(self.rng, pools, (*CONTACTS, "ghost"), SHOPS, DEALS)
