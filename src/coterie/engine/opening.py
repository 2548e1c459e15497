"""Opening an insights store: the one place of the library that names a backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.backends.duckdb.store import Store
from coterie.catalog import Catalog, parse_catalog
from coterie.engine.engine import Engine
from coterie.engine.questions import zone_of
from coterie.snapshot import Journal

__all__ = ["open_engine", "organized"]

_CACHE_MEMORY = 256 * 1024 * 1024

_SEGMENTS = ".segments"

_MEMORY_LIMIT = "4GB"
"""Of the database, which reads more than it keeps: beyond a few gigabytes no question gets faster."""


def open_engine(
    path: str | Path,
    catalog: Catalog | Mapping[str, object] | str | Path,
    time_zone: str | None = None,
    *,
    threads: int | None = None,
    memory_limit: str = _MEMORY_LIMIT,
    cache_memory: int = _CACHE_MEMORY,
    archive: bool = True,
    repair: bool = False,
) -> Engine:
    """Open the insights store at `path`, or create it; `":memory:"` for one that is gone when closed.

    `catalog` says what may be asked about: a path, YAML text, a mapping or a Catalog. `time_zone` is the organization's
    (an IANA name; default: the catalog's, else UTC): datetimes without offset are read in it, and it is the zone of
    segments that name none. `threads` and `memory_limit` (such as `"8GB"`; default 4 GB) bound the database,
    `cache_memory` (bytes) the answers kept between questions. A store in a file keeps every load in an archive beside
    it, of which `coterie.rebuild` can make it again; with `archive=False` the archive is neither written nor read.
    What is published of live segments lies in a folder beside the store (`shop.duckdb.segments`), which is read when it
    is first needed; `repair` sets damaged files there aside, and the next refresh publishes anew.

    Raises CatalogError, QuestionError (`unknown_time_zone`) and StoreError (`store_locked`, `store_newer`,
    `store_damaged`, `archive_damaged`); the file is left as it was then.
    """
    known, zone = organized(catalog, time_zone)
    store = Store.open(path, known, time_zone=zone.key, threads=threads, memory_limit=memory_limit, archive=archive)
    folder = None if str(path) == ":memory:" else Path(f"{path}{_SEGMENTS}")
    return Engine(
        DuckDBBackend(store),
        known,
        zone,
        journal=lambda: Journal.open(folder, repair=repair),
        cache_memory=cache_memory,
    )


def organized(catalog: Catalog | Mapping[str, object] | str | Path, time_zone: str | None) -> tuple[Catalog, ZoneInfo]:
    """The catalog, with `time_zone` as the organization's where one is passed, and that zone."""
    known = parse_catalog(catalog)
    if time_zone is not None:
        known = replace(known, organization=replace(known.organization, time_zone=time_zone))
    return known, zone_of(known.organization.time_zone)
