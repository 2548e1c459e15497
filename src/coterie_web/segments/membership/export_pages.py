"""The page on which an export is chosen, and the file."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from coterie.definition.phrases import label_of
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.heading import heading
from coterie_web.segments.membership.asked import asked_for
from coterie_web.segments.membership.exporting import Format, export_members, may_export
from coterie_web.segments.membership.zones import zone_of
from coterie_web.segments.queries import readable_segment, visible_contacts
from coterie_web.ui.clock import now
from coterie_web.ui.requests import HtmxRequest

__all__ = ["export"]


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HtmxRequest, segment_id: uuid.UUID) -> HttpResponseBase:
    """Choose columns and a format; then the members of the snapshot that is named, as a file."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    zone = zone_of(segment)
    asked = asked_for(segment, request.GET, visible_contacts(user), zone=zone)
    if asked.shown is None:
        raise Http404
    possible = _possible_columns()
    if request.method == "POST":
        file = export_members(
            segment,
            asked.shown,
            columns=[name for name in possible if name in request.POST.getlist("columns")],
            written_as=_format(request.POST.get("format", "")),
            acting_user=user,
            now=now(),
        )
        headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=file.name) or ""}
        return StreamingHttpResponse(file.chunks, content_type=file.content_type, headers=headers)
    context = {"asked": asked, "columns": possible, "chosen": _chosen(request), "zone": zone}
    context["may_export"] = may_export(user)
    return render(request, "segments/membership/export.html", {**heading(segment, user, tab="members"), **context})


def _possible_columns() -> dict[str, str]:
    """All attributes but the key, which is always the first column."""
    contact = engine().catalog.contact
    return {name: label_of(name, contact.attributes) for name in contact.attributes if name != contact.key}


def _chosen(request: HtmxRequest) -> frozenset[str]:
    """What is ticked at first: names, e-mail, and the columns of the page that led here."""
    contact = engine().catalog.contact
    own = {*contact.name_columns, *([contact.email] if contact.email else [])}
    return frozenset({*own, *request.GET.getlist("columns")})


def _format(text: str) -> Format:
    return Format(text) if text in set(Format) else Format.MARKED_CSV
