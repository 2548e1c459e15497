"""`/metrics`, for Prometheus: requests and refreshes as they were counted, and how things stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from coterie.errors import Problem
from coterie_web.accounts.models import Role, User
from coterie_web.catalogs.engine import engine, is_provided
from coterie_web.ingest.set_aside import set_aside_count
from coterie_web.ingest.waiting import waiting, why_it_stands_still
from coterie_web.rest.asking import READING
from coterie_web.rest.problems import RefusedRequest, problem_response
from coterie_web.segments.models import LIVE_STATUSES, Segment
from coterie_web.site.configuration import Configuration
from coterie_web.ui.clock import now

__all__ = ["metrics"]


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For administrators of the organization: a token with the scope `read`, or who is signed in."""
    try:
        _demand_administrator(request)
    except RefusedRequest as refused:
        return problem_response(refused.status, refused.problems, headers=refused.headers)
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _demand_administrator(request: HttpRequest) -> None:
    user: User | None = next(filter(None, (asking(request) for asking in READING)), None)
    if user is None:
        problem = Problem(
            code="not_authenticated",
            path="Authorization",
            message="Metrics are for administrators.",
            hint="Send Authorization: Bearer, with the API token of one.",
        )
        raise RefusedRequest(HTTPStatus.UNAUTHORIZED, problem, headers={"WWW-Authenticate": "Bearer"})
    if not user.at_least(Role.ADMINISTRATOR) or user.unit_id is not None:
        problem = Problem(code="not_allowed", path="", message="Metrics are for administrators.", hint="")
        raise RefusedRequest(HTTPStatus.FORBIDDEN, problem)


class Standing(Collector):
    """How things stand when they are asked for; nothing is counted before."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing is looked up to register this: the stores may not be open yet."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _inbox()
        yield from _segments()
        yield from _data()
        yield _sizes(settings.CONFIGURATION)


def _inbox() -> Iterator[GaugeMetricFamily]:
    found = waiting()
    age = 0.0 if found.since is None else max((now() - found.since).total_seconds(), 0.0)
    yield _gauge("coterie_inbox_waiting_records", "Records acknowledged and not applied yet.", found.records)
    yield _gauge("coterie_inbox_waiting_batches", "Batches acknowledged and not applied yet.", found.batches)
    yield _gauge("coterie_inbox_oldest_seconds", "How long the oldest of them has waited.", age)
    standing = "Whether what waits cannot be applied (1), which failed more than once."
    yield _gauge("coterie_inbox_stands_still", standing, bool(why_it_stands_still()))
    aside = "Records that the store could not take in, kept until somebody decides about them."
    yield _gauge("coterie_inbox_set_aside_records", aside, set_aside_count())


def _segments() -> Iterator[GaugeMetricFamily]:
    statuses = Counter(Segment.objects.values_list("status", flat=True))
    by_status = GaugeMetricFamily("coterie_segments", "Segments by status.", labels=["status"])
    for status in Segment.Status.values:
        by_status.add_metric([status], statuses[status])
    yield by_status
    live = sum(statuses[status] for status in LIVE_STATUSES)
    yield _gauge("coterie_live_segments", "Segments that are kept current.", live)
    yield _gauge("coterie_live_quota", "Segments that may be live.", settings.CONFIGURATION.live_quota)


def _data() -> Iterator[GaugeMetricFamily]:
    """The version of the data, and the one that published members heed: between them lies what nobody sees yet."""
    if not is_provided():
        return
    versions = [published.data_version for published in engine().published.values()]
    yield _gauge("coterie_data_version", "The version of the data that was applied.", engine().data_version)
    visible = min(versions, default=engine().data_version)
    yield _gauge("coterie_published_data_version", "The version that all published members heed.", visible)


def _sizes(configuration: Configuration) -> GaugeMetricFamily:
    sizes = GaugeMetricFamily("coterie_store_bytes", "Bytes of the stores on disk, logs included.", labels=["store"])
    for name, path in (("insights", configuration.store), ("control", configuration.control)):
        files = (path, path.with_name(f"{path.name}.wal"), path.with_name(f"{path.name}-wal"))
        sizes.add_metric([name], sum(map(_size, files)))
    return sizes


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _gauge(name: str, description: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, description, value=value)


REGISTRY.register(Standing())
