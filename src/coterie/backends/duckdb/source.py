"""What evaluation needs to know of where it reads: the whole store, or an excerpt of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa
from pyroaring import BitMap

from coterie.catalog.model import Catalog

__all__ = ["Source"]


class Source(Protocol):
    """Tables laid out as `naming` says."""

    @property
    def catalog(self) -> Catalog: ...

    @property
    def data_version(self) -> int: ...

    def query(
        self, statement: str, parameters: Sequence[object] = (), tables: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        """Run a statement with bound values; `tables` are there under their names while it runs."""
        ...

    def number_scale(self, table: str, column: str) -> int:
        """A number is kept as an integer, multiplied by ten to this power."""
        ...

    def entity_size(self, entity: str) -> int:
        """One more than the largest ordinal of an entity."""
        ...

    def known_contacts(self) -> BitMap:
        """The ordinals of known contacts; the others were only referred to so far."""
        ...
