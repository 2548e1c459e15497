"""Fills an empty folder with the demo's shop. What was broken off goes on where it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import cycle
from typing import Any

from django.db import transaction

from coterie.cli.demo.shop import Shop
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.demo.models import Demo
from coterie_web.demo.people import add_people, people
from coterie_web.demo.shop import SEED, segment_files
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.segments.starting.creating import Beginning, create_segment

__all__ = ["begin_demo", "fill"]

Say = Callable[[str], None]


def begin_demo(*, contacts: int, interactions: int, now: datetime) -> bool:
    """Let this folder hold a demo from now on. False: it holds data of its own."""
    if engine().data_version or Segment.objects.exists():
        return False
    Demo.objects.create(as_of=now, contacts=contacts, interactions=interactions)
    return True


def fill(*, now: datetime, say: Say) -> None:
    """Load what is not loaded yet, add people, take the segments live. `say` is told of each step."""
    demo = Demo.objects.get()
    if demo.filled_at is not None:
        return
    _load(Shop(contacts=demo.contacts, interactions=demo.interactions, seed=SEED, as_of=demo.as_of), say)
    with transaction.atomic():
        add_people(now)
        owners = [user for user in people() if user.unit is None]
        drafts = [_draft(file, owner, now) for file, owner in zip(segment_files(), cycle(owners), strict=False)]
        _take_live(drafts, now)
        demo.filled_at = now
        demo.save()
    say(f"{len(drafts):>12,}  segments that go live")


def _load(shop: Shop, say: Say) -> None:
    """Loading the same again changes nothing; what is there already is not made anew."""
    there = engine().record_counts()
    for name, made in shop.tables().items():
        if not there[name]:
            report = engine().load(name, made())
            say(f"{report.added:>12,}  {name}")


def _draft(file: dict[str, Any], owner: User, now: datetime) -> Segment:
    details = {"name": file["name"], "description": file.get("description", "")}
    content: dict[str, object] = {part: file[part] for part in ("definition", "pinned", "members") if part in file}
    beginning = Beginning(type=file["type"], key=file["segment"], details=details, content=content)
    return create_segment(beginning, acting_user=owner, now=now)


def _take_live(drafts: list[Segment], now: datetime) -> None:
    """Who refers to one that is not live yet is refused, and has its turn again."""
    while drafts:
        refused = [draft for draft in drafts if go_live(draft, acting_user=draft.owner, now=now)]
        assert len(refused) < len(drafts), [draft.key for draft in refused]
        drafts = refused
