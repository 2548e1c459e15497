"""Pages that say what went wrong, what to do, and a code: for every way in which a request can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string

from coterie_web.ui.refusals import Refusal

__all__ = ["Refusals", "bad_request", "csrf_failure", "not_found", "permission_denied", "server_error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What people read of it."""

    status: HTTPStatus
    code: str
    title: str
    message: str


_BAD_REQUEST = Failure(
    status=HTTPStatus.BAD_REQUEST,
    code="bad_request",
    title="This request cannot be read",
    message="Something in it is malformed, too large, or too much. Go back, and try again with less.",
)
_NOT_FOUND = Failure(
    status=HTTPStatus.NOT_FOUND,
    code="not_found",
    title="There is nothing here",
    message="It was deleted, never was, or is not for you to see. Look for it, or begin at the segments.",
)
_FORBIDDEN = Failure(
    status=HTTPStatus.FORBIDDEN,
    code="not_allowed",
    title="Not for your role",
    message="Ask an administrator, who can do it or give you another role.",
)
_EXPIRED = Failure(
    status=HTTPStatus.FORBIDDEN,
    code="form_expired",
    title="This form is too old",
    message="You signed in or out since it was opened, or cookies are blocked. Go back, reload, and send it again.",
)
_FAILED = Failure(
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    code="internal_error",
    title="Something failed here",
    message="It is not your fault, and it was written down. Try again in a moment; nothing was half done.",
)


def _page(request: HttpRequest, failure: Failure) -> HttpResponse:
    return render(request, "ui/error.html", {"failure": failure}, status=failure.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django tells it
    return _page(request, _BAD_REQUEST)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django tells it
    """The same bytes for what is absent, and for what is not for this person."""
    return _page(request, _NOT_FOUND)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django tells it
    return _page(request, _FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return _page(request, _EXPIRED)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Asks nothing of the stores, which may be what failed: no request, and so no person."""
    page = render_to_string("ui/error_bare.html", {"failure": _FAILED})
    return HttpResponse(page, status=_FAILED.status)


class Refusals:
    """Makes a page of what an action refused, wherever the page itself shows it nowhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        title = _FORBIDDEN.title if exception.status == HTTPStatus.FORBIDDEN else "Not possible now"
        failure = Failure(status=exception.status, code=exception.code, title=title, message=str(exception))
        return _page(request, failure)
