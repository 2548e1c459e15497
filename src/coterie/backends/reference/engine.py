"""`ReferenceEngine`: the questions of the public library, answered the slow and obvious way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from coterie.backends.reference.clock import Clock
from coterie.backends.reference.counting import Breakdown, count_steps
from coterie.backends.reference.ingesting import Ingested, Ingesting
from coterie.backends.reference.judging import Judge
from coterie.backends.reference.reading import cut_to_millisecond, read_key
from coterie.backends.reference.references import check_references
from coterie.backends.reference.world import Record, World
from coterie.catalog.model import Catalog
from coterie.definition.nodes import Definition, DynamicSegment, Scope, Segment, StaticSegment
from coterie.errors import DefinitionError, Problem, QuestionError

__all__ = ["ReferenceEngine"]

Asked = Definition | Segment


class ReferenceEngine:
    """The judge of all other engines: everything in memory, every contact and every row looked at for every question.

    Takes typed definitions (constants of their attributes' types) and trusts that they were checked. `time_zone` is
    the organization's, in place of the catalog's.
    """

    def __init__(self, catalog: Catalog, *, time_zone: str | None = None) -> None:
        self.catalog = catalog
        self.time_zone = time_zone or catalog.organization.time_zone
        self._world = World(catalog, zone_named(self.time_zone))
        self._ingesting = Ingesting(self._world)

    def load(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Take records of an entity (`contact` too) or interactions. Values are text or typed; ill-typed is missing."""
        if name in self.catalog.interactions:
            self._world.load_happenings(self.catalog.interactions[name], rows)
        elif name in self.catalog.entities:
            self._world.load_records(name, rows)
        else:
            known = [*self.catalog.entities, *self.catalog.interactions]
            raise QuestionError(
                Problem(code="unknown_entity", path="", message=f"There is no {name!r}.", hint=f"Known: {known}.")
            )

    def ingest(self, operations: Iterable[Mapping[str, object]]) -> Ingested:
        """Apply upserts, deletions and interactions in order. ReadError, and nothing applied, where one is none."""
        return self._ingesting.ingest(operations)

    def happenings(self, name: str) -> int:
        """How many interactions of that name were taken, each once."""
        return len(self._world.happenings[name])

    def members(
        self,
        definition: Asked,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: Mapping[str, Segment] | None = None,
    ) -> list[str]:
        """The keys of all members, in the order in which they were first seen anywhere, as contact or referred to."""
        judge = self._judge(definition, as_of, time_zone, segments)
        return [contact.key for contact in self._world.contacts() if judge.belongs(definition, contact)]

    def count(
        self,
        definition: Asked,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: Mapping[str, Segment] | None = None,
    ) -> int:
        return len(self.members(definition, as_of=as_of, time_zone=time_zone, segments=segments))

    def matches(
        self,
        definition: Asked,
        contact_id: str,
        as_of: datetime,
        *,
        time_zone: str | None = None,
        segments: Mapping[str, Segment] | None = None,
    ) -> bool:
        """Whether one contact is a member. QuestionError `unknown_contact` where there is no such contact."""
        judge = self._judge(definition, as_of, time_zone, segments)
        contact = next((each for each in self._world.contacts() if each.key == read_key(contact_id)), None)
        if contact is None:
            raise QuestionError(Problem(code="unknown_contact", path="", message=f"No contact {contact_id!r}."))
        return judge.belongs(definition, contact)

    def breakdown(
        self,
        definition: Asked,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: Mapping[str, Segment] | None = None,
    ) -> Breakdown:
        """The members' number, and that of the contacts in scope for whom each step, block and condition is true."""
        judge = self._judge(definition, as_of, time_zone, segments)
        contacts = self._world.contacts()
        total = sum(1 for contact in contacts if judge.belongs(definition, contact))
        scope: list[Record] = [contact for contact in contacts if judge.in_scope(definition, contact)]
        match definition:
            case Definition(steps=steps):
                counted = count_steps(judge, steps, scope, "")
            case DynamicSegment(definition=inner):
                counted = count_steps(judge, inner.steps, scope, "definition.")
            case StaticSegment():
                counted = ()
        return Breakdown(in_scope=len(scope), total=total, steps=counted)

    def _judge(
        self, asked: Asked, as_of: datetime, time_zone: str | None, segments: Mapping[str, Segment] | None
    ) -> Judge:
        check_references(asked, segments or {})
        for segment in [asked, *(segments or {}).values()]:
            self._check_unit(segment)
        own_zone = None if isinstance(asked, Definition) else asked.time_zone
        moment = as_of_moment(as_of)
        return Judge(
            world=self._world,
            clock=self._clock(moment, time_zone or own_zone),
            clock_of=lambda segment: self._clock(moment, segment.time_zone),
            segments=segments or {},
        )

    def _check_unit(self, asked: Asked) -> None:
        if (
            isinstance(asked, Definition)
            or asked.scope is Scope.ORGANIZATION
            or self.catalog.contact.business_unit is None
        ):
            return
        if asked.business_unit is None:
            message = f"Whose business unit is the scope of {asked.key!r}?"
            raise DefinitionError(Problem(code="missing_key", path="business_unit", message=message))

    def _clock(self, as_of: datetime, time_zone: str | None) -> Clock:
        return Clock(
            as_of=as_of,
            zone=zone_named(time_zone or self.time_zone),
            first_weekday=self.catalog.organization.first_weekday,
            fiscal_start_month=self.catalog.organization.fiscal_start_month,
        )


def as_of_moment(as_of: datetime) -> datetime:
    """`as_of` in UTC, cut to the millisecond. QuestionError `invalid_as_of` without an offset."""
    if as_of.utcoffset() is None:
        raise QuestionError(Problem(code="invalid_as_of", path="as_of", message=f"{as_of} has no offset."))
    return cut_to_millisecond(as_of.astimezone(UTC))


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"There is no time zone {name!r}."
        raise QuestionError(Problem(code="unknown_time_zone", path="time_zone", message=message)) from None
