"""What the templates of the designer are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Timer

from django.urls import reverse

from coterie import QuestionCancelled
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.catalogs.one_by_one import ANSWERS
from coterie_web.segments.designer.actions import is_editable
from coterie_web.segments.designer.checked import Checked, checked, keys_in
from coterie_web.segments.designer.counting import Counts, Turns, counted
from coterie_web.segments.designer.draft import Draft
from coterie_web.segments.designer.inputs import Tokens
from coterie_web.segments.designer.moments import at_words
from coterie_web.segments.designer.outline import CountedShown, StepShown, counted_parts, joined_blocks, outline
from coterie_web.segments.designer.pictures import Bands, Bar, bands_of, waterfall_of
from coterie_web.segments.designer.pins import pinned_inputs
from coterie_web.segments.designer.reading import tree_of
from coterie_web.segments.designer.remarks import Remarks, Spans, general_words, remarks_of, spans_of
from coterie_web.segments.designer.tree import Related, Tree, parts_of
from coterie_web.segments.designer.words import place_words
from coterie_web.segments.models import LIVE_STATUSES, Segment
from coterie_web.segments.queries import visible_contacts, visible_segments
from coterie_web.segments.sight import read_by_the_blind

__all__ = ["PATIENCE", "TURNS", "Numbers", "Page", "numbers_of", "page_of", "without_numbers", "zone_of"]

TURNS = Turns()
"""The counts that run in this process."""

PATIENCE = 0.25
"""Seconds that a page, or the answer to a change, waits for its counts. Slower ones are asked for by themselves, so
that the next change is not held up; with scripts off they are one press away."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A draft as it is shown, without its numbers. What only some answers need is made when it is asked for."""

    segment: Segment
    draft: Draft
    user: User
    as_of: datetime
    check: Checked
    spans: Spans
    general: tuple[str, ...]
    is_editable: bool
    zone: str

    @cached_property
    def steps(self) -> tuple[StepShown, ...]:
        """Everything one sees of the definition."""
        return outline(self.draft.tree, engine().catalog, self.names)

    @cached_property
    def remarks(self) -> Mapping[str, Remarks]:
        """What is said below each part, by id."""
        live = _live_tree(self.segment)
        return remarks_of(
            self.draft.tree,
            self.check,
            self.spans,
            live,
            blind=read_by_the_blind(self.segment, keys_in(self.draft.tree), user=self.user),
            zone=self.zone,
            as_of=self.as_of,
        )

    @cached_property
    def live_names(self) -> Mapping[str, str]:
        """The live segments that can be chosen, by key; none where no block refers to a segment."""
        if not keys_in(self.draft.tree):
            return {}
        live = visible_segments(self.user).filter(status__in=LIVE_STATUSES).exclude(id=self.segment.id)
        return dict(live.values_list("key", "name"))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Besides, those that are referred to as long as they are seen at all."""
        referred = set(keys_in(self.draft.tree)) - set(self.live_names)
        others = visible_segments(self.user).filter(key__in=referred).values_list("key", "name") if referred else ()
        return {**self.live_names, **{key: f"{name} (not live)" for key, name in others}}

    @cached_property
    def pinned(self) -> tuple[Tokens, ...]:
        """The inputs of who is kept in and out by hand."""
        return pinned_inputs(self.draft.tree, self.user)

    @cached_property
    def people_address(self) -> str:
        """Where the contacts of a count are shown: every count leads there."""
        return reverse("segments:people", args=[self.segment.id])

    @property
    def place(self) -> str:
        """The time zone, as people say it."""
        return place_words(self.zone)

    @property
    def is_pinned(self) -> bool:
        """Whether anybody is kept in or out by hand."""
        return bool(self.draft.tree.keep_in or self.draft.tree.keep_out)

    @property
    def compares(self) -> bool:
        """Whether there is a live version to compare the draft with."""
        return self.segment.status == Segment.Status.EDITING and not self.is_query

    @property
    def is_query(self) -> bool:
        """Whether it is asked once, to find members of a static segment."""
        return self.segment.type == Segment.Type.STATIC

    @property
    def serves(self) -> int | None:
        """How many the live version serves while the draft is worked on, of those the person may see."""
        published = engine().published.get(self.segment.key) if self.compares else None
        if published is None:
            return None
        within = visible_contacts(self.user)
        return published.count if within is None else len(published.members & within)

    @property
    def counted(self) -> tuple[CountedShown, ...]:
        """What has a count."""
        return tuple(counted_parts(self.steps))

    @property
    def noted(self) -> tuple[str, ...]:
        """The parts below which something may be said. Of what is asked of related records it is said with them."""
        inner = {
            part.where.id
            for part in parts_of(self.draft.tree.steps)
            if isinstance(part, Related) and part.where is not None
        }
        return tuple(part_id for part_id in self.remarks if part_id not in inner)

    @property
    def joined(self) -> tuple[str, ...]:
        """The blocks behind which the total so far is shown."""
        return tuple(joined_blocks(self.steps))

    @property
    def missing(self) -> int:
        """How many things are wrong or not given yet."""
        return sum(map(len, self.check.found.values())) + len(self.check.general)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers of a draft, and the pictures made of them."""

    counts: Counts | None
    bands: Mapping[str, Bands]
    waterfall: tuple[Bar, ...]
    next_change: str
    is_known: bool = True

    @property
    def total(self) -> int | None:
        """How many contacts the whole definition finds, where that is counted."""
        return None if self.counts is None else self.counts.total


