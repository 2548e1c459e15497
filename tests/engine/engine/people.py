"""People with awkward records, in a store and in plain Python beside it, drawn from a seed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import coterie
from coterie import Engine

CATALOG: dict[str, Any] = {
    "coterie": 1,
    "contact": {
        "key": "id",
        "name": ["first", "last"],
        "email": "mail",
        "attributes": {
            "city": "text",
            "tier": "choice",
            "tags": "multi_choice",
            "points": "number",
            "vip": "boolean",
            "born": "date",
            "joined": "datetime",
        },
    },
    "entities": {
        "lead": {"key": "lead_id", "attributes": {"source": "text", "score": "number"}},
        "account": {"key": "account_id", "attributes": {"industry": "text"}},
        "branch": {"key": "branch_id", "attributes": {"town": "text"}},
        "stranger": {"key": "stranger_id", "attributes": {"word": "text"}},
    },
    "relations": {
        "leads": {"from": "contact", "to": "lead", "one_to_many": "id"},
        "account": {"from": "contact", "to": "account", "many_to_one": "account_id"},
        "account.branches": {"from": "account", "to": "branch", "one_to_many": "account_id"},
        "lead.account": {"from": "lead", "to": "account", "many_to_one": "account_id"},
    },
    "interactions": {
        "purchase": {
            "attributes": {"product": "text", "amount": "number", "gift": "boolean", "extras": "multi_choice"}
        },
        "visit": {"attributes": {"page": "text"}},
        "never": {"attributes": {"word": "text"}},
    },
}

ATTRIBUTES = ("id", "first", "last", "mail", "city", "tier", "tags", "points", "vip", "born", "joined")

WORDS = (
    "%", "_", "a_b", "100%", "Ann", "ann", "ANN", "Anna Lena", "Ämilie", "A\u0308milie", "İstanbul", "istanbul",
    "Straße", "STRASSE", "o'Neil", 'say "so"', "back\\slash", "nul\x00byte", "🎉", "🎉 party", "[x]", "$1", "?", "ﬁre",
    "Σίσυφος", "\x1f", "name",
)  # fmt: skip
CHOICES = ("gold", "Gold", "silver", "100%", "straße")
START = datetime(2026, 1, 1, tzinfo=UTC)

Row = dict[str, Any]


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip(" "))


def folded(text: str) -> str:
    return unicodedata.normalize("NFC", normal(text).casefold())


@dataclass
class People:
    """A store, and what it should hold: known contacts by key, in the order in which their keys were first seen."""

    engine: Engine
    contacts: dict[str, Row]
    order: list[str]
    records: dict[str, dict[str, Row]] = field(default_factory=dict)
    events: list[tuple[str, str, str, datetime, Row]] = field(default_factory=list)
    """Interaction, contact, message, moment, values."""

    @property
    def known(self) -> list[str]:
        return [key for key in self.order if key in self.contacts]

    def name(self, key: str) -> str:
        row = self.contacts[key]
        return " ".join(row[part] for part in ("first", "last") if row[part] is not None) or key

    def members(self, keys: Iterable[str]) -> coterie.Membership:
        """A membership of these, known or not."""
        file = {
            "coterie": 1, "segment": "some", "name": "Some", "type": "static", "members": [*keys] or ["nobody"],
        }  # fmt: skip
        return self.engine.members(file, as_of=START)


def some_text(rng: Random) -> str | None:
    kind = rng.random()
    if kind < 0.15:
        return None
    return normal(rng.choice(WORDS) if kind < 0.8 else f"{rng.choice(WORDS)} {rng.choice(WORDS)}") or None


def some_number(rng: Random) -> Decimal | None:
    whole = Decimal(rng.choice([0, 1, -3, 7, 20, 10**20, -(10**15)]))
    return rng.choice([None, whole, whole + Decimal(rng.choice(["0.5", "0.25", "0.0000000001", "-0.1"]))])


def some_list(rng: Random) -> tuple[str, ...] | None:
    return tuple(rng.choice(CHOICES) for _ in range(rng.randrange(4))) or None


def contact(rng: Random, key: str) -> Row:
    return {
        "id": key,
        "first": some_text(rng),
        "last": some_text(rng),
        "mail": rng.choice([None, f"{key}@example.com", f"{rng.choice(WORDS[:8])}@Example.org"]),
        "city": some_text(rng),
        "tier": rng.choice([None, *CHOICES]),
        "tags": some_list(rng),
        "points": some_number(rng),
        "vip": rng.choice([None, True, False]),
        "born": rng.choice([None, date(1990, 12, 24), date(1, 1, 1), date(2001, 2, rng.randrange(1, 29))]),
        "joined": rng.choice([None, START + timedelta(milliseconds=rng.randrange(10))]),
    }


def given(row: Row) -> Row:
    """A row as it is loaded."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}


def people(seed: int, *, contacts: int = 60) -> People:
    """Contacts, leads, accounts and interactions; some contacts deleted, some only referred to."""
    rng = Random(seed)
    engine = coterie.open(":memory:", catalog=CATALOG, threads=1)
    keys = [f"{rng.choice(['', 'C-', 'c-', '%', 'ß'])}{number:03}" for number in range(contacts)]
    rows = {key: {**contact(rng, key), "account_id": rng.choice([None, "acme", "Beta", "gone"])} for key in keys}
    engine.load("contact", map(given, rows.values()))
    found = People(engine, rows, [*keys, "ghost"])
    accounts = {key: {"account_id": key, "industry": some_text(rng)} for key in ("acme", "Beta")}
    leads = {
        f"L{n}": {
            "lead_id": f"L{n}", "source": some_text(rng), "score": some_number(rng),
            "id": rng.choice([*keys, "ghost"]), "account_id": rng.choice([None, "acme", "gone"]),
        }
        for n in range(contacts)
    }  # fmt: skip
    branches = {
        f"B{n}": {"branch_id": f"B{n}", "town": normal(rng.choice(WORDS)), "account_id": "acme"} for n in range(3)
    }
    strangers = {"S": {"stranger_id": "S", "word": "alone"}}
    for entity, records in (("account", accounts), ("lead", leads), ("branch", branches), ("stranger", strangers)):
        engine.load(entity, map(given, records.values()))
        found.records[entity] = records
    deleted = rng.sample(keys, 5)
    engine.ingest({"type": "delete", "entity": "contact", "key": key} for key in deleted)
    for key in deleted:
        del rows[key]
    add_events(found, [event_of(rng, n, [*keys, "ghost"]) for n in range(contacts * 3)])
    return found


def event_of(rng: Random, number: int, keys: list[str]) -> tuple[str, str, str, datetime, Row]:
    kind = rng.choice(["purchase", "visit"])
    values: Row = {"page": some_text(rng)}
    if kind == "purchase":
        gift = rng.choice([None, True])
        values = {"product": some_text(rng), "amount": some_number(rng), "gift": gift, "extras": some_list(rng)}
    # Few instants, so that many are equal.
    return kind, rng.choice(keys), f"m{rng.randrange(10)}-{number}", START + timedelta(hours=rng.randrange(8)), values


def add_events(found: People, events: list[tuple[str, str, str, datetime, Row]]) -> None:
    for kind in ("purchase", "visit"):
        found.engine.load(
            kind,
            [
                {"message_id": message, "id": key, "occurred_at": moment, **given(values)}
                for name, key, message, moment, values in events
                if name == kind
            ],
        )
    found.events += events
