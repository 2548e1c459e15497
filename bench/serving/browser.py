"""Somebody's browser, as far as a server notices: one connection, cookies, forms that prove where they come from."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import count
from urllib.parse import urlencode

__all__ = ["Answer", "Browser", "Refused"]

Fields = Sequence[tuple[str, str]]

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Refused(Exception):  # noqa: N818 - what the server did
    """An answer of which nothing can be made."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long it took from the first byte sent to the last byte read."""

    status: int
    text: str
    seconds: float
    request_id: str


class Browser:
    """Its requests have ids, by which the server's log tells of them."""

    def __init__(self, port: int, name: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._name = name.replace(" ", "-")
        self._numbers = count(1)
        self._cookies: SimpleCookie = SimpleCookie()

    def sign_in(self, secret: str) -> None:
        """With a link that does so once."""
        path = f"/sign-in/{secret}/"
        token = _TOKEN.search(self.get(path).text)
        assert token is not None, "the page of the link has no form"
        self._ask("POST", path, [("csrfmiddlewaretoken", token[1])], {}, expected=302)

    def get(self, path: str, *, target: str | None = None, expected: int = 200) -> Answer:
        """A page or, for a part of a page, a fragment."""
        return self._ask("GET", path, None, _htmx(target), expected=expected)

    def post(self, path: str, fields: Fields, *, target: str) -> Answer:
        """A form, sent as htmx does."""
        return self._ask("POST", path, fields, _htmx(target), expected=200)

    def _ask(
        self, method: str, path: str, fields: Fields | None, headers: Mapping[str, str], *, expected: int
    ) -> Answer:
        request_id = f"{self._name}-{next(self._numbers)}"
        cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in self._cookies.items())
        sent = {**headers, "Cookie": cookies, "X-Request-Id": request_id, "Accept": "text/html"}
        body = None
        if fields is not None:
            body = urlencode(fields)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self._connection.request(method, path, body, sent)
        answer = self._connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - started
        for header in answer.headers.get_all("Set-Cookie", []):
            self._cookies.load(header)
        text = content.decode()
        if answer.status != expected:
            raise Refused(f"{method} {path}: {answer.status} instead of {expected}: {text[:300]}")
        return Answer(answer.status, text, seconds, request_id)

    def close(self) -> None:
        """Let go of the connection; what is asked next opens another."""
        self._connection.close()


def _htmx(target: str | None) -> Mapping[str, str]:
    return {} if target is None else {"HX-Request": "true", "HX-Target": target}
