"""What people did, written where they do it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from coterie_web.accounts.models import HistoryEntry, User

__all__ = ["differences", "record"]


def record(
    deed: str,
    *,
    of: tuple[str, str, str],
    acting_user: User | None,
    now: datetime,
    details: dict[str, object] | None = None,
) -> HistoryEntry:
    """Write down a deed, in the transaction that does it. `of` is the type, the id and the name of its subject.

    `acting_user` is None for what the system does by itself.
    """
    assert transaction.get_connection().in_atomic_block, "a deed and its history entry belong to one transaction"
    kind, identity, name = of
    return HistoryEntry.objects.create(
        at=now,
        acting_user=acting_user,
        acting_name="Coterie" if acting_user is None else acting_user.name,
        acting_unit_id=None if acting_user is None else acting_user.unit_id,
        deed=deed,
        subject_type=kind,
        subject_id=identity,
        subject_name=name[:200],
        details=details or {},
    )


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """What a change changes, as details of its history entry: what was, and what is."""
    return {name: {"from": before[name], "to": new} for name, new in after.items() if before[name] != new}
