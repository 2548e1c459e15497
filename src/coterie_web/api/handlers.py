"""Every way in which a request can fail, told in one form."""

from __future__ import annotations

import logging
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as UnusableForm
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from coterie.errors import CoterieError, Problem, QuestionError, StoreError
from coterie_web.ingest.waiting import TooMuchWaiting
from coterie_web.rest.bodies import body_fault
from coterie_web.rest.problems import RefusedRequest, problem_response
from coterie_web.ui.refusals import Refusal

__all__ = ["NOT_FOUND", "add_handlers", "internal_error"]

_log = logging.getLogger(__name__)

NOT_FOUND = Problem(
    code="not_found",
    path="",
    message="There is nothing here that you may see.",
    hint="Look at the address; GET /api/v1/openapi.json lists all of them.",
)

_TOOK_TOO_LONG = Problem(
    code="took_too_long",
    path="",
    message="The question takes too long, and was given up.",
    hint="Ask for less, or again when the server is less busy.",
)

_UNAVAILABLE_FOR = {"Retry-After": "5"}


def add_handlers(api: NinjaAPI) -> None:
    """Let the API answer problem details, whatever went wrong."""
    api.exception_handler(RefusedRequest)(_refused)
    api.exception_handler(CoterieError)(_coterie)
    api.exception_handler(Refusal)(_refusal)
    api.exception_handler(PermissionDenied)(_denied)
    api.exception_handler(Http404)(_absent)
    api.exception_handler(ValidationError)(_invalid)
    api.exception_handler(UnusableForm)(_unusable)
    api.exception_handler(AuthenticationError)(_unknown)
    api.exception_handler(HttpError)(_http)
    api.exception_handler(RequestDataTooBig)(_too_big)
    api.exception_handler(SuspiciousOperation)(_suspicious)
    api.exception_handler(UnreadablePostError)(_broken_off)
    api.exception_handler(Exception)(_failed)


def _refused(_: HttpRequest, refused: RefusedRequest) -> HttpResponse:
    return problem_response(refused.status, refused.problems, headers=refused.headers)


def _coterie(_: HttpRequest, error: CoterieError) -> HttpResponse:
    """What the engine refuses: the request's fault (422, or 404 for who is not there), or not (503)."""
    match error:
        case CoterieError(code="cancelled"):
            return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, [_TOOK_TOO_LONG], headers=_UNAVAILABLE_FOR)
        case StoreError():
            return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, error.problems, headers=_UNAVAILABLE_FOR)
        case QuestionError(code="unknown_contact"):
            return problem_response(HTTPStatus.NOT_FOUND, error.problems)
        case _:
            return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, error.problems)


def _refusal(_: HttpRequest, refusal: Refusal) -> HttpResponse:
    headers = {"Retry-After": str(refusal.retry_seconds)} if isinstance(refusal, TooMuchWaiting) else None
    problem = Problem(code=refusal.code, path="", message=str(refusal), hint="")
    return problem_response(refusal.status, [problem], headers=headers)


def _denied(_: HttpRequest, __: PermissionDenied) -> HttpResponse:
    problem = Problem(code="not_allowed", path="", message="Your role does not allow this.", hint="")
    return problem_response(HTTPStatus.FORBIDDEN, [problem])


def _absent(_: HttpRequest, __: Http404) -> HttpResponse:
    return problem_response(HTTPStatus.NOT_FOUND, [NOT_FOUND])


def _invalid(_: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters and bodies that are not of the described shape, each with its place."""
    problems = [
        Problem(code="invalid_request", path=_place(found["loc"]), message=_said(found["msg"]), hint="")
        for found in error.errors
    ]
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, problems)


def _unusable(_: HttpRequest, error: UnusableForm) -> HttpResponse:
    """Parts of a segment that cannot be kept as they are given, each with its place."""
    by_part = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    problems = [
        Problem(code=found.code or "invalid_value", path=f"body.{part}", message=" ".join(found.messages), hint="")
        for part, errors in by_part.items()
        for found in errors
    ]
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, problems)


def _place(parts: tuple[str | int, ...]) -> str:
    """`body.definition`, `query.limit`, `body.columns[0]`; without the name of the parameter that is the whole body."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return place.removeprefix(".").replace("body.body", "body", 1)


def _said(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".") + "."


def _unknown(_: HttpRequest, __: AuthenticationError) -> HttpResponse:
    problem = Problem(
        code="not_authenticated",
        path="Authorization",
        message="Nobody is signed in, and there is no token.",
        hint="Send Authorization: Bearer, with an API token.",
    )
    return problem_response(HTTPStatus.UNAUTHORIZED, [problem], headers={"WWW-Authenticate": "Bearer"})


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework refuses by itself: above all, a body that cannot be read."""
    fault = body_fault(request)
    code = "http_error" if fault is None else "syntax_error"
    problem = Problem(code=code, path="" if fault is None else "body", message=fault or str(error), hint="")
    return problem_response(HTTPStatus(error.status_code), [problem])


def _too_big(_: HttpRequest, __: RequestDataTooBig) -> HttpResponse:
    problem = Problem(code="too_large", path="body", message="The body is too large.", hint="Send it in parts.")
    return problem_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, [problem])


def _suspicious(_: HttpRequest, __: SuspiciousOperation) -> HttpResponse:
    problem = Problem(code="bad_request", path="", message="The request cannot be read.", hint="")
    return problem_response(HTTPStatus.BAD_REQUEST, [problem])


def _broken_off(_: HttpRequest, __: UnreadablePostError) -> HttpResponse:
    problem = Problem(code="broken_off", path="body", message="The body ended before it was whole.", hint="Send again.")
    return problem_response(HTTPStatus.BAD_REQUEST, [problem])


def _failed(_: HttpRequest, error: Exception) -> HttpResponse:
    _log.error("A request of the API failed.", exc_info=error)
    return internal_error()


def internal_error() -> HttpResponse:
    """What is told of a defect: nothing but that it is one. The log has the rest."""
    problem = Problem(
        code="internal_error",
        path="",
        message="The server failed. It is no fault of the request.",
        hint="Try again; if it stays, tell whoever runs the server the X-Request-Id of this answer.",
    )
    return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, [problem])
