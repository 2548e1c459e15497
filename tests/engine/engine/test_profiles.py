"""Everything of one contact: all attributes, and the records that relations lead to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from people import ATTRIBUTES, CATALOG, People, people

import coterie
from coterie import Engine, QuestionError, RelatedRecord, RelatedRecords


@pytest.fixture(scope="module")
def crowd() -> Iterator[People]:
    found = people(21)
    yield found
    found.engine.close()


def values(record: RelatedRecord) -> dict[str, Any]:
    return {value.name: value.value for value in record.values}


def related(engine: Engine, contact: str) -> dict[str, RelatedRecords]:
    return {related.relation: related for related in engine.profile(contact).related}


def test_all_attributes_are_there_in_the_order_of_the_catalog(crowd: People) -> None:
    for key in crowd.known:
        profile = crowd.engine.profile(key)
        row = crowd.contacts[key]
        assert [(value.name, value.value) for value in profile.values] == [
            (name, row[name]) for name in crowd.engine.catalog.contact.attributes
        ]
        assert (profile.contact_id, profile.name, profile.email) == (key, crowd.name(key), row["mail"])
        assert {value.name for value in profile.values} == set(ATTRIBUTES)


def test_relations_lead_to_known_records(crowd: People) -> None:
    """
    An account that was only referred to is not known.
    """
    for key in crowd.known:
        account, leads = (related(crowd.engine, key)[name] for name in ("account", "leads"))
        wanted = [crowd.contacts[key]["account_id"]] if crowd.contacts[key]["account_id"] in ("acme", "Beta") else []
        assert [record.key for record in account.records] == wanted
        assert (account.entity, account.total) == ("account", len(wanted))
        of_contact = {name for name, lead in crowd.records["lead"].items() if lead["id"] == key}
        assert {record.key for record in leads.records} == of_contact
        for record in leads.records:
            lead = crowd.records["lead"][record.key]
            assert values(record) == {"source": lead["source"], "score": lead["score"]}


def test_a_related_record_shows_what_it_belongs_to_itself(crowd: People) -> None:
    seen = set()
    for key in crowd.known:
        for record in related(crowd.engine, key)["leads"].records:
            account = crowd.records["lead"][record.key]["account_id"]
            wanted = [("lead.account", ["acme"])] if account == "acme" else []
            assert [(each.relation, [owner.key for owner in each.records]) for each in record.related] == wanted
            seen.add(account)
    assert seen == {None, "acme", "gone"}


def test_labels_are_those_of_the_catalog_else_the_names_as_one_says_them() -> None:
    catalog = {
        "coterie": 1,
        "contact": {"key": "id", "attributes": {"zip_code": "text", "n": {"type": "number", "label": "Visits"}}},
        "entities": {"lead": {"key": "lead_id", "attributes": {"due_on": "date"}}},
        "relations": {
            "leads": {"from": "contact", "to": "lead", "one_to_many": "id", "label": "Open leads"},
            "old_leads": {"from": "contact", "to": "lead", "one_to_many": "old"},
        },
    }
    with coterie.open(":memory:", catalog=catalog, threads=1) as engine:
        engine.load("contact", [{"id": "a"}])
        engine.load("lead", [{"lead_id": "1", "id": "a"}])
        profile = engine.profile("a")
        assert [value.label for value in profile.values] == ["Id", "Zip code", "Visits"]
        assert [each.label for each in profile.related] == ["Open leads", "Old leads"]
        assert [value.label for value in profile.related[0].records[0].values] == ["Due on"]


def test_of_many_related_records_those_last_seen_come_first_and_all_are_counted() -> None:
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        engine.load("contact", [{"id": "a"}])
        engine.load("lead", [{"lead_id": f"L{n}", "id": "a", "score": n} for n in range(25)])
        engine.ingest([{"type": "delete", "entity": "lead", "key": "L24"}])
        leads = related(engine, "a")["leads"]
        assert leads.total == 24
        assert [record.key for record in leads.records] == [f"L{n}" for n in range(23, 3, -1)]
        assert values(leads.records[0]) == {"source": None, "score": Decimal(23)}


def test_a_related_contact_is_named_but_not_shown() -> None:
    """
    Who may see one contact need not be one who may see another.
    """
    catalog = {
        "coterie": 1,
        "contact": {"key": "id", "attributes": {"city": "text"}},
        "relations": {
            "referrer": {"from": "contact", "to": "contact", "many_to_one": "referred_by"},
            "referred": {"from": "contact", "to": "contact", "one_to_many": "referred_by"},
        },
    }
    with coterie.open(":memory:", catalog=catalog, threads=1) as engine:
        engine.load("contact", [{"id": "a", "city": "Paris"}, {"id": "b", "referred_by": "a", "city": "Lyon"}])
        [referrer, referred] = engine.profile("b").related
        assert [(record.key, record.values, record.related) for record in referrer.records] == [("a", (), ())]
        assert referred.records == ()
        assert [(record.key, record.values) for record in related(engine, "a")["referred"].records] == [("b", ())]


@pytest.mark.parametrize("key", ["nobody", "ghost", "", "\ud800", None, 1])
def test_a_contact_that_is_not_known_has_no_profile(crowd: People, key: Any) -> None:
    with pytest.raises(QuestionError) as caught:
        crowd.engine.profile(key)
    assert (caught.value.code, caught.value.path) == ("unknown_contact", "contact_id")


def test_a_contact_that_was_deleted_has_no_profile(crowd: People) -> None:
    for key in set(crowd.order) - set(crowd.known):
        with pytest.raises(QuestionError) as caught:
            crowd.engine.profile(key)
        assert caught.value.code == "unknown_contact"
