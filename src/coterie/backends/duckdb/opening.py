"""Opening the store's file: settings, and a clear error for every way in which it cannot be used."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import duckdb

from coterie.backends.duckdb.failing import told
from coterie.backends.duckdb.schema import METADATA
from coterie.errors import Problem, StoreError
from coterie.values.text import is_storable

__all__ = ["MEMORY", "connect", "connect_to_read"]

MEMORY = ":memory:"
"""The name of a store that no file holds."""

_HEADERS = 3 * 4096
_MAGIC = slice(8, 12), b"DUCK"
_STORAGE = "v1.5.0"
"""The oldest DuckDB that shall read the file: a way back from a newer one."""


def connect(
    path: str | Path, *, format_version: int, threads: int | None, memory_limit: str | None
) -> duckdb.DuckDBPyConnection:
    """A connection to the store at `path`, created where there is none. Raises StoreError, having changed nothing."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "preserve_insertion_order": True,
        "autoinstall_known_extensions": False,  # nothing is ever downloaded
    }
    if threads is not None:
        settings["threads"] = threads
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit
    name = str(path)
    try:
        if name != MEMORY:
            _check_name(path)
            # DuckDB takes a name that begins with `:memory:` or with a scheme (`md:`) for something else than a file.
            name = str(Path(path).absolute())
            if Path(path).exists():
                _check_magic(Path(path))
                _inspect(Path(name), format_version)
            settings["temp_directory"] = f"{name}.tmp"
            _make(Path(name), settings)
        connection = _connected(name, settings)
        connection.execute("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        raise _refused(path, error) from error
    except OSError as error:
        message = f"The store cannot be made: {(error.strerror or str(error)).lower()}."
        raise _error("store_failed", path, message, "May you write in the folder?") from error
    return connection


def connect_to_read(path: Path, *, format_version: int) -> duckdb.DuckDBPyConnection:
    """A connection to the store at `path` that cannot change it. Raises StoreError."""
    if not path.is_file():
        raise _error("store_not_found", path, "There is no store.", "Make it of its archive with `coterie rebuild`.")
    try:
        _check_magic(path)
        _inspect(path, format_version)
        connection = duckdb.connect(str(path.absolute()), read_only=True)
        connection.execute("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        raise _refused(path, error) from error
    return connection


def _check_name(path: str | Path) -> None:
    """Refuse a name that no file can have, or whose folder is not there."""
    if not is_storable(str(path)) or "\0" in str(path):
        raise _error("store_not_found", path, "DuckDB cannot open a file of this name.", "Name it in plain letters.")
    if not Path(path).absolute().parent.is_dir():
        raise _error("store_not_found", path, "There is no such folder to make a store in.", "Make it first.")


def _check_magic(path: Path) -> None:
    """Refuse what is no file of DuckDB's: that of another database DuckDB would try to open by an extension."""
    if path.is_dir():
        raise _error("store_damaged", path, "This is a folder, not a store.", "Name a file.")
    try:
        with path.open("rb") as file:
            head = file.read(_MAGIC[0].stop)
    except OSError as error:
        message = f"The store cannot be opened: {(error.strerror or str(error)).lower()}."
        raise _error("store_failed", path, message, "Nothing was changed. May you read and write it?") from error
    if head[_MAGIC[0]] != _MAGIC[1]:
        raise _error("store_damaged", path, "This is no database of DuckDB, or its beginning is damaged.", _RESTORE)


def _make(path: Path, settings: dict[str, str | bool | int | float | list[str]]) -> None:
    """Make an empty store where there is none: it has its name once it is whole, even if the process ends here."""
    log = path.with_name(f"{path.name}.wal")
    orphan = log.stat().st_ino if log.exists() else None  # of a store that was deleted, if there is none still
    if path.exists():
        return
    new = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        new.unlink(missing_ok=True)
        _connected(str(new), settings).close()
        if orphan is not None and log.exists() and log.stat().st_ino == orphan:
            log.unlink(missing_ok=True)
        _give_name(new, path)
    finally:
        for left_over in path.parent.glob(f"{glob.escape(path.name)}.new-*"):
            left_over.unlink(missing_ok=True)


def _give_name(new: Path, path: Path) -> None:
    """Name a new file, unless another process was faster."""
    try:
        path.hardlink_to(new)
    except (FileExistsError, FileNotFoundError):
        if not path.exists():
            raise
    except OSError:  # a file system without links
        new.rename(path)


def _connected(path: str, settings: dict[str, str | bool | int | float | list[str]]) -> duckdb.DuckDBPyConnection:
    if path == MEMORY:
        return duckdb.connect(path, config=settings)
    try:
        return duckdb.connect(path, config={**settings, "storage_compatibility_version": _STORAGE})
    except duckdb.InvalidInputException:  # a DuckDB that does not know that version yet writes an older one
        return duckdb.connect(path, config=settings)


def _inspect(path: Path, format_version: int) -> None:
    """Look at an existing file without being able to change it."""
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        if _is_truncated(connection, path, tables):
            raise _error("store_damaged", path, "The file ends before its data does: it was truncated.", _RESTORE)
        if METADATA in tables:
            _check_version(connection, path, format_version)
        elif tables:
            raise _error(
                "store_damaged", path, "This is a DuckDB database, but not a store of Coterie.", "Name another file."
            )


def _is_truncated(connection: duckdb.DuckDBPyConnection, path: Path, tables: Iterable[str]) -> bool:
    """Whether a block in use lies behind the end of the file. Free blocks at the end DuckDB itself cuts off."""
    sizes = connection.execute("SELECT block_size, total_blocks FROM pragma_database_size()").fetchall()
    block_size, counted = map(int, sizes[0])
    there = (path.stat().st_size - _HEADERS) // block_size
    return there < counted and there <= _last_block(connection, tables)


def _last_block(connection: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> int:
    """The highest block that holds something."""
    last = connection.execute("SELECT max(block_id) FROM pragma_metadata_info()").fetchall()
    for table in tables:
        last += connection.execute(
            "SELECT greatest(max(block_id), max(list_max(additional_block_ids))) FROM pragma_storage_info(?)", [table]
        ).fetchall()
    return max((block for (block,) in last if block is not None), default=-1)


def _check_version(connection: duckdb.DuckDBPyConnection, path: Path, format_version: int) -> None:
    row = connection.execute(f"SELECT value FROM {METADATA} WHERE name = 'format_version'").fetchone()
    if row is None:
        raise _error("store_damaged", path, "The store does not say which version it has.", _RESTORE)
    if row[0] > format_version:
        message = f"The store has version {row[0]}; this Coterie reads up to {format_version}."
        raise _error("store_newer", path, message, "Use the newer Coterie that wrote it.")


_RESTORE = "Restore it from a backup, or load the files into a new store. Nothing was changed."


def _refused(path: str | Path, error: duckdb.Error) -> StoreError:
    """The StoreError for what DuckDB says when it cannot open a file."""
    message = str(error)
    if isinstance(error, duckdb.ConnectionException):
        return _error("store_locked", path, "This process has the store open already.", "Use it, or close it first.")
    if "Could not set lock" in message or "used by another process" in message:
        return _error(
            "store_locked",
            path,
            "Another process has the store open.",
            "Close it there, or ask that process; one process at a time can use a store.",
        )
    if isinstance(error, duckdb.ParserException | duckdb.SyntaxException):
        return _error(
            "store_failed", path, f"The settings were refused: {told(error)}", "Mend `threads` or `memory_limit`."
        )
    if "version number" in message:
        return _error("store_newer", path, f"The file was written by a newer DuckDB: {told(error)}", "Upgrade duckdb.")
    return _error("store_damaged", path, f"The store cannot be read: {told(error)}", _RESTORE)


def _error(code: str, path: str | Path, message: str, hint: str) -> StoreError:
    return StoreError(Problem(code=code, path=str(path), message=message, hint=hint))
