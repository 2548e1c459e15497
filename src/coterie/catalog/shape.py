"""Reading plain data into known shapes, collecting every problem with its path instead of stopping at the first."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from coterie.errors import Problem, did_you_mean
from coterie.values.documents import join_path
from coterie.values.text import is_storable, normalize

__all__ = ["ShapeReader", "is_name"]


def is_name(text: str) -> bool:
    """Whether `text` may name an entity, attribute or column: letters, digits and `_`, in Unicode's composed form."""
    return f"_{text}".isidentifier() and unicodedata.is_normalized("NFC", text) and bool(text)


class ShapeReader:
    """Takes values apart. Each method returns what the value holds, or None (or nothing) with a problem noted."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def note(self, path: str, message: str, *, code: str = "invalid_catalog", hint: str = "") -> None:
        self.problems.append(Problem(code=code, path=path, message=message, hint=hint))

    def record(
        self, value: object, path: str, *, known: Sequence[str], required: Sequence[str] = ()
    ) -> Mapping[str, object]:
        """The pairs of a mapping with fixed keys that have a value. Unknown, missing and null ones are noted."""
        pairs = self.pairs(value, path)
        if pairs is None:
            return {}
        for key in pairs:
            if key not in known:
                self.note(
                    join_path(path, key),
                    f"There is no key {key!r} here.",
                    code="unknown_key",
                    hint=did_you_mean(key, known),
                )
        for key in required:
            if key not in pairs:
                self.note(join_path(path, key), f"The key {key!r} is missing.", code="missing_key")
        return {key: given for key, given in pairs.items() if key in known and self._given(given, join_path(path, key))}

    def named(self, value: object, path: str) -> Iterable[tuple[str, object]]:
        """The pairs of a mapping from free names to values, null ones noted and left out."""
        pairs = self.pairs(value, path) or {}
        return [(name, given) for name, given in pairs.items() if self._given(given, join_path(path, name))]

    def pairs(self, value: object, path: str) -> Mapping[str, object] | None:
        if not isinstance(value, Mapping):
            self.note(path, f"A mapping is expected here, not {_shown(value)}.")
            return None
        for key in value:
            if not isinstance(key, str):
                self.note(path, f"A key must be text, not {_shown(key)}.")
        return {key: given for key, given in value.items() if isinstance(key, str)}

    def _given(self, value: object, path: str) -> bool:
        if value is None:
            self.note(path, "This key has no value.", hint="Give one, or leave the key out.")
        return value is not None

    def text(self, value: object, path: str) -> str | None:
        """Text that is not blank, trimmed."""
        if not isinstance(value, str):
            self.note(path, f"Text is expected here, not {_shown(value)}.", hint="Quote it to make it text.")
            return None
        if not is_storable(value) or "\0" in value:
            self.note(path, "This text holds what is no character.")
            return None
        if not (trimmed := normalize(value)):
            self.note(path, "This text is blank.")
            return None
        return trimmed

    def name(self, value: object, path: str) -> str | None:
        """The name of a column, an entity or the like."""
        if not isinstance(value, str) or not is_name(value):
            self.note(
                path, f"{_shown(value)} is not a name.", hint="Names are made of letters, digits and '_', and are text."
            )
            return None
        return value

    def items(self, value: object, path: str) -> Sequence[tuple[str, object]]:
        """The path and value of each item of a list that is not empty."""
        if not isinstance(value, list | tuple):
            self.note(path, f"A list is expected here, not {_shown(value)}.")
            return []
        if not value:
            self.note(path, "This list is empty.", hint="Leave the key out instead.")
        return [(join_path(path, index), item) for index, item in enumerate(value)]

    def one_of(self, value: object, path: str, known: Sequence[str]) -> str | None:
        if isinstance(value, str) and value in known:
            return value
        hint = did_you_mean(value, known) if isinstance(value, str) else f"Known: {', '.join(known)}."
        self.note(path, f"{_shown(value)} is not known here.", hint=hint)
        return None


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return repr(value) if isinstance(value, str) else str(value)
