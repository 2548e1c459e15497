"""Who sends records to a server that may be killed at any moment, and remembers what was acknowledged."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from random import Random
from typing import Any
from urllib.error import HTTPError, URLError

from web_faults.inside import CITIES

__all__ = ["Sender"]

_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass
class Sender:
    """Sends batches of purchases and of moves from city to city. A batch that was not answered is sent again."""

    address: str
    token: str
    random: Random
    contacts: int
    acknowledged: int = 0
    purchases: int = 0
    city_of: dict[str, str] = field(default_factory=dict)
    _number: int = 0
    _open: tuple[str, list[dict[str, Any]]] | None = None
    """A batch of which nobody knows whether it was taken in, with its idempotency key."""

    def send(self) -> bool:
        """Send the batch that is open, else a new one. False: it was not answered."""
        if self._open is None:
            self._number += 1
            self._open = (f"batch {self._number}", self._batch())
        key, records = self._open
        if not self._post(key, records):
            return False
        self._open = None
        self._acknowledge(records)
        return True

    @property
    def cities(self) -> Counter[str]:
        """How many contacts live in each city, by what was acknowledged."""
        return Counter(self.city_of.values())

    def _batch(self) -> list[dict[str, Any]]:
        made = (self._purchase, self._purchase, self._move)
        return [self.random.choice(made)() for _ in range(self.random.randint(1, 40))]

    def _contact(self) -> str:
        return f"C{self.random.randint(1, self.contacts):06}"

    def _purchase(self) -> dict[str, Any]:
        # Without message ids: the inbox has to give the same ones each time that it applies a batch.
        when = datetime.now(UTC) - timedelta(minutes=self.random.randint(0, 10_000))  # noqa: TID251 - as a shop's clock
        record = {"contact_id": self._contact(), "occurred_at": when.isoformat(), "amount": "1", "category": "shoes"}
        return {"type": "interaction", "interaction": "purchase", "record": record}

    def _move(self) -> dict[str, Any]:
        record = {"contact_id": self._contact(), "city": f"City {self.random.randrange(CITIES)}"}
        return {"type": "upsert", "entity": "contact", "record": record}

    def _post(self, key: str, records: list[dict[str, Any]]) -> bool:
        headers = {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": key,
        }  # fmt: skip
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.address}/api/v1/records", data=json.dumps(records).encode(), headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return bool(answer.status == HTTPStatus.ACCEPTED)
        except HTTPError as error:
            if error.code not in _LATER:
                raise
            return False
        except (URLError, OSError):
            return False

    def _acknowledge(self, records: list[dict[str, Any]]) -> None:
        self.acknowledged += len(records)
        for record in records:
            if record["type"] == "interaction":
                self.purchases += 1
            else:
                self.city_of[record["record"]["contact_id"]] = record["record"]["city"]
