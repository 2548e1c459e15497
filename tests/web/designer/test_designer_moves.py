"""What is added, moved, grouped and removed, as pictures of the tree before and after.

A picture is what a tree holds, in order: conditions by their attribute, `all(…)` and `any(…)` groups, and `(…)`
parentheses.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from coterie_web.segments.designer import editing
from coterie_web.segments.designer.alignment import with_ids_of
from coterie_web.segments.designer.operations import Operation, operated
from coterie_web.segments.designer.reading import tree_of
from coterie_web.segments.designer.tree import (
    Behavior,
    Condition,
    Group,
    Node,
    Parentheses,
    Profile,
    Related,
    Step,
    Tree,
)

NESTED = {"blocks": [{"block": {"kind": "profile", "where": {"all": [
    {"attribute": "a"}, {"any": [{"attribute": "b"}, {"attribute": "c"}]}, {"attribute": "d"},
]}}}]}  # fmt: skip
"""n1 the block, n2 its group; a is n3, the inner group n4, b n5, c n6, d n7."""


def node(part: Node) -> str:
    match part:
        case Condition(attribute=attribute):
            return attribute or "?"
        case Group(kind=kind, nodes=nodes):
            return f"{kind.value}({' '.join(map(node, nodes))})"
        case Related(relation=relation, where=where):
            return f"{relation or '?'}[{'' if where is None else node(where)}]"


def picture(steps: tuple[Step, ...]) -> str:
    return " ".join(filter(None, (f"{step.combine} {block(step)}".strip() for step in steps)))


def block(step: Step) -> str:
    match step.block:
        case Profile(where=where):
            return node(where)
        case Behavior(interaction=name, where=where):
            return f"{name}[{'' if where is None else node(where)}]"
        case Parentheses(steps=inner):
            return f"({picture(inner)})"
        case other:
            return type(other).__name__.lower()


def ids() -> Callable[[], str]:
    numbers = count()
    return lambda: f"new{next(numbers)}"


def do(tree: Tree, text: str, *ticked: str) -> str:
    word, *parts = text.split(":")
    return picture(operated(tree, Operation(word=word, parts=tuple(parts), ticked=ticked, new_id=ids())).steps)


@pytest.mark.parametrize(
    ("deed", "after"),
    [
        ("up:n3", "all(a any(b c) d)"),
        ("down:n3", "all(any(a b c) d)"),
        ("up:n7", "all(a any(b c d))"),
        ("up:n5", "all(a b any(c) d)"),
        ("down:n6", "all(a any(b) c d)"),
        ("down:n5", "all(a any(c b) d)"),
        ("up:n4", "all(any(b c) a d)"),
        ("remove:n3", "all(any(b c) d)"),
        ("remove:n4", "all(a d)"),
        ("remove:n1", ""),
        ("duplicate:n4", "all(a any(b c) any(b c) d)"),
        ("ungroup:n4", "all(a b c d)"),
        ("ungroup:n2", "all(a any(b c) d)"),
        ("group:n3", "all(any(a) any(b c) d)"),
        ("add-condition:n4", "all(a any(b c ?) d)"),
        ("add-group:n2", "all(a any(b c) d any(?))"),
        ("add-related:n2", "all(a any(b c) d ?[])"),
        ("move:n7:before:n3", "all(d a any(b c))"),
        ("move:n3:after:n6", "all(any(b c a) d)"),
        ("move:n3:into:n4", "all(any(b c a) d)"),
        ("move:n4:into:n4", "all(a any(b c) d)"),
        ("move:n4:before:n5", "all(a any(b c) d)"),
        ("move:n3:before:n1", "all(a any(b c) d)"),
        ("remove:nothing", "all(a any(b c) d)"),
    ],
)
def test_what_a_button_does_to_conditions(deed: str, after: str) -> None:
    assert do(tree_of(NESTED), deed) == after


def test_ticked_conditions_are_grouped_where_the_first_of_them_stands() -> None:
    assert do(tree_of(NESTED), "group", "n3", "n7") == "all(any(a d) any(b c))"
    assert do(tree_of(NESTED), "group", "n3", "n5") == "all(any(a) any(b c) d)"


def test_a_group_of_which_nothing_is_left_goes_too() -> None:
    assert do(tree_of(NESTED), "remove", "n5", "n6") == "all(a d)"


# --- blocks ----------------------------------------------------------------------------------------------------------

STEPS = {
    "blocks": [
        {"block": {"kind": "interaction", "interaction": "x", "operator": "is", "value": 1}},
        {"combine": "but_not", "block": {"kind": "interaction", "interaction": "y", "operator": "is", "value": 1}},
        {"combine": "or", "block": {"kind": "group", "blocks": [
            {"block": {"kind": "everyone"}},
            {"combine": "and_also", "block": {"kind": "interaction", "interaction": "z", "operator": "is", "value": 1}},
        ]}},
    ]
}  # fmt: skip
"""x is n1, y n2, the parentheses n3, everyone in them n4, z n5."""


@pytest.mark.parametrize(
    ("deed", "after"),
    [
        ("up:n2", "y[] but_not x[] or (everyone and_also z[])"),
        ("down:n2", "x[] or (y[] but_not everyone and_also z[])"),
        ("remove:n1", "y[] or (everyone and_also z[])"),
        ("ungroup:n3", "x[] but_not y[] or everyone and_also z[]"),
        ("group:n2", "x[] but_not (y[]) or (everyone and_also z[])"),
        ("duplicate:n2", "x[] but_not y[] but_not y[] or (everyone and_also z[])"),
        ("move:n5:before:n1", "z[] and_also x[] but_not y[] or (everyone)"),
        ("move:n1:into:n3", "y[] or (everyone and_also z[] and_also x[])"),
        ("add-everyone", "x[] but_not y[] or (everyone and_also z[]) and_also everyone"),
        ("add-behavior:n3", "x[] but_not y[] or (everyone and_also z[] and_also [])"),
        ("add-condition:n2", "x[] but_not y[all(?)] or (everyone and_also z[])"),
        ("add-parentheses", "x[] but_not y[] or (everyone and_also z[]) and_also (all(?))"),
    ],
)
def test_what_a_button_does_to_blocks(deed: str, after: str) -> None:
    assert do(tree_of(STEPS), deed) == after


RESTRICTED = {
    "blocks": [
        {"block": {"kind": "interaction", "interaction": "x", "operator": "is", "value": 1, "where": {"any": [
            {"attribute": "a"}, {"attribute": "b"},
        ]}}},
        {"combine": "or", "block": {"kind": "interaction", "interaction": "y", "operator": "is", "value": 1, "where": {
            "all": [{"attribute": "c"}],
        }}},
    ]
}  # fmt: skip
"""x is n1, what its events are n2, a in it n3, b n4; y is n5, what its events are n6, c in it n7."""


@pytest.mark.parametrize(
    ("deed", "after"),
    [
        ("remove:n2", "x[] or y[all(c)]"),
        ("ungroup:n2", "x[any(a b)] or y[all(c)]"),
        ("ungroup:n6", "x[any(a b)] or y[all(c)]"),
        ("group:n2", "x[any(any(a b))] or y[all(c)]"),
        ("duplicate:n6", "x[any(a b)] or y[all(c all(c))]"),
        ("move:n7:before:n2", "x[any(c a b)] or y[]"),
        ("move:n7:after:n2", "x[any(a b c)] or y[]"),
    ],
)
def test_what_restricts_events_stays_one_group(deed: str, after: str) -> None:
    assert do(tree_of(RESTRICTED), deed) == after


SPARED = {
    "blocks": [
        {"block": {"kind": "interaction", "interaction": "x", "operator": "is", "value": 1, "where": {
            "not": {"any": [{"attribute": "a"}, {"attribute": "b"}]},
        }}},
        {"combine": "or", "block": {"kind": "interaction", "interaction": "y", "operator": "is", "value": 1, "where": {
            "all": [{"attribute": "c"}],
        }}},
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    ("deed", "after"),
    [
        ("duplicate:n2", "x[all(none(a b) none(a b))] or y[all(c)]"),
        ("move:n7:before:n2", "x[all(c none(a b))] or y[]"),
        ("move:n7:after:n2", "x[all(none(a b) c)] or y[]"),
        ("group:n2", "x[any(none(a b))] or y[all(c)]"),
        ("ungroup:n2", "x[all(a b)] or y[all(c)]"),
        ("remove:n2", "x[] or y[all(c)]"),
    ],
)
def test_what_comes_beside_events_that_are_spared_is_not_spared(deed: str, after: str) -> None:
    tree = tree_of(SPARED)
    assert do(tree, deed) == after
    assert len(set(tree.ids())) == len(tree.ids())


def test_ticked_blocks_come_into_parentheses_that_join_as_the_first_of_them_did() -> None:
    assert do(tree_of(STEPS), "group", "n2", "n3") == "x[] but_not (y[] or (everyone and_also z[]))"


def test_a_copy_has_ids_of_its_own() -> None:
    tree = editing.duplicate(tree_of(NESTED), "n1", ids())
    assert len(set(tree.ids())) == len(tree.ids()) == 14


# --- which is which --------------------------------------------------------------------------------------------------


def test_parts_that_stay_the_same_keep_their_ids_and_others_get_new_ones() -> None:
    now = tree_of(NESTED)
    other = {"blocks": [{"block": {"kind": "profile", "where": {"all": [
        {"attribute": "e"}, {"attribute": "d"}, {"any": [{"attribute": "c"}, {"attribute": "f"}]},
    ]}}}]}  # fmt: skip
    named = with_ids_of(tree_of(other, ids=ids()), now, lambda: "fresh")
    assert named.ids() == ("n1", "n2", "n3", "n7", "n4", "n6", "n5")
