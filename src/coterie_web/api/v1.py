"""Version 1 of the API, put together from the slices."""

from __future__ import annotations

from coterie_web.api.clock import router as clock
from coterie_web.api.documented import DocumentedApi
from coterie_web.api.handlers import add_handlers
from coterie_web.api.history import router as history
from coterie_web.catalogs.api import router as catalog
from coterie_web.contacts.api import router as contacts
from coterie_web.contacts.values_api import router as values
from coterie_web.ingest.api import router as records
from coterie_web.rest.bodies import StrictParser
from coterie_web.segments.as_code.api import router as as_code
from coterie_web.segments.evaluating.api import router as evaluate
from coterie_web.segments.lifecycle.api import router as lifecycle
from coterie_web.segments.membership.api import router as members
from coterie_web.segments.resource.api import router as segments
from coterie_web.segments.versions.api import router as versions

__all__ = ["api"]

_DESCRIPTION = """\
Customer segments: who, exactly, right now, and why. Definitions are those of docs/conditions.md; moments are ISO 8601
with an offset; what is refused is told as problem details (RFC 9457) with a code. Described in docs/api.md.
"""

api = DocumentedApi(
    title="Coterie",
    version="1",
    description=_DESCRIPTION,
    docs_url=None,
    parser=StrictParser(),
    urls_namespace="api-1",
)
add_handlers(api)
for _router in (
    catalog,
    values,
    segments,
    lifecycle,
    versions,
    as_code,
    members,
    evaluate,
    contacts,
    records,
    history,
    clock,
):
    api.add_router("", _router)
