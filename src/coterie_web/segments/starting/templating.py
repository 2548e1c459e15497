"""Saving a segment's definition as a template, and deleting one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coterie import Catalog
from coterie.definition.phrases import label_of
from coterie_web.accounts.history import record
from coterie_web.accounts.models import Role, User
from coterie_web.accounts.permissions import may_make_segments
from coterie_web.segments.lifecycle.holding import subject
from coterie_web.segments.models import Segment, Template
from coterie_web.segments.starting.inputs import Input, Kind, askable
from coterie_web.segments.starting.places import Tree, value_at, written
from coterie_web.ui.refusals import NotNow, demand

__all__ = ["Candidate", "candidates_in", "delete_template", "save_as_template"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A place of a definition that may be asked for, with what it is called at first, and what stands there."""

    at: str
    label: str
    value: str
    about: str


def candidates_in(definition: Tree, catalog: Catalog) -> list[Candidate]:
    """All places of the definition that may be made parameters, in order."""
    return list(_candidates(definition, catalog))


def _candidates(definition: Tree, catalog: Catalog) -> Iterator[Candidate]:
    for path, found in askable(definition, catalog):
        value = value_at(definition, path)
        words = f"{value['count']} {value['unit']}" if isinstance(value, dict) else str(value)
        yield Candidate(at=written(path), label=_label(found, catalog), value=words, about=found.about)


def _label(found: Input, catalog: Catalog) -> str:
    attributes = (
        catalog.interactions[found.entity].attributes
        if found.entity in catalog.interactions
        else catalog.entities[found.entity].attributes
        if found.entity in catalog.entities
        else {}
    )
    if found.attribute in attributes:
        return label_of(found.attribute, attributes)
    return {Kind.DURATION: "In the last", Kind.SEGMENT: "Segment", Kind.NUMBER: "How many"}.get(found.kind, "Value")


@transaction.atomic
def save_as_template(
    segment: Segment,
    *,
    name: str,
    category: str,
    description: str,
    parameters: Mapping[str, str],
    acting_user: User,
    now: datetime,
    catalog: Catalog,
) -> Template:
    """Keep a dynamic segment's draft as a template of the person's own. `parameters` are places with their labels.

    Raises NotAllowed, NotNow (`no_definition`) and ValidationError.
    """
    demand(may_make_segments(acting_user), "Viewers look at segments; marketers make templates of them.")
    if segment.type != Segment.Type.DYNAMIC or not segment.definition:
        raise NotNow("no_definition", f"{segment.name} has no definition yet, from which others could begin.")
    if not name.strip():
        raise ValidationError({"name": ValidationError("Give it a name.", "missing_key")})
    places = {candidate.at for candidate in candidates_in(segment.definition, catalog)}
    template = Template.objects.create(
        name=name.strip(),
        category=category.strip() or "Own",
        description=description.strip(),
        definition=segment.definition,
        parameters=[{"at": at, "label": label.strip() or at} for at, label in parameters.items() if at in places],
        owner=acting_user,
        created_at=now,
        made_from=segment.key,
    )
    details: dict[str, object] = {"template": template.name}
    record("saved as template", of=subject(segment), acting_user=acting_user, now=now, details=details)
    return template


@transaction.atomic
def delete_template(template: Template, *, acting_user: User, now: datetime) -> None:
    """Delete a template: its owner, or an administrator. Segments that began from it stay as they are."""
    is_theirs = template.owner_id == acting_user.id or acting_user.at_least(Role.ADMINISTRATOR)
    demand(is_theirs, "A template is deleted by who made it, or by an administrator.")
    of = ("template", str(template.id), template.name)
    record("deleted", of=of, acting_user=acting_user, now=now)
    template.delete()
