"""Templates as they are offered: the standard ones, which come with Coterie, and those that people made."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from django.db.models import Q
from ruamel.yaml import YAML

from coterie import Catalog, CoterieError, Problem
from coterie.catalog.model import CONTACT
from coterie.definition.phrases import label_of
from coterie_web.accounts.models import User
from coterie_web.accounts.units import reach_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.models import Template
from coterie_web.segments.starting.filling import Asked
from coterie_web.segments.starting.inputs import input_at
from coterie_web.segments.starting.places import Tree, path_of, value_at

__all__ = [
    "Offer",
    "labels_of",
    "missing",
    "offer_named",
    "offers_for",
    "parameters_of",
    "records_in",
    "visible_templates",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A template. `parameters` are places of its definition with what to call them, as they are kept.

    `identity` is its name for a standard one, and else the id of the row; `owner` is None for a standard one.
    """

    identity: str
    name: str
    category: str
    description: str
    definition: Tree
    parameters: tuple[Mapping[str, object], ...]
    owner: User | None = None


@lru_cache(maxsize=1)
def _standard() -> tuple[Offer, ...]:
    folder = resources.files("coterie_web.segments.starting") / "standard"
    reader = YAML(typ="safe", pure=True)
    found = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            read = reader.load(file.read_text(encoding="utf-8"))
            found.append(
                Offer(
                    identity=file.name.removesuffix(".yaml"),
                    name=read["name"],
                    category=read["category"],
                    description=read["description"],
                    definition=read["definition"],
                    parameters=tuple(read["parameters"]),
                )
            )
    return tuple(found)


def visible_templates(user: User) -> list[Template]:
    """The templates that people made, of owners in the person's unit, below or above it, or in none."""
    made = Template.objects.select_related("owner").filter(owner__isnull=False)
    reach = reach_of(user)
    if reach.below is not None:
        made = made.filter(Q(owner__unit=None) | Q(owner__unit__in=reach.below | reach.above))
    return list(made)


def offers_for(user: User) -> list[Offer]:
    """All templates that the person may begin from, in the order of categories and names."""
    made = (_made_by_people(template) for template in visible_templates(user))
    return sorted((*_standard(), *made), key=lambda offer: (offer.category.casefold(), offer.name.casefold()))


def _made_by_people(template: Template) -> Offer:
    return Offer(
        identity=str(template.id),
        name=template.name,
        category=template.category,
        description=template.description,
        definition=template.definition,
        parameters=tuple(template.parameters),
        owner=template.owner,
    )


def offer_named(identity: str, user: User) -> Offer | None:
    """The template with that name or id, of those that the person may begin from."""
    for offer in _standard():
        if offer.identity == identity:
            return offer
    try:
        wanted = uuid.UUID(identity)
    except ValueError:
        return None
    return next((_made_by_people(each) for each in visible_templates(user) if each.id == wanted), None)


def parameters_of(offer: Offer, catalog: Catalog) -> tuple[Asked, ...]:
    """The parameters of a template as they are asked for. A place that is not there any more is not asked for."""
    return tuple(_asked(offer, catalog))


def _asked(offer: Offer, catalog: Catalog) -> Iterator[Asked]:
    for number, parameter in enumerate(offer.parameters):
        path = path_of(str(parameter["at"]))
        found = input_at(offer.definition, path, catalog)
        if found is not None:
            yield Asked(
                name=f"p{number}",
                path=path,
                label=str(parameter["label"]),
                hint=str(parameter.get("hint", "")) or found.about,
                input=found,
                is_optional=bool(parameter.get("optional", False)),
            )


def missing(offer: Offer, catalog: Catalog) -> Problem | None:
    """Why the template does not fit the catalog; None: it does. Which segments it names is asked when it is used."""
    try:
        problems = engine().validate(_mapping(offer.definition))
    except CoterieError as error:
        problems = list(error.problems)
    asked = {parameter.path for parameter in parameters_of(offer, catalog)}
    return next((problem for problem in problems if not _is_to_fill_in(problem, asked)), None)


def _is_to_fill_in(problem: Problem, asked: set[tuple[str | int, ...]]) -> bool:
    return problem.code in {"unknown_segment", "segment_not_live"} or (
        problem.code in {"invalid_value", "missing_key", "empty"} and path_of(problem.path) in asked
    )


def _mapping(definition: Tree) -> Mapping[str, object]:
    assert isinstance(definition, dict), "a definition is a mapping"
    return definition


def labels_of(definition: Tree, catalog: Catalog) -> Iterator[str]:
    """What each step of a definition is about, in a word or two."""
    steps = value_at(definition, ("blocks",))
    for step in steps if isinstance(steps, list) else ():
        match step:
            case {"block": {"interaction": str(name)}}:
                yield label_of(name, catalog.interactions)
            case {"block": {"kind": str(kind)}}:
                yield {"group": "Parentheses"}.get(kind, kind.capitalize())
            case _:
                yield ""


def records_in(definition: Tree, catalog: Catalog) -> list[str]:
    """What kinds of records a definition asks about, as people call them, each once."""
    return list(dict.fromkeys(_records(value_at(definition, ("blocks",)), catalog)))


def _records(tree: Tree, catalog: Catalog) -> Iterator[str]:
    """What a part asks about, then what the parts inside it do."""
    match tree:
        case {"kind": "profile"}:
            yield label_of(CONTACT, catalog.entities)
        case {"kind": "segment"}:
            yield "Segment"
        case {"interaction": str(name)}:
            yield label_of(name, catalog.interactions)
        case {"relation": str(name)}:
            relation = catalog.relations.get(name)
            yield label_of(relation.target, catalog.entities) if relation else name
        case _:
            pass
    inside = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for part in inside:
        yield from _records(part, catalog)
