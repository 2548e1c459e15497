"""The arguments that commands share, said once: same name, same meaning, same help everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AsJson",
    "AsOf",
    "BatchSize",
    "CatalogFile",
    "ContactKey",
    "DefinitionFile",
    "MemberFormat",
    "SegmentFiles",
    "SegmentFolder",
    "SegmentKey",
    "Store",
    "TimeZone",
]

Store = Annotated[Path, typer.Argument(metavar="STORE", help="The store: a file that `coterie load` made.")]

DefinitionFile = Annotated[
    str, typer.Argument(metavar="DEFINITION", help="A definition or segment file, YAML or JSON; - is standard input.")
]

ContactKey = Annotated[str, typer.Argument(metavar="CONTACT", help="The contact's key, as it was loaded.")]

SegmentKey = Annotated[str, typer.Argument(metavar="KEY", help="The key of a segment that is or was live.")]

SegmentFolder = Annotated[
    Path,
    typer.Argument(
        metavar="SEGMENTS", help="The files of all segments that shall be live: a folder of them, or a file."
    ),
]

CatalogFile = Annotated[
    Path, typer.Option("--catalog", "-c", metavar="FILE", help="The catalog: what may be asked about.")
]

SegmentFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--segments",
        metavar="DIR|FILE",
        help="Segment files that the definition may refer to: a file, or all of a folder. May be repeated.",
    ),
]

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="MOMENT",
        help="The moment asked about, with its offset, such as 2026-11-23T12:00Z. Default: now.",
    ),
]

TimeZone = Annotated[
    str | None,
    typer.Option(
        "--time-zone",
        metavar="ZONE",
        help="The zone in which days begin, such as Europe/Paris. Default: the segment's, else the catalog's.",
    ),
]

BatchSize = Annotated[
    int,
    typer.Option("--batch-size", metavar="N", min=1, help="Operations that are applied together or not at all."),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class MemberFormat(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
