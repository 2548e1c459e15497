"""Instants as operators write them."""

from __future__ import annotations

from datetime import datetime

from coterie_web.site.configuration import ConfigurationError

__all__ = ["instant"]


def instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset. Raises ConfigurationError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise ConfigurationError(
            f"test_clock: {text!r} is no instant. Write one with its offset: 2026-11-23T10:00:00Z."
        )
    return moment
