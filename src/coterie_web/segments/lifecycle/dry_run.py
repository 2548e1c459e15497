"""What publishing an edit would do, exactly: to the segment, and to those that refer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from coterie import ContactPage, Happening, Membership, PlannedSegment
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.catalogs.precedence import waiting_for_the_worker
from coterie_web.segments.comparing import Word, words_between
from coterie_web.segments.files import SegmentFile, draft_file
from coterie_web.segments.membership.by_hand import contacts_with
from coterie_web.segments.membership.changes import Direction
from coterie_web.segments.membership.zones import zone_of
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import live_files, visible_contacts, visible_part, visible_segments
from coterie_web.segments.references import leading_to, needed_files, referred_keys

__all__ = ["DryRun", "Move", "dry_run_of", "moment_of", "movers_of"]

_SAMPLE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Who would enter, leave and stay in one segment, as far as the person sees them."""

    segment: Segment
    before: int
    after: int
    entered: int
    left: int

    @property
    def stay(self) -> int:
        return self.after - self.entered

    @property
    def shares(self) -> tuple[float, float, float]:
        """How much of the bar is of those who enter, stay and leave, in percent."""
        total = (self.after + self.left) or 1
        entered, left = round(100 * self.entered / total, 1), round(100 * self.left / total, 1)
        return entered, round(100 - entered - left, 1), left

    @property
    def left_at(self) -> float:
        """Where in the bar those begin who leave."""
        entered, stay, _ = self.shares
        return round(entered + stay, 1)

    @property
    def difference(self) -> str:
        """How many more or fewer there would be, in words."""
        more = self.after - self.before
        return f"{more:,} more" if more > 0 else f"{-more:,} fewer" if more < 0 else "as many"


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What would become of the segment (`move`) and of those that refer to it (`felt`), with some of the people."""

    data_version: int
    as_of: datetime
    number: int
    move: Move
    entering: ContactPage
    leaving: ContactPage
    felt: tuple[Move, ...]
    broken: tuple[str, ...]
    """Segments that could not be evaluated any more, by name."""
    changes: tuple[Word, ...]

    @property
    def zone(self) -> str:
        """In which zone the segment tells the time."""
        return zone_of(self.move.segment)

    @property
    def reviewed(self) -> str:
        """What the form sends back, so that nothing else is published than what was looked at."""
        return self.move.segment.changed_at.isoformat()


def dry_run_of(segment: Segment, user: User, *, now: datetime) -> DryRun:
    """Plan the refresh that would follow, with the edit in the place of the version that is served."""
    assert segment.live_version is not None, "what is edited is served in a version"
    files = {**live_files(), segment.key: draft_file(segment)}
    with waiting_for_the_worker():
        plan = engine().plan(files, as_of=now)
    visible, planned = visible_contacts(user), plan.segments[segment.key]
    others = _affected(segment, files, plan.segments, user)
    return DryRun(
        data_version=plan.data_version,
        as_of=plan.as_of,
        number=segment.live_version.number + 1,
        move=_move(segment, planned, visible),
        entering=engine().contacts(visible_part(planned.entered, visible), limit=_SAMPLE),
        leaving=engine().contacts(visible_part(planned.left, visible), limit=_SAMPLE),
        felt=tuple(_move(other, moved, visible) for other, moved in others if moved.happens is not Happening.FAILS),
        broken=tuple(other.name for other, moved in others if moved.happens is Happening.FAILS),
        changes=tuple(words_between(segment.live_version.wording, segment.wording)),
    )


def movers_of(segment: Segment, direction: Direction, user: User, *, now: datetime) -> Membership:
    """Everybody whom the person sees who would enter, or leave, if the edit were published now."""
    file, visible = draft_file(segment), visible_contacts(user)
    files = needed_files(user, referred_keys(file), of=segment)
    then = engine().members(file, as_of=now, segments=files, within=visible)
    published = engine().published.get(segment.key)
    served = visible_part(contacts_with(()) if published is None else published.members, visible)
    return then - served if direction is Direction.ENTERED else served - then


def moment_of(text: str) -> datetime | None:
    """The moment that a form sends back; None where it says none, which then is compared with nothing."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _affected(
    segment: Segment, files: Mapping[str, SegmentFile], planned: Mapping[str, PlannedSegment], user: User
) -> list[tuple[Segment, PlannedSegment]]:
    """Those that lead to the segment and would change or fail, as far as the person sees them, by name."""
    keys = [key for key in leading_to(segment.key, files) if _changes(planned[key])]
    return [(other, planned[other.key]) for other in visible_segments(user).filter(key__in=keys)]


def _changes(planned: PlannedSegment) -> bool:
    return bool(planned.entered or planned.left) or planned.happens is Happening.FAILS


def _move(segment: Segment, planned: PlannedSegment, visible: Membership | None) -> Move:
    def seen(members: Membership | None) -> int:
        return 0 if members is None else len(visible_part(members, visible))

    return Move(
        segment=segment,
        before=seen(planned.before),
        after=seen(planned.after),
        entered=seen(planned.entered),
        left=seen(planned.left),
    )
