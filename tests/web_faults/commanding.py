"""Who takes segments live, changes and stops them, on a server that may be killed at any moment."""

from __future__ import annotations

import re
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from random import Random
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

__all__ = ["Commander"]

_BUYERS = """\
blocks:
- block:
    kind: interaction
    interaction: purchase
    window: {{kind: last, count: {days}, unit: days}}
    operator: at_least
    value: {value}
"""


@dataclass
class Commander:
    """A person at the pages of a few segments. What is not possible as things are is refused, and harmless."""

    address: str
    random: Random
    names: tuple[str, ...]
    done: int = 0
    _ids: list[str] = field(default_factory=list)
    _browser: Any = None

    def sign_in(self, link: str) -> None:
        """By a link, once: the session outlives the server."""
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._post(link, {})
        page = self._get("/segments/")
        links = dict(re.findall(r'class="name" href="/segments/([0-9a-f-]{36})/"[^>]*>([^<]+)<', page))
        self._ids = [segment for segment, name in links.items() if name in self.names]
        assert len(self._ids) == len(self.names), links

    def act(self) -> bool:
        """One deed on one segment, whatever it is at the moment. False: it was not answered."""
        segment = self.random.choice(self._ids)
        deed = self.random.choice((self._take_live, self._change, self._stop))
        try:
            deed(segment)
        except HTTPError:
            return True  # it was answered: not as things are
        except (URLError, OSError):
            return False
        self.done += 1
        return True

    def _take_live(self, segment: str) -> None:
        self._post(f"/segments/{segment}/go-live/", {})

    def _stop(self, segment: str) -> None:
        self._post(f"/segments/{segment}/stop/", {})

    def _change(self, segment: str) -> None:
        """Edit, write another definition, review who would move, publish."""
        self._post(f"/segments/{segment}/edit/", {})
        text = f"/segments/{segment}/text/"
        wanted = _BUYERS.format(days=self.random.randint(1, 400), value=self.random.randint(1, 3))
        self._post(text, {"text": wanted, "revision": _hidden("revision", self._get(text))})
        reviewed = _hidden("reviewed", self._get(f"/segments/{segment}/dry-run/"))
        self._post(f"/segments/{segment}/publish/", {"reviewed": reviewed})

    def _get(self, path: str) -> str:
        with self._browser.open(f"{self.address}{path}", timeout=30) as answer:
            page: str = answer.read().decode()
        return page

    def _post(self, path: str, fields: dict[str, str]) -> None:
        token = _hidden("csrfmiddlewaretoken", self._get(path if path.startswith("/sign-in/") else "/settings/"))
        body = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        with self._browser.open(f"{self.address}{path}", data=body, timeout=30) as answer:
            answer.read()


def _hidden(name: str, page: str) -> str:
    """The value of a hidden field; empty where the page has none, which is as good as a wrong one."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    return "" if found is None else found[1]
