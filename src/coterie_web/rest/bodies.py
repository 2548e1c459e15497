"""Bodies of requests, read strictly."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from coterie_web.rest.strict_json import json_of, nests_deeper, refuse_unstorable

__all__ = ["StrictParser", "body_fault"]

_FAULT = "_body_fault"

_DEEPEST = 100
"""Levels of nesting that a body may have: no definition needs a third of them."""


class StrictParser(Parser):
    """Reads the body of a request. What is wrong with one is remembered for `body_fault`: the framework drops it."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            parsed = json_of(request.body)
            if nests_deeper(parsed, _DEEPEST):
                raise ValueError("It is nested too deeply.")
            if b"\\u" in request.body or b"\0" in request.body:
                refuse_unstorable(parsed)
        except ValueError as error:
            setattr(request, _FAULT, str(error))
            raise
        return parsed


def body_fault(request: HttpRequest) -> str | None:
    """What is wrong with the body of a request that could not be read; None where it was read, or not yet."""
    return getattr(request, _FAULT, None)
