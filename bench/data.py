"""A seeded world of contacts, related records and interactions, written as Parquet in chunks of bounded memory.

Chunk `i` of a table is drawn from a stream of its own, seeded by (seed, table, i): the same call gives the same rows.
Tables with a time are in order of it. Contacts fall into four classes of activity: at any size a few do much, and some
do nothing.

    python -m bench.data --contacts 100000
"""

from __future__ import annotations

import argparse
import json
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

__all__ = ["AS_OF", "CACHE", "CATALOG", "ENTITIES", "INTERACTIONS", "TABLES", "World", "draw_active", "generate"]

AS_OF = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""The instant every question is asked about."""

CATALOG = Path(__file__).parent / "catalog.yaml"
CACHE = Path(__file__).parent / "data"
SEED = 20261123
CHUNK = 500_000
FORMAT = 1
"""Raised with every change of the generator: a world of another format is made anew."""

_END = int(AS_OF.timestamp() * 1000) + 3_600_000  # an hour past AS_OF: events that are not to be seen yet
_YEAR = 365 * 86_400_000

Generator = np.random.Generator
Columns = Mapping[str, pa.Array]


@dataclass(frozen=True, slots=True)
class World:
    """A generated world: where its files lie, and how many rows each holds."""

    folder: Path
    contacts: int
    rows: Mapping[str, int]

    def file(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    @property
    def interactions(self) -> int:
        """Rows of all interactions together."""
        return sum(self.rows[table] for table in INTERACTIONS)


# --- vocabularies ----------------------------------------------------------------------------------------------------


def _listed(words: str) -> list[str]:
    return words.split(",")


CITIES = _listed(
    "New York,London,San Francisco,Paris,Berlin,Chicago,Boston,Madrid,San Diego,Toronto,Seattle,Munich,Lyon,Vienna,"
    "Hamburg,San Jose,Austin,Denver,Rome,Milan,Zürich,Dublin,Lisbon,Porto,Oslo,Stockholm,Göteborg,Copenhagen,Helsinki,"
    "Warsaw,Kraków,Prague,Brno,Budapest,Athens,Istanbul,Ankara,Cairo,Lagos,Nairobi,Cape Town,Johannesburg,Dubai,Mumbai,"
    "Delhi,Bangalore,Chennai,Kolkata,Singapore,Jakarta,Manila,Bangkok,Hanoi,Tokyo,Osaka,Kyoto,Seoul,Busan,Beijing,"
    "Shanghai,Shenzhen,Taipei,Sydney,Melbourne,Perth,Brisbane,Auckland,Wellington,Honolulu,Anchorage,Vancouver,Calgary,"
    "Montréal,Ottawa,Québec,Mexico City,San Juan,San Salvador,Bogotá,Lima,Santiago,Buenos Aires,Córdoba,Montevideo,"
    "São Paulo,Rio de Janeiro,Brasília,Salvador,Recife,Quito,Caracas,Panama City,Havana,Miami,Atlanta,Houston,Dallas,"
    "Phoenix,Portland,Detroit"
)
FIRST_NAMES = _listed(
    "Alice,Albert,Alma,Bob,Bruno,Carol,Carlos,Dora,David,Emma,Erik,Fatima,Felix,Grace,Hugo,Ines,Ivan,Jana,John,Karin,"
    "Karl,Lena,Luis,Maria,Max,Nina,Noah,Olga,Oscar,Paula,Pedro,Rosa,Ravi,Sara,Sven,Tara,Tom,Uma,Vera,Yusuf"
)
LAST_NAMES = _listed(
    "Anderson,Johnson,Nielson,Petersen,Robinson,Smith,Brown,Taylor,Wilson,Davies,Evans,Thomas,Roberts,Walker,Wright,"
    "Müller,Schmidt,Weber,Fischer,Becker,García,López,Martín,Sánchez,Rossi,Russo,Ferrari,Dubois,Durand,Moreau,Kowalski,"
    "Nowak,Novák,Horvat,Popov,Ivanov,Kim,Lee,Park,Chen,Wang,Singh,Patel,Kumar,Khan,Ali,Hassan,Okafor,Mensah,Silva"
)
MAIL_HOSTS = ["example.com", "example.org", "example.net", "mail.example"]
LANGUAGES = ["en", "de", "fr", "es", "it"]
INTERESTS = _listed("running,cycling,cooking,travel,music,reading,gaming,gardening,photography,yoga,film,hiking")
INDUSTRIES = _listed("software,retail,health,finance,education,energy,transport,media,food,construction")
STATUSES = ["new", "working", "qualified", "lost", "won"]
FORMATS = ["webinar", "fair", "workshop", "dinner"]
DEVICES = ["desktop", "mobile", "tablet"]
MESSAGES = [
    f"{season} {kind} {number}"
    for number in range(1, 11)
    for season in ("Spring", "Summer", "Autumn", "Winter")
    for kind in ("Offer", "News", "Sale", "Preview", "Reminder")
]
JOURNEYS = [f"Journey {number}" for number in range(1, 31)]
LINKS = [f"https://shop.example/{number}" for number in range(1, 61)]
PRODUCTS = [
    f"{kind} {number}"
    for number in range(1, 41)
    for kind in ("Trail Shoe", "Rain Jacket", "Bike Light", "Tent", "Road Bike", "Yoga Mat", "Bottle", "Helmet")
]
PAGES = [f"/{area}/{number}" for number in range(1, 61) for area in ("products", "stories", "help", "cart", "sale")]

_ACTIVITY = ((0.05, 0.35), (0.35, 0.45), (0.45, 0.20))
"""Classes of activity: share of the contacts, share of what is done. The remaining contacts do nothing."""


# --- columns ---------------------------------------------------------------------------------------------------------


def _keys(prefix: str, numbers: np.ndarray, digits: int, missing: np.ndarray | None = None) -> pa.Array:
    """Text keys such as `c0000017`, built without a Python string each."""
    width = len(prefix) + digits
    characters = np.empty((len(numbers), width), dtype=np.uint8)
    characters[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    rest = numbers.astype(np.int64)
    for place in range(width - 1, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        characters[:, place] = digit + ord("0")
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * width
    keys = pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(characters))
    return keys if missing is None else _blanked(keys, missing)


def _blanked(array: pa.Array, missing: np.ndarray) -> pa.Array:
    return pa.compute.if_else(pa.array(missing), pa.scalar(None, array.type), array)


def _words(vocabulary: list[str], codes: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    indices = pa.array(codes.astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(indices, pa.array(vocabulary))


def _skewed(random: Generator, size: int, choices: int, *, exponent: float = 2.0) -> np.ndarray:
    """Codes below `choices`, the first ones the most frequent."""
    return (random.random(size) ** exponent * choices).astype(np.int32)


def _instants(milliseconds: np.ndarray) -> pa.Array:
    return pa.array(milliseconds.astype("datetime64[ms]"), type=pa.timestamp("ms", tz="UTC"))


def _decimals(units: np.ndarray, precision: int, scale: int) -> pa.Array:
    """`units` × 10^-scale, not negative, as exact decimals."""
    words = np.zeros((len(units), 2), dtype=np.int64)
    words[:, 0] = units
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(units), [None, pa.py_buffer(words)])


def _within(random: Generator, first: int, size: int, of: int, *, years: int) -> pa.Array:
    """Instants in order: those of rows `first` to `first + size` among `of` spread over the `years` up to the end."""
    begin = _END - years * _YEAR
    start, end = (begin + (_END - begin) * row // of for row in (first, first + size))
    return _instants(np.sort(random.integers(start, end, size)))


def draw_active(random: Generator, size: int, contacts: int) -> np.ndarray:
    """Numbers of contacts, drawn by activity. The classes are strewn over all numbers by a multiplication modulo."""
    slots = np.empty(size, dtype=np.int64)
    draw = random.random(size)
    people, done = 0.0, 0.0
    place = random.random(size)
    for share, doing in _ACTIVITY:
        chosen = (draw >= done) & (draw < done + doing)
        slots[chosen] = ((people + place[chosen] * share) * contacts).astype(np.int64)
        people, done = people + share, done + doing
    slots[draw >= done] = 0
    return slots * 7_368_787 % contacts  # a prime that divides no size in use


# --- tables ----------------------------------------------------------------------------------------------------------


def _contacts(random: Generator, first: int, size: int, of: int) -> Columns:
    numbers = np.arange(first, first + size)
    names, surnames = (_skewed(random, size, len(words), exponent=1.3) for words in (FIRST_NAMES, LAST_NAMES))
    # One in fifty writes the city in capitals: case matters to nobody but the database.
    cities = _skewed(random, size, len(CITIES)) + len(CITIES) * (random.random(size) < 0.02)
    birth = np.datetime64("1940-01-01") + random.integers(0, 25_000, size)
    created = _END - 3_600_000 - random.integers(0, 4 * _YEAR, size)
    return {
        "contact_id": _keys("c", numbers, 7),
        "first_name": _words(FIRST_NAMES, names),
        "last_name": _words(LAST_NAMES, surnames),
        "email": _emails(numbers, random.integers(0, len(MAIL_HOSTS), size)),
        "city": _words([*CITIES, *(city.upper() for city in CITIES)], cities, random.random(size) < 0.03),
        "age": pa.array(random.integers(18, 90, size).astype(np.int32), mask=random.random(size) < 0.08),
        "score": _decimals(random.integers(0, 1001, size), 5, 1),
        "language": _words(LANGUAGES, _skewed(random, size, len(LANGUAGES)), random.random(size) < 0.05),
        "subscribed": pa.array(random.random(size) < 0.8),
        "created_on": _instants(created),
        "birth_date": pa.array(birth, type=pa.date32(), mask=random.random(size) < 0.1),
        "interests": _interest_lists(random, size),
        "account_id": _keys("a", random.integers(0, _accounts_of(of), size), 6, random.random(size) < 0.6),
    }


def _emails(numbers: np.ndarray, hosts: np.ndarray) -> pa.Array:
    local = _keys("p", numbers, 7)
    return pa.compute.binary_join_element_wise(local, _words(MAIL_HOSTS, hosts).cast(pa.string()), "@")


def _interest_lists(random: Generator, size: int) -> pa.Array:
    """One to four distinct interests each; one in ten has none given."""
    lengths = random.integers(1, 5, size)
    missing = random.random(size) < 0.1
    lengths[missing] = 0
    # Steps of one to three from a skewed start, modulo twelve, never meet within four.
    start, step = _skewed(random, size, len(INTERESTS)), random.integers(1, 4, size)
    codes = (start[:, None] + step[:, None] * np.arange(4)) % len(INTERESTS)
    flat = codes[np.arange(4) < lengths[:, None]]
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    masked = pa.array(offsets, mask=np.append(missing, False))
    return pa.ListArray.from_arrays(masked, _words(INTERESTS, flat).cast(pa.string()))


def _accounts_of(contacts: int) -> int:
    return max(contacts // 20, 1)


def _events_of(contacts: int) -> int:
    return 200 + contacts // 5000


def _accounts(random: Generator, first: int, size: int, of: int) -> Columns:  # noqa: ARG001 - one signature
    numbers = np.arange(first, first + size)
    return {
        "account_id": _keys("a", numbers, 6),
        "name": _keys("Company ", numbers, 6),
        "industry": _words(INDUSTRIES, _skewed(random, size, len(INDUSTRIES))),
        "employees": pa.array((10 ** random.uniform(0, 4.5, size)).astype(np.int32)),
    }


def _leads_of(contacts: int) -> int:
    return contacts // 2


def _leads(random: Generator, first: int, size: int, of: int) -> Columns:
    contacts = random.integers(0, of, size)
    # One in a thousand refers to a contact nobody knows: such a row is related to no one.
    known, unknown = (_keys(prefix, contacts, 7) for prefix in ("c", "x"))
    return {
        "lead_id": _keys("l", np.arange(first, first + size), 8),
        "contact_id": pa.compute.if_else(pa.array(random.random(size) < 0.001), unknown, known),
        "score": pa.array(random.integers(0, 101, size).astype(np.int32)),
        "status": _words(STATUSES, random.integers(0, len(STATUSES), size), random.random(size) < 0.02),
        "created_on": _within(random, first, size, _leads_of(of), years=4),
    }


def _events(random: Generator, first: int, size: int, of: int) -> Columns:  # noqa: ARG001 - one signature
    numbers = np.arange(first, first + size)
    starts = np.datetime64(AS_OF.date()) - 700 + random.integers(0, 800, size)
    return {
        "event_id": _keys("e", numbers, 5),
        "name": _keys("Event ", numbers, 5),
        "format": _words(FORMATS, _skewed(random, size, len(FORMATS))),
        "starts_on": pa.array(starts, type=pa.date32()),
    }


def _registrations_of(contacts: int) -> int:
    return contacts * 2 // 5


def _registrations(random: Generator, first: int, size: int, of: int) -> Columns:
    return {
        "registration_id": _keys("r", np.arange(first, first + size), 8),
        "contact_id": _keys("c", draw_active(random, size, of), 7),
        "event_id": _keys("e", random.integers(0, _events_of(of), size), 5),
        "registered_on": _within(random, first, size, _registrations_of(of), years=2),
        "cancelled": pa.array(random.random(size) < 0.15, mask=random.random(size) < 0.01),
    }


def _happened(random: Generator, first: int, size: int, of: int, *, contacts: int, prefix: str) -> dict[str, pa.Array]:
    """The columns that every interaction has."""
    return {
        "message_id": _keys(prefix, np.arange(first, first + size), 9),
        "contact_id": _keys("c", draw_active(random, size, contacts), 7),
        "occurred_at": _within(random, first, size, of, years=2),
    }


def _opens(random: Generator, first: int, size: int, of: int) -> Columns:
    return _happened(random, first, size, 8 * of, contacts=of, prefix="o") | {
        "message": _words(MESSAGES, _skewed(random, size, len(MESSAGES), exponent=1.3)),
        "journey": _words(JOURNEYS, _skewed(random, size, len(JOURNEYS)), random.random(size) < 0.1),
        "device": _words(DEVICES, _skewed(random, size, len(DEVICES), exponent=1.5), random.random(size) < 0.02),
    }


def _clicks(random: Generator, first: int, size: int, of: int) -> Columns:
    return _happened(random, first, size, 3 * of, contacts=of, prefix="k") | {
        "message": _words(MESSAGES, _skewed(random, size, len(MESSAGES), exponent=1.3)),
        "link": _words(LINKS, _skewed(random, size, len(LINKS))),
    }


def _purchases(random: Generator, first: int, size: int, of: int) -> Columns:
    cents = (100 + 10 ** random.uniform(2.5, 4.7, size)).astype(np.int64)
    return _happened(random, first, size, 3 * of, contacts=of, prefix="p") | {
        "amount": _decimals(cents, 10, 2),
        "product": _words(PRODUCTS, _skewed(random, size, len(PRODUCTS), exponent=1.5)),
    }


def _visits(random: Generator, first: int, size: int, of: int) -> Columns:
    return _happened(random, first, size, 6 * of, contacts=of, prefix="v") | {
        "page": _words(PAGES, _skewed(random, size, len(PAGES))),
        "seconds": pa.array((10 ** random.uniform(0, 3, size)).astype(np.int32), mask=random.random(size) < 0.02),
    }


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is made: rows of it per world, and the columns of rows `first` to `first + size`."""

    rows: Callable[[int], int]
    columns: Callable[[Generator, int, int, int], Columns]


