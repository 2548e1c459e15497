"""Replaying an archive: to make its store again, beside the old one, which is kept; or to compare the two."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from coterie.backends.duckdb.checking import Difference, counters, differences
from coterie.backends.duckdb.message_index import messages_folder
from coterie.backends.duckdb.opening import connect, connect_to_read
from coterie.backends.duckdb.recording import not_continuing
from coterie.backends.duckdb.store import FORMAT_VERSION, Store
from coterie.catalog import Catalog
from coterie.errors import Problem, StoreError
from coterie.records.archive import Archive, fsync_folder

__all__ = ["Checked", "Rebuilt", "check_store", "rebuild_store"]

Replaying = Callable[[int, float | None], None]
"""Told of files replayed so far, and of the share of all (0 to 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What `rebuild` did: how many archived changes it replayed, the data version it came to, and where the file that
    was there before is kept (None where there was none)."""

    replayed: int
    data_version: int
    kept: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `check` found: per table of the store how many rows it has, where the archive has something else, and how
    many archived changes the store does not hold yet: they are replayed when it is opened."""

    data_version: int
    replayed: int
    pending: int
    rows: Mapping[str, int]
    differences: tuple[Difference, ...]


def rebuild_store(
    path: str | Path,
    catalog: Catalog,
    *,
    time_zone: str,
    threads: int | None = None,
    memory_limit: str | None = None,
    progress: Replaying | None = None,
) -> Rebuilt:
    """Make the store at `path` again. Raises StoreError and CatalogError; what was there is untouched then."""
    place = Path(path).absolute()
    archive = Archive.beside(place)
    numbers = _whole(archive)
    _refuse_what_cannot_be_replaced(place, archive, numbers)
    new = place.with_name(f"{place.name}.rebuilding")
    _refuse_in_use(new)
    _remove(new)
    try:
        store = Store.open(new, catalog, time_zone=time_zone, threads=threads, memory_limit=memory_limit, archive=False)
        try:
            _replay(store, archive, numbers, progress)
            version = store.data_version
        finally:
            store.close()
        kept = _set_aside(place)
        # Run files of the old store have no say about the new one: what is missing is computed anew at opening.
        shutil.rmtree(messages_folder(place), ignore_errors=True)
        new.replace(place)
        if messages_folder(new).exists():
            messages_folder(new).replace(messages_folder(place))
        fsync_folder(place.parent)
    except BaseException:
        _remove(new)
        raise
    return Rebuilt(replayed=len(numbers), data_version=version, kept=kept)


def check_store(
    path: str | Path,
    catalog: Catalog,
    *,
    time_zone: str,
    threads: int | None = None,
    memory_limit: str | None = None,
    progress: Replaying | None = None,
) -> Checked:
    """Compare the store at `path` with what its archive comes to, in a folder beside it that is removed again.

    Raises StoreError and CatalogError. Neither the store nor the archive is changed.
    """
    place = Path(path).absolute()
    archive = Archive.beside(place)
    with closing(connect_to_read(place, format_version=FORMAT_VERSION)) as connection:
        held = counters(connection)
        numbers = _whole(archive)
        wanted = range(1, min(held["loads"] + 1, numbers.stop))
        with tempfile.TemporaryDirectory(prefix=f"{place.name}.check-", dir=place.parent) as folder:
            store = Store.open(
                Path(folder) / "store.duckdb",
                catalog,
                time_zone=time_zone,
                threads=threads,
                memory_limit=memory_limit,
                archive=False,
            )
            try:
                _replay(store, archive, wanted, progress)
                tables, found = differences(connection, store.connection)
            finally:
                store.close()
    return Checked(
        data_version=held["data_version"],
        replayed=len(wanted),
        pending=len(numbers) - len(wanted),
        rows={table: sums.rows for table, sums in tables.items()},
        differences=tuple(found),
    )


def _whole(archive: Archive) -> range:
    """The numbers of an archive that begins with the first. Raises StoreError (`archive_missing`)."""
    numbers = archive.numbers()
    if numbers.start == 1:
        return numbers
    if not numbers:
        message = "There is no archive of this store."
        hint = "An archive is kept beside every store in a file, from the first load with this version of Coterie on."
    else:
        message = f"The archive begins with number {numbers.start}: what was loaded before is not in it."
        hint = f"Put the files 1 to {numbers.start - 1} back, or load the data into a new store."
    raise StoreError(Problem(code="archive_missing", path=str(archive.folder), message=message, hint=hint))


def _replay(store: Store, archive: Archive, numbers: range, progress: Replaying | None) -> None:
    """Replay the files `numbers` in an empty store, in order."""
    for done, number in enumerate(numbers, 1):
        store.replay(archive, archive.file(number))
        if progress is not None:
            progress(done, done / len(numbers))


def _refuse_what_cannot_be_replaced(place: Path, archive: Archive, numbers: range) -> None:
    """A store that another has open, that is newer, or that holds more than its archive, stays as it is."""
    if not place.exists():
        return
    try:
        with closing(connect_to_read(place, format_version=FORMAT_VERSION)) as connection:
            loads = counters(connection).get("loads", 0)
    except StoreError as error:
        if error.code in {"store_locked", "store_newer"}:
            raise
        return  # damaged: that is what rebuilding is for
    if loads >= numbers.stop:
        raise not_continuing(archive, numbers, loads)


def _refuse_in_use(new: Path) -> None:
    """Another process may be rebuilding this moment."""
    if not new.exists():
        return
    try:
        connect(new, format_version=FORMAT_VERSION, threads=None, memory_limit=None).close()
    except StoreError as error:
        if error.code == "store_locked":
            raise


def _remove(file: Path) -> None:
    for path in (file, _log_of(file)):
        path.unlink(missing_ok=True)
    shutil.rmtree(messages_folder(file), ignore_errors=True)
    with suppress(OSError):
        file.with_name(f"{file.name}.tmp").rmdir()


def _set_aside(place: Path) -> Path | None:
    """Give the old file another name, and its log: a new file must not find the log of another."""
    if not place.exists() and not _log_of(place).exists():
        return None
    names = (place.with_name(f"{place.name}.replaced-{number}") for number in itertools.count(1))
    kept = next(name for name in names if not name.exists() and not _log_of(name).exists())
    for file, name in ((_log_of(place), _log_of(kept)), (place, kept)):
        if file.exists():
            file.rename(name)
    return kept


def _log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")
