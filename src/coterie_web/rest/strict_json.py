"""JSON read strictly: each key once, no number that is none, and text that can be stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Never

from coterie.values.text import is_storable

__all__ = ["json_of", "nests_deeper", "refuse_unstorable"]


def json_of(text: bytes, *, number: Callable[[str], object] = float) -> Any:
    """What a JSON text holds; numbers with a fraction are made by `number`. Raises ValueError that says what is wrong.

    `decimal_of_json` keeps the digits of numbers as they are written; a float is quicker, and its shortest decimal.
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


def nests_deeper(parsed: object, levels: int) -> bool:
    """Whether there are lists or objects more than so many levels below the top."""
    ahead = [parsed]
    for _ in range(levels + 1):
        ahead = [
            inner
            for outer in ahead
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not ahead:
            return False
    return True


def refuse_unstorable(parsed: object) -> None:
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
