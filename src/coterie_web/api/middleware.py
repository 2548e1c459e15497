"""Below `/api/` nothing is answered as a page: what the framework itself refuses is told as a problem too."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from coterie.errors import Problem
from coterie_web.api.handlers import NOT_FOUND, internal_error
from coterie_web.rest.problems import MEDIA_TYPE, problem_response

__all__ = ["ProblemsAlways"]

_API = "/api/"
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


class ProblemsAlways:
    """Turns every refusal below `/api/` that is no problem details into one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if not request.path.startswith(_API) or response.status_code < HTTPStatus.BAD_REQUEST:
            return response
        if response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return response
        told = _told(HTTPStatus(response.status_code), request)
        for name in _KEPT_HEADERS:
            if name in response.headers:
                told.headers[name] = response.headers[name]
        return told


def _told(status: HTTPStatus, request: HttpRequest) -> HttpResponse:
    match status:
        case HTTPStatus.NOT_FOUND:
            problem = NOT_FOUND
        case HTTPStatus.METHOD_NOT_ALLOWED:
            message = f"{request.method} is not possible here."
            problem = Problem(
                code="method_not_allowed", path="", message=message, hint="The header Allow says what is."
            )
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return internal_error()
        case _:
            problem = Problem(code="bad_request", path="", message=f"{status.phrase}.", hint="")
    return problem_response(status, [problem])
