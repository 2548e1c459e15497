"""A question about a definition, as it is asked of a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from coterie.cli.inputs import moment, read_bytes
from coterie.cli.remote.client import Server
from coterie.definition import parse
from coterie.definition.nodes import Definition
from coterie.values.times import find_zone

__all__ = ["FoundMembers", "Question", "asked"]

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A definition as it stands in its file: the server reads it, and names the lines of what is wrong."""

    server: Server
    definition: str
    as_of: datetime | None
    time_zone: str | None

    def ask(self, what: str, **more: object) -> Any:
        """The server's answer to the question, by the name of its endpoint."""
        moment = None if self.as_of is None else self.as_of.isoformat()
        question = {"definition": self.definition, "as_of": moment, "time_zone": self.time_zone}
        return self.server.post(f"/evaluate/{what}", {**question, **more})

    def members(self, limit: int | None) -> FoundMembers:
        """The members; the first page of them is asked for at once."""
        return FoundMembers(self, _AT_ONCE if limit is None else max(1, min(limit, _AT_ONCE)))

    def zone(self) -> tzinfo:
        """The zone in which moments are shown: the one passed, else the segment's, else the organization's."""
        parsed = parse(self.definition)
        own = self.time_zone or (None if isinstance(parsed, Definition) else parsed.time_zone)
        return find_zone(own or self.server.get("/catalog")["organization"]["time_zone"]) or UTC


class FoundMembers:
    """Members by their keys, fetched page by page while they are read, all as of one moment."""

    def __init__(self, question: Question, at_once: int) -> None:
        self._question = question
        self._at_once = at_once
        self._first = self._page(None, None)

    def __len__(self) -> int:
        total: int = self._first["total"]
        return total

    def __iter__(self) -> Iterator[str]:
        page = self._first
        while True:
            yield from (contact["contact_id"] for contact in page["items"])
            if page["next"] is None:
                return
            page = self._page(page["next"], page["as_of"])

    def _page(self, after: str | None, as_of: str | None) -> Any:
        given = {} if as_of is None else {"as_of": as_of}
        return self._question.ask("members", after=after, limit=self._at_once, **given)


def asked(
    definition: str, server: str, token: str | None, as_of: str | None = None, time_zone: str | None = None
) -> Question:
    """The question that these arguments ask. Without a moment the server says which it is now."""
    when = None if as_of is None else moment(as_of)
    # What is no UTF-8 goes on as what is no text: the server says so, as of everything that is wrong.
    text = read_bytes(definition).decode("utf-8", "surrogateescape")
    return Question(server=Server(server, token), definition=text, as_of=when, time_zone=time_zone)
