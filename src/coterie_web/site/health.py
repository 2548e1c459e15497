"""Whether the server answers, for who restarts it when it does not."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from coterie_web.catalogs.engine import engine, is_provided
from coterie_web.ingest.waiting import why_it_stands_still
from coterie_web.site.running import worker_is_alive

__all__ = ["healthz"]


@login_not_required
@require_safe
def healthz(_: HttpRequest) -> JsonResponse:
    """200 where both stores answer, the worker runs and the inbox is emptied; else 503, and which does not."""
    control = _control_answers()
    parts = {
        "control": control,
        "insights": is_provided(),
        "worker": worker_is_alive(),
        "inbox": control and not why_it_stands_still(),
    }
    body = {"ok": all(parts.values()), **parts, "data_version": engine().data_version if is_provided() else None}
    return JsonResponse(body, status=200 if body["ok"] else 503)


def _control_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
