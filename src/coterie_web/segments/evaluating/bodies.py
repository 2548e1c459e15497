"""What is asked, and what is answered, as the OpenAPI document describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import BeforeValidator, ConfigDict, WithJsonSchema

from coterie import Reason
from coterie_web.catalogs.contact_rows import ContactOut
from coterie_web.rest.moments import Moment, ZoneName
from coterie_web.rest.problems import Flaw
from coterie_web.segments.evaluating.asking import LONGEST

__all__ = [
    "BreakdownOut",
    "CountOut",
    "DefinitionIn",
    "DescribedOut",
    "ExplainIn",
    "ExplanationOut",
    "FoundMembersIn",
    "FoundMembersOut",
    "Question",
    "SubjectIn",
    "ValidatedOut",
]


def _subject(value: object) -> object:
    if not isinstance(value, dict | str):
        raise ValueError("must be an object, or YAML or JSON text")
    return value


SubjectIn = Annotated[
    Any,
    BeforeValidator(_subject),
    WithJsonSchema({"type": ["object", "string"]}),
    Field(description="A definition or segment file (docs/conditions.md): an object, or YAML or JSON text."),
]


class DefinitionIn(Schema):
    """A definition or segment file."""

    model_config = ConfigDict(extra="forbid")

    definition: SubjectIn
    timeout: float = Field(LONGEST, gt=0, le=LONGEST, description="Seconds after which nobody waits any more.")


class Question(DefinitionIn):
    """A question about a definition. `as_of` is now where it is not given; the zone the segment's."""

    as_of: Moment | None = None
    time_zone: ZoneName | None = None


class ExplainIn(Question):
    """A question about a contact and a definition."""

    contact_id: str = Field(max_length=1_000)


class FoundMembersIn(Question):
    """A question for members. Pass the `as_of` that was answered, and `next` as `after`, for the next page."""

    columns: list[str] = Field([], max_length=100)
    search: str | None = Field(None, max_length=300)
    sort: str | None = Field(None, max_length=200)
    descending: bool = False
    after: str | None = Field(None, max_length=10_000)
    limit: int = Field(50, ge=1, le=10_000)


class ValidatedOut(Schema):
    """Everything that is wrong with a definition, in the order of its text."""

    valid: bool
    problems: list[Flaw]


class DescribedOut(Schema):
    """A definition in plain English."""

    wording: str


class CountOut(Schema):
    """How many are in, exactly: of the contacts that the asking person sees."""

    as_of: datetime
    count: int


Combining = Literal["or", "and_also", "but_not"]


class NodeCountOut(Schema):
    """A block, group or condition, and how many contacts it alone is true for."""

    path: str
    wording: str
    count: int
    children: list[NodeCountOut]


class StepCountOut(Schema):
    """A step: how many its block alone finds, and how many are left so far. `combine` is null for the first."""

    combine: Combining | None
    alone: int
    so_far: int
    node: NodeCountOut


class BreakdownOut(Schema):
    """Exact counts for every part of a definition."""

    as_of: datetime
    in_scope: int
    total: int
    steps: list[StepCountOut]


class NodeReasonOut(Schema):
    """A block, group or condition: whether it alone matches the contact, and the rows that decided."""

    path: str
    wording: str
    matches: bool
    evidence: list[dict[str, Any]]
    children: list[NodeReasonOut]


class StepReasonOut(Schema):
    """A step: whether its block alone finds the contact, and whether the contact is in the result so far."""

    combine: Combining | None
    alone: bool
    so_far: bool
    node: NodeReasonOut


class ExplanationOut(Schema):
    """Why a contact is in or out. `changes_at` is the next instant at which time alone changes that."""

    as_of: datetime
    contact_id: str
    member: bool
    reason: Reason
    changes_at: datetime | None
    steps: list[StepReasonOut]


class FoundMembersOut(Schema):
    """A page of members. `total` is how many match in all; `next` is null where this is the last page."""

    as_of: datetime
    total: int
    items: list[ContactOut]
    next: str | None
