"""Every operation of the REST API × role × unit × own, foreign and absent, in addresses, bodies and queries."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from access_api_table import OPERATIONS, Operation
from access_asking import EVERYBODY, NOBODY, Asking, AskingByToken, came_of, filled, names_ids, things, told, words_of
from access_cast import ABSENT_WORD, FOREIGN_MARK, HIDDEN_KEY, Actor, Cast
from access_rules import Outcome, outcome

from coterie_web.accounts.models import ApiToken
from coterie_web.api.v1 import api


def documented() -> dict[str, tuple[str, str]]:
    """Method and address of each operation of the OpenAPI document, by its id."""
    paths = api.get_openapi_schema()["paths"]
    return {
        operation["operationId"]: (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


PLACES = documented()


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert sorted(PLACES) == sorted(OPERATIONS)


def path_of(name: str, identity: str = "") -> str:
    """The address of an operation, about that."""
    operation = OPERATIONS[name]
    path = PLACES[name][1].replace(f"{{{operation.argument}}}", identity) if identity else PLACES[name][1]
    for part, value in operation.fixed.items():
        path = path.replace(f"{{{part}}}", value)
    return path


def calls(name: str, cast: Cast, actor: Actor) -> Iterator[tuple[str, str, str]]:
    """Kind, relation and address of what the actor is tried with; once, where the operation is about nothing."""
    if not OPERATIONS[name].about:
        yield "", "", path_of(name)
    for kind, relation, identity in things(OPERATIONS[name].about, actor, cast):
        yield kind, relation, path_of(name, identity)


def own(name: str, cast: Cast) -> str:
    """The address of the operation about something of the actor's own."""
    about = OPERATIONS[name].about
    return path_of(name, cast.ids[about[0]]["own"] if about else "")


def sent(name: str, operation: Operation, cast: Cast, relation: str) -> object:
    """What is sent: the query of a GET, else the body."""
    return filled(operation.query if PLACES[name][0] == "GET" else operation.body, cast, relation)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_for_whom_the_table_says(name: str, cast: Cast) -> None:
    operation, method = OPERATIONS[name], PLACES[name][0]
    for actor in EVERYBODY:
        asking = AskingByToken(actor, cast)
        for kind, relation, address in calls(name, cast, actor):
            answer = asking.ask(method, address, sent(name, operation, cast, "own"))
            expected = outcome(operation.rule, actor, kind, relation)
            if operation.is_gone and expected is Outcome.DONE:
                expected = Outcome.NOT_FOUND
            what = f"{actor}: {name} of {relation or 'nothing'} {kind}: {answer.status_code}"
            assert came_of(answer) is expected, what


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_token_does_what_it_was_made_for_and_nothing_else(name: str, cast: Cast) -> None:
    operation, method = OPERATIONS[name], PLACES[name][0]
    address = own(name, cast)
    for scope in ApiToken.Scope:
        asking = AskingByToken(Actor(role="administrator"), cast, scopes=(scope,))
        answer = asking.ask(method, address, sent(name, operation, cast, "own"))
        is_made_for_it = scope == operation.scope
        assert (answer.status_code == 403) is not is_made_for_it, f"{name} by {scope}: {answer.status_code}"


@pytest.mark.parametrize("name", [name for name in OPERATIONS if PLACES.get(name, ("",))[0] not in {"GET", ""}])
def test_a_session_alone_changes_nothing(name: str, cast: Cast) -> None:
    """Another site can make a browser send its cookies, but not the token of a form."""
    asking = Asking(Actor(role="administrator"), cast, checks_csrf=True)
    assert asking.ask(PLACES[name][0], own(name, cast), {}).status_code == 403


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.about])
def test_what_is_foreign_is_answered_as_what_is_absent(name: str, cast: Cast) -> None:
    operation, method = OPERATIONS[name], PLACES[name][0]
    for role, kind in product(("viewer", "administrator"), operation.about):
        asking = AskingByToken(Actor(role=role, unit="north"), cast)
        body = sent(name, operation, cast, "own")
        for foreign in {"foreign", "outside"} & set(cast.ids[kind]):
            ids = [cast.ids[kind][relation] for relation in (foreign, "absent")]
            answers = [told(asking.ask(method, path_of(name, each), body), path_of(name, each), each) for each in ids]
            assert answers[0] == answers[1], f"{role}: {name} of {foreign} {kind}"


@pytest.mark.parametrize("name", [name for name, each in OPERATIONS.items() if names_ids([each.body, each.query])])
def test_foreign_ids_in_bodies_and_queries_are_answered_as_absent_ones(name: str, cast: Cast) -> None:
    operation, method = OPERATIONS[name], PLACES[name][0]
    for role in ("manager", "administrator"):
        asking = AskingByToken(Actor(role=role, unit="north"), cast)
        address = own(name, cast)
        pair = [sent(name, operation, cast, relation) for relation in ("foreign", "absent")]
        answers = [told(asking.ask(method, address, each), *words_of(each)) for each in pair]
        assert answers[0] == answers[1], f"{role}: {name}"


@pytest.mark.parametrize("name", [name for name, each in OPERATIONS.items() if "{key}" in words_of(each.body)])
def test_a_key_that_is_read_in_a_definition_means_nothing_anywhere_else(name: str, cast: Cast) -> None:
    operation, method = OPERATIONS[name], PLACES[name][0]
    asking = AskingByToken(Actor(role="administrator", unit="north"), cast)
    definition = asking.ask("GET", path_of("getSegment", cast.ids["live"]["own"])).content.decode()
    assert f'"{HIDDEN_KEY}"' in definition
    pair = [sent(name, operation, cast, relation) for relation in ("hidden", "absent")]
    answers = [told(asking.ask(method, own(name, cast), each), *words_of(each)) for each in pair]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.words])
def test_looking_for_what_is_foreign_finds_what_looking_for_nothing_finds(name: str, cast: Cast) -> None:
    operation = OPERATIONS[name]
    for role, parameter in product(("viewer", "administrator"), operation.words):
        asking = AskingByToken(Actor(role=role, unit="north"), cast)
        address = own(name, cast)
        answers = [told(asking.ask("GET", address, {parameter: word}), word) for word in (FOREIGN_MARK, ABSENT_WORD)]
        assert answers[0] == answers[1], f"{role}: {name}?{parameter}="


def test_what_is_not_there_is_answered_alike_to_who_is_known_and_who_is_not(cast: Cast) -> None:
    """An address that is none tells nothing, whoever asks."""
    answers = {AskingByToken(actor, cast).ask("GET", "/api/v1/nowhere").status_code for actor in (*EVERYBODY, NOBODY)}
    assert answers == {404}
