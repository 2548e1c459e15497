"""Reading the text of a document, YAML 1.2 or JSON, safely: plain data comes out, with the line of each path.

What YAML offers beyond plain data (anchors, aliases, tags, merge keys, several documents) is refused, and so is what
could exhaust the reader: text over a limit, or nesting over `DEPTH`, which is checked without recursion.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Never, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from coterie.errors import CoterieError, Problem
from coterie.values.pauses import Pause, go_on
from coterie.values.text import is_storable

__all__ = ["DEPTH", "Document", "DocumentError", "Tree", "join_path", "read_document"]

DEPTH = 100
"""Levels of nesting that a document may have."""

YAML_VALUES = 50_000
"""Keys and values that a YAML document may have: more take too long to read. JSON has no such limit."""

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | int | Decimal | bool | date | None"
"""What a document holds. Whole numbers are int, others exact Decimals; an unquoted YAML day is a date; null is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The data of a document, and the line (from 1) at which each path begins. JSON text has no lines."""

    tree: Tree
    lines: Mapping[str, int] = field(default_factory=dict)


class DocumentError(CoterieError):
    """The text is no document. Whoever asked for it turns the problems into an error of its own kind."""


def read_document(text: str | bytes, *, yaml_limit: int, json_limit: int, pause: Pause = go_on) -> Document:
    """Read `text`, which is JSON where it starts with `{` or `[` and parses as such, else YAML 1.2.

    The limits are in bytes of UTF-8. Null values stay, as None, for the caller to refuse by their path. Raises
    DocumentError with every duplicate key, or else with the first other problem: `syntax_error`, `limit_exceeded`.
    """
    decoded = _decoded(text)
    size = len(text) if isinstance(text, bytes) else len(decoded.encode())
    if decoded.lstrip()[:1] in ("{", "["):
        _refuse_size(size, json_limit)
        try:
            return Document(tree=_read_json(decoded))
        except json.JSONDecodeError as error:
            if size > yaml_limit:  # perhaps it is YAML's flow style, but too long to be read as such
                _refuse(f"This is not JSON: {error.msg}.", line=error.lineno)
    _refuse_size(size, yaml_limit)
    return _read_yaml(decoded, pause)


def join_path(path: str, key: str | int) -> str:
    """The path of the value under `key` of the mapping, or at the index `key` of the list, that lies at `path`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _refuse(
    message: str, *, path: str = "", line: int | None = None, code: str = "syntax_error", hint: str = ""
) -> Never:
    raise DocumentError(Problem(code=code, path=path, message=message, hint=hint, line=line))


def _refuse_size(size: int, limit: int) -> None:
    if size > limit:
        _refuse(f"The text has {size:,} bytes; at most {limit:,} are read.", code="limit_exceeded")


def _decoded(text: str | bytes) -> str:
    text = (_from_utf8(text) if isinstance(text, bytes) else text).removeprefix("\ufeff")
    if not is_storable(text):
        _refuse("The text holds half of a surrogate pair, which is no character.")
    if "\0" in text:
        _refuse("The text holds a NUL character.", line=text[: text.index("\0")].count("\n") + 1)
    return text


