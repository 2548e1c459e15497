"""Every request: an id by which its log lines are found, one line of log, and its share in the metrics."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Histogram

from coterie_web.accounts.models import User
from coterie_web.catalogs.one_by_one import ANSWERS
from coterie_web.catalogs.precedence import waiting_for_an_answer
from coterie_web.site.logs import REQUEST_ID

__all__ = ["EachRequest"]

_log = logging.getLogger("coterie.requests")

_HEADER = "X-Request-Id"
_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
_QUIET = ("/static/", "/healthz", "/metrics")
"""What is asked all the time by programs, and says nothing by being asked."""

_OF_PROGRAMS = (*_QUIET, "/api/v1/records")
"""Whose answer nobody waits for: nothing is held up by it, and it waits for no other."""

_seconds = Histogram(
    "coterie_http_request_seconds",
    "How long requests took, by route, method and status.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.6, 1, 2.5, 5, 10),
)


class EachRequest:
    """Gives a request its id (that of a proxy, where it sends a usable one), then logs and measures it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(_HEADER, "")
        request_id = given if _USABLE_ID.fullmatch(given) else secrets.token_hex(8)
        token = REQUEST_ID.set(request_id)
        started = time.perf_counter()
        try:
            response = self._answered(request)
            _told(request, response, time.perf_counter() - started)
        finally:
            REQUEST_ID.reset(token)
        response.headers[_HEADER] = request_id
        return response

    def _answered(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(_OF_PROGRAMS):
            return self._get_response(request)
        with waiting_for_an_answer(), ANSWERS.turn(looks=request.method in _LOOKING):
            return self._get_response(request)


def _told(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    method = request.method if request.method in _METHODS else "OTHER"
    route = request.resolver_match.route if request.resolver_match is not None else "unknown"
    _seconds.labels(route, method, response.status_code).observe(seconds)
    if request.path.startswith(_QUIET):
        return
    user = getattr(request, "user", None)
    facts = {
        "method": method,
        "path": request.path,
        "status": response.status_code,
        "ms": round(seconds * 1_000, 1),
        "user": str(user.id) if isinstance(user, User) else None,
    }
    _log.info("%s %s", method, request.path, extra=facts)