ENTITIES: Mapping[str, Table] = {
    "contact": Table(lambda contacts: contacts, _contacts),
    "account": Table(_accounts_of, _accounts),
    "lead": Table(_leads_of, _leads),
    "event": Table(_events_of, _events),
    "registration": Table(_registrations_of, _registrations),
}
INTERACTIONS: Mapping[str, Table] = {
    "email_opened": Table(lambda contacts: 8 * contacts, _opens),
    "email_clicked": Table(lambda contacts: 3 * contacts, _clicks),
    "purchase": Table(lambda contacts: 3 * contacts, _purchases),
    "website_visited": Table(lambda contacts: 6 * contacts, _visits),
}
TABLES: Mapping[str, Table] = {**ENTITIES, **INTERACTIONS}
"""All tables, in the order in which they are loaded."""


# --- writing ---------------------------------------------------------------------------------------------------------


def generate(contacts: int, *, seed: int = SEED, cache: Path = CACHE) -> World:
    """The world of that many contacts, made unless it lies in `cache` already. About 200 MB for 10^6 contacts."""
    folder = cache / f"{contacts}-{seed}"
    mark = folder / "world.json"
    if mark.exists() and (written := json.loads(mark.read_text()))["format"] == FORMAT:
        return World(folder, contacts, written["rows"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = {name: _write(folder / f"{name}.parquet", name, table, contacts, seed) for name, table in TABLES.items()}
    mark.write_text(json.dumps({"format": FORMAT, "seed": seed, "contacts": contacts, "rows": rows}))
    return World(folder, contacts, rows)


def _write(file: Path, name: str, table: Table, contacts: int, seed: int) -> int:
    rows = table.rows(contacts)
    writer: pq.ParquetWriter | None = None
    try:
        for batch in _batches(name, table, contacts, rows, seed):
            # Without the Arrow schema a reader sees plain text, not this writer's dictionaries.
            writer = writer or pq.ParquetWriter(file, batch.schema, compression="zstd", store_schema=False)
            writer.write_table(batch)
    finally:
        if writer is not None:
            writer.close()
    return rows


def _batches(name: str, table: Table, contacts: int, rows: int, seed: int) -> Iterator[pa.Table]:
    for chunk, first in enumerate(range(0, rows, CHUNK)):
        random = np.random.default_rng([seed, zlib.crc32(name.encode()), chunk])
        yield pa.table(dict(table.columns(random, first, min(CHUNK, rows - first), contacts)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Generate a world of contacts and interactions.")
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cache", type=Path, default=CACHE)
    arguments = parser.parse_args()
    world = generate(arguments.contacts, seed=arguments.seed, cache=arguments.cache)
    for table, rows in world.rows.items():
        print(f"{table:16} {rows:12,} rows {world.file(table).stat().st_size / 1e6:9.1f} MB")


if __name__ == "__main__":
    main()
