"""The archive of a store: every load and batch that it accepted, in order, as numbered Parquet files in one folder.

The number of a file is the store's count of loads with it. A file is written under another name while the records are
read; it gets its own only when all of it is on the disk, and before the store commits. So of a store and its archive
the archive is never behind: what it has and the store has not is replayed when the store is opened.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from coterie.catalog import Catalog, parse_catalog
from coterie.catalog.writing import catalog_as_data
from coterie.errors import CatalogError, Problem, StoreError
from coterie.records.archived_files import ArchivedFile, FileWriter, Heading, damaged

__all__ = ["Archive", "fsync_folder"]

_NAME = re.compile(r"(\d{12})\.parquet")
_UNFINISHED = ".unfinished"


class Archive:
    """The archive in `folder`, which is made with its first file. The process that has the store open writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._catalog: tuple[int, Catalog] | None = None

    @classmethod
    def beside(cls, store: str | Path) -> Archive:
        """The archive of the store at that path."""
        path = Path(store).absolute()
        return cls(path.with_name(f"{path.name}.archive"))

    # --- looking

    def numbers(self) -> range:
        """The numbers of the files there are. Raises StoreError (`archive_damaged`) where one between them is missing.

        A folder that is not there is an archive without files.
        """
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 - paths of a million files take their time
        except FileNotFoundError:
            return range(0)
        except OSError as error:
            raise _failed(self.folder, "read", error) from error
        found = sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name)))
        if not found:
            return range(0)
        numbers = range(found[0], found[-1] + 1)
        if len(numbers) != len(found):
            missing = next(number for number, there in zip(numbers, found, strict=False) if number != there)
            raise damaged(self.path_of(missing), "The file is missing, though later ones are there.")
        return numbers

    def path_of(self, number: int) -> Path:
        return self.folder / f"{number:012}.parquet"

    def file(self, number: int) -> ArchivedFile:
        """The file of that number. Raises StoreError (`archive_damaged`), here or while it is read."""
        file = ArchivedFile(self.path_of(number))
        if file.heading.number != number:
            raise damaged(file.path, f"The file says that its number is {file.heading.number}.")
        return file

    def catalog_of(self, file: ArchivedFile) -> Catalog:
        """The catalog of the time at which `file` was written."""
        holder = file.heading.catalog
        if self._catalog is None or self._catalog[0] != holder:
            held = file.held_catalog if holder == file.heading.number else self.file(holder).held_catalog
            try:
                self._catalog = (holder, parse_catalog(held or {}))
            except CatalogError as error:
                raise damaged(self.path_of(holder), "The file does not hold the catalog of its time.") from error
        return self._catalog[1]

    # --- writing

    def clear_unfinished(self) -> None:
        """Remove what a process that was ended left half written."""
        if self.folder.is_dir():
            for path in self.folder.glob(f"*{_UNFINISHED}"):
                path.unlink(missing_ok=True)

    def writer(self, number: int) -> FileWriter:
        """A writer of the file `number`. Raises StoreError (`store_failed`) where the folder cannot be made."""
        if self.path_of(number).exists():
            raise damaged(self.path_of(number), "The file is there already.", "Does another process use the store?")
        try:
            if not self.folder.is_dir():
                self.folder.mkdir()
                fsync_folder(self.folder.parent)
        except OSError as error:
            raise _failed(self.folder, "made", error) from error
        return FileWriter(Path(f"{self.path_of(number)}{_UNFINISHED}"))

    def publish(self, writer: FileWriter, heading: Heading, catalog: Catalog) -> None:
        """Give a file its name, once it is on the disk. It holds `catalog` where its heading says so."""
        held: Mapping[str, object] | None = None
        if heading.catalog == heading.number:
            held = catalog_as_data(catalog)
        writer.finish(heading, held)
        writer.path.replace(self.path_of(heading.number))
        fsync_folder(self.folder)

    def withdraw(self, number: int) -> None:
        """Take back a file whose change was not committed."""
        self.path_of(number).unlink(missing_ok=True)
        fsync_folder(self.folder)


def fsync_folder(folder: Path) -> None:
    """Make sure that names given in `folder` are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failed(path: Path, what: str, error: OSError) -> StoreError:
    message = f"The archive cannot be {what}: {(error.strerror or str(error)).lower()}."
    return StoreError(
        Problem(code="store_failed", path=str(path), message=message, hint="May you read and write the folder?")
    )
