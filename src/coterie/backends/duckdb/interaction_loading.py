"""Loading interactions: appended in order of arrival, then freed of repeated messages (semantics, rule 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa

from coterie.backends.duckdb.duplicates import Accepted, drop_duplicates, number_like_records
from coterie.backends.duckdb.message_hashes import MESSAGE_HASH
from coterie.backends.duckdb.naming import entity_table, folded_column, interaction_table, quoted, value_column
from coterie.backends.duckdb.ordinals import find_ordinals, table_size
from coterie.backends.duckdb.writing import Writing
from coterie.catalog import CONTACT, Interaction
from coterie.records.arrays import as_flags, one_array, overlaid, true_rows
from coterie.records.columns import typed_column, typed_instants, typed_keys
from coterie.records.content import contents
from coterie.records.raw import RawBatch
from coterie.records.report import ImportReport

__all__ = ["KEY", "OCCURRED_AT", "InteractionLoad", "load_interactions"]

KEY = "key"
"""The column of a table that was read which holds the contacts' keys."""

OCCURRED_AT = "occurred_at"
"""The one that holds when it occurred."""

_MESSAGE_ID = "message_id"


def load_interactions(writing: Writing, batches: Iterable[RawBatch]) -> ImportReport:
    """Append interactions; one `message_id` counts once, for ever, and the first accepted wins.

    A record without one is given one made of its content and of how many like it came before in this load.
    """
    loading = InteractionLoad(writing, writing.catalog.interactions[writing.report.name])
    for batch in batches:
        loading.append(batch)
    if loading.any_made:
        number_like_records(writing, loading.table)
    repeated = drop_duplicates(writing, loading.table, loading.accepted)
    added = loading.accepted.count - len(repeated)
    writing.changed = added > 0
    writing.store_kept()
    return writing.report.finish(added=added, updated=0)


class InteractionLoad:
    """Records of one interaction on their way in.

    One without `message_id` is given one made of its content, or the one that `fresh` makes of its line: an id that no
    other record will ever have.
    """

    def __init__(
        self, writing: Writing, interaction: Interaction, *, fresh: Callable[[int], str] | None = None
    ) -> None:
        self.writing = writing
        self.interaction = interaction
        self.table = interaction_table(interaction.name)
        self.contacts = entity_table(CONTACT)
        self.contact_key = writing.catalog.contact.key
        self.accepted = Accepted()
        self.fresh = fresh
        self.any_made = False
        self.fresh_ids = 0

    def append(self, batch: RawBatch) -> None:
        """Read a batch, and append what can be used of it."""
        table = self.read(batch)
        if table.num_rows:
            self.insert(table, self._ordinals(one_array(table.column(KEY))))

    def read(self, batch: RawBatch) -> pa.Table:
        """The records that can be used: the contact's key (`KEY`) and physical columns. The others are refused."""
        known = dict.fromkeys([_MESSAGE_ID, self.contact_key, OCCURRED_AT, *self.interaction.attributes])
        self.writing.note_columns(batch, list(known))
        keys, times, usable = self._required(batch)
        columns = {KEY: keys, OCCURRED_AT: times, **self._identities(batch, usable), **self._attributes(batch)}
        self.accepted.add(batch, usable)
        table = pa.table(columns)
        return table if usable.all() else table.filter(pa.array(usable))

    def insert(self, table: pa.Table, contacts: np.ndarray) -> None:
        """Append records that were read, whose contacts have these ordinals."""
        self._insert(table.drop_columns(KEY).append_column("contact", pa.array(contacts, pa.uint32())))

    def _required(self, batch: RawBatch) -> tuple[pa.Array, pa.Array, np.ndarray]:
        """Keys, times, and which records have both. The others are refused."""
        key, time = batch.columns.get(self.contact_key), batch.columns.get(OCCURRED_AT)
        keys = typed_keys(key).values if key is not None else pa.nulls(batch.rows, pa.string())
        times = (
            typed_instants(time, self.writing.clock).values if time is not None else pa.nulls(batch.rows, pa.int64())
        )
        has_key, has_time = as_flags(keys.is_valid()), as_flags(times.is_valid())
        self.writing.refuse(batch, self.contact_key, "missing_key", true_rows(~has_key))
        self.writing.refuse(batch, OCCURRED_AT, "invalid_time", true_rows(has_key & ~has_time))
        return keys, times, has_key & has_time

    def _identities(self, batch: RawBatch, usable: np.ndarray) -> dict[str, pa.Array]:
        """The message ids; where there is none, the content of the record of which one is made."""
        given = pa.nulls(batch.rows, pa.string())
        if _MESSAGE_ID in batch.columns:
            typed = typed_keys(batch.columns[_MESSAGE_ID])
            self.writing.note_cells(batch, _MESSAGE_ID, typed)
            given = typed.values
        made = ~as_flags(given.is_valid())
        if not made.any():
            return {_MESSAGE_ID: given, "content": pa.nulls(batch.rows, pa.string())}
        if self.fresh is not None:
            self.fresh_ids += int((made & usable).sum())
            fresh = pa.array([self.fresh(batch.line(int(row))) for row in true_rows(made)])
            return {_MESSAGE_ID: overlaid(given, made, fresh), "content": pa.nulls(batch.rows, pa.string())}
        self.any_made = True
        return {_MESSAGE_ID: given, "content": contents(batch, made)}

    def _attributes(self, batch: RawBatch) -> dict[str, pa.Array]:
        columns: dict[str, pa.Array] = {}
        for name, attribute in self.interaction.attributes.items():
            if name not in batch.columns:
                continue
            typed = typed_column(batch.columns[name], attribute, self.writing.clock)
            self.writing.note_cells(batch, name, typed)
            own = value_column(name)
            columns[own] = (
                typed.values if typed.numbers is None else self.writing.fitted(self.table, own, typed.numbers)
            )
            if typed.folded is not None:
                columns[folded_column(name)] = typed.folded
        return columns

    def _ordinals(self, keys: pa.Array) -> np.ndarray:
        """The ordinals of contacts; those not known yet are allotted one, in order of first appearance."""
        encoded = keys.dictionary_encode()
        ordinals = find_ordinals(self.writing, self.contacts, encoded.dictionary)
        unknown = true_rows(ordinals < 0)
        if len(unknown):
            size = table_size(self.writing, self.contacts)
            ordinals[unknown] = np.arange(size, size + len(unknown))
            allotted = pa.array(ordinals[unknown], pa.uint32())
            self.writing.run_over(
                pa.table({"ordinal": allotted, "key": encoded.dictionary.take(pa.array(unknown))}),
                f"INSERT INTO {quoted(self.contacts)} (ordinal, key, known) SELECT ordinal, key, false FROM batch",
            )
        owners: np.ndarray = ordinals[encoded.indices.to_numpy(zero_copy_only=False)]
        return owners

    def _insert(self, table: pa.Table) -> None:
        names = [name for name in table.column_names if name not in {_MESSAGE_ID, "content"}]
        listed = ", ".join(map(quoted, names))
        self.writing.run_over(
            table,
            f"INSERT INTO {quoted(self.table)} ({listed}, message_id, message_hash) "
            f"SELECT {listed}, message_id, {MESSAGE_HASH} FROM "
            f"(SELECT * REPLACE (coalesce(message_id, 'content:' || md5(content)) AS message_id) FROM batch)",
        )
