"""Makes ready what a server needs before it starts; running it again is harmless."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command

from coterie_web.accounts.first import first_link

__all__ = ["first_link", "prepare"]

_EMPTY_CATALOG = """\
# What may be asked about: see docs/conditions.md. `coterie catalog infer` proposes one from data files.
coterie: 1
organization: {time_zone: UTC}
contact:
  key: contact_id
  name: [name]
  email: email
  attributes: {name: text, email: text, city: text, created_on: datetime}
entities: {}
relations: {}
interactions: {}
"""


def prepare(catalog: Path) -> None:
    """Bring the control database to this version, gather static files, and write a first catalog where none is."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if not catalog.exists():
        catalog.write_text(_EMPTY_CATALOG, encoding="utf-8")
