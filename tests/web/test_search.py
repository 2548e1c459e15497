"""Search: over everything a person sees, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.search.finding import find
from coterie_web.segments.models import Segment

pytestmark = pytest.mark.django_db

Person = Callable[..., User]


def found(user: User, query: str, limit: int = 20) -> dict[str, list[str]]:
    return {results.title: [hit.name for hit in results.hits] for results in find(user, query, limit=limit)}


def test_segments_contacts_people_and_pages_are_found(
    engine: Engine, person: Person, draft: Callable[..., Segment]
) -> None:
    draft("Oslo runners")
    user = person("administrator")
    assert found(user, "oslo") == {"Segments": ["Oslo runners"]}
    assert found(user, "ben") == {"Contacts": ["Ben Okafor"]}
    assert found(user, "administrator.all") == {"People": ["Administrator of all"]}
    assert found(user, "history") == {"Pages": ["History"]}
    assert found(user, "Fjords") == {"Pages": ["Fjords"]}


def test_nothing_is_found_for_nothing(engine: Engine, person: Person) -> None:
    assert found(person("administrator"), "") == {}
    assert "Contacts" not in found(person("administrator"), "e"), "nearly every contact has an e"


def test_at_most_so_many_are_shown_and_the_rest_is_a_link_away(
    engine: Engine, person: Person, draft: Callable[..., Segment]
) -> None:
    for number in range(4):
        draft(f"Runners {number}")
    [segments] = find(person("viewer"), "runners", limit=3)
    assert [hit.name for hit in segments.hits] == ["Runners 0", "Runners 1", "Runners 2"]
    assert segments.more == "/segments/?q=runners"
    assert find(person("viewer"), "runners", limit=4)[0].more == ""


def test_pages_that_are_not_for_the_role_are_not_offered(engine: Engine, person: Person) -> None:
    assert found(person("marketer"), "history") == {}
    assert found(person("manager"), "invite") == {}


def test_people_of_a_unit_find_nothing_beside_it(engine: Engine, person: Person, draft: Callable[..., Segment]) -> None:
    draft("Chloé's friends", owner=person("marketer", "south"))
    user = person("administrator", "north")
    assert found(user, "chlo") == {}
    assert found(user, "south") == {}
    assert found(user, "ben") == {"Contacts": ["Ben Okafor"]}


def test_while_somebody_types_a_part_of_the_page_is_answered(
    engine: Engine, signed_in: Callable[..., Client], draft: Callable[..., Segment]
) -> None:
    draft("Oslo runners")
    browser = signed_in()
    part = browser.get("/search/?q=oslo", headers={"HX-Request": "true"}).content.decode()
    assert "Oslo runners" in part
    assert "<html" not in part
    assert "<html" in browser.get("/search/?q=oslo").content.decode()


@pytest.mark.parametrize("query", ["%", "_", "\x00", "'", '"><script>', "İß", "a" * 5_000, "\ud83d\ude00"])
def test_any_text_may_be_looked_for(engine: Engine, signed_in: Callable[..., Client], query: str) -> None:
    answer = signed_in().get("/search/", {"q": query.encode("utf-16", "surrogatepass").decode("utf-16", "replace")})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().partition('<main class="page"')[2]
