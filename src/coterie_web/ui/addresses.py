"""Addresses of pages, each spelled once: lists name the same hundreds of them again and again."""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_script_prefix, reverse

__all__ = ["address_of"]


def address_of(page: str, *arguments: object) -> str:
    """What `reverse` says of a page and its arguments. Raises NoReverseMatch where there is none like that."""
    return _spelled(get_script_prefix(), page, *arguments)


@lru_cache(maxsize=10_000, typed=True)  # `1`, `1.0` and `True` are equal, and spelled otherwise
def _spelled(_prefix: str, page: str, *arguments: object) -> str:
    return reverse(page, args=arguments)
