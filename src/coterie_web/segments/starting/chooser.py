"""The template chooser: which templates are shown, and what the chosen one finds, with its parameters filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from coterie import Breakdown, Catalog, CoterieError
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.models import LIVE_STATUSES
from coterie_web.segments.queries import visible_contacts, visible_segments
from coterie_web.segments.references import needed_files, referred_keys
from coterie_web.segments.starting.filling import Answers, Asked, Filled, filled
from coterie_web.segments.starting.inputs import UNITS, Kind
from coterie_web.segments.starting.offers import Offer, labels_of, missing, offers_for, parameters_of, records_in
from coterie_web.segments.starting.places import Tree, value_at

__all__ = ["Entry", "Field", "Found", "entries_for", "fields_of", "fill", "found_by", "offered_answers"]

_MOST_VALUES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A template in the list. `reason` says why it does not fit the catalog; None: it does."""

    offer: Offer
    records: tuple[str, ...]
    reason: str | None

    @property
    def of(self) -> str:
        """Whose it is."""
        return "Standard" if self.offer.owner is None else self.offer.owner.name


def entries_for(user: User, query: QueryDict) -> tuple[list[Entry], list[Entry]]:
    """The templates that the address asks for, and all of them."""
    catalog = engine().catalog
    entries = [_entry(offer, catalog) for offer in offers_for(user)]
    return [entry for entry in entries if _is_wanted(entry, query, user)], entries


def _entry(offer: Offer, catalog: Catalog) -> Entry:
    problem = missing(offer, catalog)
    reason = None if problem is None else f"{problem.message} {problem.hint}".strip()
    return Entry(offer=offer, records=tuple(records_in(offer.definition, catalog)), reason=reason)


def _is_wanted(entry: Entry, query: QueryDict, user: User) -> bool:
    text = " ".join((entry.offer.name, entry.offer.description, entry.offer.category, *entry.records)).casefold()
    owner = entry.offer.owner
    whose = {"standard": owner is None, "mine": owner is not None and owner.id == user.id, "others": owner is not None}
    return (
        all(word in text for word in query.get("q", "").casefold().split())
        and query.get("category", "") in {"", entry.offer.category}
        and query.get("record", "") in {"", *entry.records}
        and whose.get(query.get("whose", ""), True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter with what stands in it: `texts` are several where it takes several."""

    asked: Asked
    texts: tuple[str, ...]
    unit: str
    units: Mapping[str, str]
    offered: tuple[tuple[str, str], ...]
    """Values that occur, or may be chosen, each with words beside it."""
    problem: str | None

    @property
    def text(self) -> str:
        return ", ".join(self.texts)


def fill(offer: Offer, answers: Answers) -> Filled:
    """The template's definition with what was typed."""
    return filled(offer.definition, parameters_of(offer, engine().catalog), answers)


def offered_answers(query: QueryDict, offer: Offer | None) -> Answers:
    """What the address says of the parameters of this template; nothing, where it speaks of another one."""
    return {} if offer is None or query.get("of") != offer.identity else dict(query.lists())


def fields_of(offer: Offer, answers: Answers, user: User, problems: Mapping[str, str]) -> list[Field]:
    """The parameters of a template, to be filled in."""
    asked = parameters_of(offer, engine().catalog)
    return [_field(parameter, offer.definition, answers, user, problems.get(parameter.name)) for parameter in asked]


def _field(asked: Asked, definition: Tree, answers: Answers, user: User, problem: str | None) -> Field:
    before = value_at(definition, asked.path)
    texts = answers.get(asked.name)
    unit = ""
    if isinstance(before, dict):
        units = answers.get(asked.unit_name) or [str(before["unit"])]
        unit, before = units[0], before["count"]
    if texts is None:
        texts = [] if asked.input.kind is Kind.SEGMENT else _texts(before)
    return Field(
        asked=asked, texts=tuple(texts), unit=unit, units=UNITS, offered=tuple(_offered(asked, user)), problem=problem
    )


def _texts(value: Tree) -> list[str]:
    match value:
        case list():
            return [str(each) for each in value]
        case bool():
            return [str(value).lower()]
        case _:
            return [str(value)]


def _offered(asked: Asked, user: User) -> Iterable[tuple[str, str]]:
    match asked.input.kind:
        case Kind.SEGMENT:
            live = visible_segments(user).filter(status__in=LIVE_STATUSES)
            return list(live.values_list("key", "name"))
        case Kind.CHOICE | Kind.CHOICES:
            return [(choice, choice) for choice in asked.input.choices]
        case Kind.BOOLEAN:
            return [("true", "Yes"), ("false", "No")]
        case Kind.TEXT | Kind.TEXTS if asked.input.attribute:
            return _occurring(asked.input.entity, asked.input.attribute, user)
        case _:
            return []


def _occurring(entity: str, attribute: str, user: User) -> Iterable[tuple[str, str]]:
    """The values that most records have, with how many."""
    within = visible_contacts(user)
    counted = engine().values(entity, attribute, limit=_MOST_VALUES, within=within)
    return [(str(each.value), f"{each.count:,} records") for each in counted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a filled-in template finds: in words, and exactly how many of the contacts that the person sees."""

    wording: str
    labels: tuple[str, ...]
    breakdown: Breakdown | None
    as_of: datetime
    problem: str | None

    @property
    def zone(self) -> str:
        """In which zone the moment is told."""
        return engine().catalog.organization.time_zone

    @property
    def steps(self) -> Iterator[FoundStep]:
        """How the number comes about."""
        if self.breakdown is None:
            return
        largest = max((step.so_far for step in self.breakdown.steps), default=0) or 1
        before = 0
        for step, words in zip(self.breakdown.steps, self.labels, strict=True):
            keep = round(100 * step.so_far / largest, 1)
            gone = round(max(100 * before / largest - keep, 0), 1)
            icon = "profile" if step.combine is None else step.combine.value.replace("_", "-")
            yield FoundStep(icon=icon, words=words, so_far=step.so_far, keep=keep, gone=gone)
            before = step.so_far


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStep:
    """A step of the waterfall: how many are left, and how much of the bar is kept and gone, in percent."""

    icon: str
    words: str
    so_far: int
    keep: float
    gone: float


def found_by(definition: Tree, user: User, *, now: datetime) -> Found:
    """Count the contacts that a definition finds, step by step; or say what keeps it from being counted."""
    assert isinstance(definition, dict), "a definition is a mapping"
    wording, breakdown, problem = "", None, None
    try:
        wording = engine().describe(definition)
        files = needed_files(user, referred_keys({"definition": definition}))
        breakdown = engine().breakdown(definition, as_of=now, segments=files, within=visible_contacts(user))
    except CoterieError as error:
        first = error.problems[0]
        problem = f"{first.message} {first.hint}".strip()
    labels = tuple(labels_of(definition, engine().catalog))
    return Found(wording=wording, labels=labels, breakdown=breakdown, as_of=now, problem=problem)
