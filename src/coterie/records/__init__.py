"""Records on their way in: opening sources, typing their values, reporting what happened."""

from coterie.records.ingest_report import IngestReport
from coterie.records.json_files import object_of_line
from coterie.records.report import ImportReport, Offence
from coterie.records.sources import open_source

__all__ = ["ImportReport", "IngestReport", "Offence", "object_of_line", "open_source"]
