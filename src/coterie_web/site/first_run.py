"""Makes ready what a server needs before it starts; running it again is harmless."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.core.management import call_command
from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.links import make_link
from coterie_web.accounts.models import Role, User

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


@transaction.atomic
def first_link(now: datetime) -> str | None:
    """A secret that signs in the first administrator, who is made; None where somebody has signed in already."""
    if User.objects.exclude(last_login=None).exists():
        return None
    user, is_new = User.objects.get_or_create(
        email="administrator@localhost", defaults={"name": "Administrator", "role": Role.ADMINISTRATOR}
    )
    if is_new:
        user.set_unusable_password()
        user.save()
        record("joined", of=("person", str(user.id), user.name), acting_user=None, now=now)
    return make_link(user, now=now)
