"""Static segments: members added and removed by name, by query and from a file, once, and recorded."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pages_read import names

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.membership.choosing import How, add_members, remove_members
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotAllowed, NotNow

pytestmark = pytest.mark.django_db

IN_OSLO = {
    "blocks": [{"block": {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Oslo"}}}]
}


@pytest.fixture
def guests(engine: Engine, draft: Callable[..., Segment]) -> Segment:
    """A static draft without members, of a marketer of the organization."""
    segment = draft("Guests")
    Segment.objects.filter(id=segment.id).update(type="static", definition=None)
    segment.refresh_from_db()
    return segment


def members(segment: Segment) -> list[str]:
    segment.refresh_from_db()
    return list(segment.members)


def found_at(browser: Client, segment: Segment, query: object, purpose: str = "add") -> str:
    """Where the candidates of a query are that stands in the designer."""
    Segment.objects.filter(id=segment.id).update(definition=query)
    answer = asked(browser, segment, purpose)
    assert "/found/" in answer, "nothing was found"
    return answer


def asked(browser: Client, segment: Segment, purpose: str = "add") -> str:
    """Where Find leads to, pressed in the designer as it stands."""
    page = browser.get(f"/segments/{segment.id}/?for={purpose}").content.decode()
    [revision] = re.findall(r'name="revision" id="revision" value="([^"]*)"', page)
    answer = browser.post(f"/segments/{segment.id}/members/query/?for={purpose}", {"revision": revision, "do": "find"})
    return answer.headers["Location"]


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_who_is_typed_and_ticked_becomes_a_member_once(guests: Segment, signed_in: Callable[..., Client]) -> None:
    browser, page = signed_in(), f"/segments/{guests.id}/members/add/"
    candidates = browser.get(page, {"q": "oliv"}).content.decode()
    assert 'value="1"' in candidates
    assert "Ana Oliveira" in candidates
    for told in ("2 added.", "0 added. 2 had been members already."):
        answer = browser.post(page, {"do": "add", "contact": ["1", "3"]}, follow=True)
        assert told in answer.content.decode()
    assert members(guests) == ["1", "3"]
    assert [entry.deed for entry in HistoryEntry.objects.all()] == ["added members"]


def test_whom_nobody_knows_is_refused(guests: Segment, person: Callable[..., User], clock: TestClock) -> None:
    result = add_members(guests, ["1", "nobody"], how=How.BY_HAND, acting_user=person("marketer"), now=clock.now())
    assert (result.added, result.already, result.refused) == (1, 0, 1)
    assert members(guests) == ["1"]


def test_contacts_out_of_scope_are_refused_when_added_and_left_out_when_read(
    engine: Engine, guests: Segment, person: Callable[..., User], signed_in: Callable[..., Client], clock: TestClock
) -> None:
    owner = person("manager", "north")
    Segment.objects.filter(id=guests.id).update(owner=owner, scope="business_unit")
    guests.refresh_from_db()
    result = add_members(guests, ["1", "2", "4"], how=How.BY_HAND, acting_user=owner, now=clock.now())
    assert (result.added, result.refused) == (2, 1)
    moved = {"contact_id": "4", "business_unit": "south"}
    engine.ingest([{"type": "upsert", "entity": "contact", "record": moved}])
    page = signed_in("administrator").get(f"/segments/{guests.id}/members/").content.decode()
    assert "Dag Lindqvist" not in page
    assert "1 more is outside the segment's scope" in page.replace("&#x27;", "'")


def test_who_is_ticked_is_removed(guests: Segment, signed_in: Callable[..., Client]) -> None:
    Segment.objects.filter(id=guests.id).update(members=["1", "2", "3"])
    answer = signed_in().post(f"/segments/{guests.id}/members/remove/", {"contact": ["1", "3"]}, follow=True)
    assert "2 removed." in answer.content.decode()
    assert members(guests) == ["2"]


def test_the_table_says_when_and_how_a_member_was_added(
    guests: Segment, person: Callable[..., User], signed_in: Callable[..., Client], clock: TestClock
) -> None:
    add_members(guests, ["1"], how=How.BY_HAND, acting_user=person("marketer"), now=clock.now())
    add_members(guests, ["2"], how=How.BY_QUERY, acting_user=person("marketer"), now=clock.now())
    page = signed_in().get(f"/segments/{guests.id}/members/").content.decode()
    assert re.findall(r'<td class="small">([^<]*)</td>', page) == ["13:00:00, by hand", "13:00:00, by query"]


@pytest.mark.parametrize("role", ["viewer", "marketer"])
def test_only_who_may_change_the_segment_changes_its_members(
    guests: Segment, person: Callable[..., User], clock: TestClock, role: str
) -> None:
    other = person(role, "south")
    with pytest.raises(NotAllowed):
        add_members(guests, ["1"], how=How.BY_HAND, acting_user=other, now=clock.now())
    with pytest.raises(NotAllowed):
        remove_members(guests, ["1"], how=How.BY_HAND, acting_user=other, now=clock.now())
    assert members(guests) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "live"}, "Press Edit first"),
        ({"external_source": "Northwind CRM"}, "is filled by Northwind CRM"),
        ({"type": "dynamic"}, "its definition says who belongs"),
    ],
)
def test_members_that_are_not_open_to_change_stay(
    guests: Segment, person: Callable[..., User], clock: TestClock, change: dict[str, str], why: str
) -> None:
    Segment.objects.filter(id=guests.id).update(members=["1"], **change)
    with pytest.raises(NotNow, match=why):
        add_members(guests, ["2"], how=How.BY_HAND, acting_user=person("marketer"), now=clock.now())
    with pytest.raises(NotNow, match=why):
        remove_members(guests, ["1"], how=How.BY_HAND, acting_user=person("marketer"), now=clock.now())
    assert members(guests) == ["1"]


# --- by query --------------------------------------------------------------------------------------------------------


def test_who_is_found_is_a_candidate_until_added(guests: Segment, signed_in: Callable[..., Client]) -> None:
    Segment.objects.filter(id=guests.id).update(members=["2"])
    browser = signed_in()
    address = found_at(browser, guests, IN_OSLO)
    page = browser.get(address).content.decode()
    assert "1 candidate<" in page
    assert "1 more matches and is a member already" in page
    assert members(guests) == ["2"]
    browser.post(address, {"do": "selected", "contact": ["4"]})
    assert members(guests) == ["2", "4"]


def test_those_are_added_who_were_found_whoever_matches_later(
    engine: Engine, guests: Segment, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in()
    address = found_at(browser, guests, IN_OSLO)
    engine.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": "1", "city": "Oslo"}}])
    browser.post(address, {"do": "all"})
    assert members(guests) == ["2", "4"]


def test_nobody_is_added_who_was_not_found(guests: Segment, signed_in: Callable[..., Client]) -> None:
    browser = signed_in()
    browser.post(found_at(browser, guests, IN_OSLO), {"do": "selected", "contact": ["1", "4"]})
    assert members(guests) == ["4"]


def test_a_query_adds_nobody_again_who_was_removed_unless_ticked(
    guests: Segment, person: Callable[..., User], signed_in: Callable[..., Client], clock: TestClock
) -> None:
    browser, marketer = signed_in(), person("marketer")
    add_members(guests, ["2", "4"], how=How.BY_HAND, acting_user=marketer, now=clock.now())
    remove_members(guests, ["2", "4"], how=How.BY_HAND, acting_user=marketer, now=clock.now())
    address = found_at(browser, guests, IN_OSLO)
    assert "2 were removed before: tick to add again." in browser.get(address).content.decode()
    browser.post(address, {"do": "all"})
    assert members(guests) == []
    browser.post(address, {"do": "selected", "contact": ["4"]})
    assert members(guests) == ["4"]


def test_members_are_removed_by_query(guests: Segment, signed_in: Callable[..., Client]) -> None:
    Segment.objects.filter(id=guests.id).update(members=["1", "4"])
    browser = signed_in()
    address = found_at(browser, guests, IN_OSLO, "remove")
    page = browser.get(address).content.decode()
    assert "1 candidate<" in page
    assert "Ben Okafor" not in page, "he is no member"
    browser.post(address, {"do": "all"})
    assert members(guests) == ["1"]


def test_a_query_that_is_incomplete_leads_back_to_the_designer(
    guests: Segment, signed_in: Callable[..., Client]
) -> None:
    incomplete = {"blocks": [{"block": {"kind": "profile", "where": {"attribute": "city", "operator": "is"}}}]}
    Segment.objects.filter(id=guests.id).update(definition=incomplete)
    browser = signed_in()
    address = asked(browser, guests)
    assert address.startswith(f"/segments/{guests.id}/?for=add")
    page = browser.get(address).content.decode()
    assert "Complete the query first." in page
    assert "A query, asked once." in page


def test_what_stands_in_the_designer_is_taken_over_and_asked(guests: Segment, signed_in: Callable[..., Client]) -> None:
    Segment.objects.filter(id=guests.id).update(definition=IN_OSLO)
    browser = signed_in()
    page = browser.get(f"/segments/{guests.id}/").content.decode()
    fields = dict(re.findall(r'<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"', page))
    [name] = [name for name, value in fields.items() if value == "Oslo"]
    sent = {**fields, **selected(page), name: "Lisbon", "do": "find"}
    answer = browser.post(f"/segments/{guests.id}/members/query/?for=add", sent, headers={"HX-Request": "true"})
    page = browser.get(answer.headers["HX-Redirect"]).content.decode()
    assert "Contacts whose City is Lisbon" in page.replace("<b>", "").replace("</b>", "")
    assert names(page) == ["Ana Oliveira"]
    guests.refresh_from_db()
    assert (guests.members, guests.wording) == ([], ""), "the query says nothing of the segment"


def selected(page: str) -> dict[str, str]:
    """What is chosen in the selects of a page."""
    chosen = {}
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        [value] = re.findall(r'<option value="([^"]*)" selected', options) or [""]
        chosen[name] = value
    return chosen


def test_what_one_person_found_is_not_there_for_another(guests: Segment, signed_in: Callable[..., Client]) -> None:
    address = found_at(signed_in(), guests, IN_OSLO)
    answer = signed_in("administrator").get(address, follow=True).content.decode()
    assert "not kept any more" in answer
    assert "Ben Okafor" not in answer


# --- from a file -----------------------------------------------------------------------------------------------------


def uploaded(browser: Client, segment: Segment, content: str | bytes) -> str:
    """The page that an upload leads to."""
    sent = SimpleUploadedFile("guests.csv", content.encode() if isinstance(content, str) else content)
    return browser.post(f"/segments/{segment.id}/members/upload/", {"file": sent}, follow=True).content.decode()


def fact(page: str, name: str) -> str:
    found = re.search(rf"<dt>{name}</dt><dd>([^<]*)", page)
    assert found is not None, page
    return found[1].strip()


def test_a_file_is_reported_before_anybody_is_added(guests: Segment, signed_in: Callable[..., Client]) -> None:
    browser = signed_in()
    page = uploaded(browser, guests, "name,contact_id\r\nAna,1\r\nBen,2\r\nAna,1\r\n=X,=1+1\r\n,\r\n")
    facts = [fact(page, name) for name in ("Rows", "Found", "Not found", "Repeated", "Blank")]
    assert facts == ["5", "2 contacts", "1", "1", "1"]
    [address] = re.findall(r'href="([^"]*/not-found\.csv)"', page)
    report = b"".join(browser.get(address)).decode()  # type: ignore[arg-type]
    assert report == '"contact_id"\r\n"\'=1+1"\r\n'
    assert members(guests) == []
    browser.post(address.removesuffix("not-found.csv"), {"do": "all"})
    assert members(guests) == ["1", "2"]


@pytest.mark.parametrize(
    "content",
    [
        "E-Mail;Name\nANA@example.com;x\nchloé@example.com;y\nnobody@example.com;z\n".encode("utf-8-sig"),
        "email\tname\nana@example.com\tx\nchloé@example.com\ty\nno\t-\n".encode("utf-16"),
        "email\nana@example.com\nchloé@example.com\nno\n".encode("cp1252"),
    ],
)
def test_files_name_contacts_by_address_as_spreadsheets_write_them(
    guests: Segment, signed_in: Callable[..., Client], content: bytes
) -> None:
    page = uploaded(signed_in(), guests, content)
    assert [fact(page, name) for name in ("Found", "Not found")] == ["2 contacts", "1"]
    assert "Ana Oliveira" in page


def test_an_address_that_several_contacts_have_finds_them_all(
    engine: Engine, guests: Segment, signed_in: Callable[..., Client]
) -> None:
    engine.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": "7", "email": "Ana@Example.com"}}])
    page = uploaded(signed_in(), guests, "email\nana@example.com\n")
    assert [fact(page, name) for name in ("Found", "Of several contacts")] == ["2 contacts", "1"]


def test_a_file_that_names_nobody_says_what_is_missing(guests: Segment, signed_in: Callable[..., Client]) -> None:
    page = uploaded(signed_in(), guests, "first,last\nAna,Oliveira\n")
    assert "must have a column contact_id or email; it has: first, last." in page


def test_contacts_whom_a_person_does_not_see_are_not_found_in_a_file(
    guests: Segment, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    Segment.objects.filter(id=guests.id).update(owner=person("marketer", "north"))
    page = uploaded(signed_in("marketer", "north"), guests, "contact_id\n1\n2\n6\n")
    assert [fact(page, name) for name in ("Found", "Not found")] == ["2 contacts", "1"]
    assert "Ana" not in page
