"""People, business units, API tokens, and the history of what was done."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.urls import reverse

from coterie_web.ui.clock import now

__all__ = [
    "ApiToken",
    "BusinessUnit",
    "EmailAddress",
    "HistoryEntry",
    "Role",
    "SignInAttempt",
    "SignInLink",
    "User",
]


class Role(models.TextChoices):
    """What a person may do, each role all that those before it may."""

    VIEWER = "viewer", "Viewer"
    MARKETER = "marketer", "Marketer"
    MANAGER = "manager", "Manager"
    ADMINISTRATOR = "administrator", "Administrator"


class BusinessUnit(models.Model):
    """A part of the organization. Its `key` is what contacts have in the catalog's business-unit column."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        ordering = ("name", "key")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:unit", args=[self.id])


class EmailAddress(models.EmailField):  # type: ignore[type-arg]
    """An e-mail address. It names one person in whatever case it is typed: it is kept, and asked for, in lower."""

    def get_prep_value(self, value: object) -> object:
        prepared = super().get_prep_value(value)
        return prepared.lower() if isinstance(prepared, str) else prepared


class People(BaseUserManager["User"]):
    """Makes people."""


class User(AbstractBaseUser):
    """A person who signs in. Without a unit they belong to the whole organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = EmailAddress(unique=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    unit = models.ForeignKey(BusinessUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=now)
    time_zone = models.CharField(max_length=64, blank=True)
    """In which moments are shown to them; blank: in the organization's."""

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("name", "email")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:person", args=[self.id])

    def at_least(self, role: Role) -> bool:
        """Whether the person may do what this role may."""
        roles = list(Role)
        return roles.index(Role(self.role)) >= roles.index(role)

    @property
    def initials(self) -> str:
        """Two letters for the picture."""
        words = self.name.split() or [self.email]
        return "".join(word[0] for word in (words[0], words[-1]) if word)[: 2 if len(words) > 1 else 1].upper()

    @property
    def unit_words(self) -> str:
        """Where the person belongs, in words."""
        return "Organization" if self.unit is None else self.unit.name


class SignInLink(models.Model):
    """A link that signs a person in once. Only its digest is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SignInAttempt(models.Model):
    """A sign-in that failed, kept to slow down who guesses. `subject` is a digest of an address of mail or network."""

    subject = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(db_index=True)


class ApiToken(models.Model):
    """Lets a program act as its person, within its scopes. Only its digest is kept."""

    class Scope(models.TextChoices):
        """What a token may do, besides what its person may not."""

        READ = "read", "Read segments, members and contacts"
        WRITE = "write", "Change segments"
        RECORDS = "records", "Send records"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=200)
    beginning = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)


class HistoryEntry(models.Model):
    """Who did what, to what, when. Written in the transaction of the deed, and never changed.

    `subject_type` and `subject_id` find the thing; `subject_name` is what it was called then, for it may be gone.
    `acting_unit` is where the acting person belonged then: who later comes to another unit brings no deeds along.
    """

    at = models.DateTimeField()
    acting_user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    acting_name = models.CharField(max_length=200)
    acting_unit = models.ForeignKey(BusinessUnit, null=True, on_delete=models.SET_NULL, related_name="+")
    deed = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=80)
    subject_name = models.CharField(max_length=200)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at", "-id")
        indexes: ClassVar = [models.Index(fields=["subject_type", "subject_id", "-at"], name="history_of_subject")]
