"""The files of the demo's shop: its catalog and its segments."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

__all__ = ["SEED", "catalog_text", "segment_files"]

SEED = 7
"""The shop that `coterie demo` makes too."""

_FOLDER = files("coterie.cli.demo")


def catalog_text() -> str:
    """The catalog, as it stands in a file."""
    return (_FOLDER / "catalog.yaml").read_text(encoding="utf-8")


def segment_files() -> list[dict[str, Any]]:
    """The segment files, in the order of their keys."""
    reader = YAML(typ="safe", pure=True)
    found = [reader.load(file.read_text(encoding="utf-8")) for file in (_FOLDER / "segments").iterdir()]
    return sorted(found, key=lambda file: str(file["segment"]))
