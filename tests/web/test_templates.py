"""Templates: those that come with Coterie, those that people make, and the chooser."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

import coterie
from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import provide, withdraw
from coterie_web.segments.models import Segment, Template
from coterie_web.segments.starting.offers import Offer, missing, offers_for, parameters_of
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]
Person = Callable[..., User]

NEEDS_MORE = {"cannot-be-reached"}
"""Those that ask for interactions which the shop of the tests does not have."""

OSLO = {
    "blocks": [
        {
            "block": {
                "kind": "profile",
                "where": {"all": [{"attribute": "city", "operator": "is", "value": "Oslo"}]},
            }
        }
    ]
}


def standard(person: Person) -> list[Offer]:
    return [offer for offer in offers_for(person("viewer")) if offer.owner is None]


def test_there_are_at_least_twelve_of_several_kinds(engine: Engine, person: Person) -> None:
    offers = standard(person)
    assert len(offers) >= 12
    assert len({offer.category for offer in offers}) >= 5


def test_each_that_comes_with_coterie_fits_the_shop_or_says_what_it_lacks(engine: Engine, person: Person) -> None:
    for offer in standard(person):
        problem = missing(offer, engine.catalog)
        assert (problem is not None) == (offer.identity in NEEDS_MORE), (offer.identity, problem)


def test_every_parameter_is_of_a_place_that_is_there(engine: Engine, person: Person) -> None:
    for offer in standard(person):
        asked = parameters_of(offer, engine.catalog)
        assert len(asked) == len(offer.parameters) > 0, offer.identity
        assert len({parameter.path for parameter in asked}) == len(asked), offer.identity


def test_parameters_stand_on_contacts_related_records_and_interactions(engine: Engine, person: Person) -> None:
    about = {
        parameter.input.about.partition(":")[0]
        for offer in standard(person)
        for parameter in parameters_of(offer, engine.catalog)
    }
    assert about == {"Contact", "Related record", "Interaction", "Segment"}


def test_the_chosen_one_is_counted_with_what_was_typed(engine: Engine, signed_in: SignedIn) -> None:
    address = "/segments/new/dynamic/?template=people-of-a-city"
    browser = signed_in()
    assert '<b class="big">1</b> contacts now' in browser.get(address).content.decode(), "Paris, Lyon"
    page = browser.get(f"{address}&of=people-of-a-city&p0=Oslo,+Bergen").content.decode()
    assert '<b class="big">3</b> contacts now' in page
    assert "City is one of Oslo or Bergen" in page


def test_who_sees_a_part_counts_that_part(engine: Engine, signed_in: SignedIn) -> None:
    address = "/segments/new/dynamic/?template=people-of-a-city&of=people-of-a-city&p0=Oslo,+Bergen"
    assert '<b class="big">1</b>' in signed_in("marketer", "fjords").get(address).content.decode()


def test_the_count_alone_is_a_fragment(engine: Engine, signed_in: SignedIn) -> None:
    asked = {"HX-Request": "true", "HX-Target": "found"}
    fragment = signed_in().get("/segments/new/dynamic/?template=people-of-a-city", headers=asked).content.decode()
    assert fragment.startswith('<div class="found" id="found"')


def test_what_is_searched_for_swaps_the_list_and_not_the_field_in_which_it_is_typed(
    engine: Engine, signed_in: SignedIn
) -> None:
    asked = {"HX-Request": "true", "HX-Target": "offers"}
    fragment = signed_in().get("/segments/new/dynamic/?q=birthday", headers=asked).content.decode()
    assert fragment.startswith('<div class="stack tight" id="offers"')
    assert re.findall(r'id="(\w+)" hx-swap-oob="true"', fragment) == ["chosen", "foot"]
    assert "template-search" not in fragment


def test_values_that_occur_are_offered(engine: Engine, signed_in: SignedIn) -> None:
    page = signed_in().get("/segments/new/dynamic/?template=people-of-a-city").content.decode()
    assert '<option value="Oslo">2 records</option>' in page


def test_what_was_typed_for_another_template_is_forgotten(engine: Engine, signed_in: SignedIn) -> None:
    page = signed_in().get("/segments/new/dynamic/?template=big-spenders&of=people-of-a-city&p0=Oslo")
    assert 'value="500"' in page.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=birthday", {"Have a birthday soon"}),
        (
            "category=Purchases",
            {"Big spenders", "Bought before, not lately", "Bought one thing, not the other", "New customers"},
        ),
        ("record=Account", {"People of large accounts"}),
        ("whose=mine", {"My own"}),
        ("whose=standard&q=interested", {"Interested in something, of an age"}),
        ("q=no-such-template", set()),
    ],
)
def test_templates_are_found_by_words_category_record_and_owner(
    engine: Engine, signed_in: SignedIn, person: Person, clock: TestClock, query: str, expected: set[str]
) -> None:
    Template.objects.create(
        name="My own", category="Own", definition=OSLO, owner=person("marketer"), created_at=clock.now()
    )
    page = signed_in().get(f"/segments/new/dynamic/?{query}").content.decode()
    assert set(re.findall(r'name="template"[^>]*><b>([^<]*)</b>', page)) == expected


def test_one_that_does_not_fit_the_catalog_stays_with_the_reason(clock: TestClock, signed_in: SignedIn) -> None:
    small = {"coterie": 1, "contact": {"key": "id", "attributes": {"city": "text"}}}
    with coterie.open(":memory:", catalog=small, threads=1) as engine:
        provide(engine)
        page = signed_in().get("/segments/new/dynamic/").content.decode()
        withdraw()
    assert "Not for this catalog: Contact has no attribute 'birth_date'." in unescape(page)
    assert re.search(r'value="birthday-soon"[^>]*disabled', page)
    assert re.search(r'value="people-of-a-city" checked', page), "the first that fits is chosen"


def test_a_segment_begins_from_a_template(engine: Engine, signed_in: SignedIn) -> None:
    browser = signed_in()
    address = "/segments/new/?type=dynamic&template=people-of-a-city&of=people-of-a-city&p0=Oslo"
    assert "City is one of Oslo" in browser.get(address).content.decode()
    browser.post(address, {"name": "North", "scope": "organization"})
    made = Segment.objects.get()
    assert (made.key, made.template, made.wording) == (
        "north",
        "people-of-a-city",
        "Contacts whose City is one of Oslo.",
    )
    chooser = browser.get("/segments/new/dynamic/?template=people-of-a-city").content.decode()
    assert "Used for 1 segment here" in chooser


def test_a_parameter_that_is_wrong_leads_back_to_the_chooser(engine: Engine, signed_in: SignedIn) -> None:
    answer = signed_in().get("/segments/new/?template=big-spenders&of=big-spenders&p0=much")
    assert answer.headers["Location"].startswith("/segments/new/dynamic/?template=big-spenders")
    page = signed_in().get(answer.headers["Location"]).content.decode()
    assert "much is no number." in page


def test_a_segment_is_saved_as_a_template_with_the_parameters_that_are_ticked(
    engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    browser, segment, at = signed_in(), draft("In Oslo", OSLO), "blocks[0].block.where.all[0].value"
    assert "What City is called" in browser.get(f"/segments/{segment.id}/save-as-template/").content.decode()
    form = {
        "name": "In a city",
        "category": "Places",
        "parameter": [at, "blocks[9].no-such-place"],
        f"label-{at}": "Town",
    }
    browser.post(f"/segments/{segment.id}/save-as-template/", form)
    made = Template.objects.get()
    assert (made.name, made.category, made.parameters) == ("In a city", "Places", [{"at": at, "label": "Town"}])
    page = browser.get(f"/segments/new/dynamic/?template={made.id}&of={made.id}&p0=Bergen").content.decode()
    assert '<b class="big">1</b> contacts now' in page


def test_a_segment_without_a_definition_is_no_template(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    guests = draft("Guests", type="static")
    answer = signed_in().post(f"/segments/{guests.id}/save-as-template/", {"name": "X"})
    assert answer.status_code == 409
    assert not Template.objects.exists()


def test_a_template_is_seen_in_its_unit_below_and_above(engine: Engine, person: Person, clock: TestClock) -> None:
    for unit in (None, "north", "fjords", "south"):
        Template.objects.create(
            name=f"Of {unit}", definition=OSLO, owner=person("manager", unit), created_at=clock.now()
        )
    seen = {offer.name for offer in offers_for(person("marketer", "north")) if offer.owner is not None}
    assert seen == {"Of None", "Of north", "Of fjords"}


def test_a_template_is_deleted_by_who_made_it(
    engine: Engine, person: Person, clock: TestClock, signed_in: SignedIn
) -> None:
    made = Template.objects.create(name="Mine", definition=OSLO, owner=person("marketer"), created_at=clock.now())
    address = f"/segments/templates/{made.id}/delete/"
    assert signed_in("manager").post(address).status_code == 403
    assert signed_in("marketer", "south").post(address).status_code == 403
    assert signed_in().post(address).status_code == 302
    assert not Template.objects.exists()
    assert signed_in().post(address).status_code == 404


def test_a_viewer_begins_nothing(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    browser, segment = signed_in("viewer"), draft("In Oslo", OSLO)
    for address in ("/segments/new/", "/segments/new/dynamic/", f"/segments/{segment.id}/save-as-template/"):
        assert browser.get(address).status_code == 403
