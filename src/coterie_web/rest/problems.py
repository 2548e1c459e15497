"""What the API tells when it does not do what it was asked: problem details (RFC 9457), with codes and paths."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.http import HttpResponse
from ninja import Field, Schema

from coterie.engine.plain_answers import problem_as_json
from coterie.errors import Problem

__all__ = ["MEDIA_TYPE", "Flaw", "ProblemDetails", "RefusedRequest", "problem_response"]

MEDIA_TYPE = "application/problem+json"


class Flaw(Schema):
    """One thing that is wrong. `path` says where in the request or definition, `line` where in its text."""

    code: str
    path: str
    line: int | None = None
    message: str
    hint: str


class ProblemDetails(Schema):
    """Why a request was not done. `code`, `path` and `hint` are those of the first of `problems`."""

    type: str = Field(description="about:blank; `code` tells problems apart.")
    title: str
    status: int
    detail: str
    code: str
    path: str
    hint: str
    problems: list[Flaw]


class RefusedRequest(Exception):  # noqa: N818 - what is answered: refused
    """A request that is not done, with its status and all that is wrong with it."""

    def __init__(self, status: HTTPStatus, *problems: Problem, headers: Mapping[str, str] | None = None) -> None:
        assert problems, "what is refused is told why"
        self.status, self.problems, self.headers = status, problems, headers or {}
        super().__init__(str(problems[0]))


def problem_response(
    status: HTTPStatus, problems: Sequence[Problem], *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The problem details of these problems, at least one, in their order."""
    first = problems[0]
    details = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": first.message,
        "code": first.code,
        "path": first.path,
        "hint": first.hint,
        "problems": [problem_as_json(problem) for problem in problems],
    }
    return HttpResponse(json.dumps(details), status=status.value, content_type=MEDIA_TYPE, headers=headers)
