"""What one batch of operations did, as `ingest` reports it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from coterie.records.report import Offence, ReportBuilder, table_of

__all__ = ["IngestReport", "IngestReportBuilder"]

_SOURCE = "ingest"


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What one call of `ingest` did. `read` = `added` + `updated` + `deleted` + `repeated` + `refused`, in operations.

    `added` are records that were not known (contacts that come back among them) and interactions; `repeated` ones
    changed nothing: what is known already, older than what is known, or a `message_id` accepted before. `refused` ones
    are kept aside. `made_ids` interactions came without `message_id`. `counts` holds, by code, what an ImportReport
    counts and why operations were refused; `examples` the first of each, whose `line` is the operation's number in the
    batch. `data_version` is that after the batch; `touched` says how many contacts it concerns: by their own record,
    by records related to them, before or after, or by interactions. Contacts that are not known count too.
    """

    read: int
    added: int
    updated: int
    deleted: int
    repeated: int
    refused: int
    made_ids: int
    data_version: int
    touched: int
    counts: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[Offence, ...] = ()

    def __str__(self) -> str:
        figures = {
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "deleted": self.deleted,
            "repeated": self.repeated,
            "refused": self.refused,
            "made ids": self.made_ids,
            "contacts touched": self.touched,
            **self.counts,
        }
        return table_of(f"ingested, data version {self.data_version}", figures, self.examples)


@dataclass(slots=True)
class IngestReportBuilder:
    """Collects what happens during one batch: one report for each entity and interaction, and what became of each."""

    read: int
    added: int = 0
    updated: int = 0
    deleted: int = 0
    made_ids: int = 0
    _parts: dict[str, ReportBuilder] = field(default_factory=dict)

    def about(self, name: str) -> ReportBuilder:
        """The report of what concerns the entity or interaction `name`."""
        return self._parts.setdefault(name, ReportBuilder(name, _SOURCE))

    def finish(self, *, data_version: int, touched: int) -> IngestReport:
        refused = sum(part.refused for part in self._parts.values())
        counts: Counter[str] = Counter()
        for part in self._parts.values():
            counts.update(part.counts)
        return IngestReport(
            read=self.read,
            added=self.added,
            updated=self.updated,
            deleted=self.deleted,
            repeated=self.read - refused - self.added - self.updated - self.deleted,
            refused=refused,
            made_ids=self.made_ids,
            data_version=data_version,
            touched=touched,
            counts=dict(counts),
            examples=tuple(example for part in self._parts.values() for example in part.examples()),
        )