def _from_utf8(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        _refuse("The text is not UTF-8.", line=line, hint="Save it with the encoding UTF-8.")


def _duplicate(path: str, key: str, line: int | None = None) -> Problem:
    return Problem(
        code="syntax_error",
        path=path,
        message=f"The key {key!r} is given twice.",
        hint="Keep one of the two.",
        line=line,
    )


def _refuse_unstorable(text: str, path: str, line: int | None = None) -> None:
    if "\0" in text or not is_storable(text):
        _refuse("This text holds a NUL or half of a surrogate pair, which is no character.", path=path, line=line)


def _refuse_depth(path: str = "", line: int | None = None) -> Never:
    _refuse(f"This is nested deeper than {DEPTH} levels.", path=path, line=line, code="limit_exceeded")


def _whole_number(digits: str) -> int | Decimal:
    # Python limits the digits of an int read from text; a Decimal takes them all, and is refused by its size later.
    return int(digits) if len(digits) < 1000 else Decimal(digits)


# --- JSON ------------------------------------------------------------------------------------------------------------

_JSON_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class _Repeated(dict[str, Tree]):
    """A JSON object in which the keys `repeated` are given more than once."""

    repeated: Sequence[str]


def _read_json(text: str) -> Tree:
    _check_json_depth(text)
    repeated: list[_Repeated] = []
    tree: Tree = json.loads(
        text,
        object_pairs_hook=lambda pairs: _json_object(pairs, repeated),
        parse_float=_json_fraction,
        parse_int=_whole_number,
        parse_constant=lambda name: _refuse(f"{name} is not a value."),
    )
    # The text itself has been looked at: only escapes can hide what is no character.
    if not repeated and "\\u" not in text:
        return tree
    problems = []
    for path, value in _walk(tree):
        if isinstance(value, str):
            _refuse_unstorable(value, path)
        elif isinstance(value, dict):
            for key in value:
                _refuse_unstorable(key, path)
            if isinstance(value, _Repeated):
                problems += [_duplicate(join_path(path, key), key) for key in value.repeated]
    if problems:
        raise DocumentError(*problems)
    return tree


def _check_json_depth(text: str) -> None:
    depth = 0
    for match in _JSON_BRACKET.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > DEPTH:
                _refuse_depth(line=text[: match.start()].count("\n") + 1)
        elif match[0] in "]}":
            depth -= 1


def _json_object(pairs: list[tuple[str, Tree]], repeated: list[_Repeated]) -> dict[str, Tree]:
    if len(plain := dict(pairs)) == len(pairs):
        return plain
    marked = _Repeated(plain)
    keys = [key for key, _ in pairs]
    marked.repeated = [key for key, count in Counter(keys).items() if count > 1]
    repeated.append(marked)
    return marked


def _json_fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        _refuse(f"{text[:40]} is out of range.")


def _walk(tree: Tree) -> Iterator[tuple[str, Tree]]:
    """Every value of `tree` with its path, in document order."""
    waiting: list[tuple[str, Tree]] = [("", tree)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        if isinstance(value, dict):
            waiting += [(join_path(path, key), child) for key, child in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(join_path(path, i), child) for i, child in reversed(list(enumerate(value)))]


# --- YAML ------------------------------------------------------------------------------------------------------------

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FRACTION = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _read_yaml(text: str, pause: Pause) -> Document:
    builder = _Builder()
    for event in _events(text):
        pause()
        builder.take(event)
    if builder.problems:
        raise DocumentError(*builder.problems)
    return Document(tree=builder.tree, lines=builder.lines)


def _events(text: str) -> Iterator[Event]:
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"This is not YAML: {error.problem or error.context}."
        _refuse(message, line=mark.line + 1 if mark else None, hint=_yaml_hint(message))
    except YAMLError as error:  # the reader's: it has a position, not a mark
        position = getattr(error, "position", 0)
        _refuse("The text holds a control character.", line=text[:position].count("\n") + 1)
    except (ValueError, OverflowError, AssertionError):  # what ruamel.yaml lets through, of escapes and of directives
        _refuse("This is not YAML: an escape or a directive names a number that is out of range.")


def _yaml_hint(message: str) -> str:
    if "\\t" in message:
        return "Indent with spaces, not with tabs."
    return "Quote text that holds ': ' or ' #'." if "mapping values are not allowed" in message else ""


@dataclass(slots=True)
class _Open:
    """A mapping or list that has begun and not yet ended; `key` is that of the value to come, once it is read."""

    path: str
    container: dict[str, Tree] | list[Tree]
    key: str | None = None

    def child_path(self) -> str:
        if isinstance(self.container, list):
            return join_path(self.path, len(self.container))
        return self.path if self.key is None else join_path(self.path, self.key)

    def put(self, value: Tree) -> None:
        if isinstance(self.container, list):
            self.container.append(value)
        else:
            assert self.key is not None
            self.container.setdefault(self.key, value)
            self.key = None

    def awaits_key(self) -> bool:
        return isinstance(self.container, dict) and self.key is None


class _Builder:
    """Builds the tree from YAML's events, with a stack instead of recursion."""

    def __init__(self) -> None:
        self.tree: Tree = None
        self.lines: dict[str, int] = {}
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._documents = 0
        self._values = 0

    def take(self, event: Event) -> None:
        line = event.start_mark.line + 1
        match event:
            case DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    _refuse("A second document begins here.", line=line, hint="Write one document to a file.")
            case NodeEvent():
                self._take_node(event, line)
            case MappingEndEvent() | SequenceEndEvent():
                self._open.pop()
            case _:
                pass  # the stream's and the document's own ends

    def _take_node(self, event: NodeEvent, line: int) -> None:
        top = self._open[-1] if self._open else None
        path = top.child_path() if top else ""
        _refuse_extras(event, path, line)
        self._values += 1
        if self._values > YAML_VALUES:
            message = f"The document has more than {YAML_VALUES:,} keys and values."
            _refuse(message, path=path, line=line, code="limit_exceeded", hint="Write it as JSON, which may have more.")
        if top and top.awaits_key():
            self._take_key(event, top, line)
            return
        self.lines.setdefault(path, line)
        value: Tree
        match event:
            case ScalarEvent():
                _refuse_unstorable(event.value, path, line)
                value = _scalar(event)
            case MappingStartEvent():
                value = {}
            case _:
                assert isinstance(event, SequenceStartEvent)  # aliases are refused above
                value = []
        if top:
            top.put(value)
        else:
            self.tree = value
        if isinstance(value, dict | list):
            if len(self._open) >= DEPTH:
                _refuse_depth(path, line)
            self._open.append(_Open(path, value))

    def _take_key(self, event: NodeEvent, top: _Open, line: int) -> None:
        assert isinstance(top.container, dict)
        if not isinstance(event, ScalarEvent):
            _refuse("A key must be plain text.", path=top.path, line=line)
        key: str = event.value
        _refuse_unstorable(key, top.path, line)
        if key == "<<" and event.style is None:
            _refuse("Merge keys ('<<') are not read.", path=top.path, line=line, hint="Write the keys out.")
        top.key = key
        path = top.child_path()
        if key in top.container:
            self.problems.append(_duplicate(path, key, line))
        self.lines.setdefault(path, line)


def _refuse_extras(event: NodeEvent, path: str, line: int) -> None:
    if isinstance(event, AliasEvent) or event.anchor is not None:
        _refuse("Anchors and aliases ('&', '*') are not read.", path=path, line=line, hint="Quote or repeat the value.")
    if getattr(event, "ctag", None) is not None:
        _refuse("Tags ('!') are not read.", path=path, line=line, hint="Quote the value if '!' belongs to it.")


def _scalar(event: ScalarEvent) -> Tree:
    text: str = event.value
    return text if event.style is not None else _plain(text)


def _plain(text: str) -> Tree:
    """What an unquoted scalar means by YAML 1.2's core schema, and a day. Infinities and NaN stay text."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return _whole_number(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _FRACTION.fullmatch(text):
        return _json_fraction(text)
    return _day(text) if _DAY.fullmatch(text) else text


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text
