"""Nothing is shown to who is not signed in, unless a page says that it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase

__all__ = ["SignInRequired"]

_API = "/api/"
"""Below it, tokens are asked for instead, endpoint by endpoint."""


class SignInRequired(LoginRequiredMiddleware):
    """Asks for sign-in before every page; a fragment's request makes the whole page go there."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if request.path.startswith(_API):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        answer = super().handle_no_permission(request, view_func)
        if request.headers.get("HX-Request") != "true":
            return answer
        return HttpResponse(status=204, headers={"HX-Redirect": answer.headers["Location"]})
