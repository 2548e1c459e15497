"""The Members tab: one snapshot on all its pages, the part of it that a person sees, and the facts about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}
NAMES = ["Ana Oliveira", "Ben Okafor", "Chloé Beaumont", "Dag Lindqvist", "Elif Yıldız", "Fay Zhang"]


@pytest.fixture
def live(
    engine: Engine, keeper: Keeper, clock: TestClock, draft: Callable[..., Segment], person: Callable[..., User]
) -> Callable[..., Segment]:
    """Makes a live segment: `live("Runners", {...})`."""

    def live(name: str, definition: object = None, **more: object) -> Segment:
        segment = draft(name, definition, **more)
        assert go_live(segment, acting_user=segment.owner, now=clock.now()) == []
        keeper.step()
        segment.refresh_from_db()
        return segment

    return live


def names(html: str) -> list[str]:
    """Whom the table names, in its order."""
    links = r'<a class="name" href="/contacts/[^"]*">([^<]*)</a><span class="sub">'
    return [unescape(name) for name in re.findall(links, html)]


def test_the_members_of_a_live_segment_stand_in_a_table(
    live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    everyone = live("Everyone")
    page = signed_in().get(f"/segments/{everyone.id}/members/").content.decode()
    assert names(page) == NAMES
    assert '<dd class="lead-number">6</dd>' in page
