"""Light, dark, or as the system has it: kept in a cookie of the browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

__all__ = ["COOKIE", "THEMES", "keep_theme", "theme_of"]

COOKIE = "theme"
THEMES = {"": "As the system", "light": "Light", "dark": "Dark"}
_A_YEAR = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """What stands in `data-theme`; empty where the system decides."""
    theme = request.COOKIES.get(COOKIE, "")
    return theme if theme in THEMES else ""


def keep_theme(response: HttpResponse, theme: str, *, is_secure: bool) -> None:
    """Let the browser remember it. What is no theme is as the system has it."""
    if theme in THEMES and theme:
        response.set_cookie(COOKIE, theme, max_age=_A_YEAR, httponly=True, secure=is_secure, samesite="Lax")
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
