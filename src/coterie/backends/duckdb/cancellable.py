"""A source whose statements are broken off when the question that they belong to is given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.source import Source
from coterie.catalog.model import Catalog
from coterie.planning.cancellation import Cancellation

__all__ = ["CancellableSource"]


class Breakable(Source, Protocol):
    """A source that can break a statement off."""

    def query(
        self,
        statement: str,
        parameters: Sequence[object] = (),
        tables: Mapping[str, pa.Table] | None = None,
        cancellation: Cancellation | None = None,
    ) -> pa.Table: ...


class CancellableSource:
    """The `whole` source, as the one question sees it that `cancellation` may give up.

    What is shared with other questions (sizes, known contacts) is read to its end.
    """

    def __init__(self, whole: Breakable, cancellation: Cancellation) -> None:
        self._whole = whole
        self._cancellation = cancellation

    @property
    def catalog(self) -> Catalog:
        return self._whole.catalog

    @property
    def data_version(self) -> int:
        return self._whole.data_version

    def query(
        self, statement: str, parameters: Sequence[object] = (), tables: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        return self._whole.query(statement, parameters, tables, self._cancellation)

    def number_scale(self, table: str, column: str) -> int:
        return self._whole.number_scale(table, column)

    def entity_size(self, entity: str) -> int:
        return self._whole.entity_size(entity)

    def known_contacts(self) -> BitMap:
        return self._whole.known_contacts()
