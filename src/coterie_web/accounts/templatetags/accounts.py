"""Filters of the pages of accounts."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

__all__ = ["changes"]

register = template.Library()


@register.filter
def changes(details: Mapping[str, object]) -> str:
    """The details of a deed in words: `role: Viewer → Manager, version: 3`."""
    return ", ".join(f"{name}: {_words(value)}" for name, value in details.items())


def _words(value: object) -> str:
    """Of a change, what was and what is; of anything else, itself."""
    match value:
        case {"from": old, "to": new}:
            return f"{_word(old)} → {_word(new)}"
        case list():
            return ", ".join(map(_word, value))
        case _:
            return _word(value)


def _word(value: object) -> str:
    return "–" if value is None or value == "" else str(value)
