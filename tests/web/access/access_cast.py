"""Who asks for what, in tests of access: actors, and what lies around them from their own to the foreign.

```
mainland ── north ── fjords        actors belong to north, or to no unit
        └── south                  everything of south is foreign to who belongs to north
```

What is called their own and is live refers to a segment of south, whose key they read, and nothing else of it.

Whatever is foreign bears a mark, or comes in numbers that nothing else comes in. No answer to somebody of north may
hold either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import coterie
from coterie import Engine
from coterie_web.accounts.models import ApiToken, BusinessUnit, Role, User
from coterie_web.accounts.tokens import make_token
from coterie_web.catalogs.engine import provide, withdraw
from coterie_web.segments.models import Reference, Segment, SegmentVersion, Template
from coterie_web.segments.references import referred_keys
from coterie_web.ui.clock import MachineClock, TestClock, set_clock

__all__ = [
    "ABSENT_ID",
    "ABSENT_WORD",
    "FOREIGN_MARK",
    "HIDDEN_KEY",
    "NOON",
    "Actor",
    "Cast",
    "engine_of_the_cast",
    "leaks_in",
]

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CATALOG = (Path(coterie.__file__).parent / "cli" / "demo" / "catalog.yaml").read_text(encoding="utf-8")

FOREIGN_MARK = "Zyxgard"
"""In every name, key, address, city and product that is foreign."""
FOREIGN_EARLY, FOREIGN_LATE = 3_108, 1_003
"""How many contacts are foreign from the first, and how many came within the last day."""
ABSENT_ID = "00000000-0000-4000-8000-000000000000"
ABSENT_WORD = "Qwvmisk"
"""What nothing is called; as long as the mark, so that answers may be compared."""

_NUMBERS = {
    foreign + more for foreign in (FOREIGN_EARLY, FOREIGN_LATE, FOREIGN_EARLY + FOREIGN_LATE) for more in range(5)
}
"""Counts of which the foreign are a part: with some of the one to three whom north sees, and the one in no unit."""
_LEAK = re.compile(
    "|".join([FOREIGN_MARK, *(rf"(?<![\w-])(?:{number}|{number:,})(?![\w-])" for number in _NUMBERS)]), re.IGNORECASE
)

EVERYONE: dict[str, object] = {"blocks": [{"block": {"kind": "everyone"}}]}

HIDDEN_KEY = "suppressed"
"""The key of a foreign segment that stands in the definition of one that north sees: alone of all that is foreign, it
bears no mark."""
_OF_THE_HIDDEN = {"combine": "or", "block": {"kind": "segment", "segment": HIDDEN_KEY}}
REFERRING: dict[str, object] = {"blocks": [{"block": {"kind": "everyone"}}, _OF_THE_HIDDEN]}


def leaks_in(text: str) -> list[str]:
    """What of the foreign stands in an answer: marks, and numbers that only foreign contacts make."""
    return _LEAK.findall(text)


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who asks: a role, in north or in no unit; or nobody who has signed in."""

    role: str | None
    unit: str | None = None

    def __str__(self) -> str:
        return "nobody" if self.role is None else f"{self.role} of {self.unit or 'the organization'}"

    @property
    def is_bound(self) -> bool:
        """Whether anything is foreign to them."""
        return self.unit is not None


