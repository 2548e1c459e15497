"""What is refused to people: each with a code, and a message that says why, and what to do.

A page lets them pass: `coterie_web.ui.errors` makes a page of them. A form may catch one, and show it at its field.
"""

from __future__ import annotations

from http import HTTPStatus

__all__ = ["NotAllowed", "NotNow", "Refusal", "demand"]


class Refusal(Exception):  # noqa: N818 - what it says to people: no, for this reason
    """An act that is not done; the message says why, and what to do."""

    status: HTTPStatus = HTTPStatus.CONFLICT

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class NotNow(Refusal):
    """An act that is not possible as things are."""


class NotAllowed(Refusal):
    """An act, or a page, that is not for this person. The thing itself they may see."""

    status = HTTPStatus.FORBIDDEN


def demand(is_allowed: bool, message: str, *, code: str = "not_allowed") -> None:
    """Go on only where it is allowed. Raises NotAllowed."""
    if not is_allowed:
        raise NotAllowed(code, message)
