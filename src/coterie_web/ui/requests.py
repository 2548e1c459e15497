"""Requests as our pages get them."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

__all__ = ["HtmxRequest"]


class HtmxRequest(HttpRequest):
    """A request after htmx's middleware, which says whether a fragment of the page is wanted, and which."""

    htmx: HtmxDetails
