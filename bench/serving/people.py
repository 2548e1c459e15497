"""People who work at the server: each in a thread, one thing after another, with a moment of thought between."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from random import Random

from bench.serving.browser import Answer, Browser
from bench.serving.designer import Designer
from bench.serving.folder import Filled, Person

__all__ = ["KINDS", "Act", "Worker", "grouped"]

_MEMBERS = re.compile(r'href="(/contacts/[^"/]+/)"')
_NEXT = re.compile(r'href="([^"]*[?&;](?:after|from)=[^"]*)"')
_WORDS = ("suppression", "segment-001", "new york", "opened", "paris")
_ORDERS = ("-members", "evaluated", "-used", "owner")
_NAMES = ("al", "emma", "nora", "c00001", "smith")


@dataclass(frozen=True, slots=True)
class Act:
    """What was waited for: all its requests together, as the browser saw it, and their ids."""

    kind: str
    seconds: float
    request_ids: tuple[str, ...]


class Worker:
    """One person. `acts` are what they have done, `errors` what went wrong."""

    def __init__(self, filled: Filled, person: Person, port: int, rng: Random, think: float) -> None:
        self._filled = filled
        self.browser = Browser(port, person.name)
        self.designer = Designer(self.browser, person.draft)
        self._secret = person.secret
        self._rng = rng
        self._think = think
        self._seen: Sequence[str] = ()
        self.person = person
        self.acts: list[Act] = []
        self.errors: list[str] = []

    def begin(self) -> None:
        """Sign in, and open the draft."""
        self.browser.sign_in(self._secret)
        self._note("designer opened", self.designer.open())

    def work(self, done: threading.Event) -> None:
        """Until all is done. What goes wrong ends it, and is told."""
        kinds, weights = list(KINDS), [weight for weight, _ in KINDS.values()]
        try:
            while not done.wait(self._think * (0.5 + self._rng.random())):
                kind = self._rng.choices(kinds, weights)[0]
                KINDS[kind][1](self)
        except Exception as error:  # noqa: BLE001 - told by the one who waits
            self.errors.append(f"{self.person.name}: {type(error).__name__}: {error}")
            done.set()

    # --- what people do

    def profile(self) -> None:
        self._note("profile condition changed", *self.designer.change("profile", self._rng))

    def behavior(self) -> None:
        self._note("behavior condition changed", *self.designer.change("behavior", self._rng))

    def listed(self) -> None:
        """The list; now and then searched, sorted, or turned over."""
        page = self.browser.get("/segments/")
        self._note("list", page)
        onward = _NEXT.search(page.text)
        paths = [f"/segments/?q={self._rng.choice(_WORDS).replace(' ', '+')}"]
        paths.append(f"/segments/?sort={self._rng.choice(_ORDERS)}")
        paths += [unescape(onward[1])] if onward else []
        self._perhaps("list, searched, sorted or turned", paths, "segments")

    def members(self) -> None:
        """The members of a segment; now and then searched, or turned over."""
        path = f"/segments/{self._rng.choice(self._filled.live)}/members/"
        page = self.browser.get(path)
        self._note("members", page)
        self._seen = _MEMBERS.findall(page.text) or self._seen
        onward = [unescape(address) for address in _NEXT.findall(page.text)]
        paths = [f"{path}?q={self._rng.choice(_NAMES)}", *(path + each if each[0] == "?" else each for each in onward)]
        self._perhaps("members, searched or turned", paths, "members")

    def contact(self) -> None:
        """One who was seen among members, or anybody."""
        anybody = f"/contacts/c{self._rng.randrange(self._filled.contacts):07d}/"
        seen = self._rng.choice(self._seen) if self._seen and self._rng.random() < 0.5 else anybody
        self._note("contact", self.browser.get(seen))

    def _perhaps(self, kind: str, paths: Sequence[str], target: str) -> None:
        if self._rng.random() < 0.5:
            self._note(kind, self.browser.get(self._rng.choice(paths), target=target))

    def _note(self, kind: str, *answers: Answer) -> None:
        seconds = sum(answer.seconds for answer in answers)
        self.acts.append(Act(kind, seconds, tuple(answer.request_id for answer in answers)))


KINDS: Mapping[str, tuple[int, Callable[[Worker], None]]] = {
    # of ten things, so many
    "profile": (3, Worker.profile),
    "behavior": (3, Worker.behavior),
    "list": (1, Worker.listed),
    "members": (1, Worker.members),
    "contact": (2, Worker.contact),
}
"""What people do, and how often."""


def grouped(workers: Sequence[Worker]) -> Mapping[str, Sequence[Act]]:
    """What all of them did, by its kind."""
    found: dict[str, list[Act]] = defaultdict(list)
    for worker in workers:
        for act in worker.acts:
            found[act.kind].append(act)
    return found
