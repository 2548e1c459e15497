"""Asking as somebody, and telling what came of it: what the tests of access share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

from access_cast import FOREIGN_MARK, NOON, Actor, Cast, leaks_in
from access_rules import Outcome
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from coterie_web.accounts.models import ApiToken, User
from coterie_web.accounts.tokens import make_token

__all__ = [
    "EVERYBODY",
    "NOBODY",
    "Asking",
    "AskingByToken",
    "came_of",
    "filled",
    "names_ids",
    "text_of",
    "things",
    "told",
    "words_of",
]

NOBODY = Actor(role=None)
ROLES = ("viewer", "marketer", "manager", "administrator")
EVERYBODY = [NOBODY, *(Actor(role=role, unit=unit) for unit, role in product((None, "north"), ROLES))]

PAIR = (Actor(role="marketer", unit="north"), Actor(role="manager", unit="north"))
_TELLING = frozenset({"own", "foreign", "absent"})


def things(kinds: Sequence[str], actor: Actor, cast: Cast) -> Iterator[tuple[str, str, str]]:
    """Kind, relation and id of what somebody is tried with, of the kinds that an address is about.

    Everybody with their own, the foreign and the absent of the first kind; two of north with all relations of it, and
    with those three of the other kinds, for which the same rules hold; nobody with one thing.
    """
    for kind in kinds[:1] if actor is NOBODY else kinds:
        for relation, identity in list(cast.ids[kind].items())[: 1 if actor is NOBODY else None]:
            is_telling = actor is NOBODY or relation in _TELLING
            if (kind == kinds[0] and (is_telling or actor in PAIR)) or (actor in PAIR and is_telling):
                yield kind, relation, identity


class Asking:
    """Asks as one actor; whatever an answer changes is undone, and whatever it says is searched for the foreign."""

    def __init__(self, actor: Actor, cast: Cast, *, checks_csrf: bool = False) -> None:
        self.actor, self._checks_csrf = actor, checks_csrf
        self._cookies: dict[str, str] = {}
        self._headers: dict[str, str] = {}
        if actor.role is not None:
            user = cast.actors[actor]
            cast.give_to(user)
            self._enter(user)

    def _enter(self, user: User) -> None:
        browser = Client()
        browser.force_login(user)
        self._cookies = {name: morsel.value for name, morsel in browser.cookies.items()}

    def ask(self, method: str, address: str, data: Any = None, *, htmx: bool = False) -> HttpResponse:
        """The answer. `data` is the query of a GET, what is sent with anything else."""
        browser = Client(raise_request_exception=False, enforce_csrf_checks=self._checks_csrf)
        for name, value in self._cookies.items():
            browser.cookies[name] = value
        headers = {**self._headers, **({"HX-Request": "true"} if htmx else {})}
        try:
            with transaction.atomic():
                answer = self._send(browser, method, address, data or {}, headers)
                text = text_of(answer)
                raise _Undo
        except _Undo:
            pass
        assert answer.status_code != 500, f"{self.actor}: {method} {address} failed"
        if self.actor.is_bound:
            found = leaks_in(without(text, *words_of(data), address))
            assert not found, f"{self.actor}: {method} {address} tells {found}"
        return answer

    def _send(self, browser: Client, method: str, address: str, data: Any, headers: dict[str, str]) -> HttpResponse:
        match method:
            case "GET":
                return browser.get(address, data, headers=headers)
            case "POST":
                return browser.post(address, dict(data), headers=headers)
            case _:
                return browser.generic(method, address, headers=headers)


class AskingByToken(Asking):
    """Asks the REST API, with a token that was made for everything: what its person may not, it does not either."""

    def __init__(self, actor: Actor, cast: Cast, *, scopes: tuple[str, ...] = tuple(ApiToken.Scope)) -> None:
        self._scopes = scopes
        super().__init__(actor, cast)

    def _enter(self, user: User) -> None:
        _, secret = make_token(user, "Test", self._scopes, NOON + timedelta(days=1), NOON)
        self._headers = {"Authorization": f"Bearer {secret}"}

    def _send(self, browser: Client, method: str, address: str, data: Any, headers: dict[str, str]) -> HttpResponse:
        if method == "GET":
            return browser.get(address, data, headers=headers)
        return browser.generic(method, address, json.dumps(data), "application/json", headers=headers)


class _Undo(Exception):  # noqa: N818 - not an error
    """Undoes what an answer changed."""


def words_of(data: object) -> list[str]:
    """All texts that were sent, however deep: an answer may say them again."""
    match data:
        case str():
            return [data]
        case Mapping():
            return [word for value in data.values() for word in words_of(value)]
        case list() | tuple():
            return [word for value in data for word in words_of(value)]
        case _:
            return []


def text_of(answer: HttpResponse) -> str:
    """All that an answer tells: its body, streamed or not, and its headers."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    answer.told = body  # type: ignore[attr-defined]
    return body.decode("utf-8", "replace") + str(dict(answer.headers))


def without(text: str, *asked: str) -> str:
    """An answer without what was asked, which it may say again, and without tokens of forms, which differ each time."""
    text = re.sub(r'(csrfmiddlewaretoken" value="|x-csrftoken": ")\w+', "", text)
    for word in sorted((word for word in asked if len(word) >= len(FOREIGN_MARK)), key=len, reverse=True):
        text = text.replace(word, "·")
    return text


def told(answer: HttpResponse, *asked: str) -> tuple[int, str]:
    """What an answer tells, to compare it with another."""
    return answer.status_code, without(answer.told.decode("utf-8", "replace"), *asked)  # type: ignore[attr-defined]


def came_of(answer: HttpResponse) -> Outcome:
    """The outcome that an answer stands for."""
    if answer.headers.get("Location", "").startswith("/sign-in/?") or "HX-Redirect" in answer.headers:
        return Outcome.SIGN_IN
    return {401: Outcome.SIGN_IN, 403: Outcome.NOT_ALLOWED, 404: Outcome.NOT_FOUND}.get(
        answer.status_code, Outcome.DONE
    )


def filled(what: Any, cast: Cast, relation: str) -> Any:
    """What is sent, with ids that stand in this relation for `{kind}`, wherever they are in it."""
    match what:
        case str():
            return re.sub(r"\{(\w+)\}", lambda kind: cast.ids[kind[1]][relation], what)
        case Mapping():
            return {name: filled(value, cast, relation) for name, value in what.items()}
        case list():
            return [filled(value, cast, relation) for value in what]
        case _:
            return what


def names_ids(what: object) -> bool:
    """Whether something stands in it for an id."""
    return any(re.search(r"\{\w+\}", word) for word in words_of(what))
