"""Reading a catalog from YAML, JSON or plain data, once, into typed objects; every problem is found and placed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from zoneinfo import available_timezones

from coterie.catalog.model import (
    CONTACT,
    Attribute,
    AttributeType,
    Catalog,
    Contact,
    Entity,
    Interaction,
    Organization,
    Relation,
    RelationKind,
)
from coterie.catalog.shape import ShapeReader, is_name
from coterie.catalog.standard import STANDARD_GROUPS, standard_interactions
from coterie.errors import CatalogError, Problem, did_you_mean
from coterie.values.documents import Document, DocumentError, join_path, read_document
from coterie.values.text import fold
from coterie.values.times import find_zone

__all__ = ["VERSION", "WEEKDAYS", "parse_catalog"]

VERSION = 1
"""The version of the format, given under `coterie`."""

_YAML_LIMIT = 4_000_000
_JSON_LIMIT = 10_000_000

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Their names, in the order in which they are counted."""

_WORDS = ("label", "description")
_ROLES = ("key", "email", "business_unit")
_TYPES = tuple(map(str, AttributeType))


def parse_catalog(source: Path | str | Mapping[str, object] | Catalog) -> Catalog:
    """Read a catalog from a file, from YAML or JSON text, or from plain data; a Catalog is returned as it is.

    A str is text where it has several lines, starts with `{` or contains `: `; otherwise it is a path. The contact's
    key, name, e-mail and unit columns become text attributes where they are not listed. Raises CatalogError with every
    problem in document order, each with its path and, for YAML, its line; `unreadable_file` where there is no file.
    """
    if isinstance(source, Catalog):
        return source
    document = Document(tree={}) if isinstance(source, Mapping) else _document(source)
    tree: object = source if isinstance(source, Mapping) else document.tree
    reader = _CatalogReader()
    catalog = reader.catalog(tree)
    if catalog is None or reader.problems:
        raise CatalogError(*_in_document_order(reader.problems, tree, document.lines))
    return catalog


def _document(source: Path | str) -> Document:
    try:
        text = source if isinstance(source, str) and _is_text(source) else _bytes_of(Path(source))
        return read_document(text, yaml_limit=_YAML_LIMIT, json_limit=_JSON_LIMIT)
    except DocumentError as error:
        raise CatalogError(*error.problems) from error


def _is_text(source: str) -> bool:
    return "\n" in source or source.lstrip().startswith("{") or ": " in source


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_JSON_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CatalogError(
            Problem(code="unreadable_file", path="", message=f"The catalog {str(path)!r} cannot be read: {reason}.")
        ) from error


# --- the order of problems -------------------------------------------------------------------------------------------


def _in_document_order(problems: Sequence[Problem], tree: object, lines: Mapping[str, int]) -> list[Problem]:
    """The problems sorted by where their paths stand, and with lines; a missing key stands where its mapping begins."""
    positions = {path: position for position, path in enumerate(_paths(tree, "", depth=6))}

    def standing(path: str, known: Mapping[str, int]) -> int | None:
        while path and path not in known:
            path = path.rpartition(".")[0]
        return known.get(path)

    ordered = sorted(problems, key=lambda problem: standing(problem.path, positions) or 0)
    return [replace(problem, line=standing(problem.path, lines)) for problem in ordered]


def _paths(tree: object, path: str, *, depth: int) -> Iterator[str]:
    """Every path of `tree` in document order, down to `depth` levels, below which a catalog has nothing."""
    yield path
    children: list[tuple[str | int, object]] = []
    if isinstance(tree, Mapping):
        children = [(key, child) for key, child in tree.items() if isinstance(key, str)]
    elif isinstance(tree, list | tuple):
        children = list(enumerate(tree))
    if depth:
        for key, child in children:
            yield from _paths(child, join_path(path, key), depth=depth - 1)


# --- sections --------------------------------------------------------------------------------------------------------


