"""Who asks: a program with a token, or a person who has signed in, whose browser proves that it was meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from coterie.errors import Problem
from coterie_web.accounts.models import ApiToken, User
from coterie_web.accounts.tokens import token_of
from coterie_web.rest.problems import RefusedRequest
from coterie_web.ui.clock import now

__all__ = ["READING", "SENDING", "WRITING"]

_Scope = ApiToken.Scope


class Token(HttpBearer):
    """An API token, in the header `Authorization: Bearer …`; it must have been made for what is asked."""

    openapi_description = "An API token, made under Settings. It acts as its person, within its scopes."

    def __init__(self, scope: _Scope) -> None:
        super().__init__()
        self._scope = scope

    def __call__(self, request: HttpRequest) -> User | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        kind, _, secret = header.partition(" ")
        user = self.authenticate(request, secret.strip() if kind.lower() == "bearer" else "")
        request.user = user
        return user

    def authenticate(self, request: HttpRequest, token: str) -> User:  # noqa: ARG002 - as ninja has it
        """The person of the token with that secret. Raises RefusedRequest."""
        found = token_of(token, now=now())
        if found is None:
            message = "This is no token, or one that has expired or was revoked."
            raise _refused(HTTPStatus.UNAUTHORIZED, "invalid_token", message, "Make one under Settings, API tokens.")
        if self._scope not in found.scopes:
            message = f"The token was not made for this: it lacks the scope {self._scope.value!r}."
            raise _refused(HTTPStatus.FORBIDDEN, "missing_scope", message, "Make a token with that scope.")
        return found.user


class Session(APIKeyCookie):
    """A person who has signed in in a browser. What changes anything needs the header `X-CSRFToken` besides."""

    param_name = "sessionid"
    openapi_description = "The session of somebody who has signed in; with X-CSRFToken for all but GET."

    def __call__(self, request: HttpRequest) -> User | None:
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:  # noqa: ARG002 - as ninja has it
        """The person of the session; None where nobody has signed in. Raises RefusedRequest."""
        if not isinstance(request.user, User):
            return None
        if check_csrf(request) is not None:
            message = "The request does not prove that it comes from a page of this server."
            hint = "Send the cookie csrftoken as the header X-CSRFToken, or use an API token."
            raise _refused(HTTPStatus.FORBIDDEN, "csrf_failed", message, hint)
        return request.user


def _refused(status: HTTPStatus, code: str, message: str, hint: str) -> RefusedRequest:
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    problem = Problem(code=code, path="Authorization", message=message, hint=hint)
    return RefusedRequest(status, problem, headers=headers)


def _authenticated(scope: _Scope) -> Sequence[Callable[[HttpRequest], User | None]]:
    return [Token(scope), Session()]


READING = _authenticated(_Scope.READ)
"""Endpoints that only look."""

WRITING = _authenticated(_Scope.WRITE)
"""Endpoints that change segments."""

SENDING = _authenticated(_Scope.RECORDS)
"""Endpoints that take records in."""