@dataclass(kw_only=True)
class Cast:
    """Everything there is. `ids[kind][relation]` names it, as seen by who belongs to north."""

    units: dict[str, BusinessUnit] = field(default_factory=dict)
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    actors: dict[Actor, User] = field(default_factory=dict)

    @classmethod
    def gather(cls) -> Cast:
        """Make them all, in the database of the test."""
        cast = cls()
        cast._grow_units()
        owners = cast._people()
        cast._segments(owners)
        cast._tokens(owners)
        cast._templates(owners)
        cast.ids["contact"] = {
            "own": "1", "below": "2", "foreign": f"{FOREIGN_MARK}-7", "outside": "4", "absent": "nobody-here",
        }  # fmt: skip
        cast.ids["key"] = {
            "own": "own-live", "foreign": f"foreign-live-{FOREIGN_MARK.lower()}", "hidden": HIDDEN_KEY,
            "absent": f"foreign-live-{ABSENT_WORD.lower()}",
        }  # fmt: skip
        return cast

    def give_to(self, actor: User) -> None:
        """Let what is called their own be this actor's."""
        Segment.objects.filter(key__startswith="own-").update(owner=actor)
        ApiToken.objects.filter(id=self.ids["token"]["own"]).update(user=actor)
        Template.objects.filter(id=self.ids["template"]["own"]).update(owner=actor)
        self.ids["person"]["own"] = str(actor.id)

    def _grow_units(self) -> None:
        for key, name, parent in (
            ("mainland", "Mainland", None),
            ("north", "North", "mainland"),
            ("fjords", "Fjords", "north"),
            (FOREIGN_MARK.lower(), f"{FOREIGN_MARK} unit", "mainland"),
        ):
            above = None if parent is None else self.units[parent]
            self.units[key] = BusinessUnit.objects.create(key=key, name=name, parent=above)
        self.units["south"] = self.units[FOREIGN_MARK.lower()]
        self.ids["unit"] = {
            "own": str(self.units["north"].id), "below": str(self.units["fjords"].id),
            "above": str(self.units["mainland"].id), "foreign": str(self.units["south"].id), "absent": ABSENT_ID,
        }  # fmt: skip

    def _people(self) -> dict[str, User]:
        for unit in (None, "north"):
            for role in Role:
                self.actors[Actor(role=role, unit=unit)] = self._person(f"Actor {role} {unit}", role, unit)
        owners = {
            relation: self._person(f"{FOREIGN_MARK if relation == 'foreign' else 'Owner'} {relation}", "marketer", unit)
            for relation, unit in RELATIONS.items()
        }
        self.ids["person"] = {relation: str(owner.id) for relation, owner in owners.items()} | {"absent": ABSENT_ID}
        self.ids["person"]["own"] = str(owners["peer"].id)
        return owners

    def _person(self, name: str, role: str, unit: str | None) -> User:
        person = User(email=f"{name}@example.com".lower().replace(" ", "."), name=name, role=role)
        person.unit = self.units[unit] if unit else None
        person.set_password("a long password")
        person.save()
        return person

    def _segments(self, owners: dict[str, User]) -> None:
        for state in ("draft", "live", "static"):
            self.ids[state] = {"absent": ABSENT_ID}
            for relation, owner in {"own": owners["peer"], **owners}.items():
                self.ids[state][relation] = str(_segment(relation, state, owner).id)
        hidden = _segment("foreign", "live", owners["foreign"], key=HIDDEN_KEY)
        self.ids["live"]["hidden"] = str(hidden.id)

    def _tokens(self, owners: dict[str, User]) -> None:
        self.ids["token"] = {"absent": ABSENT_ID}
        for relation, owner in {"own": owners["peer"], **owners}.items():
            mark = FOREIGN_MARK if relation == "foreign" else "Token"
            token, _ = make_token(owner, f"{mark} {relation}", ["read"], NOON + timedelta(days=90), NOON)
            self.ids["token"][relation] = str(token.id)

    def _templates(self, owners: dict[str, User]) -> None:
        self.ids["template"] = {"absent": ABSENT_ID}
        for relation, owner in {"own": owners["peer"], **owners}.items():
            template = Template.objects.create(
                name=f"{FOREIGN_MARK if relation == 'foreign' else 'Template'} {relation}",
                definition=EVERYONE, owner=owner, created_at=NOON,
            )  # fmt: skip
            self.ids["template"][relation] = str(template.id)


RELATIONS = {"peer": "north", "below": "fjords", "above": "mainland", "organization": None, "foreign": "south"}
"""Where the owner of what stands in each relation belongs, to who belongs to north."""


