"""The judge is of no use if it shares the code that it judges."""

from __future__ import annotations

import ast
from pathlib import Path

from coterie.backends import reference

OWN = "coterie.backends.reference"
SHARED = {"coterie.catalog.model", "coterie.definition.nodes", "coterie.errors"}


def test_the_judge_imports_only_the_typed_trees_and_the_errors():
    imported = set()
    for path in Path(reference.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module)
            elif isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)

    ours = {name for name in imported if name.split(".")[0] == "coterie" and not name.startswith(OWN)}
    assert ours == SHARED
    assert not {"duckdb", "numpy", "pyarrow", "pyroaring"} & imported
