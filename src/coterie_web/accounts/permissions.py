"""What each role may do, and with whom: the one place that says so. Pure: whose unit lies where is told by `Reach`.

| role          | may, besides what those before it may                                                        |
|---------------|----------------------------------------------------------------------------------------------|
| viewer        | see segments, members and contacts of their unit and below; segments above too               |
| marketer      | make segments, and change their own                                                          |
| manager       | change the segments of their unit and below, give them to others, and read the history       |
| administrator | manage the people of their unit and below, and their tokens                                    |

An administrator without a unit administers the organization: invites people, keeps the tree of units, sends records.
Somebody who may see only a part would learn from it what lies outside (whether an address is taken, who has a unit's
key), or change it.
"""

from __future__ import annotations

from coterie_web.accounts.models import ApiToken, Role, User
from coterie_web.accounts.units import Reach

__all__ = [
    "may_change_segments_of",
    "may_give_away_segments",
    "may_give_role",
    "may_invite",
    "may_keep_units",
    "may_make_segments",
    "may_manage",
    "may_manage_people",
    "may_move_to",
    "may_read_history",
    "may_revoke",
    "may_see_tokens_of",
    "scopes_of",
]

_Scope = ApiToken.Scope


def may_make_segments(user: User) -> bool:
    return user.at_least(Role.MARKETER)


def may_change_segments_of(user: User, owner: User, reach: Reach) -> bool:
    """Whether the person, who reaches so far, changes the segments of that owner."""
    if user.at_least(Role.MANAGER):
        return reach.covers(owner.unit_id)
    return user.at_least(Role.MARKETER) and owner.id == user.id


def may_give_away_segments(user: User) -> bool:
    """Whether the person gives segments that they may change to another owner."""
    return user.at_least(Role.MANAGER)


def may_read_history(user: User) -> bool:
    return user.at_least(Role.MANAGER)


def may_manage_people(user: User) -> bool:
    """Whether the person manages anybody at all."""
    return user.at_least(Role.ADMINISTRATOR)


def may_manage(user: User, person: User, reach: Reach) -> bool:
    """Whether the person manages that one: their role, unit, links, and whether they may sign in."""
    return may_manage_people(user) and reach.covers(person.unit_id)


def may_invite(user: User) -> bool:
    return may_manage_people(user) and user.unit_id is None


def may_keep_units(user: User) -> bool:
    """Whether the person adds, renames, moves and removes business units."""
    return may_manage_people(user) and user.unit_id is None


def may_give_role(user: User, role: Role) -> bool:
    """Nobody gives more than they have."""
    return may_manage_people(user) and user.at_least(role)


def may_move_to(user: User, unit_id: object, reach: Reach) -> bool:
    """Whether the person may put people into that unit; None: into no unit, so that they see everything."""
    return may_manage_people(user) and reach.covers(unit_id)


def may_see_tokens_of(user: User, person: User, reach: Reach) -> bool:
    return user.id == person.id or may_manage(user, person, reach)


def may_revoke(user: User, token: ApiToken, reach: Reach) -> bool:
    return may_see_tokens_of(user, token.user, reach)


def scopes_of(user: User) -> tuple[_Scope, ...]:
    """What tokens of the person may be made for: never for more than their role may do.

    Records change the data of contacts of any unit, and so are sent in the name of administrators of the organization.
    """
    scopes = [_Scope.READ]
    if may_make_segments(user):
        scopes.append(_Scope.WRITE)
    if may_manage_people(user) and user.unit_id is None:
        scopes.append(_Scope.RECORDS)
    return tuple(scopes)
