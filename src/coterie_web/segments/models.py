"""Segments, their versions, the steps of a draft, and templates."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from coterie_web.accounts.models import User
from coterie_web.ui.addresses import address_of

__all__ = [
    "LIVE_STATUSES",
    "DraftStep",
    "HandMark",
    "LiveSet",
    "Reference",
    "Segment",
    "SegmentVersion",
    "Template",
]


class Segment(models.Model):
    """A named group of contacts. Its type and key are permanent.

    The draft is what people work on; `live_version` is what is served. A dynamic draft has `definition` (perhaps
    incomplete) and `pinned`; a static one has `members`. `changed_since_live` says whether the draft differs.
    """

    class Type(models.TextChoices):
        DYNAMIC = "dynamic", "Dynamic"
        STATIC = "static", "Static"

    class Scope(models.TextChoices):
        ORGANIZATION = "organization", "Organization"
        BUSINESS_UNIT = "business_unit", "Business unit"

    class Status(models.TextChoices):
        """A stopped segment is a draft with `stopped_at`. One with an error keeps its last good members."""

        DRAFT = "draft", "Draft"
        GOING_LIVE = "going_live", "Going live"
        LIVE = "live", "Live"
        EDITING = "editing", "Live, editable"
        ERROR = "error", "Error"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=200, unique=True)
    name = models.CharField(max_length=300)
    type = models.CharField(max_length=10, choices=Type.choices)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT, db_index=True)
    description = models.TextField(blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    scope = models.CharField(max_length=15, choices=Scope.choices, default=Scope.ORGANIZATION)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="segments")
    tags = models.JSONField(default=list)
    external_source = models.CharField(max_length=200, blank=True)
    external_url = models.URLField(max_length=1000, blank=True)
    template = models.CharField(max_length=100, blank=True, db_index=True)
    """What it was begun from: the name of a standard template, or the id of one's own."""

    definition = models.JSONField(null=True)
    pinned = models.JSONField(default=dict)
    members = models.JSONField(default=list)
    wording = models.TextField(blank=True)
    draft_number = models.PositiveIntegerField(default=0)
    """The step of the draft that is shown: undo goes to the one before, redo to the one after."""

    live_version = models.ForeignKey("SegmentVersion", null=True, on_delete=models.PROTECT, related_name="+")
    changed_since_live = models.BooleanField(default=False)
    problems = models.JSONField(default=list)
    stopped_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("name", "key")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where one begins to look at it: a static segment has members before all else."""
        page = "segments:members" if self.type == Segment.Type.STATIC else "segments:definition"
        return address_of(page, self.id)

    @property
    def is_live(self) -> bool:
        """Whether its members are kept current, or were until an error: journeys may use it."""
        return self.status in LIVE_STATUSES

    @property
    def is_editable(self) -> bool:
        """Whether its definition or members may be changed: it is a draft, or an edit of it was begun."""
        return self.status in {Segment.Status.DRAFT, Segment.Status.EDITING}

    @property
    def status_words(self) -> str:
        """The status as people read it."""
        if self.status == Segment.Status.DRAFT and self.stopped_at is not None:
            return "Draft, stopped"
        return Segment.Status(self.status).label

    @property
    def type_words(self) -> str:
        """The type as people read it; a static one that another system fills is external to them."""
        return "External" if self.external_source else Segment.Type(self.type).label

    @property
    def status_shape(self) -> str:
        """The picture that stands beside the words, and the class that colours them."""
        if self.status == Segment.Status.DRAFT and self.stopped_at is not None:
            return "stopped"
        return "going" if self.status == Segment.Status.GOING_LIVE else str(self.status)


LIVE_STATUSES = frozenset(
    {Segment.Status.GOING_LIVE, Segment.Status.LIVE, Segment.Status.EDITING, Segment.Status.ERROR}
)
"""Those that the engine keeps current."""


class SegmentVersion(models.Model):
    """What a segment was from one moment on. `content` is its definition and pins, or its members; never changed."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    wording = models.TextField(blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    published_by_name = models.CharField(max_length=200)
    note = models.CharField(max_length=500, blank=True)
    """Why, in the words of who published it."""

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["segment", "number"], name="one_version_per_number")]


class Reference(models.Model):
    """A version refers to the segment with this key, by a block of its definition. Written with the version."""

    version = models.ForeignKey(SegmentVersion, on_delete=models.CASCADE, related_name="references")
    key = models.SlugField(max_length=200, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "key"], name="one_reference_per_key")]


class DraftStep(models.Model):
    """What a draft was after one edit: undo and redo walk along these."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    tree = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["segment", "number"], name="one_step_per_number")]


class HandMark(models.Model):
    """What was last done by hand with a contact and a static segment: it was added, or removed, how and by whom.

    Who is in says `Segment.members`; this says since when, and keeps a query from adding again who was removed.
    """

    class How(models.TextChoices):
        BY_HAND = "by_hand", "by hand"
        BY_QUERY = "by_query", "by query"
        FROM_FILE = "from_file", "from a file"

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="hand_marks")
    contact_id = models.TextField()
    is_added = models.BooleanField()
    how = models.CharField(max_length=10, choices=How.choices)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["segment", "contact_id"], name="one_hand_mark_per_contact")
        ]


class Template(models.Model):
    """A definition to start from, with parameters to fill in: places in it, by path, with what to call them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=100, blank=True)
    definition = models.JSONField()
    parameters = models.JSONField(default=list)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="templates")
    """None: nobody's any more."""
    created_at = models.DateTimeField()
    made_from = models.SlugField(max_length=200, blank=True, db_index=True)
    """The key of the segment that was saved as this."""

    class Meta:
        ordering = ("category", "name")


class LiveSet(models.Model):
    """One row: raised in the transaction of everything that changes what is live, so that the worker notices."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.PositiveBigIntegerField(default=0)
