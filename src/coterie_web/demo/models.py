"""The made-up shop of a folder, where it holds one."""

from __future__ import annotations

from django.db import models

__all__ = ["Demo"]


class Demo(models.Model):
    """One row, where the folder holds the demo: which shop it is, and how much its stream sends until when."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    as_of = models.DateTimeField()
    """The moment at which the data ends that it was filled with."""
    contacts = models.PositiveIntegerField()
    interactions = models.PositiveIntegerField()
    filled_at = models.DateTimeField(null=True)
    """None: the filling was broken off, and goes on at the next start."""
    stream_rate = models.PositiveIntegerField(default=20)
    """Records a second, while the stream is on."""
    stream_until = models.DateTimeField(null=True)
    """When the stream ends by itself; None: it is off."""
