"""Case files: a roster as a picture, a question, and who must be found (`tests/cases/README.md` shows the format)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from ruamel.yaml import YAML

__all__ = ["DEFAULT_CATALOG", "Case", "Row", "Tables", "read_case_file", "read_cases", "roster", "write_case"]

Row = dict[str, object]
"""A record as `load` takes it: column → value; None is missing."""

Tables = Mapping[str, tuple[Row, ...]]
"""Entity or interaction → its records, in the order in which they are loaded."""

_HEADING = re.compile(r"=== +(?P<name>.+)")
_TABLE = re.compile(r"\[(?P<name>[A-Za-z0-9_]+)\]")
_ENTRY = re.compile(r"(?P<key>[a-z][a-z ]*):(?: (?P<value>.*))?")
_CELL = re.compile(r'"(?:[^"\\]|\\.)*"|[^ |"](?:[^ |]| (?![ |]))*')
_KEYS = frozenset(
    {
        "rules",
        "as of",
        "zone",
        "catalog",
        "where",
        "block",
        "blocks",
        "segment",
        "segments",
        "members",
        "error",
        "counts",
    }
)
_QUESTIONS = ("where", "block", "blocks", "segment")

DEFAULT_CATALOG: Mapping[str, object] = {
    "coterie": 1,
    "organization": {"time_zone": "UTC"},
    "contact": {
        "key": "contact",
        "business_unit": "unit",
        "attributes": {
            "city": "text",
            "tier": {"type": "choice", "choices": ["gold", "silver", "bronze"]},
            "interests": {"type": "multi_choice", "choices": ["running", "cycling", "cooking"]},
            "age": "number",
            "subscribed": "boolean",
            "born": "date",
            "seen_at": "datetime",
        },
    },
    "entities": {
        "account": {"key": "account", "attributes": {"name": "text", "industry": "choice", "employees": "number"}},
        "lead": {
            "key": "lead",
            "attributes": {
                "source": "text",
                "status": "choice",
                "topics": "multi_choice",
                "score": "number",
                "hot": "boolean",
                "due": "date",
                "created_on": "datetime",
            },
        },
        "registration": {"key": "registration", "attributes": {"cancelled": "boolean", "registered_on": "datetime"}},
        "event": {"key": "event", "attributes": {"name": "text", "starts_on": "date"}},
    },
    "relations": {
        "account": {"from": "contact", "to": "account", "many_to_one": "account"},
        "leads": {"from": "contact", "to": "lead", "one_to_many": "contact"},
        "registrations": {"from": "contact", "to": "registration", "one_to_many": "contact"},
        "registrations.event": {"from": "registration", "to": "event", "many_to_one": "event"},
        "referrer": {"from": "contact", "to": "contact", "many_to_one": "referrer"},
        "referred": {"from": "contact", "to": "contact", "one_to_many": "referrer"},
    },
    "interactions": {
        "opened": {"attributes": {"message": "text", "device": "choice"}},
        "bought": {
            "attributes": {
                "product": "text",
                "channel": "choice",
                "tags": "multi_choice",
                "amount": "number",
                "gift": "boolean",
                "due": "date",
                "shipped_at": "datetime",
            }
        },
    },
}
"""The catalog of a case that names none; what a case says under `catalog` is laid over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question with its answer: `members` (contact keys, in any order), or the code of the `error` expected.

    `counts` are some of the breakdown's: path of a node → count, or path of a step → `{alone: …, so_far: …}`.
    """

    file: str
    line: int
    name: str
    as_of: datetime
    definition: Mapping[str, object]
    rules: tuple[int, ...] = ()
    zone: str | None = None
    catalog: Mapping[str, object] = field(default_factory=lambda: DEFAULT_CATALOG)
    tables: Tables = field(default_factory=dict)
    segments: Mapping[str, object] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    error: str | None = None
    counts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.file}::{self.name}"


@dataclass(slots=True)
class _Part:
    """The lines between two headings, taken apart; the first part of a file has no name."""

    name: str = ""
    line: int = 1
    entries: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)


# --- reading ---------------------------------------------------------------------------------------------------------


def read_cases(folder: Path) -> list[Case]:
    """All cases of all `*.case` files in `folder`, in order of file name and line."""
    return [case for path in sorted(folder.glob("*.case")) for case in read_case_file(path)]


def read_case_file(path: Path) -> list[Case]:
    """The cases of one file. ValueError names the file and line of what cannot be read."""
    try:
        shared, *parts = _parts(path.read_text(encoding="utf-8"))
        return [_case(path.name, shared, part) for part in parts]
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def roster(picture: str) -> tuple[Row, ...]:
    """The records of a table drawn with aligned columns: a header, then a line each.

    Cells are parted by two spaces or more, or by `|`. `-` is missing, a cell in double quotes is JSON text,
    `~1.5` is a number that is no text (`~nan` and `~inf` too).
    """
    lines = [line for line in picture.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    header, *rows = [[cell.strip() for cell in _CELL.findall(line.strip())] for line in lines]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"{len(header)} columns, but {len(row)} cells: {row}")
    return tuple({column: _cell(cell) for column, cell in zip(header, row, strict=True)} for row in rows)


def _cell(cell: str) -> object:
    if cell == "-":
        return None
    if cell.startswith("~"):
        return float(cell[1:])
    return json.loads(cell) if cell.startswith('"') else cell


def _parts(text: str) -> list[_Part]:
    parts = [_Part()]
    receiver: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        if heading := _HEADING.fullmatch(line):
            parts.append(_Part(heading["name"].strip(), number))
        elif table := _TABLE.fullmatch(line):
            receiver = parts[-1].tables.setdefault(table["name"], [])
        elif line.startswith(" ") or not line.strip():
            receiver.append(line)
        elif entry := _ENTRY.fullmatch(line):
            if entry["key"] not in _KEYS or entry["key"] in parts[-1].entries:
                raise ValueError(f"line {number}: {entry['key']!r} is unknown or given twice")
            parts[-1].entries[entry["key"]] = f"{entry['value'] or ''}\n"
            receiver = _Continued(parts[-1].entries, entry["key"])
        else:
            raise ValueError(f"line {number}: neither a heading, a table, an entry nor indented: {line!r}")
    return parts


class _Continued(list[str]):
    """Takes the indented lines that go on with an entry."""

    def __init__(self, entries: dict[str, str], key: str) -> None:
        super().__init__()
        self._entries, self._key = entries, key

    def append(self, line: str) -> None:
        self._entries[self._key] += f"{line}\n"


def _case(file: str, shared: _Part, part: _Part) -> Case:
    try:
        entries = {**shared.entries, **part.entries}
        tables = {name: lines for name, lines in shared.tables.items() if name not in part.tables} | part.tables
        if "members" not in part.entries and "error" not in part.entries:
            raise ValueError("neither `members` nor `error`")
        return Case(
            file=file,
            line=part.line,
            name=part.name,
            rules=tuple(map(int, entries.get("rules", "").split())),
            as_of=datetime.fromisoformat(entries["as of"].strip()),
            zone=None if (zone := entries.get("zone", "-").strip()) == "-" else zone,
            catalog=_catalog(_mapping(_yaml(entries.get("catalog", "{}")))),
            tables={name: roster("\n".join(lines)) for name, lines in tables.items() if "".join(lines).strip()},
            definition=_question(part),
            segments={
                key: _with_version(key, file) for key, file in _mapping(_yaml(entries.get("segments", "{}"))).items()
            },
            members=frozenset(entries.get("members", "").split()) - {"nobody"},
            error=entries["error"].strip() if "error" in entries else None,
            counts=_mapping(_yaml(entries.get("counts", "{}"))),
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"line {part.line}, {part.name!r}: {error!r}") from error


def _catalog(given: Mapping[str, object]) -> Mapping[str, object]:
    """A catalog with its version is whole; any other is laid over the default."""
    return given if "coterie" in given else _overlaid(DEFAULT_CATALOG, given)


def _question(part: _Part) -> dict[str, object]:
    asked = [key for key in _QUESTIONS if key in part.entries]
    if len(asked) != 1:
        raise ValueError(f"one of {', '.join(_QUESTIONS)} is needed")
    question = _yaml(part.entries[asked[0]])
    match asked[0]:
        case "where":
            return {"blocks": [{"block": {"kind": "profile", "where": question}}]}
        case "block":
            return {"blocks": [{"block": question}]}
        case "blocks":
            return {"blocks": question}
        case _:
            return _mapping(_with_version("asked", question))


def _with_version(key: str, segment: object) -> object:
    """A segment file from what a case says of it: version, key, name and type need not be written out."""
    given = _mapping(segment)
    kind = "static" if "members" in given else "dynamic"
    return {"coterie": 1, "segment": key, "name": key, "type": kind, **given}


def _yaml(text: str) -> object:
    return _plain(YAML(typ="safe", pure=True).load(text))


def _plain(node: object) -> object:
    """As JSON would have it: a date is its text."""
    match node:
        case dict():
            return {key: _plain(value) for key, value in node.items()}
        case list():
            return [_plain(item) for item in node]
        case date():
            return node.isoformat()
        case _:
            return node


def _mapping(node: object) -> dict[str, object]:
    if not isinstance(node, Mapping):
        raise ValueError(f"a mapping is needed, not {node!r}")
    return dict(node)


def _overlaid(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """`base` with what `over` says of it; null takes away."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _overlaid(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return {key: value for key, value in merged.items() if value is not None}


