"""However one edits, the page shows what the server has, and undo leads back."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest
from django.test import Client
from random_edits import Editor

from coterie import Engine
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.models import Segment

EDITS = int(os.environ.get("COTERIE_DESIGNER_EDITS", "200"))  # noqa: TID251 - said by who runs it
"""How many edits in all; `script/campaign-designer` makes more."""

DRAFTS = 8


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(DRAFTS))
def test_after_any_edit_the_page_shows_what_the_server_has(
    seed: int, engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    segment = draft(f"Random {seed}", {"blocks": []})
    editor = Editor(Random(seed), signed_in(), segment, engine)
    for number in range(EDITS // DRAFTS):
        before = draft_of(Segment.objects.get(id=segment.id))
        done = f"seed {seed}, edit {number}: {editor.edit()}"
        editor.check(done)
        after = draft_of(Segment.objects.get(id=segment.id))
        if after.tree != before.tree and after.step is not None and (before.step or 0) < after.step:
            editor.browser.post(editor.address, {"do": "undo"})
            assert draft_of(Segment.objects.get(id=segment.id)).tree == before.tree, done
            editor.browser.post(editor.address, {"do": "redo"})
            assert draft_of(Segment.objects.get(id=segment.id)).tree == after.tree, done
