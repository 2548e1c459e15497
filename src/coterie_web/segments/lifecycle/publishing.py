"""Going live, and publishing an edit: the draft becomes the next version, which the worker then serves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from coterie import Problem
from coterie_web.accounts.history import record
from coterie_web.accounts.models import User
from coterie_web.segments.files import content_of_draft
from coterie_web.segments.lifecycle.checking import broken_by, check
from coterie_web.segments.lifecycle.holding import hold, subject
from coterie_web.segments.lifecycle.places import present_quota, unused_names
from coterie_web.segments.lifecycle.quota import over_quota
from coterie_web.segments.lifecycle.stopping import named
from coterie_web.segments.models import Reference, Segment, SegmentVersion
from coterie_web.segments.references import referred_keys
from coterie_web.segments.waking import hold_live_set, live_set_changed
from coterie_web.ui.refusals import NotNow

__all__ = ["go_live", "publish", "serve"]

_Status = Segment.Status


@transaction.atomic
def go_live(segment: Segment, *, acting_user: User, now: datetime) -> list[Problem]:
    """Publish a draft as a version, which the worker takes live. Problems: what keeps it from that.

    Raises NotAllowed and NotNow (`already_live`, `over_quota`).
    """
    hold_live_set()
    held = hold(segment, acting_user=acting_user)
    if held.status != _Status.DRAFT:
        raise NotNow("already_live", f"{held.name} is no draft any more: it is {held.status_words.lower()}.")
    problems = check(held, acting_user=acting_user)
    if problems:
        return problems
    refusal = over_quota(present_quota(), unused=unused_names(acting_user))
    if refusal is not None:
        raise NotNow("over_quota", refusal)
    version = serve(held, acting_user=acting_user, now=now, note="")
    record("went live", of=subject(held), acting_user=acting_user, now=now, details={"version": version.number})
    return []


@transaction.atomic
def publish(
    segment: Segment, *, acting_user: User, now: datetime, note: str = "", reviewed: datetime | None = None
) -> list[Problem]:
    """Let the edit of a live segment take the place of the version that is served. Problems: what keeps it from that.

    `reviewed` is the `changed_at` of what the person looked at: another edit meanwhile is not published unseen.
    Raises NotAllowed and NotNow (`not_editing`, `changed_meanwhile`, `nothing_changed`, `breaks_users`).
    """
    hold_live_set()
    held = hold(segment, acting_user=acting_user)
    _require_an_edit(held, reviewed)
    problems = check(held, acting_user=acting_user)
    if problems:
        return problems
    _require_that_none_breaks(held, acting_user)
    version = serve(held, acting_user=acting_user, now=now, note=note)
    details: dict[str, object] = {"version": version.number, **({"note": note} if note else {})}
    record("published", of=subject(held), acting_user=acting_user, now=now, details=details)
    return []


def _require_an_edit(held: Segment, reviewed: datetime | None) -> None:
    if held.status != _Status.EDITING:
        raise NotNow("not_editing", f"{held.name} is {held.status_words.lower()}: there is no edit to publish.")
    if reviewed is not None and reviewed != held.changed_at:
        raise NotNow(
            "changed_meanwhile", f"{held.name} was changed after you looked. Look again before you publish it."
        )
    assert held.live_version is not None, "what is edited is served in a version"
    if content_of_draft(held) == held.live_version.content:
        number = held.live_version.number
        raise NotNow("nothing_changed", f"The edit says the same as version {number}. Discard it, or change something.")


def _require_that_none_breaks(held: Segment, acting_user: User) -> None:
    broken = broken_by(held)
    if broken:
        raise NotNow(
            "breaks_users",
            f"With this edit, {named(broken, user=acting_user)} could not be evaluated any more. Change it.",
        )


def serve(held: Segment, *, acting_user: User, now: datetime, note: str) -> SegmentVersion:
    """Make the draft, which was checked, the version that is to be served from now on; the live set is held."""
    version = _new_version(held, acting_user, now, note)
    held.live_version, held.status = version, _Status.GOING_LIVE
    held.stopped_at, held.problems, held.changed_since_live, held.changed_at = None, [], False, now
    held.save()
    live_set_changed()
    return version


def _new_version(held: Segment, acting_user: User, now: datetime, note: str) -> SegmentVersion:
    last = held.versions.first()
    version = SegmentVersion.objects.create(
        segment=held,
        number=1 if last is None else last.number + 1,
        content=content_of_draft(held),
        wording=held.wording,
        published_at=now,
        published_by=acting_user,
        published_by_name=acting_user.name,
        note=note,
    )
    Reference.objects.bulk_create(Reference(version=version, key=key) for key in referred_keys(version.content))
    return version
