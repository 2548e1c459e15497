"""Members as a Parquet file, written batch by batch: values and types exactly as they are."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["parquet_chunks"]


def parquet_chunks(batches: Iterable[pa.RecordBatch], facts: Mapping[str, str]) -> Iterator[bytes]:
    """The batches as a Parquet file, each a row group; the file says the facts in the metadata of its schema."""
    written = _Written()
    writer: Any = None
    for batch in batches:
        if writer is None:
            schema = batch.schema.with_metadata({f"coterie.{name}": fact for name, fact in facts.items()})
            writer = pq.ParquetWriter(pa.PythonFile(written, mode="w"), schema, compression="zstd")
        writer.write_batch(batch.replace_schema_metadata(schema.metadata))
        yield written.taken()
    if writer is not None:
        writer.close()
        yield written.taken()


class _Written(io.RawIOBase):
    """A file that is handed on piece by piece, and forgotten."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        self._length += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._length

    def taken(self) -> bytes:
        """What was written since this was last asked."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
