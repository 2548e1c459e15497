"""Random edits of a draft, through the page alone: what one can type, choose and press."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from random import Random

from designer_pages import Form
from django.test import Client

from coterie import Engine, parse
from coterie.definition import to_mapping, validate
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.designer.form import read_form
from coterie_web.segments.designer.stored import from_json, to_json
from coterie_web.segments.designer.tree import Tree, parts_of
from coterie_web.segments.designer.written import written
from coterie_web.segments.models import Segment

__all__ = ["Editor"]

_TYPED = ("", "7", "2026-11-23", "Oslo", "abc", "-0.5", "running", "today", "3", "x y", "1")
_SELECT = re.compile(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
_OPTION = re.compile(r'<option value="([^"]*)"')
_MOST_PARTS = 60


@dataclass
class Editor:
    """Somebody who edits a draft at random."""

    rng: Random
    browser: Client
    segment: Segment
    engine: Engine

    def __post_init__(self) -> None:
        self.address = f"/segments/{self.segment.id}/"
        self.trees: list[Tree] = []

    def edit(self) -> str:
        """One edit. What was done, for a message."""
        page = self.browser.get(self.address).content.decode()
        form = Form(page)
        done = self._change(form, page) if self.rng.random() < 0.6 else ""
        button = self._button(form) if not done or self.rng.random() < 0.3 else "apply"
        as_fragment = self.rng.random() < 0.5
        headers = {"HX-Request": "true"} if as_fragment else {}
        self.browser.post(self.address, {**form.fields, "do": button}, headers=headers)
        return f"{done} {button}"

    def _change(self, form: Form, page: str) -> str:
        """Type into an input, or choose otherwise."""
        names = [name for name in form.fields if "." in name]
        if not names:
            return ""
        name = self.rng.choice(names)
        choices = {name: [unescape(each) for each in _OPTION.findall(body)] for name, body in _SELECT.findall(page)}
        if name.endswith(".combine"):
            value = self.rng.choice(("or", "and_also", "but_not"))
        elif name in choices:
            value = self.rng.choice(choices[name])
        else:
            value = self.rng.choice(_TYPED)
        form.fields[name] = [*form.fields[name][:-1], value]
        return f"{name}={value!r}"

    def _button(self, form: Form) -> str:
        tree = draft_of(self._segment()).tree
        parts = list(from_json(to_json(tree)).ids())
        is_full = len(parts) > _MOST_PARTS
        acts = (
            ["remove", "up", "down", "ungroup", "remove"]
            if is_full
            else ["duplicate", "up", "down", "group", "ungroup", "remove"]
        )
        adds = [button for button in form.buttons if button.startswith("add-") and not is_full]
        others = [button for button in form.buttons if button.startswith(("drop", "undo", "redo"))]
        told = [f"{act}:{self.rng.choice(parts)}" for act in acts] if parts else []
        if len(parts) > 1:
            a, b = self.rng.sample(parts, 2)
            told.append(f"move:{a}:{self.rng.choice(('before', 'after', 'into'))}:{b}")
        return self.rng.choice([*adds, *others, *told] or ["add-profile"])

    def _segment(self) -> Segment:
        return Segment.objects.get(id=self.segment.id)

    # --- what must hold

    def check(self, done: str) -> None:
        """The page says what the server has; the definition is one that the language reads, or says what is missing."""
        segment = self._segment()
        tree = draft_of(segment).tree
        form = Form(self.browser.get(self.address).content.decode())
        assert read_form(tree, form.posted(), self.engine.catalog) == tree, done
        now = written(tree.steps, self.engine.catalog)
        assert segment.definition in (now.definition, None), done
        assert from_json(to_json(tree)) == tree, done
        ids = [part.id for part in parts_of(tree.steps)]
        assert len(ids) == len(set(ids)), done
        problems = validate(now.definition, self.engine.catalog)
        for problem in problems:
            assert problem.code not in ("unknown_key", "unknown_kind", "misplaced_combine", "unknown_operator"), (
                done,
                problem,
            )
        if not problems:
            parsed = parse(now.definition)
            assert parse(to_mapping(parsed)) == parsed, done
