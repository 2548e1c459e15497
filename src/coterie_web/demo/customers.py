"""What the customers of the demo's shop do next: records as its web site, its mail and its shop floor send them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from coterie.cli.demo import vocabulary as words
from coterie.cli.demo.draws import Draws
from coterie_web.demo.shop import SEED

__all__ = ["next_records"]

Record = dict[str, object]


def next_records(*, contacts: int, at: datetime, count: int) -> list[Record]:
    """What `count` customers did in the second before `at`; the same for the same moment."""
    draw = Draws(SEED, f"stream {at.isoformat()}")
    kinds = draw.weighted([weight for weight, _ in _KINDS], count).tolist()
    return [_KINDS[kind][1](_Customer(draw, contacts, at - timedelta(milliseconds=_one(draw, 1000)))) for kind in kinds]


class _Customer:
    """Somebody of the shop who does something at a moment."""

    def __init__(self, draw: Draws, contacts: int, at: datetime) -> None:
        self._draw = draw
        self.key = f"C{_one(draw, contacts) + 1:06}"
        self.at = at

    def number(self, below: int) -> int:
        return _one(self._draw, below)

    def choose(self, choices: tuple[tuple[str, int], ...]) -> str:
        return choices[int(self._draw.weighted([weight for _, weight in choices], 1)[0])][0]

    def did(self, interaction: str, **attributes: object) -> Record:
        record = {"contact_id": self.key, "occurred_at": self.at.isoformat(timespec="milliseconds"), **attributes}
        return {"type": "interaction", "interaction": interaction, "record": record}

    def became(self, entity: str, **attributes: object) -> Record:
        changed_at = self.at.isoformat(timespec="milliseconds")
        return {"type": "upsert", "entity": entity, "record": attributes, "changed_at": changed_at}


def _one(draw: Draws, below: int) -> int:
    return int(draw.below(below, 1)[0])


def _visits(who: _Customer) -> Record:
    return who.did("website_visited", page=who.choose(words.PAGES), device=who.choose(words.DEVICES))


def _opens(who: _Customer) -> Record:
    return who.did("email_opened", message=_message(who), device=who.choose(words.DEVICES))


def _clicks(who: _Customer) -> Record:
    return who.did("email_clicked", message=_message(who), link=who.choose(words.PAGES))


def _message(who: _Customer) -> str:
    season = ("Winter", "Spring", "Summer", "Autumn")[who.at.month % 12 // 3]
    return f"{season} {words.TOPICS[who.number(len(words.TOPICS))][0]} {who.at.date().isoformat()}"


def _buys(who: _Customer) -> Record:
    name, category, cents, _ = words.PRODUCTS[who.number(len(words.PRODUCTS))]
    quantity = 1 + who.number(2)
    return who.did(
        "purchase", product=name, category=category, quantity=quantity, amount=f"{cents * quantity / 100:.2f}"
    )


def _asks(who: _Customer) -> Record:
    return who.did("form_submitted", form=who.choose(words.FORMS))


def _changes_mind(who: _Customer) -> Record:
    return who.became("contact", contact_id=who.key, newsletter=who.number(3) > 0)


def _moves(who: _Customer) -> Record:
    city, country, unit, _ = words.CITIES[who.number(len(words.CITIES))]
    return who.became("contact", contact_id=who.key, city=city, country=country, business_unit=unit)


def _is_new(who: _Customer) -> Record:
    first = words.FIRST_NAMES[who.number(len(words.FIRST_NAMES))]
    last = words.LAST_NAMES[who.number(len(words.LAST_NAMES))]
    key = f"W{who.at:%y%m%d%H%M%S}{who.number(1_000_000):06}"
    city, country, unit, _ = words.CITIES[who.number(len(words.CITIES))]
    return who.became(
        "contact", contact_id=key, first_name=first, last_name=last, email=f"{key.lower()}@example.com",
        city=city, country=country, business_unit=unit, created_on=who.at.isoformat(timespec="milliseconds"),
        newsletter=True, interests=[words.INTERESTS[who.number(len(words.INTERESTS))][0]],
    )  # fmt: skip


def _is_interesting(who: _Customer) -> Record:
    return who.became(
        "lead", lead_id=f"S{who.key[1:]}", contact_id=who.key, score=who.number(101),
        status=who.choose(words.LEAD_STATUSES), source=who.choose(words.LEAD_SOURCES),
        created_on=who.at.isoformat(timespec="milliseconds"),
    )  # fmt: skip


_KINDS: tuple[tuple[int, Callable[[_Customer], Record]], ...] = (
    # of a hundred records, so many
    (44, _visits),
    (20, _opens),
    (12, _clicks),
    (8, _buys),
    (2, _asks),
    (5, _changes_mind),
    (2, _moves),
    (2, _is_new),
    (5, _is_interesting),
)
