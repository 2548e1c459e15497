"""`python -m web_faults.inside DEED FOLDER`: what is done in a server's folder while no server runs there.

`token` makes a token that may do all, and prints it. `check` looks at what a server left, and prints it as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from coterie import Engine

__all__ = ["main"]


def main(deed: str, folder: str) -> None:
    os.environ["COTERIE_FOLDER"] = folder  # noqa: TID251 - the process stands in for the server
    os.environ["DJANGO_SETTINGS_MODULE"] = "coterie_web.site.settings"  # noqa: TID251
    import django

    django.setup()
    _DEEDS[deed]()


def _token() -> None:
    from coterie_web.accounts.models import ApiToken
    from coterie_web.accounts.tokens import make_token
    from coterie_web.demo.people import people

    moment = datetime.now(UTC)  # noqa: TID251 - of the machine, as the server's
    ends = moment + timedelta(days=1)
    print(make_token(people()[0], "campaign", list(ApiToken.Scope), ends, moment)[1])  # noqa: T201


def _check() -> None:
    """What is published beside a full evaluation by the same files, and whether anything was left behind."""
    import coterie
    from coterie_web.ingest.models import InboxBatch
    from coterie_web.segments.models import Segment
    from coterie_web.segments.queries import live_files
    from coterie_web.site.settings import CONFIGURATION

    with coterie.open(CONFIGURATION.store, catalog=CONFIGURATION.catalog_path) as engine:
        files = live_files()
        print(  # noqa: T201
            json.dumps(
                {
                    "waiting": InboxBatch.objects.filter(applied_at=None).count(),
                    "records": engine.record_counts(),
                    "wrong": _wrong(engine, files),
                    "statuses": dict(Segment.objects.values_list("key", "status")),
                    "cities": _cities(engine),
                }
            )
        )


def _wrong(engine: Engine, files: dict[str, dict[str, object]]) -> list[str]:
    """What is not as it should be, in words."""
    published = engine.published
    wrong = [f"{key} is live and not published" for key in files if key not in published]
    wrong += [f"{key} is published and not live" for key in published if key not in files]
    for key in sorted(files.keys() & published.keys()):
        shown = published[key]
        if shown.data_version != engine.data_version:
            wrong.append(f"{key} shows version {shown.data_version} of {engine.data_version}")
        meant = engine.members(files[key], as_of=shown.as_of, segments=files)
        if shown.members != meant:
            wrong.append(f"{key} has {len(shown.members)} members, and should have {len(meant)}")
    return wrong


def _cities(engine: Engine) -> dict[str, int]:
    """How many contacts live in each of the made-up cities that the campaign lets them move to."""
    counts: dict[str, int] = {}
    for number in range(CITIES):
        city = f"City {number}"
        where = {"attribute": "city", "operator": "is", "value": city}
        definition = {"blocks": [{"block": {"kind": "profile", "where": where}}]}
        counts[city] = engine.count(definition, as_of=datetime(2026, 1, 1, tzinfo=UTC))
    return counts


CITIES = 5

_DEEDS: dict[str, Callable[[], None]] = {"token": _token, "check": _check}

if __name__ == "__main__":
    main(*sys.argv[1:])
