"""A catalog: how it is read, and what is refused where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coterie.catalog import (
    CONTACT,
    Attribute,
    AttributeType,
    Interaction,
    Organization,
    Relation,
    RelationKind,
    parse_catalog,
    standard_interactions,
)
from coterie.errors import CatalogError

SHOP = """
coterie: 1
organization: {time_zone: Europe/Paris, first_weekday: sunday, fiscal_start_month: 4}
contact:
  key: contact_id
  name: [first_name, last_name]
  email: email
  business_unit: business_unit
  attributes:
    city: text
    birth_date: {type: date, label: Birthday, description: The day of birth.}
    interests: {type: multi_choice, choices: [running, " cycling "]}
entities:
  account: {key: account_id, label: Company, attributes: {name: text}}
  lead: {key: lead_id, attributes: {score: number, contact_id: text}}
relations:
  account: {from: contact, to: account, many_to_one: account_id}
  leads: {from: contact, to: lead, one_to_many: contact_id, label: Opportunities}
  leads.contact: {from: lead, to: contact, many_to_one: contact_id}
interactions:
  purchase: {attributes: {amount: number}, description: Something was bought.}
  logged_in: {}
"""

SMALL = "contact: {key: id}\n"


def problems(source: object) -> list[tuple[str, str]]:
    with pytest.raises(CatalogError) as caught:
        parse_catalog(source)  # type: ignore[arg-type]
    return [(problem.path, problem.code) for problem in caught.value.problems]


def test_a_catalog_is_read_whole() -> None:
    catalog = parse_catalog(SHOP)
    assert catalog.organization == Organization(time_zone="Europe/Paris", first_weekday=6, fiscal_start_month=4)
    assert catalog.contact is catalog.entities[CONTACT]
    assert catalog.contact.name_columns == ("first_name", "last_name")
    assert (catalog.contact.email, catalog.contact.business_unit) == ("email", "business_unit")
    assert catalog.contact.attributes["birth_date"] == Attribute(
        name="birth_date", type=AttributeType.DATE, label="Birthday", description="The day of birth."
    )
    assert catalog.contact.attributes["interests"].choices == ("running", "cycling")
    assert list(catalog.entities) == ["contact", "account", "lead"]
    assert catalog.entities["account"].label == "Company"
    assert catalog.relations["leads"] == Relation(
        name="leads",
        source="contact",
        target="lead",
        kind=RelationKind.ONE_TO_MANY,
        column="contact_id",
        label="Opportunities",
    )
    assert catalog.interactions["purchase"].description == "Something was bought."
    assert catalog.interactions["logged_in"] == Interaction(name="logged_in")


def test_key_name_email_and_unit_of_the_contact_are_text_attributes() -> None:
    attributes = parse_catalog(SHOP).contact.attributes
    unlisted = ["contact_id", "first_name", "last_name", "email", "business_unit"]
    assert list(attributes)[:5] == unlisted
    assert {attributes[name].type for name in unlisted} == {AttributeType.TEXT}


def test_a_listed_name_column_keeps_its_own_label() -> None:
    catalog = parse_catalog("contact: {key: id, email: mail, attributes: {mail: {type: text, label: E-mail}}}")
    assert catalog.contact.attributes["mail"].label == "E-mail"


def test_defaults_are_utc_monday_and_january() -> None:
    assert parse_catalog(SMALL).organization == Organization(time_zone="UTC", first_weekday=0, fiscal_start_month=1)


def test_every_form_of_a_catalog_reads_the_same(tmp_path: Path) -> None:
    tree = {"coterie": 1, "contact": {"key": "id", "attributes": {"city": "text"}}}
    file = tmp_path / "catalog.yaml"
    file.write_text("coterie: 1\ncontact:\n  key: id\n  attributes: {city: text}\n")
    catalog = parse_catalog(tree)
    sources = [json.dumps(tree), file.read_text(), file, str(file), catalog]
    assert [parse_catalog(source) for source in sources] == [catalog] * 5


def test_a_name_may_have_letters_of_any_alphabet() -> None:
    assert "größe_2" in parse_catalog(SMALL + "entities: {größe_2: {key: id}}").entities


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        ("coterie: 2\ncontact: {key: id}", "coterie", "unsupported_version"),
        ("coterie: true\ncontact: {key: id}", "coterie", "unsupported_version"),
        ("coterie: 1\n", "contact", "missing_key"),
        ("contact: {nme: x, key: id}", "contact.nme", "unknown_key"),
        ("contact: {email: mail}", "contact.key", "missing_key"),
        ("contact: {key: }", "contact.key", "invalid_catalog"),
        ("contact: {key: 7}", "contact.key", "invalid_catalog"),
        ("contact: {key: a b}", "contact.key", "invalid_catalog"),
        ("contact: [key]\n", "contact", "invalid_catalog"),
        ("contact: {key: id, name: [a, 2]}", "contact.name[1]", "invalid_catalog"),
        ("contact: {key: id, name: []}", "contact.name", "invalid_catalog"),
        ("contact: {key: id, attributes: {id: number}}", "contact.attributes.id", "invalid_catalog"),
        ("contact: {key: id, attributes: {id: choice}}", "contact.attributes.id", "invalid_catalog"),
        ("contact: {key: id, email: m, attributes: {m: number}}", "contact.attributes.m", "invalid_catalog"),
        (SMALL + "time_zone: UTC", "time_zone", "unknown_key"),
        (SMALL + "organization: {time_zone: Europe/Pari}", "organization.time_zone", "unknown_time_zone"),
        (SMALL + "organization: {first_weekday: Monday}", "organization.first_weekday", "invalid_catalog"),
        (SMALL + "organization: {fiscal_start_month: 13}", "organization.fiscal_start_month", "invalid_catalog"),
        (SMALL + "organization: {fiscal_start_month: true}", "organization.fiscal_start_month", "invalid_catalog"),
        (SMALL + "entities: {contact: {key: id}}", "entities.contact", "invalid_catalog"),
        (SMALL + "entities: {a.b: {key: id}}", "entities.a.b", "invalid_catalog"),
        (SMALL + "entities: {a: {}}", "entities.a.key", "missing_key"),
        (SMALL + "entities: {a: {key: id, label: ' '}}", "entities.a.label", "invalid_catalog"),
        (SMALL + "entities: {a: {key: k, attributes: {x: txt}}}", "entities.a.attributes.x", "invalid_catalog"),
        (SMALL + "entities: {a: {key: k, attributes: {x: 7}}}", "entities.a.attributes.x", "invalid_catalog"),
        (SMALL + "entities: {a: {key: k, attributes: {x: {}}}}", "entities.a.attributes.x.type", "missing_key"),
        (SMALL + "interactions: {contact: {}}", "interactions.contact", "invalid_catalog"),
        (SMALL + "entities: {a: {key: k}}\ninteractions: {a: {}}", "interactions.a", "invalid_catalog"),
        (SMALL + "interactions: {a: }", "interactions.a", "invalid_catalog"),
        (SMALL + "interactions: {a: {attributes: {id: text}}}", "interactions.a.attributes.id", "invalid_catalog"),
        (
            SMALL + "interactions: {a: {attributes: {occurred_at: datetime}}}",
            "interactions.a.attributes.occurred_at",
            "invalid_catalog",
        ),
        (
            SMALL + "interactions: {a: {attributes: {message_id: text}}}",
            "interactions.a.attributes.message_id",
            "invalid_catalog",
        ),
        (SMALL + "relations: {r: {from: contact, to: led, many_to_one: k}}", "relations.r.to", "unknown_entity"),
        (SMALL + "relations: {r: {from: contact, many_to_one: k}}", "relations.r.to", "missing_key"),
        (SMALL + "relations: {r: {from: contact, to: contact}}", "relations.r", "missing_key"),
        (
            SMALL + "relations: {r: {from: contact, to: contact, many_to_one: a, one_to_many: b}}",
            "relations.r",
            "invalid_catalog",
        ),
        (
            SMALL + "relations: {r..s: {from: contact, to: contact, many_to_one: a}}",
            "relations.r..s",
            "invalid_catalog",
        ),
        (SMALL + "standard_interactions: [emial]", "standard_interactions[0]", "invalid_catalog"),
        (SMALL + "standard_interactions: email", "standard_interactions", "invalid_catalog"),
        (
            SMALL + "standard_interactions: true\nentities: {sms_sent: {key: k}}",
            "standard_interactions",
            "invalid_catalog",
        ),
        ("contact: {key: id, key: x}", "contact.key", "syntax_error"),
        ("contact: [", "", "syntax_error"),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(text: str, path: str, code: str) -> None:
    assert problems(text) == [(path, code)]


@pytest.mark.parametrize(
    ("attribute", "path"),
    [
        ("{type: choice, choices: []}", "choices"),
        ("{type: choice, choices: [1]}", "choices[0]"),
        ("{type: choice, choices: [Red, red]}", "choices[1]"),
        ("{type: choice, choices: red}", "choices"),
        ("{type: number, choices: [red]}", "choices"),
        ("{type: text, lable: x}", "lable"),
    ],
)
def test_an_attribute_is_read_strictly(attribute: str, path: str) -> None:
    text = f"contact: {{key: id, attributes: {{x: {attribute}}}}}"
    assert [place for place, _ in problems(text)] == [f"contact.attributes.x.{path}"]


def test_all_problems_are_found_in_document_order_with_their_lines() -> None:
    text = "relations:\n  r: {from: contact, to: lost, many_to_one: k}\ncontact:\n  kye: id\ncolour: blue\n"
    with pytest.raises(CatalogError) as caught:
        parse_catalog(text)
    assert [(p.path, p.line) for p in caught.value.problems] == [
        ("relations.r.to", 2),
        ("contact.key", 3),
        ("contact.kye", 4),
        ("colour", 5),
    ]


def test_hints_name_the_nearest_known_word() -> None:
    with pytest.raises(CatalogError) as caught:
        parse_catalog("contact: {key: id, attributes: {city: txt}}\norganization: {time_zone: Europe/Pari}")
    assert [problem.hint for problem in caught.value.problems] == [
        "Did you mean 'text'?",
        "Did you mean 'Europe/Paris'?",
    ]


def test_a_key_column_leads_to_one_entity_only() -> None:
    text = SMALL + (
        "entities: {a: {key: a}, b: {key: b}}\n"
        "relations:\n"
        "  to_a: {from: contact, to: a, many_to_one: ref}\n"
        "  back: {from: a, to: contact, one_to_many: ref}\n"
        "  to_b: {from: contact, to: b, many_to_one: ref}\n"
    )
    assert problems(text) == [("relations.to_b.many_to_one", "invalid_catalog")]


def test_the_same_column_of_two_entities_may_lead_to_different_ones() -> None:
    catalog = parse_catalog(
        SMALL + "entities: {a: {key: a}}\n"
        "relations: {up: {from: a, to: a, many_to_one: parent}, in: {from: contact, to: contact, many_to_one: parent}}"
    )
    assert catalog.key_columns("a") == {"parent": "a"}
    assert catalog.key_columns("contact") == {"parent": "contact"}


@pytest.mark.parametrize("source", ["nowhere.yaml", "x\0y"])
def test_a_file_that_is_not_there_is_an_unreadable_catalog(source: str) -> None:
    assert problems(source) == [("", "unreadable_file")]


def test_plain_data_with_foreign_keys_is_refused() -> None:
    assert problems({"contact": {"key": "id", 7: "x"}}) == [("contact", "invalid_catalog")]


def test_the_catalog_cannot_be_changed() -> None:
    catalog = parse_catalog(SHOP)
    with pytest.raises(TypeError):
        catalog.contact.attributes["x"] = catalog.contact.attributes["city"]  # type: ignore[index]


# --- standard interactions -------------------------------------------------------------------------------------------


def test_one_line_includes_all_standard_interactions() -> None:
    catalog = parse_catalog(SMALL + "standard_interactions: true")
    assert dict(catalog.interactions) == dict(standard_interactions())
    assert {"email_opened", "form_submitted", "event_check_in", "sms_received", "push_opened"} <= set(
        catalog.interactions
    )


def test_groups_and_single_ones_may_be_chosen() -> None:
    chosen = parse_catalog(SMALL + "standard_interactions: [event, sms_sent]").interactions
    assert sorted(chosen) == ["event_check_in", "event_registration", "event_registration_cancelled", "sms_sent"]


def test_a_listed_interaction_adds_to_the_standard_one() -> None:
    opened = parse_catalog(
        SMALL + "standard_interactions: [email]\n"
        "interactions: {email_opened: {label: Read, attributes: {device: choice, message: choice}}}"
    ).interactions["email_opened"]
    standard = standard_interactions("email_opened")["email_opened"]
    assert opened.label == "Read"
    assert opened.description == standard.description
    assert set(opened.attributes) == {*standard.attributes, "device"}
    assert opened.attributes["message"].type is AttributeType.CHOICE


def test_the_column_of_the_contacts_key_is_no_attribute_of_a_standard_interaction() -> None:
    catalog = parse_catalog("contact: {key: visitor_id}\nstandard_interactions: true")
    assert "visitor_id" not in catalog.interactions["form_visited"].attributes


def test_every_standard_interaction_is_described() -> None:
    for interaction in standard_interactions().values():
        assert interaction.label
        assert interaction.description
        assert {"message_id", "occurred_at", "contact_id"}.isdisjoint(interaction.attributes)
        for attribute in interaction.attributes.values():
            assert attribute.label
            assert attribute.description
