"""Business units as the data name them."""

from __future__ import annotations

from dataclasses import dataclass

from coterie_web.accounts.models import BusinessUnit
from coterie_web.catalogs.engine import engine

__all__ = ["FoundUnit", "units_in_data"]

_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUnit:
    """A key that contacts have, and no unit."""

    key: str
    contacts: int


def units_in_data() -> list[FoundUnit]:
    """The keys that contacts have and no unit does, those of most contacts first."""
    column = engine().catalog.contact.business_unit
    if column is None:
        return []
    known = set(BusinessUnit.objects.values_list("key", flat=True))
    found = engine().values("contact", column, limit=_MOST + len(known))
    return [FoundUnit(key=str(each.value), contacts=each.count) for each in found if each.value not in known]
