"""The folder of a server, filled: a world in its store; in its control database people, live segments and drafts."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from bench.data import AS_OF, CATALOG
from bench.refreshing.designers import BEHAVIOR, PROFILE, Block
from bench.refreshing.setting import Setting, open_setting

__all__ = ["Filled", "Person", "application", "fill"]

BLOCKS = 3
"""Of a draft, of each kind."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who works at the server: the secret that signs them in once, and the draft they work on."""

    name: str
    secret: str
    draft: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A folder that can be served. `live` are the live segments' ids; `token` lets a program send records."""

    folder: Path
    setting: Setting
    people: Sequence[Person]
    live: Sequence[str]
    token: str
    arguments: argparse.Namespace

    @property
    def contacts(self) -> int:
        return self.setting.world.contacts

    def definition_of(self, draft: str) -> Mapping[str, object]:
        """What a draft says by now."""
        with application(self.folder, self.arguments):
            from coterie_web.segments.models import Segment

            found: Mapping[str, object] = Segment.objects.get(id=draft).definition
        return found


def fill(arguments: argparse.Namespace) -> Filled:
    """A folder made afresh; nobody has it open when this returns."""
    folder = _emptied(arguments)
    setting = open_setting(arguments, "web/insights")
    with application(folder, arguments):
        from django.db import transaction

        from coterie_web.catalogs.engine import provide, withdraw

        provide(setting.engine)
        with transaction.atomic():
            people, live, token = _filled(setting, arguments)
        withdraw()
    setting.close()
    return Filled(folder, setting, people, live, token, arguments)


def _emptied(arguments: argparse.Namespace) -> Path:
    from bench.data import generate

    folder = generate(arguments.contacts, seed=arguments.seed, cache=arguments.cache).folder / "web"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(CATALOG, folder / "catalog.yaml")
    return folder


@contextmanager
def application(folder: Path, arguments: argparse.Namespace) -> Iterator[None]:
    """Django over the control database of a folder, in this process; at the end nothing of it stays open."""
    os.environ["COTERIE_FOLDER"] = str(folder)
    os.environ["COTERIE_LIVE_QUOTA"] = str(max(arguments.segments, 1000))
    os.environ["DJANGO_SETTINGS_MODULE"] = "coterie_web.site.settings"
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    try:
        yield
    finally:
        connections.close_all()


def _filled(setting: Setting, arguments: argparse.Namespace) -> tuple[Sequence[Person], Sequence[str], str]:
    """Through the application's own actions: whatever they keep beside, and check, is there and was checked."""
    from coterie_web.accounts.first import first_link
    from coterie_web.accounts.models import ApiToken, Role, User
    from coterie_web.accounts.people import invite
    from coterie_web.accounts.tokens import make_token

    first_link(AS_OF)
    administrator = User.objects.get()
    invited = [
        invite(
            f"person{number}@shop.example",
            name=f"Person {number}",
            role=Role.MANAGER if number % 2 else Role.MARKETER,
            unit=None,
            acting_user=administrator,
            now=AS_OF,
        )
        for number in range(1, arguments.people + 1)
    ]
    owners = [person for person, _ in invited]
    live = [str(_live(file, owner)) for file, owner in zip(_files(setting), _around(owners), strict=False)]
    people = [
        Person(person.name, secret, str(_draft(person, Random(arguments.seed + number))))
        for number, (person, secret) in enumerate(invited)
    ]
    scopes = [ApiToken.Scope.READ, ApiToken.Scope.RECORDS]
    _, token = make_token(administrator, "records", scopes, AS_OF + timedelta(days=1), AS_OF)
    return people, live, token


def _files(setting: Setting) -> Iterator[Mapping[str, object]]:
    """The segment files as JSON has them: days are texts there."""
    for segment in setting.segments:
        yield json.loads(json.dumps(segment.file(), default=str))


def _around(owners: Sequence[object]) -> Iterator[object]:
    while True:
        yield from owners


def _live(file: Mapping[str, object], owner: object) -> object:
    from coterie_web.segments.lifecycle import go_live

    segment = _created(str(file["segment"]), file["definition"], owner, time_zone=file["time_zone"])
    problems = go_live(segment, acting_user=owner, now=AS_OF)
    assert not problems, (file, problems)
    return segment.id


def _draft(owner: object, rng: Random) -> object:
    """A draft of as many profile as behavior blocks, in random order."""
    drawn: list[Block] = [draw(rng) for draws in (PROFILE, BEHAVIOR) for draw in rng.sample(draws, BLOCKS)]
    rng.shuffle(drawn)
    first, *others = drawn
    steps = [{"block": first}, *({"combine": rng.choice(["or", "and_also"]), "block": block} for block in others)]
    return _created(f"draft-{rng.randrange(10**9)}", {"blocks": steps}, owner).id


def _created(key: str, definition: object, owner: object, **details: object) -> object:
    from coterie_web.segments.starting.creating import Beginning, create_segment

    about = {"name": key.replace("-", " ").capitalize(), **details}
    beginning = Beginning(type="dynamic", key=key, details=about, content={"definition": definition})
    return create_segment(beginning, acting_user=owner, now=AS_OF)
