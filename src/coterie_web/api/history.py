"""Who did what and when, for managers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from coterie_web.accounts.permissions import may_read_history
from coterie_web.accounts.queries import visible_history
from coterie_web.accounts.requests import user_of
from coterie_web.rest.asking import READING
from coterie_web.rest.paging import Page, cursor, place_of
from coterie_web.ui.refusals import demand

__all__ = ["router"]

router = Router(tags=["history"], auth=READING)


class EntryOut(Schema):
    """A deed. Its subject may be gone: `subject_name` is what it was called then."""

    at: datetime
    acting_name: str
    deed: str
    subject_type: str
    subject_id: str
    subject_name: str
    details: dict[str, Any]


class _Asked(Schema):
    subject_type: str | None = Field(None, max_length=40)
    subject_id: str | None = Field(None, max_length=80)
    after: str | None = Field(None, max_length=2_000)
    limit: int = Field(50, ge=1, le=1_000)


@router.get("/history", response=Page[EntryOut], operation_id="getHistory", summary="What was done")
def history(request: HttpRequest, asked: Query[_Asked]) -> dict[str, object]:
    """What people of your unit and below did, the newest first. For managers and administrators."""
    user = user_of(request)
    demand(may_read_history(user), "Managers read the history. Ask one of them.")
    subject = {name: getattr(asked, name) for name in ("subject_type", "subject_id")}
    found = visible_history(user).filter(**{name: value for name, value in subject.items() if value is not None})
    if asked.after is not None:
        found = found.filter(id__lt=place_of(asked.after, [int])[0])
    page = list(found[: asked.limit + 1])
    following = cursor([page[asked.limit - 1].id]) if len(page) > asked.limit else None
    return {"items": page[: asked.limit], "next": following}
