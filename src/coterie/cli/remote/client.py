"""Requests to a server's REST API, and its refusals as errors of this command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

from coterie.errors import CoterieError, DefinitionError, Problem, QuestionError, StoreError

__all__ = ["Busy", "Server"]

_API = "/api/v1"
_TIMEOUT = 60.0
_ASKED_WRONGLY = frozenset(
    {"invalid_as_of", "unknown_time_zone", "unknown_contact", "invalid_cursor", "invalid_request", "not_found"}
)
"""Codes of what is wrong with a question, not with the definition that it is about."""


class Busy(StoreError):  # noqa: N818 - what it says: busy
    """The server cannot be reached, or has no time: what was asked may be asked again."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server by its address, and the API token to ask it with. Every request may raise CoterieError."""

    address: str
    token: str | None

    def get(self, path: str, **query: object) -> Any:
        """What the server answers to GET; parameters that are None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._asked(f"{path}?{urlencode(given, doseq=True)}" if given else path, None, {})

    def post(self, path: str, body: object) -> Any:
        """What the server answers to a body, sent as JSON; parts that are None are left out."""
        given = {name: part for name, part in body.items() if part is not None} if isinstance(body, Mapping) else body
        return self._asked(path, json.dumps(given).encode(), {})

    def send(self, path: str, body: bytes, headers: Mapping[str, str]) -> Any:
        """What the server answers to a body that is sent as it is. Raises Busy where it may be sent again."""
        return self._asked(path, body, headers)

    def contact(self, path: str, contact: str) -> Any:
        """What the server answers to GET of an address that ends in a contact's key."""
        return self.get(f"{path}/{quote(contact, safe='')}")

    def _asked(self, path: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        request = Request(self._address(path), data=body, method="GET" if body is None else "POST")  # noqa: S310
        request.add_header("Accept", "application/json")
        for name, value in {"Content-Type": "application/json", **headers}.items():
            request.add_header(name, value)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - the scheme is looked at
                return json.load(answer)
        except HTTPError as error:
            raise _refusal(error) from None
        except (URLError, OSError, ValueError) as error:
            raise self._unreachable(error) from None

    def _address(self, path: str) -> str:
        if urlsplit(self.address).scheme not in {"http", "https"}:
            message = f"{self.address!r} is no address of a server."
            hint = "Write it like https://coterie.example.com."
            raise QuestionError(Problem(code="invalid_value", path="--server", message=message, hint=hint))
        return f"{self.address.rstrip('/')}{_API}{path}"

    def _unreachable(self, error: Exception) -> Busy:
        reason = getattr(error, "reason", None) or error
        message = f"The server does not answer as Coterie does: {reason}."
        hint = "Is the address right, and the server running?"
        return Busy(Problem(code="server_unreachable", path=self.address, message=message, hint=hint))


def _refusal(error: HTTPError) -> CoterieError:
    """What the server refused, as the error that the same would be here."""
    try:
        told = json.load(error)
        problems = [_problem(each) for each in told["problems"]]
    except (ValueError, KeyError, TypeError, OSError):
        problems = [_unknown_answer(error)]
    if error.code in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return Busy(*problems)
    if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreError(*problems)
    is_about_a_file = error.code == HTTPStatus.UNPROCESSABLE_ENTITY and problems[0].code not in _ASKED_WRONGLY
    return DefinitionError(*problems) if is_about_a_file else QuestionError(*problems)


def _problem(told: Mapping[str, Any]) -> Problem:
    line = told.get("line")
    return Problem(
        code=str(told["code"]),
        path=str(told["path"]),
        message=str(told["message"]),
        hint=str(told["hint"]),
        line=line if isinstance(line, int) else None,
    )


def _unknown_answer(error: HTTPError) -> Problem:
    message = f"The server answered {error.code} {error.reason}, and not as Coterie does."
    return Problem(code="server_unreachable", path="--server", message=message, hint="Is the address right?")
