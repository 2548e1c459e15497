"""Looking things up by id in templates of segments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

__all__ = ["FILTERS"]

_Value = TypeVar("_Value")


def at(known: Mapping[str, _Value] | str | None, key: str) -> _Value | None:
    """What is known of a key; None where nothing is. Templates have blank text for what is not there at all."""
    return known.get(key) if isinstance(known, Mapping) else None


def signed(number: int) -> str:
    """A change of a number of people: `+412`, `−71`."""
    return f"{'−' if number < 0 else '+'}{abs(number):,}"


FILTERS = {"at": at, "signed": signed}
