"""The language of all pages: Jinja, with what Coterie's templates say."""

from __future__ import annotations

from typing import Any

from django.template import defaultfilters
from django.templatetags.static import static
from django_htmx.jinja import htmx_script
from jinja2 import ChainableUndefined, Environment

from coterie_web.accounts import template_words as of_accounts
from coterie_web.segments import template_words as of_segments
from coterie_web.ui import template_words as of_all
from coterie_web.ui.addresses import address_of

__all__ = ["environment"]

_FROM_DJANGO = (
    "capfirst",
    "default",
    "default_if_none",
    "floatformat",
    "linebreaksbr",
    "pluralize",
    "truncatechars",
    "urlencode",
)
"""Filters that Jinja lacks, or has under that name for something else."""


def environment(**options: Any) -> Environment:
    """What Django's backend makes of its options, with the functions and filters of all templates."""
    options |= {"autoescape": True, "undefined": ChainableUndefined, "keep_trailing_newline": True}
    made = Environment(**options)  # noqa: S701 - it escapes, as said above
    made.globals |= {**of_all.FUNCTIONS, "htmx_script": htmx_script, "static": static, "url": address_of}
    made.filters |= {name: getattr(defaultfilters, name) for name in _FROM_DJANGO}
    made.filters |= {**of_all.FILTERS, **of_accounts.FILTERS, **of_segments.FILTERS}
    return made
