"""Whether a part of a page is asked for, or the whole."""

from __future__ import annotations

from django.http import HttpRequest

__all__ = ["wants"]


def wants(request: HttpRequest, target: str) -> bool:
    """Whether the answer takes the place of the element with this id; else the whole page is wanted.

    Going back in a browser's history asks for the whole page too.
    """
    headers = request.headers
    asks = headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"
    return asks and headers.get("HX-Target") == target
