"""The designer in a browser: one input of its form is changed and sent, until all counts are shown."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from random import Random

from bench.data import CITIES, DEVICES
from bench.serving.browser import Answer, Browser
from bench.serving.forms import Field, form_of

__all__ = ["Designer", "Numbers"]

MOST_VALUES = 3
"""Of a list: from there on one is taken away instead of another added."""

_REVISION = re.compile(r'id="revision" value="([^"]*)"')
_COUNTS = re.compile(r'hx-get="([^"]*/counts/[^"]*)"')
_STEP = re.compile(r'data-step="(\w+)"')
_NUMBER = re.compile(r'id="((?:count|so-far)-\w+)"[^<]*?>(?:so far <a[^>]*>)?([\d,]+)<')
_TOTAL = re.compile(r'<a class="big"[^>]*>([\d,]+)</a>')
_AGES = {"from": (18, 40), "to": (41, 80)}
"""The ends of ranges: no draft has others."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a page says: the total, each block's count, and the total so far behind each block but the last."""

    total: int
    blocks: tuple[int, ...]
    so_far: tuple[int, ...]


class Designer:
    """One draft, worked on by one person."""

    def __init__(self, browser: Browser, draft: str) -> None:
        self._browser = browser
        self._path = f"/segments/{draft}/"
        self._fields: list[Field] = []

    def open(self) -> Answer:
        """The page, as it is for who comes to it."""
        answer = self._browser.get(self._path)
        self._fields = form_of(answer.text)
        return answer

    def change(self, kind: str, rng: Random) -> tuple[Answer, ...]:
        """Change one condition of that kind, and wait for all counts: they come with the answer, or are asked for."""
        chosen = rng.choice([each for each in self._fields if each.kind == kind and _is_changeable(each)])
        if chosen.part == "values" and self._values(chosen.name) >= MOST_VALUES:
            edited = self._post(("do", f"drop:{chosen.name.replace('.', ':')}:0"))
        else:
            self._fields[self._fields.index(chosen)] = replace(chosen, value=_other(chosen, rng))
            edited = self._post()
        counts = _COUNTS.search(edited.text)
        if counts is not None:
            return edited, self._browser.get(html.unescape(counts[1]), target="counting")
        assert _TOTAL.search(edited.text), f"there are no counts, and nothing asks for them: {edited.text[:300]}"
        return (edited,)

    def numbers(self) -> Numbers:
        """What the page shows when it has waited for all counts."""
        page = self._browser.get(f"{self._path}?counts=now").text
        total, found = _TOTAL.search(page), dict(_NUMBER.findall(page))
        assert total is not None, f"{self._path} shows no total"
        steps = _STEP.findall(page)
        return Numbers(
            _number(total[1]),
            tuple(_number(found[f"count-{step}"]) for step in steps),
            tuple(_number(found[f"so-far-{step}"]) for step in steps[:-1]),
        )

    def _values(self, name: str) -> int:
        return sum(each.name == name and not each.is_shown for each in self._fields)

    def _post(self, *pressed: tuple[str, str]) -> Answer:
        fields = [(each.name, each.value) for each in self._fields]
        answer = self._browser.post(self._path, [*fields, *pressed], target="designer-body")
        if 'id="designer-body"' in answer.text:
            outside = [each for each in self._fields if each.name == "csrfmiddlewaretoken"]
            self._fields = [*outside, *form_of(answer.text)]
        revision = _REVISION.search(answer.text)
        assert revision is not None, f"no part of the designer: {answer.text[:300]}"
        self._fields = [replace(each, value=revision[1]) if each.name == "revision" else each for each in self._fields]
        return answer


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _is_changeable(each: Field) -> bool:
    match each.part:
        case "from" | "to" | "count" | "window_count":
            return True
        case "values":
            return each.is_shown
        case "value":
            return each.value in DEVICES or each.value.replace(".", "").isdigit()
        case _:
            return False


def _other(each: Field, rng: Random) -> str:
    """Something else that the input could hold: never far from what it holds, so that drafts stay what they are."""
    if each.part == "values":
        return rng.choice([option for option in each.options if option] or CITIES)
    if each.value in DEVICES:
        return rng.choice([device for device in DEVICES if device != each.value])
    held = round(float(each.value))
    low, high = _AGES.get(each.part, (max(held // 2, 1), held + held // 2 + 2 if held < 50 else held + 10))
    return str(rng.choice([number for number in range(low, high + 1) if number != held]))
