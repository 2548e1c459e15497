"""The one engine of this process. The site provides it when the server starts; every slice asks for it here."""

from __future__ import annotations

from coterie import Engine
from coterie_web.ui.zones import set_organization_zone

__all__ = ["engine", "is_provided", "provide", "withdraw"]

_provided: list[Engine] = []


def provide(engine: Engine) -> None:
    """Let the slices use this engine from now on. There is one per process."""
    assert not _provided, "an engine was provided already"
    _provided.append(engine)
    set_organization_zone(engine.catalog.organization.time_zone)


def withdraw() -> None:
    """Nobody may use the engine any more; it is closed by who opened it."""
    _provided.clear()
    set_organization_zone("UTC")


def is_provided() -> bool:
    """Whether this process serves the data: a command that only looks at the control database does not."""
    return bool(_provided)


def engine() -> Engine:
    """The engine. Whoever asks runs in the server process."""
    assert _provided, "this process has no engine: it is opened by `coterie serve`"
    return _provided[0]
