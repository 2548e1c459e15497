"""What a column of dates is of, and whether it holds days, is said by the catalog alone."""

from __future__ import annotations

import pytest

from coterie.catalog import parse_catalog
from coterie.planning.backend import DateColumn

CATALOG = parse_catalog(
    {
        "coterie": 1,
        "contact": {"key": "id", "attributes": {"born": "date", "joined": "datetime"}},
        "entities": {
            "lead": {"key": "lead_id", "attributes": {"born": "datetime"}},
            "note": {"key": "note_id", "attributes": {"born": "date"}},
        },
        "relations": {
            "leads": {"from": "contact", "to": "lead", "one_to_many": "id"},
            "leads.notes": {"from": "lead", "to": "note", "one_to_many": "lead_id"},
        },
        "interactions": {"purchase": {"attributes": {"born": "datetime", "ships": "date"}}},
    }
)


@pytest.mark.parametrize(
    ("column", "entity", "holds_days"),
    [
        (DateColumn(attribute="born"), "contact", True),
        (DateColumn(attribute="joined"), "contact", False),
        (DateColumn(relations=("leads",), attribute="born"), "lead", False),
        (DateColumn(relations=("leads", "leads.notes"), attribute="born"), "note", True),
    ],
)
def test_a_column_is_of_the_entity_to_which_its_relations_lead(
    column: DateColumn, entity: str, holds_days: bool
) -> None:
    assert (column.entity_in(CATALOG), column.holds_days(CATALOG)) == (entity, holds_days)


@pytest.mark.parametrize(("attribute", "holds_days"), [(None, False), ("born", False), ("ships", True)])
def test_an_interaction_has_columns_of_its_own_and_occurs_at_an_instant(
    attribute: str | None, holds_days: bool
) -> None:
    assert DateColumn(interaction="purchase", attribute=attribute).holds_days(CATALOG) is holds_days
