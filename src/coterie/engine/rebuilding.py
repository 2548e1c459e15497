"""The archive of a store, used: the store made again, or compared with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from coterie.backends.duckdb.checking import Difference
from coterie.backends.duckdb.rebuilding import Checked, Rebuilt, check_store, rebuild_store
from coterie.catalog import Catalog
from coterie.engine.opening import organized

__all__ = ["Checked", "Difference", "Rebuilt", "check", "rebuild"]


def rebuild(
    path: str | Path,
    catalog: Catalog | Mapping[str, object] | str | Path,
    time_zone: str | None = None,
    *,
    threads: int | None = None,
    memory_limit: str = "4GB",
    progress: Callable[[int, float | None], None] | None = None,
) -> Rebuilt:
    """Make the store at `path` again out of the archive beside it, whether it is there, damaged or gone.

    Every archived change is replayed with the catalog and the zone of its time, so that the store is the same again:
    contents, ordinals, data version, what was kept aside. It is made in a file beside, which takes the place of the old
    one when all is done; the old one is kept as `….replaced-1`, `-2` and so on. The other arguments are those of
    `coterie.open`; `progress` is called with the changes replayed so far and the share of all.

    Raises StoreError: `archive_missing` where there is no archive, or none from the first load on; `archive_damaged`,
    naming the file, also where the store holds more than the archive; `store_locked` where a process has the store
    open. Nothing was changed then.
    """
    known, zone = organized(catalog, time_zone)
    return rebuild_store(path, known, time_zone=zone.key, threads=threads, memory_limit=memory_limit, progress=progress)


def check(
    path: str | Path,
    catalog: Catalog | Mapping[str, object] | str | Path,
    time_zone: str | None = None,
    *,
    threads: int | None = None,
    memory_limit: str = "4GB",
    progress: Callable[[int, float | None], None] | None = None,
) -> Checked:
    """Compare the store at `path`, table by table, with what its archive comes to; neither is changed.

    The archive is replayed in a temporary store beside, which takes as long as `rebuild` and as much room. The
    arguments and errors are those of `rebuild`; a store that is damaged or not there is a StoreError too.
    """
    known, zone = organized(catalog, time_zone)
    return check_store(path, known, time_zone=zone.key, threads=threads, memory_limit=memory_limit, progress=progress)
