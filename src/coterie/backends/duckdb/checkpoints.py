"""When DuckDB folds its log of changes into the file.

By itself it does so whenever a transaction may have changed 16 MB. It counts updates in place by the blocks they lie
in, and so would rewrite large parts of the tables with every small batch. A batch is therefore committed to the log
alone, which is folded in once it has grown long.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb

__all__ = ["Checkpoints"]

_BY_ITSELF = "16MB"
_NEVER = "1000TB"
_LONG = 64 * 1024 * 1024


class Checkpoints:
    """The log of an open store; `longest` is how far (bytes) batches may let it grow."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, longest: int = _LONG) -> None:
        self._connection = connection
        self._longest = longest
        ((path,),) = connection.execute(
            "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
        ).fetchall()
        self._log = Path(f"{path}.wal") if path else None

    def before_load(self) -> None:
        """Leave it to DuckDB: a load changes much at once."""
        self._connection.execute(f"SET checkpoint_threshold = '{_BY_ITSELF}'")

    def before_batch(self) -> None:
        """Commit what comes next to the log alone."""
        self._connection.execute(f"SET checkpoint_threshold = '{_NEVER}'")

    def after_batch(self) -> None:
        """Fold the log into the file where it has grown long."""
        if self._log is None or not self._log.exists() or self._log.stat().st_size < self._longest:
            return
        with suppress(duckdb.TransactionException):  # somebody reads: the next batch will do it
            self._connection.execute("CHECKPOINT")
