"""Values of any Python type as JSON text, exactly: what is not JSON's own is an object of one key, such as
`{"$decimal": "1.50"}`.

What comes back is read, spelled and compared as what went in. An object of a type that is not known here comes back as
something that no reading takes for a value, as it was itself, and that is spelled alike.
"""

from __future__ import annotations

import base64
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa

__all__ = ["decoded", "encoded", "encoded_each", "encoded_rows"]

_DIGITS = 4000
"""Python converts no more than 4,300 digits between integers and text."""

_PLAIN = frozenset({str, int, float, bool, type(None)})
_BY_HOOK = frozenset({Decimal, datetime, date, bytes})
"""Types that JSON does not know, so that it asks `_tagged` for them."""

_SEPARATORS = (",", ":")
_ENCODER = json.JSONEncoder(allow_nan=False, separators=_SEPARATORS)

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class _Spelled:
    """An object of a type that is not known here: how it was spelled is all that was kept."""

    def __init__(self, text: str, shown: str) -> None:
        self._text, self._shown = text, shown

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return self._shown


class _SpelledSet(frozenset[object]):
    """A set that is spelled in the order in which it was: the order of a new one may differ."""

    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


class _SpelledDatetime(datetime):
    """A datetime that is spelled with more than it holds."""

    text: str = ""

    def __str__(self) -> str:
        return self.text


# --- writing ---------------------------------------------------------------------------------------------------------


def encoded(value: object) -> str:
    """`value` as JSON text."""
    return _dumps(_tagged(value))


def encoded_each(values: Sequence[dict[object, object]]) -> pa.StringArray:
    """Mappings as JSON texts. Those that JSON writes exactly are given to it without a look at each cell."""
    try:
        texts = [_PLAIN_ENCODER.encode(value) if _is_written_exactly(value) else encoded(value) for value in values]
        return pa.array(texts, pa.string())
    except ValueError:  # as of `encoded_rows`
        return pa.array([encoded(value) for value in values], pa.string())


def _is_written_exactly(value: dict[object, object], nested: int = 1) -> bool:
    """Whether keys are plain and JSON writes the values exactly or asks, in a mapping and `nested` deep in it."""
    if not _are_plain(tuple(value), tuple(map(type, value))):
        return False
    rest = set(map(type, value.values())) - _PLAIN - _BY_HOOK
    if not rest:
        return True
    inner = [each for each in value.values() if type(each) is dict]
    return rest == {dict} and nested > 0 and all(_is_written_exactly(each, nested - 1) for each in inner)


@lru_cache(maxsize=4096)
def _are_plain(keys: tuple[object, ...], types: tuple[type, ...]) -> bool:
    return set(types) <= {str} and all(_is_plain(str(key)) for key in keys)


def encoded_rows(names: Sequence[str], columns: Sequence[Sequence[object]], present: np.ndarray) -> pa.StringArray:
    """Records as JSON objects, given by columns; `present` tells, by row and column, what a record has."""
    cells = [_plain_cells(column) for column in columns]
    try:
        if any(name.startswith("$") for name in names):
            raise ValueError
        texts = [_PLAIN_ENCODER.encode(record) for record in _records(names, cells, present)]
        return pa.array(texts, pa.string())
    except ValueError:  # a number that is none, a lone surrogate, too many digits: each cell is looked at
        return pa.array([encoded(record) for record in _records(names, columns, present)], pa.string())


def _records(
    names: Sequence[str], columns: Sequence[Sequence[object]], present: np.ndarray
) -> Iterable[dict[str, object]]:
    if present.all():
        return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    return (
        {name: cell for name, cell, has in zip(names, row, having, strict=True) if has}
        for row, having in zip(zip(*columns, strict=True), present.tolist(), strict=True)
    )


def _plain_cells(cells: Sequence[object]) -> Sequence[object]:
    """`cells` in such a way that JSON writes each exactly, or asks."""
    if set(map(type, cells)) <= _PLAIN | _BY_HOOK:
        return cells
    return [cell if type(cell) in _PLAIN | _BY_HOOK else _tagged(cell) for cell in cells]


def _dumps(value: object) -> str:
    # ASCII, so that a lone surrogate can be kept; two that follow each other have a tag.
    return _ENCODER.encode(value)


def _tagged(value: object) -> object:
    """`value` made of what JSON writes exactly."""
    exact = _EXACT.get(type(value))
    if exact is not None:
        return exact(value)
    for base, tagged in _BASES:
        if isinstance(value, base):
            return tagged(value)
    return {"$other": [_text(str(value)), _text(repr(value))]}


def _text(value: str) -> object:
    if not value.isascii() and _PAIR.search(value):  # JSON would make one character of the two
        return {"$text": _bytes_as_text(value.encode("utf-8", "surrogatepass"))}
    return str.__str__(value)


def _whole(value: int) -> object:
    return int(value) if value.bit_length() < 3 * _DIGITS else {"$int": hex(value)}


def _float(value: float) -> object:
    return float(value) if math.isfinite(value) else {"$float": repr(float(value))}


def _sequence(value: Sequence[object]) -> object:
    try:
        return [_tagged(element) for element in value]
    except RecursionError:
        return _deep(list(value))


def _mapping(value: Mapping[object, object]) -> object:
    try:
        if all(type(key) is str and _is_plain(key) for key in value):
            return {key: _tagged(element) for key, element in value.items()}
        return {"$map": [[_tagged(key), _tagged(element)] for key, element in value.items()]}
    except RecursionError:
        return _deep(dict(value))


@lru_cache(maxsize=4096)
def _is_plain(key: str) -> bool:
    return not key.startswith("$") and not _PAIR.search(key)


