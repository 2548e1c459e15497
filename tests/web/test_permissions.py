"""What each role may do, and with whom: the rules, without a database."""

from __future__ import annotations

import uuid

import pytest

from coterie_web.accounts.models import ApiToken, Role, User
from coterie_web.accounts.permissions import (
    may_change_segments_of,
    may_give_role,
    may_invite,
    may_keep_units,
    may_make_segments,
    may_manage,
    may_move_to,
    may_read_history,
    scopes_of,
)
from coterie_web.accounts.units import Reach

NORTH, FJORDS, SOUTH = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
EVERYTHING = Reach(below=None, above=frozenset(), keys=None)
OF_NORTH = Reach(below=frozenset({NORTH, FJORDS}), above=frozenset(), keys=frozenset({"north", "fjords"}))
OF_FJORDS = Reach(below=frozenset({FJORDS}), above=frozenset({NORTH}), keys=frozenset({"fjords"}))

ALL = ["viewer", "marketer", "manager", "administrator"]


def somebody(role: str, unit: uuid.UUID | None = None) -> User:
    return User(name=role, email=f"{role}@example.com", role=role, unit_id=unit)


def who(allowed: object) -> list[str]:
    """The roles for which a rule of one person says yes."""
    return [role for role in ALL if allowed(somebody(role))]  # type: ignore[operator]


def test_each_role_may_what_those_before_it_may() -> None:
    assert who(may_make_segments) == ["marketer", "manager", "administrator"]
    assert who(may_read_history) == ["manager", "administrator"]
    assert who(may_invite) == who(may_keep_units) == ["administrator"]


def test_a_marketer_changes_their_own_segments_alone() -> None:
    marketer, other = somebody("marketer", NORTH), somebody("marketer", NORTH)
    assert may_change_segments_of(marketer, marketer, OF_NORTH)
    assert not may_change_segments_of(marketer, other, OF_NORTH)
    assert not may_change_segments_of(somebody("viewer", NORTH), other, OF_NORTH)


@pytest.mark.parametrize("role", ["manager", "administrator"])
@pytest.mark.parametrize(
    ("unit", "reach", "of_north", "of_fjords", "of_south", "of_all"),
    [
        (None, EVERYTHING, True, True, True, True),
        (NORTH, OF_NORTH, True, True, False, False),
        (FJORDS, OF_FJORDS, False, True, False, False),
    ],
)
def test_a_manager_changes_the_segments_of_their_unit_and_below(
    role: str, unit: uuid.UUID | None, reach: Reach, of_north: bool, of_fjords: bool, of_south: bool, of_all: bool
) -> None:
    user = somebody(role, unit)
    owners = [somebody("marketer", each) for each in (NORTH, FJORDS, SOUTH, None)]
    assert [may_change_segments_of(user, owner, reach) for owner in owners] == [of_north, of_fjords, of_south, of_all]


def test_an_administrator_manages_the_people_of_their_unit_and_below() -> None:
    people = [somebody("viewer", unit) for unit in (NORTH, FJORDS, SOUTH, None)]
    administrator, manager = somebody("administrator", NORTH), somebody("manager", NORTH)
    assert [may_manage(administrator, each, OF_NORTH) for each in people] == [True, True, False, False]
    assert [may_manage(somebody("administrator"), each, EVERYTHING) for each in people] == [True] * 4
    assert not any(may_manage(manager, each, OF_NORTH) for each in people)


def test_an_administrator_of_a_unit_neither_invites_nor_keeps_units_nor_moves_people_out_of_it() -> None:
    administrator = somebody("administrator", NORTH)
    assert not may_invite(administrator)
    assert not may_keep_units(administrator)
    assert [may_move_to(administrator, unit, OF_NORTH) for unit in (FJORDS, SOUTH, None)] == [True, False, False]


def test_nobody_but_administrators_gives_roles() -> None:
    assert [may_give_role(somebody("administrator"), role) for role in Role] == [True] * 4
    assert not any(may_give_role(somebody(role), Role.VIEWER) for role in ("viewer", "marketer", "manager"))


def test_a_token_is_made_for_no_more_than_its_person_may() -> None:
    read, write, records = ApiToken.Scope.READ, ApiToken.Scope.WRITE, ApiToken.Scope.RECORDS
    assert scopes_of(somebody("viewer")) == (read,)
    assert scopes_of(somebody("manager")) == (read, write)
    assert scopes_of(somebody("administrator")) == (read, write, records)
    assert scopes_of(somebody("administrator", NORTH)) == (read, write), "records may be of contacts of any unit"
