"""Which commands a segment has, and why one is not possible now: a pure table of its status, rights and users."""

from __future__ import annotations

from dataclasses import dataclass

from coterie_web.segments.models import Segment

__all__ = ["Bar", "Command", "Standing", "commands_for"]

_Status = Segment.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What decides besides the status: whether the person may change the segment, or make others, and who needs it."""

    refusal: str | None
    """Why the person may not change it; None: they may."""
    may_make: bool
    in_use: str | None
    """Which live segments need it, in words; None: none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of the bar: the name of its address, and, where it is not possible now, the reason in words."""

    name: str
    words: str
    icon: str
    reason: str | None = None
    asks: bool = False
    """Whether it leads to a page first; else it is done by a press."""
    is_primary: bool = False
    is_danger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The commands in the bar, and those in the menu behind it."""

    shown: tuple[Command, ...]
    more: tuple[Command, ...]


def commands_for(segment: Segment, standing: Standing) -> Bar:
    """Every command of the segment; each is there in every status where it makes sense to look for it."""
    makes = None if standing.may_make else "Viewers look at segments; marketers make them."
    stop = Command(name="stop", words="Stop", icon="stop", reason=standing.refusal or _not_stopped(segment, standing))
    copy = Command(name="duplicate", words="Duplicate", icon="copy", reason=makes)
    template = Command(name="save-as-template", words="Save as template", icon="template", asks=True, reason=makes)
    export = Command(name="export-definition", words="Export definition", icon="code", asks=True)
    remove = Command(
        name="delete",
        words="Delete",
        icon="trash",
        asks=True,
        is_danger=True,
        reason=standing.refusal or _not_deleted(segment),
    )
    templates = (template,) if segment.type == Segment.Type.DYNAMIC else ()
    return Bar(shown=(*_first_commands(segment, standing.refusal), stop, copy), more=(*templates, export, remove))


def _first_commands(segment: Segment, refusal: str | None) -> tuple[Command, ...]:
    """What is mostly done next."""
    going = "It is going live: edit it as soon as it is." if segment.status == _Status.GOING_LIVE else None
    live = Command(name="go-live", words="Go live", icon="live", is_primary=True, reason=refusal)
    check = Command(name="problems", words="Check for problems", icon="check-circle", asks=True)
    edit = Command(name="edit", words="Edit", icon="pencil", reason=refusal or going)
    review = Command(
        name="dry-run", words="Review and publish", icon="publish", asks=True, is_primary=True, reason=refusal
    )
    discard = Command(name="discard", words="Discard changes", icon="undo", reason=refusal)
    match segment.status:
        case _Status.DRAFT:
            return live, check
        case _Status.EDITING:
            return review, discard
        case _:
            return (edit,)


def _not_stopped(segment: Segment, standing: Standing) -> str | None:
    return standing.in_use if segment.is_live else "It is not live."


def _not_deleted(segment: Segment) -> str | None:
    return None if segment.status == _Status.DRAFT else "Only drafts are deleted. Stop it first."
