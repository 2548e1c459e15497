"""Bodies of requests, read strictly: JSON with each key once, no number that is none, and text that can be stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Never

from django.http import HttpRequest
from ninja.parser import Parser

from coterie.values.text import is_storable

__all__ = ["StrictParser", "body_fault", "json_of"]

_FAULT = "_body_fault"


class StrictParser(Parser):
    """Reads the body of a request. What is wrong with one is remembered for `body_fault`: the framework drops it."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            parsed = json_of(request.body)
            if b"\\u" in request.body or b"\0" in request.body:
                _refuse_unstorable(parsed)
        except ValueError as error:
            setattr(request, _FAULT, str(error))
            raise
        return parsed


def body_fault(request: HttpRequest) -> str | None:
    """What is wrong with the body of a request that could not be read; None where it was read, or not yet."""
    return getattr(request, _FAULT, None)


def json_of(text: bytes, *, number: Callable[[str], object] = float) -> Any:
    """What a JSON text holds; numbers with a fraction are made by `number`. Raises ValueError that says what is wrong.

    `Decimal` keeps the digits of numbers as they are written; a float is quicker, and its shortest decimal.
    """
    try:
        return json.loads(
            text.decode("utf-8-sig"),
            parse_float=number if number is not float else None,
            parse_constant=_refuse_constant,
            object_pairs_hook=_with_each_key_once,
        )
    except UnicodeDecodeError as error:
        raise ValueError(f"It is not UTF-8 (byte {error.start + 1}).") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"It is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None


def _with_each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"The key {twice!r} is given twice.")
    return record


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is no number of JSON.")


def _refuse_unstorable(parsed: object) -> None:
    """Refuse text that no database keeps: with NUL, or half a surrogate pair. Not recursive: the depth is theirs."""
    ahead = [parsed]
    while ahead:
        value = ahead.pop()
        match value:
            case str() if "\0" in value or not is_storable(value):
                raise ValueError("A text holds a NUL character, or half of a surrogate pair.")
            case dict():
                ahead += [*value, *value.values()]
            case list():
                ahead += value
            case _:
                pass