def _segment(relation: str, state: str, owner: User, *, key: str = "") -> Segment:
    is_foreign, is_static = relation == "foreign", state == "static"
    mark = FOREIGN_MARK if is_foreign else "Segment"
    definition = REFERRING if (relation, state) == ("own", "live") else EVERYONE
    segment = Segment(
        key=key or (f"{relation}-{state}-{FOREIGN_MARK.lower()}" if is_foreign else f"{relation}-{state}"),
        name=f"{mark} {relation} {state} {key}".rstrip(),
        description=f"{mark} described",
        tags=[f"{mark} tag"],
        wording=f"{mark} worded",
        type="static" if is_static else "dynamic",
        owner=owner,
        created_at=NOON,
        changed_at=NOON,
        definition=None if is_static else definition,
        members=["1", "2"] if is_static else [],
    )
    segment.save()
    if state == "live":
        segment.live_version = SegmentVersion.objects.create(
            segment=segment, number=1, content={"definition": definition}, wording=f"{mark} worded", published_at=NOON,
            published_by=owner, published_by_name=owner.name,
        )  # fmt: skip
        segment.status = Segment.Status.LIVE
        segment.save()
        for each in referred_keys({"definition": definition}):
            Reference.objects.create(version=segment.live_version, key=each)
    return segment


def engine_of_the_cast() -> Iterator[Engine]:
    """The engine, with three contacts that north sees, one that is in no unit, and thousands that are foreign.

    One of the three and a part of the thousands came within the last day, between two publications.
    """
    set_clock(TestClock(NOON))
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        engine.load("contact", [*_contacts_of_the_first_day()])
        tents = (("1", "Tent"), (f"{FOREIGN_MARK}-7", f"{FOREIGN_MARK} tent"))
        engine.load("purchase", [_purchase(contact, product) for contact, product in tents])
        engine.refresh(_files(), as_of=NOON - timedelta(hours=30))
        engine.load("contact", [_contact("3", "Cleo", "Oslo", "north"), *_foreign(FOREIGN_EARLY, FOREIGN_LATE)])
        engine.refresh(_files(), as_of=NOON)
        provide(engine)
        yield engine
        withdraw()
    set_clock(MachineClock())


def _files() -> dict[str, dict[str, object]]:
    everyone: dict[str, object] = {"coterie": 1, "type": "dynamic", "scope": "organization", "definition": EVERYONE}
    relations = [relation for relation in ("own", *RELATIONS) if relation != "foreign"]
    keys = [*(f"{relation}-live" for relation in relations), f"foreign-live-{FOREIGN_MARK.lower()}"]
    files = {key: {**everyone, "segment": key, "name": key} for key in (*keys, HIDDEN_KEY)}
    files["own-live"]["definition"] = REFERRING
    return files


def _contacts_of_the_first_day() -> Iterator[dict[str, object]]:
    yield _contact("1", "Ana", "Oslo", "north")
    yield _contact("2", "Ben", "Oslo", "fjords")
    yield _contact("4", FOREIGN_MARK, FOREIGN_MARK, None)
    yield from _foreign(0, FOREIGN_EARLY)


def _foreign(start: int, count: int) -> Iterator[dict[str, object]]:
    for number in range(start, start + count):
        yield _contact(f"{FOREIGN_MARK}-{number}", f"{FOREIGN_MARK} {number}", FOREIGN_MARK, FOREIGN_MARK.lower())


def _contact(key: str, first: str, city: str, unit: str | None) -> dict[str, object]:
    email = f"{first}.{key}@example.com".lower().replace(" ", ".")
    return {"contact_id": key, "first_name": first, "city": city, "business_unit": unit, "email": email, "age": 40}


def _purchase(contact: str, product: str) -> dict[str, object]:
    when = NOON - timedelta(days=20)
    return {"message_id": f"m-{contact}", "contact_id": contact, "occurred_at": when, "amount": "1", "product": product}