class _CatalogReader(ShapeReader):
    def catalog(self, value: object) -> Catalog | None:
        """The catalog that `value` describes; of use only where no problem was noted."""
        sections = (
            "coterie",
            "organization",
            "contact",
            "entities",
            "relations",
            "interactions",
            "standard_interactions",
        )
        given = self.record(value, "", known=sections, required=("contact",))
        self._version(given.get("coterie", VERSION))
        organization = self._organization(given.get("organization", {}))
        contact = self._contact(given["contact"]) if "contact" in given else None
        others = self._entities(given.get("entities", {}))
        standard = self._standard(given.get("standard_interactions", False), contact, others)
        interactions = self._interactions(given.get("interactions", {}), others, contact, standard)
        entities = {CONTACT, *others}
        relations = self._relations(given.get("relations", {}), entities)
        if contact is None:
            return None
        return Catalog(
            organization=organization,
            contact=contact,
            entities=MappingProxyType({CONTACT: contact, **others}),
            relations=MappingProxyType(relations),
            interactions=MappingProxyType(interactions),
        )

    def _version(self, value: object) -> None:
        if value != VERSION or isinstance(value, bool):
            self.note(
                "coterie",
                f"Version {value} of the format is not known.",
                code="unsupported_version",
                hint=f"Write 'coterie: {VERSION}'.",
            )

    # --- organization ---

    def _organization(self, value: object) -> Organization:
        given = self.record(value, "organization", known=("time_zone", "first_weekday", "fiscal_start_month"))
        weekday = self.one_of(given.get("first_weekday", "monday"), "organization.first_weekday", WEEKDAYS)
        return Organization(
            time_zone=self._time_zone(given.get("time_zone", "UTC")),
            first_weekday=WEEKDAYS.index(weekday) if weekday else 0,
            fiscal_start_month=self._month(given.get("fiscal_start_month", 1)),
        )

    def _time_zone(self, value: object) -> str:
        if isinstance(value, str) and find_zone(value):
            return value
        self.note(
            "organization.time_zone",
            f"There is no time zone {value!r}.",
            code="unknown_time_zone",
            hint=did_you_mean(str(value), sorted(available_timezones())),
        )
        return "UTC"

    def _month(self, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 12:
            return value
        self.note("organization.fiscal_start_month", f"{value} is no month.", hint="Give a number from 1 to 12.")
        return 1

    # --- attributes ---

    def _attributes(self, value: object, path: str) -> dict[str, Attribute]:
        found = {}
        for name, given in self.named(value, path):
            place = join_path(path, name)
            self.name(name, place)
            attribute = self._attribute(name, given, place)
            if attribute:
                found[name] = attribute
        return found

    def _attribute(self, name: str, value: object, path: str) -> Attribute | None:
        if isinstance(value, str):
            type_ = self.one_of(value, path, _TYPES)
            return Attribute(name=name, type=AttributeType(type_)) if type_ else None
        if not isinstance(value, Mapping):
            self.one_of(value, path, _TYPES)
            return None
        given = self.record(value, path, known=("type", "choices", *_WORDS), required=("type",))
        type_ = self.one_of(given["type"], f"{path}.type", _TYPES) if "type" in given else None
        choices = self._choices(given["choices"], f"{path}.choices") if "choices" in given else ()
        words = self._words(given, path)
        if type_ is None:
            return None
        if choices and type_ not in (AttributeType.CHOICE, AttributeType.MULTI_CHOICE):
            self.note(f"{path}.choices", f"Attributes of type {type_} have no choices.", hint="Make it a choice.")
        return Attribute(name=name, type=AttributeType(type_), choices=choices, **words)

    def _choices(self, value: object, path: str) -> tuple[str, ...]:
        found: dict[str, str] = {}
        for place, item in self.items(value, path):
            text = self.text(item, place)
            if text and found.setdefault(fold(text), text) != text:
                self.note(place, f"{text!r} and {found[fold(text)]!r} are one choice: case is ignored.")
        return tuple(found.values())

    def _words(self, given: Mapping[str, object], path: str) -> dict[str, str | None]:
        return {word: self.text(given[word], join_path(path, word)) for word in _WORDS if word in given}

    # --- the contact and other entities ---

    def _contact(self, value: object) -> Contact | None:
        given = self.record(
            value, "contact", known=("key", "name", "email", "business_unit", "attributes", *_WORDS), required=("key",)
        )
        columns = {role: self.name(given[role], f"contact.{role}") for role in _ROLES if role in given}
        names = self._name_columns(given["name"]) if "name" in given else ()
        attributes = self._attributes(given.get("attributes", {}), "contact.attributes")
        words = self._words(given, "contact")
        key = columns.get("key")
        if key is None:
            return None
        self._check_role_types(attributes, key, {column for column in (*names, *columns.values()) if column})
        unlisted = [column for column in (key, *names, columns.get("email"), columns.get("business_unit")) if column]
        return Contact(
            name=CONTACT,
            key=key,
            name_columns=names,
            email=columns.get("email"),
            business_unit=columns.get("business_unit"),
            attributes=MappingProxyType(
                {name: Attribute(name=name, type=AttributeType.TEXT) for name in unlisted} | attributes
            ),
            **words,
        )

    def _name_columns(self, value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            value = [value]
        columns = [self.name(item, path) for path, item in self.items(value, "contact.name")]
        return tuple(dict.fromkeys(column for column in columns if column))

    def _check_role_types(self, attributes: Mapping[str, Attribute], key: str, columns: Collection[str]) -> None:
        for name, attribute in attributes.items():
            allowed = (AttributeType.TEXT,) if name == key else (AttributeType.TEXT, AttributeType.CHOICE)
            if name in columns and attribute.type not in allowed:
                self.note(
                    f"contact.attributes.{name}",
                    f"{name!r} is the contact's {'key' if name == key else 'name, email or unit'}, which is text.",
                    hint="Make it text, or leave it out.",
                )

    def _entities(self, value: object) -> dict[str, Entity]:
        found = {}
        for name, given in self.named(value, "entities"):
            path = f"entities.{name}"
            self._new_name(name, path)
            parts = self.record(given, path, known=("key", "attributes", *_WORDS), required=("key",))
            key = self.name(parts["key"], f"{path}.key") if "key" in parts else None
            attributes = self._attributes(parts.get("attributes", {}), f"{path}.attributes")
            words = self._words(parts, path)
            # An entity without a key is refused; it is kept so that what refers to it is not refused as well.
            found[name] = Entity(name=name, key=key or "", attributes=MappingProxyType(attributes), **words)
        return found

    def _new_name(self, name: str, path: str) -> None:
        if self.name(name, path) == CONTACT:
            self.note(path, f"The name {CONTACT!r} is the contact's own.", hint="Describe it under 'contact:'.")

    # --- interactions ---

    def _standard(self, value: object, contact: Contact | None, entities: Collection[str]) -> Mapping[str, Interaction]:
        """The standard interactions that `value` chooses: all (true), none (false), or those of a list."""
        path = "standard_interactions"
        chosen: dict[str, Interaction] = {}
        if isinstance(value, bool):
            chosen.update(standard_interactions() if value else {})
        else:
            known = (*STANDARD_GROUPS, *standard_interactions())
            for place, item in self.items(value, path):
                chosen.update(standard_interactions(self.one_of(item, place, known) or ""))
        for name in sorted(chosen.keys() & entities):
            self.note(path, f"{name!r} is an entity already; the two share one space of names.")
        # The column of the contact's key belongs to every interaction, so it is no attribute of any.
        key = contact.key if contact else ""
        return {name: _without(interaction, key) for name, interaction in chosen.items()}

    def _interactions(
        self,
        value: object,
        entities: Collection[str],
        contact: Contact | None,
        standard: Mapping[str, Interaction],
    ) -> dict[str, Interaction]:
        reserved = {"message_id", "occurred_at"} | ({contact.key} if contact else set())
        found = dict(standard)
        for name, given in self.named(value, "interactions"):
            path = f"interactions.{name}"
            self._new_name(name, path)
            if name in entities:
                self.note(path, f"{name!r} is an entity already; the two share one space of names.")
            parts = self.record(given, path, known=("attributes", *_WORDS))
            attributes = self._attributes(parts.get("attributes", {}), f"{path}.attributes")
            for attribute in sorted(reserved & attributes.keys()):
                self.note(
                    f"{path}.attributes.{attribute}",
                    f"Every interaction has a column {attribute!r} of its own.",
                    hint="Leave it out.",
                )
            base = standard.get(name, Interaction(name=name))
            merged = MappingProxyType({**base.attributes, **attributes})
            words = {"label": base.label, "description": base.description} | self._words(parts, path)
            found[name] = Interaction(name=name, attributes=merged, **words)
        return found

    # --- relations ---

    def _relations(self, value: object, entities: Collection[str]) -> dict[str, Relation]:
        found: dict[str, Relation] = {}
        leads_to: dict[tuple[str, str], str] = {}
        for name, given in self.named(value, "relations"):
            path = f"relations.{name}"
            if not all(map(is_name, name.split("."))):
                self.note(path, f"{name!r} is not a name.", hint="Names are made of letters, digits, '_' and dots.")
            relation = self._relation(name, given, path, entities)
            if relation:
                found[name] = relation
                self._check_key_column(relation, path, leads_to)
        return found

    def _relation(self, name: str, value: object, path: str, entities: Collection[str]) -> Relation | None:
        kinds = tuple(RelationKind)
        given = self.record(value, path, known=("from", "to", *kinds, *_WORDS), required=("from", "to"))
        ends = [self._entity(given[end], f"{path}.{end}", entities) for end in ("from", "to") if end in given]
        columns = {kind: self.name(given[kind], f"{path}.{kind}") for kind in kinds if kind in given}
        words = self._words(given, path)
        if isinstance(value, Mapping) and len([kind for kind in kinds if kind in value]) != 1:
            self.note(
                path,
                "A relation has either 'many_to_one' or 'one_to_many', naming its key column.",
                code="invalid_catalog" if columns else "missing_key",
                hint="many_to_one: a column of 'from' holds the key of 'to'; one_to_many: the other way round.",
            )
        if len(columns) != 1 or len(ends) != 2:
            return None
        ((kind, column),) = columns.items()
        source, target = ends
        if not (column and source and target):
            return None
        return Relation(name=name, source=source, target=target, kind=kind, column=column, **words)

    def _entity(self, value: object, path: str, entities: Collection[str]) -> str | None:
        if isinstance(value, str) and value in entities:
            return value
        self.note(
            path,
            f"There is no entity {value!r}.",
            code="unknown_entity",
            hint=did_you_mean(str(value), sorted(entities)),
        )
        return None

    def _check_key_column(self, relation: Relation, path: str, leads_to: dict[tuple[str, str], str]) -> None:
        """Refuse a column that is the key of two different entities: nobody could say which record it means."""
        holder, leads = relation.source, relation.target
        if relation.kind is RelationKind.ONE_TO_MANY:
            holder, leads = leads, holder
        other = leads_to.setdefault((holder, relation.column), leads)
        if other != leads:
            self.note(
                f"{path}.{relation.kind}",
                f"The column {relation.column!r} of {holder!r} leads to {other!r} already, not to {leads!r}.",
                hint="Use a column of its own for each entity.",
            )


def _without(interaction: Interaction, attribute: str) -> Interaction:
    attributes = {name: given for name, given in interaction.attributes.items() if name != attribute}
    return replace(interaction, attributes=MappingProxyType(attributes))
