"""The commands about live segments, asked of a server: status, log, segments, ingest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coterie.cli.arguments import AsJson, BatchSize, ContactKey, SegmentKey
from coterie.cli.remote.arguments import ServerAddress, Token

if TYPE_CHECKING:
    from coterie.cli.remote.client import Server
    from coterie.records import IngestReport

__all__ = ["ingest", "log", "segments", "status"]

_BATCH_SIZE = 5_000

OperationsFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="The operations: JSON lines, a JSON array or a YAML list; - is standard input."
    ),
]


def status(server: ServerAddress, token: Token = None, as_json: AsJson = False) -> None:
    """Show how each live segment of a server stands, of those that you may see.

    \b
    Example:
      coterie status --server https://coterie.example.com
    """
    from datetime import datetime

    from coterie.cli.answers import print_json
    from coterie.cli.remote.client import Server
    from coterie.cli.remote.reading import status_in
    from coterie.cli.screen import Screen
    from coterie.cli.tables import show_status

    told = Server(server, token).get("/status")
    if as_json:
        print_json(told)
    else:
        statuses = [status_in(each) for each in told["segments"]]
        show_status(Screen(), statuses, datetime.fromisoformat(told["now"]))


def log(
    key: SegmentKey,
    server: ServerAddress,
    token: Token = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1_000, help="At most so many changes.")] = 20,
    contacts: Annotated[bool, typer.Option("--contacts", help="Name the contacts, instead of counting them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who entered a segment and who left it, and whether data, time or an edit was the cause; newest first.

    \b
    Example:
      coterie log lapsed --server https://coterie.example.com
    """
    from coterie.cli.answers import print_json
    from coterie.cli.remote.client import Server
    from coterie.cli.remote.reading import line_in
    from coterie.cli.screen import Screen
    from coterie.cli.tables import show_log

    asked = Server(server, token)
    segment = _segment(asked, key)
    told = asked.get(f"/segments/{segment['id']}/log", limit=limit, contacts="true" if contacts else None)
    if as_json:
        print_json({"segment": key, "log": [_as_of_a_store(line, contacts=contacts) for line in told["log"]]})
    else:
        show_log(Screen(), [line_in(each) for each in told["log"]], contacts=contacts)


def _as_of_a_store(line: dict[str, Any], *, contacts: bool) -> dict[str, Any]:
    """A line in the form in which the log of a store is printed: contacts, or their number, under one name."""
    named = {way: line.pop(f"{way}_contacts") for way in ("entered", "left")}
    return line | named if contacts else line


def _segment(server: Server, key: str) -> Any:
    """The segment with that key. Raises QuestionError where there is none that the token's person sees."""
    from coterie.errors import Problem, QuestionError

    found = server.get("/segments", key=key)["items"]
    if not found:
        message = f"There is no segment {key!r} on the server."
        raise QuestionError(Problem(code="unknown_segment", path="KEY", message=message, hint="Keys are exact."))
    return found[0]


def segments(contact: ContactKey, server: ServerAddress, token: Token = None, as_json: AsJson = False) -> None:
    """List the keys of the live segments that a contact is in, as last published, of those that you may see.

    \b
    Example:
      coterie segments 00017 --server https://coterie.example.com
    """
    from coterie.cli.answers import print_json
    from coterie.cli.remote.client import Server
    from coterie.cli.screen import printable

    told = Server(server, token).contact("/memberships", contact)
    keys = [each["segment"] for each in told["segments"]]
    if as_json:
        print_json({"contact_id": contact, "segments": [*keys]})
        return
    for key in keys:
        typer.echo(printable(key))


def ingest(
    file: OperationsFile,
    server: ServerAddress,
    token: Token = None,
    batch_size: BatchSize = _BATCH_SIZE,
    as_json: AsJson = False,
) -> None:
    """Send upserts, deletions and interactions to a server, in their order, and report when they are applied.

    Each batch is sent again until it is acknowledged, and counts once. A line that is not JSON ends that: nothing of
    its batch is sent.

    \b
    Example:
      coterie ingest changes.jsonl --server https://coterie.example.com
    """
    from coterie.cli.answers import print_json
    from coterie.cli.feeding import print_report
    from coterie.cli.operations import apply_batches, joined
    from coterie.cli.remote.client import Server
    from coterie.cli.remote.sending import Sending
    from coterie.engine.plain_currency import ingest_as_json
    from coterie.errors import ReadError

    reports: list[IngestReport] = []
    try:
        apply_batches(Sending(Server(server, token)), file, batch_size, reports.append)
    except ReadError:
        if reports and not as_json:
            print_report(joined(reports))
        raise
    if not reports:
        return
    if as_json:
        print_json(ingest_as_json(joined(reports)))
    else:
        print_report(joined(reports))
