"""Definitions as files: one segment as YAML, several as an archive, as `coterie plan` and `coterie apply` read them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import cast

from django.http import HttpResponse

from coterie import CoterieError, Membership, parse
from coterie.definition import write
from coterie.definition.yaml_layout import write_yaml
from coterie.values.documents import Tree
from coterie_web.segments.files import SegmentFile, draft_file, live_file, with_listed
from coterie_web.segments.models import Segment

__all__ = ["definitions_file", "yaml_of"]

_EPOCH = (1980, 1, 1, 0, 0, 0)


def definitions_file(segments: Sequence[Segment], visible: Membership | None) -> HttpResponse:
    """The definitions as a download: `KEY.yaml`, or `segments.zip` of such files. They list contacts that one sees."""
    if len(segments) == 1:
        return _download(_yaml(segments[0], visible).encode(), f"{segments[0].key}.yaml", "application/yaml")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for segment in sorted(segments, key=lambda each: each.key):
            # With one date, the same definitions make the same archive.
            opened.writestr(zipfile.ZipInfo(f"{segment.key}.yaml", _EPOCH), _yaml(segment, visible))
    return _download(archive.getvalue(), "segments.zip", "application/zip")


def _yaml(segment: Segment, visible: Membership | None) -> str:
    return yaml_of(with_listed(_file_of(segment), visible))


def _file_of(segment: Segment) -> SegmentFile:
    """The segment as a whole file: what is served, or else the draft; with what people wrote of it."""
    file = draft_file(segment) if segment.live_version is None or not segment.is_live else live_file(segment)
    more: SegmentFile = {"description": segment.description or None, "tags": segment.tags or None}
    more["owner"] = segment.owner.email
    if segment.external_source:
        more["external"] = {"source": segment.external_source, "url": segment.external_url}
    return file | {name: value for name, value in more.items() if value is not None}


def yaml_of(file: SegmentFile) -> str:
    """A segment file in the canonical layout; as it stands, where it is incomplete."""
    try:
        return write(parse(file))
    except CoterieError:
        return write_yaml(cast("dict[str, Tree]", file))  # a draft holds plain JSON


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
