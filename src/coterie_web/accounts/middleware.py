"""Before every page: who is not signed in sees nothing, and who is sees moments in their own time zone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from coterie_web.accounts.requests import user_of
from coterie_web.ui.zones import zone_named

__all__ = ["SignInRequired", "in_their_zone"]

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

    def handle_no_permission(  # type: ignore[override]  # the stubs promise a redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        answer = super().handle_no_permission(request, view_func)
        if request.headers.get("HX-Request") != "true":
            return answer
        return HttpResponse(status=204, headers={"HX-Redirect": answer.headers["Location"]})


def in_their_zone(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Shows moments on pages in the zone that the person prefers, else in the organization's."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(_API):
            return get_response(request)
        preferred = user_of(request).time_zone if request.user.is_authenticated else ""
        with timezone.override(zone_named(preferred)):
            return get_response(request)

    return answer