def zone_of(segment: Segment) -> str:
    """The segment's time zone."""
    return segment.time_zone or engine().catalog.organization.time_zone


def page_of(segment: Segment, draft: Draft, user: User, *, as_of: datetime) -> Page:
    """A draft as it is shown to a person."""
    tree = draft.tree
    check = checked(segment, tree, user)
    return Page(
        segment=segment,
        draft=draft,
        user=user,
        as_of=as_of,
        check=check,
        spans=spans_of(tree, check, as_of=as_of),
        general=general_words(check.general),
        is_editable=is_editable(user, segment),
        zone=zone_of(segment),
    )


def _live_tree(segment: Segment) -> Tree | None:
    """The tree of what is served while a new version is edited."""
    if segment.status != Segment.Status.EDITING or segment.live_version is None:
        return None
    content = segment.live_version.content
    return tree_of(content.get("definition"), content.get("pinned"))


def numbers_of(page: Page, user: User, *, as_of: datetime, patience: float | None = None) -> Numbers | None:
    """The exact numbers of a draft; None where another count has taken the turn, or patience came to its end."""
    if patience is None:  # it may take long, and the next change gives it up: that must not wait for it
        ANSWERS.step_aside()
    whose = (user.id, page.segment.id)
    cancellation = TURNS.take(whose)
    timer = None if patience is None else Timer(patience, cancellation.cancel)
    if timer is not None:
        timer.start()
    try:
        counts = counted(
            page.draft.tree, page.check, as_of=as_of, within=visible_contacts(user), cancellation=cancellation
        )
    except QuestionCancelled:
        return None
    finally:
        if timer is not None:
            timer.cancel()
        TURNS.end(whose, cancellation)
    return _pictured(page, counts, as_of)


def _pictured(page: Page, counts: Counts | None, as_of: datetime) -> Numbers:
    tree = page.draft.tree
    return Numbers(
        counts=counts,
        bands=bands_of(tree, counts),
        waterfall=() if counts is None else waterfall_of(tree, counts, engine().catalog, page.names),
        next_change=_next_change(page.spans, page.zone, as_of),
    )


def _next_change(spans: Spans, zone: str, as_of: datetime) -> str:
    """When the next of the spans moves on, in words."""
    moving = [span.moves_at for span in spans.values()]
    if not moving:
        return "None by time alone"
    if None in moving:
        return "At any moment: what is counted in hours or minutes moves all the time"
    moments = [moment for moment in moving if moment is not None]
    soonest = min(moments)
    number = moments.count(soonest)
    subject = "a window moves" if number == 1 else "both windows move" if number == 2 else f"{number} windows move"
    return f"{at_words(soonest, zone, as_of).removeprefix('at ')}, when {subject}"


def without_numbers(page: Page) -> Numbers:
    """What stands where no number is known yet."""
    return Numbers(counts=None, bands=bands_of(page.draft.tree, None), waterfall=(), next_change="", is_known=False)
