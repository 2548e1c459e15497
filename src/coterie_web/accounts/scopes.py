"""What follows when a person or a unit changes: scopes of segments are those of their owners' units (rule 28).

Accounts know no segments. Who must follow, says so once, when the application is put together.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["follow_scopes", "scopes_changed"]

_followers: list[Callable[[], None]] = []


def follow_scopes(follower: Callable[[], None]) -> None:
    """Call it in the transaction of every change after which an owner's unit has another key."""
    if follower not in _followers:
        _followers.append(follower)


def scopes_changed() -> None:
    """Say, in the transaction of a change, that an owner may belong to a unit with another key from then on."""
    for follower in _followers:
        follower()
