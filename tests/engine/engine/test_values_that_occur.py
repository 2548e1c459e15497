"""The values that occur of an attribute are those that plain Python counts, after every change, for whoever asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from people import CATALOG, START, WORDS, People, add_events, contact, event_of, folded, given, people

import coterie
from coterie import Engine, Problem, QuestionError, StoreError

ATTRIBUTES = [
    ("contact", name) for name in ("id", "first", "mail", "city", "tier", "tags", "points", "vip", "born", "joined")
] + [
    ("lead", "source"),
    ("lead", "score"),
    ("account", "industry"),
    ("branch", "town"),
    ("stranger", "word"),
    ("purchase", "product"),
    ("purchase", "amount"),
    ("purchase", "gift"),
    ("purchase", "extras"),
    ("visit", "page"),
    ("never", "word"),
]  # fmt: skip


def rows_of(crowd: People, name: str, within: Collection[str] | None) -> Iterator[dict[str, Any]]:
    """The known records of an entity, or the interactions; of some contacts alone."""
    contacts = [key for key in crowd.known if within is None or key in within]
    if name == "contact":
        yield from (crowd.contacts[key] for key in contacts)
    elif name in CATALOG["interactions"]:
        yield from (
            row for kind, key, _, _, row in crowd.events if kind == name and (within is None or key in contacts)
        )
    elif within is None:
        yield from crowd.records[name].values()
    elif name == "lead":
        yield from (lead for lead in crowd.records["lead"].values() if lead["id"] in contacts)
    else:  # reached over accounts, or not at all
        accounts = {crowd.contacts[key]["account_id"] for key in contacts}
        records = crowd.records[name].values() if name != "stranger" else ()
        yield from (record for record in records if record["account_id"] in accounts)


def counted(rows: Iterable[dict[str, Any]], attribute: str) -> Counter[Any]:
    counts: Counter[Any] = Counter()
    for row in rows:
        value = row[attribute]
        counts.update(set(value) if isinstance(value, tuple) else [value] if value is not None else [])
    return counts


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        digits = f"{value:f}"
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    return folded(value) if isinstance(value, str) else str(value)


def expected(counts: Counter[Any], containing: str = "") -> list[tuple[Any, int]]:
    sought = folded(containing)
    found = [value for value in counts if sought in text_of(value)]
    found.sort(key=lambda value: (not text_of(value).startswith(sought), -counts[value], value))
    return [(value, counts[value]) for value in found]


def told(engine: Engine, name: str, attribute: str, **asked: Any) -> list[tuple[Any, int]]:
    return [(found.value, found.count) for found in engine.values(name, attribute, **{"limit": 1000, **asked})]


def alike(found: list[tuple[Any, int]], wanted: list[tuple[Any, int]]) -> bool:
    """Equal, types included: True is not 1."""
    return found == wanted and [type(value) for value, _ in found] == [type(value) for value, _ in wanted]


@pytest.fixture(scope="module")
def crowd() -> Iterator[People]:
    found = people(2)
    yield found
    found.engine.close()


@pytest.mark.parametrize(("name", "attribute"), ATTRIBUTES)
def test_values_come_by_how_many_records_have_them(crowd: People, name: str, attribute: str) -> None:
    counts = counted(rows_of(crowd, name, None), attribute)
    assert alike(told(crowd.engine, name, attribute), expected(counts))


@pytest.mark.parametrize(("name", "attribute"), ATTRIBUTES)
def test_of_some_contacts_only_what_belongs_to_them_is_counted(crowd: People, name: str, attribute: str) -> None:
    """
    What no relation leads to belongs to nobody.
    """
    some = Random(3).sample(crowd.known, 20)
    counts = counted(rows_of(crowd, name, some), attribute)
    assert alike(told(crowd.engine, name, attribute, within=crowd.members(some)), expected(counts))
    assert told(crowd.engine, name, attribute, within=crowd.members([])) == []


@pytest.mark.parametrize("text", [*WORDS, "an", "S", "0", "2", "-", "20", "1990-12", "t", "RU", "\ud800", " ann "])
def test_the_typed_text_is_looked_for_as_it_is(crowd: People, text: str) -> None:
    for name, attribute in (
        ("contact", "city"), ("contact", "tags"), ("contact", "points"), ("contact", "vip"), ("contact", "born"),
        ("purchase", "product"), ("purchase", "extras"),
    ):  # fmt: skip
        counts = counted(rows_of(crowd, name, None), attribute)
        wanted = [] if text == "\ud800" else expected(counts, text)
        assert told(crowd.engine, name, attribute, containing=text) == wanted


def test_at_most_so_many_come_and_they_are_the_first(crowd: People) -> None:
    everything = told(crowd.engine, "contact", "city")
    for limit in (1, 3, len(everything)):
        assert told(crowd.engine, "contact", "city", limit=limit) == everything[:limit]


def test_an_instant_is_found_by_how_it_is_written() -> None:
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        engine.load("contact", [{"id": "a", "joined": "2026-11-22T10:00Z"}, {"id": "b", "joined": "2025-11-22T10:00Z"}])
        [found] = engine.values("contact", "joined", containing="2026-11-22")
        assert (found.value.isoformat(), found.count) == ("2026-11-22T10:00:00+00:00", 1)


# --- while data change -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_counts_follow_every_change(seed: int) -> None:
    rng = Random(seed)
    crowd = people(seed, contacts=20)
    some = crowd.known[::2]
    for step in range(12):
        change(crowd, rng, step)
        members = crowd.members(some)
        for name, attribute in rng.sample(ATTRIBUTES, 8):
            assert told(crowd.engine, name, attribute) == expected(counted(rows_of(crowd, name, None), attribute))
            wanted = expected(counted(rows_of(crowd, name, some), attribute))
            assert told(crowd.engine, name, attribute, within=members) == wanted
    crowd.engine.close()


def change(crowd: People, rng: Random, step: int) -> None:
    """One of the ways in which data change: added to, written over, deleted; one by one or from a file."""
    key = rng.choice([*crowd.order[:-1], f"new-{step}"])
    match rng.randrange(5):
        case 0:
            row = {**contact(rng, key), "account_id": rng.choice([None, "acme"])}
            crowd.engine.ingest([{"type": "upsert", "entity": "contact", "record": given(row)}])
            remember(crowd, key, row)
        case 1:
            crowd.engine.ingest([{"type": "delete", "entity": "contact", "key": key}])
            crowd.contacts.pop(key, None)
        case 2:
            lead = {"lead_id": f"L{rng.randrange(20)}", "source": rng.choice(WORDS[:5]), "score": Decimal(step),
                    "id": rng.choice(crowd.known), "account_id": None}  # fmt: skip
            crowd.engine.ingest([{"type": "upsert", "entity": "lead", "record": given(lead)}])
            crowd.records["lead"][lead["lead_id"]] = lead
        case 3:
            add_events(crowd, [event_of(rng, 1000 * (step + 1) + n, crowd.known) for n in range(5)])
        case 4:
            row = {**contact(rng, key), "account_id": "Beta"}
            crowd.engine.load("contact", [given(row)])
            remember(crowd, key, row)


def remember(crowd: People, key: str, row: dict[str, Any]) -> None:
    crowd.contacts[key] = row
    if key not in crowd.order:
        crowd.order.append(key)


def interaction(name: str, record: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interaction", "interaction": name, "record": record}


def test_numbers_that_grow_beyond_64_bits_are_counted_on() -> None:
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        engine.load("contact", [{"id": "a", "points": 1}])
        purchase = {"message_id": "m", "id": "a", "occurred_at": START, "amount": 1}
        engine.load("purchase", [purchase])
        assert told(engine, "contact", "points") == told(engine, "purchase", "amount") == [(Decimal(1), 1)]
        large = 10**27
        upsert = {"type": "upsert", "entity": "contact", "record": {"id": "b", "points": large}}
        engine.ingest([upsert, interaction("purchase", {**purchase, "message_id": "n", "amount": large})])
        wanted = [(Decimal(1), 1), (Decimal(large), 1)]
        assert told(engine, "contact", "points") == told(engine, "purchase", "amount") == wanted


@pytest.mark.parametrize("failing", range(3))
def test_a_count_that_was_broken_off_is_made_anew(failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    More digits after the point have all numbers counted again; each statement of that fails in turn.
    """
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        engine.load("contact", [{"id": "a", "points": 1}, {"id": "b", "points": 2}])
        purchases = [{"message_id": str(n), "id": "a", "occurred_at": START, "amount": n} for n in (1, 2)]
        engine.load("purchase", purchases)
        asked = (("contact", "points"), ("purchase", "amount"))
        for name, attribute in asked:
            assert told(engine, name, attribute) == [(1, 1), (2, 1)]
        upsert = {"type": "upsert", "entity": "contact", "record": {"id": "c", "points": "0.5"}}
        engine.ingest([upsert, interaction("purchase", {**purchases[0], "message_id": "3", "amount": "0.5"})])
        for name, attribute in asked:
            with monkeypatch.context() as patched, suppress(StoreError):
                patched.setattr(engine._backend, "query", Failing(engine._backend.query, failing))
                told(engine, name, attribute)
            assert told(engine, name, attribute) == [(Decimal("0.5"), 1), (1, 1), (2, 1)]