# --- writing ---------------------------------------------------------------------------------------------------------


def write_case(case: Case) -> str:
    """`case` as text, ready to be pasted into a case file: all it needs is spelled out, nothing is shared."""
    lines = [f"=== {case.name}", f"rules: {' '.join(map(str, case.rules))}", f"as of: {case.as_of.isoformat()}"]
    if case.zone is not None:
        lines.append(f"zone: {case.zone}")
    if case.catalog != DEFAULT_CATALOG:
        lines.append(f"catalog: {_flow(case.catalog)}")
    for name, rows in case.tables.items():
        lines += ["", f"[{name}]", *_picture(rows)]
    lines += ["", *_asked(case.definition)]
    if case.segments:
        lines.append(f"segments: {_flow(case.segments)}")
    answer = f"error: {case.error}" if case.error else f"members: {' '.join(sorted(case.members)) or 'nobody'}"
    return "\n".join([*lines, answer, ""])


def _asked(definition: Mapping[str, object]) -> Iterator[str]:
    if "blocks" in definition:
        yield f"blocks: {_flow(definition['blocks'])}"
    else:
        yield f"segment: {_flow(definition)}"


def _flow(node: object) -> str:
    # JSON is YAML; one line, so that nothing depends on indentation.
    return json.dumps(node, ensure_ascii=False)


def _picture(rows: tuple[Row, ...]) -> list[str]:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [columns, *([_drawn(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return [
        "  " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def _drawn(value: object) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"~{value!r}"
        case str() if re.fullmatch(r"[A-Za-z0-9_:.+-]*[A-Za-z0-9_]", value):
            return value
        case _:
            # ASCII: what looks alike is told apart.
            return json.dumps(value)
