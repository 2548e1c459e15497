"""A demo in the folder: filled at the first start, or where that was broken off."""

from __future__ import annotations

from coterie_web.catalogs.engine import engine
from coterie_web.demo.filling import begin_demo, fill
from coterie_web.demo.models import Demo
from coterie_web.demo.shop import catalog_text
from coterie_web.demo.switching import start_stream
from coterie_web.site.configuration import Configuration, ConfigurationError
from coterie_web.ui.clock import now, test_clock

__all__ = ["prepare_demo"]


def prepare_demo(configuration: Configuration) -> None:
    """Fill the folder where it shall hold a demo and does not yet. Raises ConfigurationError (`folder_in_use`)."""
    if configuration.demo and not _begun(configuration):
        raise ConfigurationError(
            f"{configuration.folder} holds data of its own, and a demo fills an empty folder. Name another one, or "
            "leave --demo out.",
            code="folder_in_use",
        )
    if Demo.objects.filter(filled_at=None).exists():
        _say("A made-up shop is put there, once:")
        fill(now=now(), say=_say)
        if test_clock() is None:
            start_stream(now())
        _say(f"Version {engine().data_version} of the data.")


def _begun(configuration: Configuration) -> bool:
    """Whether the folder holds a demo, from now on if need be."""
    if Demo.objects.exists():
        return True
    if configuration.catalog_path.read_text(encoding="utf-8") != catalog_text():
        return False
    return begin_demo(contacts=configuration.demo_contacts, interactions=configuration.demo_interactions, now=now())


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201
