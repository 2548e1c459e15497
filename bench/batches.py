"""Batches of changes, seeded: as operations for the engine's `ingest`, and as rows for the tables of the others.

Most of a batch is interactions, some of them late, a few of them still to come or sent twice; the rest are updates of
contacts, leads that come, change, move and go, registrations, and accounts that change for the few contacts they have.
A contact that nobody knew turns up now and then, some with their first interaction before their record.

    python -m bench.batches --contacts 10000
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.data import (
    AS_OF,
    CACHE,
    CITIES,
    DEVICES,
    INDUSTRIES,
    INTERESTS,
    JOURNEYS,
    LINKS,
    MESSAGES,
    PAGES,
    PRODUCTS,
    SEED,
    STATUSES,
    World,
    draw_active,
    generate,
)

__all__ = ["Batch", "Batches", "Change"]

Operation = Mapping[str, object]
Row = dict[str, object]

_SHARES: Mapping[str, float] = {"interactions": 0.84, "contacts": 0.08, "leads": 0.05, "registrations": 0.03}
"""Of the contacts that a batch touches, beside those of the accounts that change."""

_INTERACTIONS: Mapping[str, float] = {
    "email_opened": 0.4,
    "email_clicked": 0.15,
    "purchase": 0.15,
    "website_visited": 0.3,
}

_CONTACTS_AN_ACCOUNT = 8  # on average, of those 20 to whom an account is drawn: three in five have none


@dataclass(frozen=True, slots=True)
class Change:
    """Rows for one table of `bench.handwritten`: to insert, to update by `id` (the columns given), or to delete."""

    table: str
    action: str
    rows: pa.Table


@dataclass(frozen=True)
class Batch:
    """One batch, and the moment at which it has arrived: what is not still to come lies before."""

    number: int
    as_of: datetime
    operations: Sequence[Operation]
    rows: Mapping[tuple[str, str, tuple[str, ...]], Sequence[Row]]
    """By table, action and columns."""

    @cached_property
    def changes(self) -> Sequence[Change]:
        """The same as rows for the tables of `bench.handwritten`."""
        return tuple(Change(table, action, _typed(table, rows)) for (table, action, _), rows in self.rows.items())

    def counts(self) -> Mapping[str, int]:
        """Rows by table and action."""
        return {f"{change.table} {change.action}": change.rows.num_rows for change in self.changes}


class Batches:
    """An endless row of batches over a world: the same world, seed and size give the same batches.

    `touched` contacts are touched by each. A batch arrives `every` after the one before.
    """

    def __init__(
        self, world: World, *, touched: int = 5000, seed: int = SEED, every: timedelta = timedelta(minutes=1)
    ) -> None:
        self._world = world
        self._touched = min(touched, world.contacts // 4)
        self._seed = seed
        self._every = every
        self._next = dict(world.rows)
        self._gone: set[int] = set()
        self._number = 0

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        self._number += 1
        as_of = AS_OF + self._number * self._every
        draw = np.random.default_rng([self._seed, self._touched, self._number])
        draft = _Draft(self._number, as_of, draw, self._next, self._gone)
        draft.fill(self._world, self._touched, self._every)
        return draft.finished()


class _Draft:
    """A batch in the making."""

    def __init__(
        self, number: int, as_of: datetime, draw: np.random.Generator, ahead: dict[str, int], gone: set[int]
    ) -> None:
        self._number, self._as_of, self._draw = number, as_of, draw
        self._next = ahead
        """The number of the next new record, by table."""
        self._gone = gone
        """Leads that were deleted: nothing is said of them again."""
        self._operations: list[Operation] = []
        self._rows: dict[tuple[str, str, tuple[str, ...]], list[Row]] = {}
        self._messages = 0

    def finished(self) -> Batch:
        return Batch(self._number, self._as_of, tuple(self._operations), self._rows)

    def fill(self, world: World, touched: int, every: timedelta) -> None:
        accounts = min(2, touched // 100)
        people = self._people(world.contacts, touched - accounts * _CONTACTS_AN_ACCOUNT)
        shares = np.cumsum([round(len(people) * share) for share in _SHARES.values()])[:-1]
        acting, updated, leading, registering = np.split(people, shares)
        self._act([*acting, *acting[self._draw.random(len(acting)) < 0.2]], every)
        self._come(max(touched // 1000, 1), every)
        self._update(updated)
        self._lead(leading, world)
        self._register(registering, world)
        for account in self._draw.choice(world.rows["account"], accounts, replace=False):
            self._account(int(account))
        self._send_twice(max(touched // 200, 1))

    def _people(self, contacts: int, wanted: int) -> np.ndarray:
        """Distinct contacts, drawn by how much they do."""
        found = np.empty(0, dtype=np.int64)
        while len(found) < wanted:
            more = draw_active(self._draw, 2 * wanted, contacts)
            _, first = np.unique(found := np.concatenate([found, more]), return_index=True)
            found = found[np.sort(first)]
        return found[:wanted]

    def _put(self, table: str, action: str, row: Row) -> None:
        self._rows.setdefault((table, action, tuple(row)), []).append(row)

    def _say(self, entity: str, record: Row) -> None:
        self._operations.append({"type": "upsert", "entity": entity, "record": record})

    def _pick(self, words: Sequence[str]) -> str:
        return words[int(self._draw.random() ** 1.5 * len(words))]

    # --- interactions

    def _moment(self, every: timedelta) -> datetime:
        """Most since the batch before, one in twenty up to 60 days late, one in two hundred an hour ahead."""
        chance = self._draw.random()
        if chance < 0.005:
            moment = self._as_of + timedelta(milliseconds=int(self._draw.integers(1, 3_600_000)))
        else:
            late = timedelta(days=60) if chance < 0.055 else every
            moment = self._as_of - timedelta(
                milliseconds=int(self._draw.integers(0, late // timedelta(milliseconds=1)))
            )
        return moment

    def _act(self, contacts: Sequence[int], every: timedelta) -> None:
        kinds = self._draw.choice(list(_INTERACTIONS), len(contacts), p=list(_INTERACTIONS.values()))
        for contact, kind in zip(contacts, kinds, strict=True):
            self._do(int(contact), str(kind), self._moment(every))

    def _do(self, contact: int, kind: str, moment: datetime) -> None:
        self._messages += 1
        said = self._attributes(kind)
        self._operations.append(
            {
                "type": "interaction",
                "interaction": kind,
                "record": {
                    "message_id": f"b{self._number}-{self._messages}",
                    "contact_id": f"c{contact:07d}",
                    "occurred_at": _text(moment),
                    **said,
                },
            }
        )
        self._put(kind, "insert", {"contact_id": contact, "occurred_at": moment.replace(tzinfo=None), **said})

    def _attributes(self, kind: str) -> Row:
        match kind:
            case "email_opened":
                return {"message": self._pick(MESSAGES), "journey": self._pick(JOURNEYS), "device": self._pick(DEVICES)}
            case "email_clicked":
                return {"message": self._pick(MESSAGES), "link": self._pick(LINKS)}
            case "purchase":
                return {"amount": f"{int(self._draw.integers(500, 40_000)) / 100:.2f}", "product": self._pick(PRODUCTS)}
            case _:
                return {"page": self._pick(PAGES), "seconds": int(10 ** self._draw.uniform(0, 3))}

    def _send_twice(self, count: int) -> None:
        """The same messages once more: they change nothing."""
        sent = [operation for operation in self._operations if operation["type"] == "interaction"]
        self._operations += [sent[int(index)] for index in self._draw.integers(0, len(sent), count)]

    # --- contacts

    def _come(self, count: int, every: timedelta) -> None:
        """New contacts. Every other one did something before anybody told who it is."""
        for index in range(count):
            contact = self._next["contact"]
            self._next["contact"] += 1
            if index % 2:
                self._do(contact, "website_visited", self._moment(every))
            city, age = self._pick(CITIES), int(self._draw.integers(18, 90))
            row: Row = {
                "first_name": "Nora",
                "last_name": "Nordin",
                "email": f"p{contact:07d}@example.org",
                "city": city,
                "age": age,
                "score": f"{int(self._draw.integers(0, 1001)) / 10}",
                "language": "en",
                "subscribed": True,
            }
            self._say("contact", {"contact_id": f"c{contact:07d}", **row, "created_on": _text(self._as_of)})
            self._put("contact", "insert", {"id": contact, **row, "created_on": self._as_of.replace(tzinfo=None)})

    def _update(self, contacts: Sequence[int]) -> None:
        """A few attributes each."""
        for contact in map(int, contacts):
            row: Row
            match int(self._draw.integers(0, 4)):
                case 0:
                    row = {"score": f"{int(self._draw.integers(0, 1001)) / 10}"}
                case 1:
                    row = {"city": self._pick(CITIES), "age": int(self._draw.integers(18, 90))}
                case 2:
                    row = {"subscribed": bool(self._draw.random() < 0.5)}
                case _:
                    chosen = self._draw.choice(INTERESTS, int(self._draw.integers(1, 4)), replace=False)
                    row = {"interests": [str(interest) for interest in chosen]}
            self._say("contact", {"contact_id": f"c{contact:07d}", **row})
            self._put("contact", "update", {"id": contact, **row})

    # --- related records

    def _lead(self, contacts: Sequence[int], world: World) -> None:
        """Leads for these contacts: new ones, and ones that were others'; also some that change, and some that go."""
        known = self._draw.choice(world.rows["lead"], min(2 * len(contacts), world.rows["lead"]), replace=False)
        leads = iter([int(lead) for lead in known if int(lead) not in self._gone])
        for index, contact in enumerate(map(int, contacts)):
            row: Row
            match index % 4:
                case 0 | 1:
                    lead = self._next["lead"]
                    self._next["lead"] += 1
                    row = {"score": int(self._draw.integers(0, 101)), "status": self._pick(STATUSES)}
                    moment = self._as_of - timedelta(minutes=int(self._draw.integers(0, 20_000)))
                    self._lead_says(lead, contact, {**row, "created_on": _text(moment)})
                    dated = {**row, "created_on": moment.replace(tzinfo=None)}
                    self._put("lead", "insert", {"id": lead, "contact_id": contact, **dated})
                case 2:
                    lead = next(leads)
                    self._lead_says(lead, contact, {})
                    self._put("lead", "update", {"id": lead, "contact_id": contact})
                case _:
                    lead = next(leads)
                    if index % 16 == 3:
                        self._gone.add(lead)
                        self._operations.append({"type": "delete", "entity": "lead", "key": f"l{lead:08d}"})
                        self._put("lead", "delete", {"id": lead})
                        continue
                    row = {"score": int(self._draw.integers(0, 101)), "status": self._pick(STATUSES)}
                    self._say("lead", {"lead_id": f"l{lead:08d}", **row})
                    self._put("lead", "update", {"id": lead, **row})

    def _lead_says(self, lead: int, contact: int, more: Row) -> None:
        self._say("lead", {"lead_id": f"l{lead:08d}", "contact_id": f"c{contact:07d}", **more})

    def _register(self, contacts: Sequence[int], world: World) -> None:
        for contact in map(int, contacts):
            registration = self._next["registration"]
            self._next["registration"] += 1
            event = int(self._draw.integers(0, world.rows["event"]))
            cancelled = bool(self._draw.random() < 0.15)
            self._say(
                "registration",
                {
                    "registration_id": f"r{registration:08d}",
                    "contact_id": f"c{contact:07d}",
                    "event_id": f"e{event:05d}",
                    "registered_on": _text(self._as_of),
                    "cancelled": cancelled,
                },
            )
            row = {"registered_on": self._as_of.replace(tzinfo=None), "cancelled": cancelled}
            self._put("registration", "insert", {"id": registration, "contact_id": contact, "event_id": event, **row})

    def _account(self, account: int) -> None:
        row: Row = {"industry": self._pick(INDUSTRIES), "employees": int(10 ** self._draw.uniform(0, 4.5))}
        self._say("account", {"account_id": f"a{account:06d}", **row})
        self._put("account", "update", {"id": account, **row})


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


