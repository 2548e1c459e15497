"""What stands above every page of settings."""

from __future__ import annotations

from coterie_web.accounts.models import User
from coterie_web.accounts.permissions import may_read_history

__all__ = ["in_settings"]


def in_settings(user: User, *, tab: str) -> dict[str, object]:
    """The context of `accounts/settings.html`, which the templates of all tabs extend."""
    return {"tab": tab, "reads_history": may_read_history(user)}
