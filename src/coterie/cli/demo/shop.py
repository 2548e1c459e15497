"""The demo's data: tables of a plausible outdoor shop, the same bytes for the same seed, sizes and moment.

Each function makes one Arrow table as a file of the shop would hold it. Keys are text, moments are UTC milliseconds,
amounts are decimals with two places.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coterie.cli.demo import vocabulary as words
from coterie.cli.demo.draws import Draws, Flags, Whole

__all__ = ["Shop"]

_DAY = 86_400_000
_MINUTE = 60_000
_HISTORY = 730
"""Days of interactions before the moment of the demo."""

_MONTHS = (90, 80, 95, 100, 105, 100, 85, 80, 100, 110, 150, 170)
_WEEKDAYS = (100, 105, 100, 105, 120, 110, 90)
_HOURS = (4, 2, 1, 1, 1, 3, 8, 16, 28, 36, 38, 36, 38, 34, 30, 30, 32, 36, 42, 48, 50, 44, 26, 12)

_Drawn = tuple[Whole, Whole]
"""Who (positions of contacts) and when (milliseconds), row by row."""


@dataclass(frozen=True)
class Shop:
    """A shop of `contacts` contacts and `interactions` interactions, the last of them at or before `as_of`."""

    contacts: int
    interactions: int
    seed: int
    as_of: datetime

    def tables(self) -> dict[str, Callable[[], pa.Table]]:
        """Name of the entity or interaction → the function that makes its table, in a good order for loading."""
        return {
            "account": self.account,
            "contact": self.contact,
            "lead": self.lead,
            "event": self.event,
            "registration": self.registration,
            "email_sent": self.email_sent,
            "email_opened": self.email_opened,
            "email_clicked": self.email_clicked,
            "website_visited": self.website_visited,
            "form_submitted": self.form_submitted,
            "purchase": self.purchase,
        }

    # --- sizes: all but the visits are fixed shares, the visits are the rest ------------------------------------------

    @property
    def _sizes(self) -> dict[str, int]:
        shares = {"email_sent": 480, "email_opened": 160, "email_clicked": 35, "purchase": 65, "form_submitted": 10}
        sizes = {name: self.interactions * share // 1000 for name, share in shares.items()}
        return sizes | {"website_visited": self.interactions - sum(sizes.values())}

    @property
    def _accounts(self) -> int:
        return self.contacts // 25 + 1

    @property
    def _events(self) -> int:
        return 60

    # --- entities ----------------------------------------------------------------------------------------------------

    def account(self) -> pa.Table:
        draw, size = Draws(self.seed, "account"), self._accounts
        first, second = (draw.below(len(words.LAST_NAMES), size) for _ in range(2))
        names = pc.binary_join_element_wise(_taken(words.LAST_NAMES, first), _taken(words.LAST_NAMES, second), " & ")
        return pa.table(
            {
                "account_id": _keys("A", np.arange(size), 6),
                "name": names,
                "industry": _chosen(draw, words.INDUSTRIES, size),
                "employees": pa.array(3 + draw.small(40, size) ** 2 * draw.between(1, 6, size)),
            }
        )

    def contact(self) -> pa.Table:
        draw, size = Draws(self.seed, "contact"), self.contacts
        place = draw.weighted([weight for *_, weight in words.CITIES], size)
        cities, countries, units, _ = zip(*words.CITIES, strict=True)
        born, birth_known = self._born, draw.chance(680, size)
        age_known = birth_known | draw.chance(300, size)
        first, last = draw.below(len(words.FIRST_NAMES), size), draw.below(len(words.LAST_NAMES), size)
        return pa.table(
            {
                "contact_id": self._contact_keys,
                "first_name": _taken(words.FIRST_NAMES, first),
                "last_name": _taken(words.LAST_NAMES, last),
                "email": _where(draw.chance(970, size), _addresses(first, last)),
                "city": _where(draw.chance(930, size), _taken(cities, place)),
                "country": _taken(countries, place),
                "business_unit": _taken(units, place),
                "age": _where(age_known, pa.array((self._today - born) * 100 // 36525)),
                "birth_date": _where(birth_known, _dates(born)),
                "created_on": _moments(self._created),
                "newsletter": _where(draw.chance(820, size), pa.array(draw.chance(640, size))),
                "interests": _interests(draw, size),
                "account_id": _where(draw.chance(550, size), _keys("A", draw.small(self._accounts, size), 6)),
            }
        )

    def lead(self) -> pa.Table:
        draw, size = Draws(self.seed, "lead"), self.contacts * 3 // 10
        who = draw.below(self.contacts, size)
        return pa.table(
            {
                "lead_id": _keys("L", np.arange(size), 7),
                "contact_id": self._contact_keys.take(who),
                "score": _where(draw.chance(940, size), pa.array(draw.middling(101, size))),
                "status": _chosen(draw, words.LEAD_STATUSES, size),
                "source": _chosen(draw, words.LEAD_SOURCES, size),
                "created_on": _moments(self._while_active(who, self._seasonal(draw, size))),
            }
        )

    def event(self) -> pa.Table:
        draw, size = Draws(self.seed, "event"), self._events
        kinds = _chosen(draw, words.EVENT_KINDS, size)
        cities = _taken([city for city, *_ in words.CITIES], draw.below(len(words.CITIES), size))
        return pa.table(
            {
                "event_id": _keys("E", np.arange(size), 3),
                "name": pc.binary_join_element_wise(cities, kinds, " "),
                "kind": kinds,
                "city": cities,
                "starts_on": _dates(self._event_days),
            }
        )

    def registration(self) -> pa.Table:
        draw, size = Draws(self.seed, "registration"), self.contacts * 4 // 10
        event, who = draw.below(self._events, size), self._who(draw, size)
        registered = (self._event_days[event] - 1 - draw.small(60, size)) * _DAY + draw.below(_DAY, size)
        return pa.table(
            {
                "registration_id": _keys("R", np.arange(size), 7),
                "contact_id": self._contact_keys.take(who),
                "event_id": _keys("E", event, 3),
                "registered_on": _moments(np.minimum(registered, self._end)),
                "cancelled": pa.array(draw.chance(120, size)),
            }
        )

    # --- interactions ------------------------------------------------------------------------------------------------

    def email_sent(self) -> pa.Table:
        who, when, mailing = self._sent
        journeys = [journey for _, journey in self._mailings]
        return self._happened("s", who, when, message=self._messages(mailing), journey=_taken(journeys, mailing))

    def email_opened(self) -> pa.Table:
        who, when, mailing = self._opened
        devices = _chosen(Draws(self.seed, "email_opened.device"), words.DEVICES, len(who))
        return self._happened("o", who, when, message=self._messages(mailing), device=devices)

    def email_clicked(self) -> pa.Table:
        draw, size = Draws(self.seed, "email_clicked"), self._sizes["email_clicked"]
        chosen = _some(draw, self._opened[0], size)
        who, opened, mailing = (column[chosen] for column in self._opened)
        when = self._soon_after(opened, draw.small(20 * _MINUTE, size))
        return self._happened("c", who, when, message=self._messages(mailing), link=_chosen(draw, words.PAGES, size))

    def website_visited(self) -> pa.Table:
        draw, size = Draws(self.seed, "website_visited"), self._sizes["website_visited"]
        who, when = self._acts(draw, size)
        pages, devices = _chosen(draw, words.PAGES, size), _chosen(draw, words.DEVICES, size)
        return self._happened("v", who, when, page=pages, device=devices)

    def form_submitted(self) -> pa.Table:
        draw, size = Draws(self.seed, "form_submitted"), self._sizes["form_submitted"]
        return self._happened("f", *self._acts(draw, size), form=_chosen(draw, words.FORMS, size))

    def purchase(self) -> pa.Table:
        draw, size = Draws(self.seed, "purchase"), self._sizes["purchase"]
        who, when = self._acts(draw, size)
        products, categories, prices, weights = zip(*words.PRODUCTS, strict=True)
        product = draw.weighted(list(weights), size)
        quantity = 1 + draw.weighted([80, 14, 6], size)
        discount = np.array([0, 10, 20, 30])[draw.weighted([70, 15, 10, 5], size)]
        cents = np.array(prices, dtype=np.int64)[product] * quantity * (100 - discount) // 100
        return self._happened(
            "p",
            who,
            when,
            product=_taken(products, product),
            category=_taken(categories, product),
            quantity=pa.array(quantity),
            amount=_decimals(cents),
        )

    # --- who and when ------------------------------------------------------------------------------------------------

    @cached_property
    def _end(self) -> int:
        return (self.as_of - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    @property
    def _today(self) -> int:
        return self._end // _DAY

    @cached_property
    def _contact_keys(self) -> pa.Array:
        return _keys("C", np.arange(self.contacts), 6)

    @cached_property
    def _created(self) -> Whole:
        """When each contact became known: over six years, more of them lately."""
        draw = Draws(self.seed, "created")
        return self._end - 1 - draw.small(2190, self.contacts) * _DAY - draw.below(_DAY, self.contacts)

    @cached_property
    def _born(self) -> Whole:
        return self._today - 18 * 365 - 5 - Draws(self.seed, "born").middling(62 * 365, self.contacts)

    @cached_property
    def _event_days(self) -> Whole:
        return self._today - 300 + Draws(self.seed, "event.days").below(420, self._events)

    @cached_property
    def _ranks(self) -> Whole:
        """How engaged each contact is: 0 is the most."""
        return Draws(self.seed, "engagement").ranks(self.contacts)

    @cached_property
    def _activity(self) -> Whole:
        """How often each contact acts, as weights: few do most (Zipf), and many next to nothing."""
        return 20_000_000 // (self._ranks + self.contacts // 100 + 5) + 1

    def _who(self, draw: Draws, size: int) -> Whole:
        return draw.weighted(self._activity, size)

    def _acts(self, draw: Draws, size: int) -> _Drawn:
        who = self._who(draw, size)
        return who, self._while_active(who, self._seasonal(draw, size))

    def _seasonal(self, draw: Draws, size: int) -> Whole:
        """Moments of the last two years: more in the weeks before Christmas, towards the weekend, in the evening."""
        days = self._today - _HISTORY + np.arange(_HISTORY + 1)
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
        weights = np.array(_MONTHS)[months] * np.array(_WEEKDAYS)[(days + 3) % 7]
        day = days[draw.weighted(weights, size)]
        moment = day * _DAY + draw.weighted(list(_HOURS), size) * 60 * _MINUTE + draw.below(60 * _MINUTE, size)
        # What would lie ahead on the last day happened a day earlier.
        return np.where(moment > self._end, moment - _DAY, moment)

    @cached_property
    def _left(self) -> Whole:
        """When each contact lost interest: some time ago for four of ten, for the others not yet."""
        draw = Draws(self.seed, "left")
        share = np.where(draw.chance(400, self.contacts), draw.below(1000, self.contacts), 1000)
        return self._created + (self._end - self._created) * share // 1000

    def _while_active(self, who: Whole, when: Whole) -> Whole:
        """The same moments, but those before a contact was known or after it left are spread over the time between."""
        created, left = self._created[who], self._left[who]
        since = (when - (self._end - 2 * _HISTORY * _DAY)) % (left - created + 1)
        return np.where((when < created) | (when > left), created + since, when)

    def _soon_after(self, when: Whole, delay: Whole) -> Whole:
        return when + delay % (self._end - when + 1)

    # --- mailings ----------------------------------------------------------------------------------------------------

    @cached_property
    def _mailing_starts(self) -> Whole:
        """Twice a week at nine o'clock: when each mailing goes out."""
        first = (self._today - 2200) * _DAY + 9 * 60 * _MINUTE
        return np.arange(first, self._end, 7 * _DAY // 2, dtype=np.int64)

    @cached_property
    def _mailings(self) -> list[tuple[str, str]]:
        """Message and journey of each mailing; the last is the welcome message."""
        seasons = ("Winter", "Winter", "Spring", "Spring", "Spring", "Summer", "Summer", "Summer", *3 * ("Autumn",))
        mailings = []
        for number, start in enumerate(self._mailing_starts.tolist()):
            day = date(1970, 1, 1) + timedelta(milliseconds=start)
            topic, journey = words.TOPICS[number % len(words.TOPICS)]
            mailings.append((f"{(*seasons, 'Winter')[day.month - 1]} {topic} {day.isoformat()}", journey))
        return [*mailings, ("Welcome", "Welcome")]

    def _messages(self, mailing: Whole) -> pa.Array:
        return _taken([message for message, _ in self._mailings], mailing)

    @cached_property
    def _sent(self) -> tuple[Whole, Whole, Whole]:
        """Who was sent which mailing when: a seasonal moment, then the mailing that went out last before it."""
        draw, size = Draws(self.seed, "email_sent"), self._sizes["email_sent"]
        who, when = self._acts(draw, size)
        mailing = np.searchsorted(self._mailing_starts, when, side="right") - 1
        start = self._mailing_starts[mailing]
        new = start < self._created[who]  # not known yet when it went out: welcomed instead
        sent = np.where(new, self._created[who], start)
        mailing = np.where(new, len(self._mailings) - 1, mailing)
        return who, self._soon_after(sent, draw.below(60 * _MINUTE, size)), mailing

    @cached_property
    def _opened(self) -> tuple[Whole, Whole, Whole]:
        """Opens follow sends, soon or within days; of two messages the one to the more engaged contact is opened."""
        draw, size = Draws(self.seed, "email_opened"), self._sizes["email_opened"]
        one, other = (_some(draw, self._sent[0], size) for _ in range(2))
        chosen = np.where(self._ranks[self._sent[0][one]] <= self._ranks[self._sent[0][other]], one, other)
        who, sent, mailing = (column[chosen] for column in self._sent)
        delay = draw.small(2000, size) ** 2 * (3 * _DAY // 4_000_000)
        return who, self._soon_after(sent, delay + draw.below(_MINUTE, size)), mailing

    def _happened(self, prefix: str, who: Whole, when: Whole, **attributes: pa.Array) -> pa.Table:
        """The table of an interaction, in order of time."""
        order = np.argsort(when, kind="stable")
        table = {"contact_id": self._contact_keys.take(who), "occurred_at": _moments(when), **attributes}
        ordered = pa.table(table).take(order)
        return ordered.add_column(0, "message_id", _keys(f"{prefix}-", np.arange(len(when)), 8))


# --- columns ---------------------------------------------------------------------------------------------------------


def _taken(values: Sequence[str], positions: Whole) -> pa.Array:
    return pa.array(values, pa.string()).take(pa.array(positions))


def _chosen(draw: Draws, choices: Sequence[tuple[str, int]], size: int) -> pa.Array:
    values, weights = zip(*choices, strict=True)
    return _taken(values, draw.weighted(list(weights), size))


def _some(draw: Draws, column: Whole, size: int) -> Whole:
    """`size` positions in `column`; none of an empty one."""
    return draw.below(len(column), size if len(column) else 0)


def _where(known: Flags, values: pa.Array) -> pa.Array:
    """`values` where `known`, else missing."""
    return pc.if_else(pa.array(known), values, pa.scalar(None, values.type))


def _keys(prefix: str, numbers: Whole, width: int) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(numbers + 1).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def _moments(milliseconds: Whole) -> pa.Array:
    return pa.array(milliseconds).cast(pa.timestamp("ms", tz="UTC"))


def _dates(days: Whole) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _decimals(cents: Whole) -> pa.Array:
    """Exact amounts with two places, of cents that are not negative: 128 bits each, the low half first."""
    halves = np.zeros((len(cents), 2), dtype="<i8")
    halves[:, 0] = cents
    return pa.Array.from_buffers(pa.decimal128(12, 2), len(cents), [None, pa.py_buffer(halves)])


def _interests(draw: Draws, size: int) -> pa.Array:
    has = np.stack([draw.chance(per_mille, size) for _, per_mille in words.INTERESTS], axis=1)
    contact, interest = np.nonzero(has)
    offsets = np.searchsorted(contact, np.arange(size + 1)).astype(np.int32)
    values = _taken([name for name, _ in words.INTERESTS], interest.astype(np.int64))
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _addresses(first: Whole, last: Whole) -> pa.Array:
    domains = np.arange(len(first), dtype=np.int64) % 3
    parts: list[Any] = [
        _taken([_ascii(name) for name in words.FIRST_NAMES], first),
        ".",
        _taken([_ascii(name) for name in words.LAST_NAMES], last),
        pa.array(np.arange(len(first)) + 1).cast(pa.string()),
        _taken(("@example.com", "@example.org", "@example.net"), domains),
    ]
    return pc.binary_join_element_wise(*parts, "")


def _ascii(name: str) -> str:
    plain = name.replace("'", "").translate(str.maketrans("øŁłı", "oLli"))
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().lower()
