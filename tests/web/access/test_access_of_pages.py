"""Every page × method × role × unit × own, foreign and absent: as one table says, and nothing foreign in any answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from access_asking import EVERYBODY, Asking, came_of, filled, names_ids, text_of, things, told, words_of
from access_cast import ABSENT_ID, ABSENT_WORD, FOREIGN_MARK, Actor, Cast, leaks_in
from access_rules import Outcome, Rule, outcome
from access_table import PAGES, Page
from django.urls import URLPattern, URLResolver, get_resolver, reverse

_API = "api"


def addresses(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """The names of all addresses of the application, but those of the REST API, which has a table of its own."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            if not (pattern.namespace or "").startswith(_API):
                yield from addresses(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name}"


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert sorted(set(addresses(get_resolver().url_patterns))) == sorted(PAGES)


def calls(page: Page, name: str, cast: Cast, actor: Actor) -> Iterator[tuple[str, str, str]]:
    """Kind, relation and address of what the actor is tried with; once, without, where the page is about nothing."""
    if not page.about:
        yield "", "", reverse(name, kwargs=dict(page.fixed))
    for kind, relation, identity in things(page.about, actor, cast):
        yield kind, relation, reverse(name, kwargs={page.argument: identity, **page.fixed})


def own(page: Page, name: str, cast: Cast) -> str:
    """The address of the page about something of the actor's own."""
    kwargs = {page.argument: cast.ids[page.about[0]]["own"]} if page.about else {}
    return reverse(name, kwargs={**kwargs, **page.fixed})


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_for_whom_the_table_says(name: str, cast: Cast) -> None:
    page = PAGES[name]
    for actor in EVERYBODY:
        asking = Asking(actor, cast)
        for kind, relation, address in calls(page, name, cast, actor):
            for method, rule in page.rules.items():
                answer = asking.ask(method, address, filled(page.form, cast, "own") if method == "POST" else {})
                what = f"{actor}: {method} {name} of {relation or 'nothing'} {kind}: {answer.status_code}"
                expected = outcome(rule, actor, kind, relation)
                if page.is_gone and expected is Outcome.DONE:
                    expected = Outcome.NOT_FOUND
                assert came_of(answer) is expected, what


@pytest.mark.parametrize("name", PAGES)
def test_no_page_takes_other_methods(name: str, cast: Cast) -> None:
    asking = Asking(Actor(role="administrator"), cast)
    address = own(PAGES[name], name, cast)
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - set(PAGES[name].rules):
        assert asking.ask(method, address).status_code == 405, method


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.about])
def test_what_is_foreign_is_answered_as_what_is_absent(name: str, cast: Cast) -> None:
    page = PAGES[name]
    for role, method, htmx in product(("viewer", "administrator"), page.rules, (False, True)):
        asking = Asking(Actor(role=role, unit="north"), cast)
        for kind in page.about:
            answers = []
            for identity in (cast.ids[kind]["foreign"], cast.ids[kind]["absent"]):
                address = reverse(name, kwargs={page.argument: identity, **page.fixed})
                answers.append(told(asking.ask(method, address, htmx=htmx), identity, address))
            assert answers[0] == answers[1], f"{role}: {method} {name}"


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if names_ids([page.form, page.query])])
def test_foreign_ids_in_forms_and_queries_are_answered_as_absent_ones(name: str, cast: Cast) -> None:
    page = PAGES[name]
    for actor in (Actor(role="administrator", unit="north"), Actor(role="manager", unit="north")):
        asking = Asking(actor, cast)
        address = own(page, name, cast)
        for method, form in (("POST", page.form), ("GET", page.query)):
            foreign, absent = filled(form, cast, "foreign"), filled(form, cast, "absent")
            if foreign != absent:
                answers = [told(asking.ask(method, address, each), *words_of(each)) for each in (foreign, absent)]
                assert answers[0] == answers[1], f"{actor}: {method} {name}"


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.words])
def test_looking_for_what_is_foreign_finds_what_looking_for_nothing_finds(name: str, cast: Cast) -> None:
    page = PAGES[name]
    for role, htmx, parameter in product(("viewer", "administrator"), (False, True), page.words):
        asking = Asking(Actor(role=role, unit="north"), cast)
        address, words = own(page, name, cast), (FOREIGN_MARK, ABSENT_WORD)
        answers = [told(asking.ask("GET", address, {parameter: word}, htmx=htmx), word) for word in words]
        assert answers[0] == answers[1], f"{role}: {name}?{parameter}="


def test_the_marks_would_be_found(cast: Cast) -> None:
    """Who may see everything sees them: the search for leaks is not blind."""
    asking = Asking(Actor(role="administrator"), cast)
    for address in (
        "/segments/",
        "/settings/people/",
        "/settings/units/",
        "/settings/tokens/",
        f"/search/?q={FOREIGN_MARK}",
    ):
        assert leaks_in(text_of(asking.ask("GET", address))), address


def test_ids_that_are_malformed_are_not_found(cast: Cast) -> None:
    asking = Asking(Actor(role="administrator"), cast)
    for address in ("/segments/1/", f"/segments/{ABSENT_ID}x/", "/settings/people/%00/", "/settings/units/../x/"):
        assert asking.ask("GET", address).status_code == 404


def test_every_rule_is_used() -> None:
    """A rule that no page has would be a mistake in the table."""
    used = {rule for page in PAGES.values() for rule in page.rules.values()}
    assert set(Rule) - used <= {Rule.MARKETER, Rule.MAKES, Rule.CHANGES, Rule.GIVES, Rule.ADMINISTRATOR}
