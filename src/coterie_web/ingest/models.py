"""The inbox: batches of records that were acknowledged, in the order in which they were."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from coterie_web.accounts.models import User

__all__ = ["InboxBatch", "SetAside"]


class InboxBatch(models.Model):
    """Records as they were sent, kept before they are acknowledged and until the archive of the store has them.

    `idempotency_key` makes sending again harmless: the first `acknowledgement` is answered again. Interactions without
    `message_id` are given one made of `id_prefix` and their number in the batch, the same however often the batch is
    applied. Batches with one `together` are applied in one transaction of the store, also when they are applied again.

    Of a batch with `positions` just these records are meant: others of it were applied with an earlier one. `problem`
    says why it could not be applied, the last of so many `failures` in a row.
    """

    records = models.BinaryField()
    positions = models.JSONField(null=True)
    record_count = models.PositiveIntegerField()
    idempotency_key = models.CharField(max_length=200, null=True)
    content_digest = models.CharField(max_length=64)
    id_prefix = models.CharField(max_length=40)
    acknowledgement = models.JSONField(default=dict)
    sent_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    received_at = models.DateTimeField()
    together = models.PositiveBigIntegerField(null=True)
    applied_at = models.DateTimeField(null=True, db_index=True)
    data_version = models.PositiveBigIntegerField(null=True)
    report = models.JSONField(null=True)
    failures = models.PositiveIntegerField(default=0)
    problem = models.TextField(default="")

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sent_by", "idempotency_key"], name="one_batch_per_idempotency_key")
        ]


class SetAside(models.Model):
    """A record, by its number in its batch, that the store cannot take in: what it says, and since when.

    The batch is kept, with its records, as long as there is one.
    """

    batch = models.ForeignKey(InboxBatch, on_delete=models.CASCADE, related_name="set_aside")
    position = models.PositiveIntegerField()
    problem = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("batch_id", "position")
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "position"], name="set_aside_once")]
