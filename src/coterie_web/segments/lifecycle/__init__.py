"""From draft to live and back: what people do to a segment, and what the worker says of it."""

from coterie_web.segments.lifecycle.checking import check
from coterie_web.segments.lifecycle.deleting import delete
from coterie_web.segments.lifecycle.editing import discard, edit, roll_back
from coterie_web.segments.lifecycle.holding import hold, subject
from coterie_web.segments.lifecycle.publishing import go_live, publish
from coterie_web.segments.lifecycle.settling import settle
from coterie_web.segments.lifecycle.stopping import stop
from coterie_web.ui.refusals import NotNow

__all__ = [
    "NotNow",
    "check",
    "delete",
    "discard",
    "edit",
    "go_live",
    "hold",
    "publish",
    "roll_back",
    "settle",
    "stop",
    "subject",
]
