"""Bodies of requests, made from sound ones by what goes wrong on the way, or by what somebody tries."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from random import Random
from typing import Any

__all__ = ["damaged"]

_HUGE = 10**400
_JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 2**63, -(2**63) - 1, _HUGE, "", " ", "\0", "\ud800", "'; DROP TABLE x; --", "../../etc",
    "%00", "\u202e", "é" * 2_000, "x" * 100_000, "9" * 5_000, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    [], {}, [[]], [None], {"": None}, {"$ref": "#"}, ["x"] * 5_000, {"blocks": [{"block": {"kind": "everyone"}}] * 600},
)  # fmt: skip


def damaged(body: Any, random: Random) -> bytes:
    """A body that was sound, as JSON, after one to three mishaps."""
    changed = json.loads(json.dumps(body))
    for _ in range(random.randint(0, 2)):
        changed = _with_junk(changed, random)
    return random.choice(_MISHAPS)(json.dumps(changed).encode(), random)


def _with_junk(value: Any, random: Random) -> Any:
    """The same with something else in one place, chosen as deep as chance leads."""
    if isinstance(value, dict) and value and random.random() < 0.8:
        key = random.choice(sorted(value))
        other = f"{key}\0" if random.random() < 0.05 else key
        return {**value, other: _with_junk(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.8:
        place = random.randrange(len(value))
        return [*value[:place], _with_junk(value[place], random), *value[place + 1 :]]
    return random.choice(_JUNK)


def _as_it_is(text: bytes, _: Random) -> bytes:
    return text


def _truncated(text: bytes, random: Random) -> bytes:
    return text[: random.randrange(len(text) + 1)]


def _deep(text: bytes, random: Random) -> bytes:
    levels = random.choice((50, 101, 500, 990, 5_000, 200_000))
    opening, closing = random.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return text.replace(b"null", b"1", 1)[:-1] + b',"deep":' + opening * levels + b"1" + closing * levels + b"}"


def _with_constant(text: bytes, random: Random) -> bytes:
    return text.replace(b'"', random.choice((b'NaN"', b'"\\u0000', b'"\\ud800', b'"\xff')), 1)


def _with_key_twice(text: bytes, _: Random) -> bytes:
    return text.replace(b"{", b'{"definition": 1, "definition": 2,', 1)


def _with_flipped_byte(text: bytes, random: Random) -> bytes:
    flipped = bytearray(text or b" ")
    flipped[random.randrange(len(flipped))] = random.randrange(256)
    return bytes(flipped)


def _noise(_: bytes, random: Random) -> bytes:
    return random.randbytes(random.choice((0, 1, 100, 10_000)))


def _packed(text: bytes, random: Random) -> bytes:
    packed = gzip.compress(text)
    return packed[: random.choice((len(packed), len(packed) // 2))]


_MISHAPS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _as_it_is, _as_it_is, _as_it_is, _truncated, _deep, _with_constant, _with_key_twice, _with_flipped_byte, _noise,
    _packed,
)  # fmt: skip