_TYPES: Mapping[str, pa.DataType] = {
    "id": pa.int32(),
    "contact_id": pa.int32(),
    "event_id": pa.int32(),
    "occurred_at": pa.timestamp("us"),
    "created_on": pa.timestamp("us"),
    "registered_on": pa.timestamp("us"),
    "age": pa.int32(),
    "seconds": pa.int32(),
    "employees": pa.int32(),
    "subscribed": pa.bool_(),
    "cancelled": pa.bool_(),
    "interests": pa.list_(pa.string()),
}


def _typed(table: str, rows: Sequence[Row]) -> pa.Table:
    """The rows as the hand-written tables hold them: ids as integers, text folded. The last one for an id counts."""
    if "id" in rows[0]:
        rows = list({row["id"]: row for row in rows}.values())
    columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        folded = [value.lower() if isinstance(value, str) else value for value in values]
        kind = pa.int32() if (table, name) == ("lead", "score") else _TYPES.get(name, pa.string())
        columns[name] = pa.array(folded, type=kind)
    return pa.table(columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--touched", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cache", type=Path, default=CACHE)
    arguments = parser.parse_args()
    world = generate(arguments.contacts, cache=arguments.cache)
    batch = next(Batches(world, touched=arguments.touched, seed=arguments.seed))
    print(f"{len(batch.operations)} operations, at {batch.as_of}")
    for what, rows in batch.counts().items():
        print(f"{what:24} {rows:6}")


if __name__ == "__main__":
    main()