class Failing:
    """Runs so many statements, and fails at the next one."""

    def __init__(self, query: Callable[..., Any], runs: int) -> None:
        self._query = query
        self._runs = runs

    def __call__(self, *args: Any) -> Any:
        self._runs -= 1
        if self._runs < 0:
            raise StoreError(Problem(code="store_failed", path="store", message="No."))
        return self._query(*args)


def test_a_file_with_repeats_adds_what_is_new_alone() -> None:
    """
    Repeats are taken out again after they were stored, which may move what comes later into their places.
    """
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        rows = [{"message_id": f"m{n}", "id": "a", "occurred_at": START, "page": f"p{n % 3}"} for n in range(20)]
        engine.load("visit", rows[:10])
        assert told(engine, "visit", "page") == [("p0", 4), ("p1", 3), ("p2", 3)]
        engine.load("visit", rows)
        assert told(engine, "visit", "page") == [("p0", 7), ("p1", 7), ("p2", 6)]
        engine.ingest(interaction("visit", {**row, "message_id": f"x{n}"}) for n, row in enumerate(rows[:4]))
        assert told(engine, "visit", "page") == [("p0", 9), ("p1", 8), ("p2", 7)]


@pytest.mark.parametrize(
    ("asked", "code", "path"),
    [
        (("leed", "score"), "unknown_entity", "name"),
        (("lead", "scroe"), "unknown_attribute", "attribute"),
        (("lead", "lead_id"), "unknown_attribute", "attribute"),
    ],
)
def test_what_is_not_in_the_catalog_has_no_values(crowd: People, asked: tuple[str, str], code: str, path: str) -> None:
    with pytest.raises(QuestionError) as caught:
        crowd.engine.values(*asked)
    assert (caught.value.code, caught.value.path) == (code, path)
