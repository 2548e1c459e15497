"""Write the JSON Schema of definitions to a file: `python -m coterie.definition.schema docs/definition.schema.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from coterie.definition.shape_schema import json_schema

__all__ = ["schema_text"]


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(json_schema(), indent=1) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8")