def _deep(value: object) -> object:
    """What is nested deeper than Python's functions, as JSON in JSON: its own writer reaches farther."""
    return {"$deep": json.dumps(value, default=_tagged)}


def _set(value: frozenset[object]) -> object:
    return {"$set": [_tagged(element) for element in value], "$spelled": _text(str(value))}


def _datetime(value: datetime) -> object:
    if value != value:  # noqa: PLR0124 - NaT equals nothing, not even itself
        return {"$nat": True}
    parts: list[object] = [datetime.isoformat(value), value.fold]
    if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key is not None:
        parts.append(value.tzinfo.key)
    tagged: dict[str, object] = {"$datetime": parts}
    if str(value) != str(_read_datetime(tagged)):  # one of another library, finer than a microsecond
        tagged["$spelled"] = _text(str(value))
    return tagged


def _numpy(value: np.ndarray | np.generic) -> object:
    """Arrays and scalars in numpy's own format; arrays of objects one by one."""
    if value.dtype.hasobject:
        flat = np.asarray(value).ravel().tolist()
        return {"$objects": [_tagged(element) for element in flat], "$shape": list(value.shape)}
    file = io.BytesIO()
    np.save(file, np.asarray(value), allow_pickle=False)
    return {"$numpy": _bytes_as_text(file.getvalue()), "$scalar": isinstance(value, np.generic)}


def _bytes_as_text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


_PLAIN_ENCODER = json.JSONEncoder(default=_tagged, ensure_ascii=False, allow_nan=False, separators=_SEPARATORS)

_EXACT: dict[type, Callable[..., object]] = {
    str: _text,
    int: _whole,
    float: _float,
    bool: bool,
    type(None): lambda _: None,
    list: _sequence,
    dict: _mapping,
    tuple: lambda value: {"$tuple": _sequence(value)},
    set: _set,
    frozenset: _set,
    Decimal: lambda value: {"$decimal": str(value)},
    datetime: _datetime,
    date: lambda value: {"$date": value.isoformat()},
    bytes: lambda value: {"$bytes": _bytes_as_text(value)},
}

_BASES: tuple[tuple[type | tuple[type, ...], Callable[..., object]], ...] = (
    ((np.ndarray, np.generic), _numpy),
    (str, _text),
    (int, lambda value: _whole(int(value))),
    (float, lambda value: _float(float(value))),
    (Decimal, lambda value: {"$decimal": Decimal.__str__(value)}),
    (datetime, _datetime),
    (date, lambda value: {"$date": date.isoformat(value)}),
    (list, _sequence),
    (tuple, _EXACT[tuple]),
    ((set, frozenset), _set),
    (dict, _mapping),
)
"""What a value of a type derived from these is read as."""


# --- reading ---------------------------------------------------------------------------------------------------------


def decoded(text: str) -> object:
    """The value that `text` was made of. Raises ValueError where it was made of none."""
    return json.loads(text, object_hook=_untagged)


def _untagged(value: dict[str, object]) -> object:
    tag = next(iter(value), "")
    read = _READ.get(tag) if tag.startswith("$") else None
    if read is None:
        return value
    try:
        return read(value)
    except (TypeError, KeyError, IndexError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"no value is tagged {tag}") from error


def _read_datetime(value: dict[str, object]) -> datetime:
    parts = value["$datetime"]
    assert isinstance(parts, list)
    kind = _SpelledDatetime if "$spelled" in value else datetime
    moment = kind.fromisoformat(parts[0]).replace(fold=parts[1])
    if len(parts) > 2:
        # Where the zone is not known any more, the moment keeps the offset that it had.
        with suppress(ZoneInfoNotFoundError, OSError):
            moment = moment.replace(tzinfo=ZoneInfo(parts[2]))
    if isinstance(moment, _SpelledDatetime):
        moment.text = str(value["$spelled"])
    return moment


def _read_set(value: dict[str, object]) -> _SpelledSet:
    elements = value["$set"]
    assert isinstance(elements, list)
    read = _SpelledSet(elements)
    read.text = str(value["$spelled"])
    return read


def _read_numpy(value: dict[str, object]) -> object:
    array = np.load(io.BytesIO(_bytes_of(value["$numpy"])), allow_pickle=False)
    return array[()] if value["$scalar"] else array


def _read_objects(value: dict[str, object]) -> np.ndarray:
    elements, shape = value["$objects"], value["$shape"]
    assert isinstance(elements, list)
    assert isinstance(shape, list)
    array = np.empty(len(elements), dtype=object)
    for place, element in enumerate(elements):
        array[place] = element
    return array.reshape(shape)


def _bytes_of(text: object) -> bytes:
    return base64.b64decode(str(text), validate=True)


def _pairs(value: object) -> dict[object, object]:
    assert isinstance(value, list)
    return dict(value)


_READ: dict[str, Callable[[dict[str, object]], object]] = {
    "$text": lambda value: _bytes_of(value["$text"]).decode("utf-8", "surrogatepass"),
    "$int": lambda value: int(str(value["$int"]), 16),
    "$float": lambda value: float(str(value["$float"])),
    "$decimal": lambda value: Decimal(str(value["$decimal"])),
    "$datetime": _read_datetime,
    "$nat": lambda _: np.datetime64("NaT"),
    "$date": lambda value: date.fromisoformat(str(value["$date"])),
    "$bytes": lambda value: _bytes_of(value["$bytes"]),
    "$tuple": lambda value: tuple(value["$tuple"]),  # type: ignore[arg-type]
    "$set": _read_set,
    "$numpy": _read_numpy,
    "$objects": _read_objects,
    "$map": lambda value: _pairs(value["$map"]),
    "$deep": lambda value: decoded(str(value["$deep"])),
    "$other": lambda value: _Spelled(*map(str, value["$other"])),  # type: ignore[call-overload]
}
