"""Relations between answers that hold whatever the data: logic, order, process settings, explain against members."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from random import Random

import pytest

import coterie
from coterie.testing.scenarios import scenario

SEEDS = range(700, 708)
QUESTIONS = 8
EXPLAINED = 3
EVERYONE = {"kind": "everyone"}
MILLISECOND = timedelta(milliseconds=1)

NEGATIVES = {
    "has_no_value": "has_value",
    "is_not": "is",
    "is_not_in": "is_in",
    "does_not_contain": "contains",
    "does_not_begin_with": "begins_with",
    "does_not_end_with": "ends_with",
    "does_not_match": "matches",
    "includes_none": "includes_any",
    "does_not_include_all": "includes_all",
    "not_between": "between",
    "not_on": "on",
    "not_in_last": "in_last",
    "not_in_period": "in_period",
}


class Asking:
    """A small random world, loaded, and blocks to ask it about."""

    def __init__(self, seed, tables=None, **settings):
        self.drawn = scenario(seed, QUESTIONS)
        self.as_of = self.drawn.as_of
        self.engine = coterie.open(":memory:", catalog=self.drawn.world.catalog, **settings)
        for name, rows in tables or self.drawn.world.tables.items():
            self.engine.load(name, rows)

    def set_of(self, *steps, **question):
        """The members of blocks combined in turn: a block, or `(combine, block)`."""
        blocks = [
            {"block": step} if isinstance(step, dict) else {"combine": step[0], "block": step[1]} for step in steps
        ]
        return set(self.engine.members({"blocks": blocks}, as_of=self.as_of, **question))

    def where(self, node):
        return self.set_of({"kind": "profile", "where": node})

    def blocks(self):
        """Every block of the questions that refers to no segment."""
        definitions = [question.definition for question in self.drawn.questions]
        steps = [step for each in definitions for step in each.get("definition", each)["blocks"]]
        return [step["block"] for step in steps if '"segment"' not in json.dumps(step)]

    def nodes(self):
        return [block["where"] for block in self.blocks() if block["kind"] == "profile"]

    def answers(self):
        """Members and counts of every question."""
        found = []
        for case in self.drawn.cases():
            question = {"as_of": case.as_of, "time_zone": case.zone, "segments": case.segments}
            members = sorted(self.engine.members(case.definition, **question))
            found.append([members, self.engine.breakdown(case.definition, **question).total])
        return found


@pytest.fixture(scope="module", params=SEEDS)
def asking(request):
    world = Asking(request.param)
    yield world
    world.engine.close()


# --- logic


def test_a_condition_and_its_not_partition_the_scope(asking):
    everyone = asking.set_of(EVERYONE)
    for node in asking.nodes():
        found, others = asking.where(node), asking.where({"not": node})
        assert not found & others, node
        assert found | others == everyone, node


def test_every_negative_operator_is_the_complement_of_its_positive(asking):
    everyone = asking.set_of(EVERYONE)
    for condition in conditions_of_contacts(asking.nodes()):
        if condition["operator"] in NEGATIVES:
            positive = {**condition, "operator": NEGATIVES[condition["operator"]]}
            assert asking.where(condition) == everyone - asking.where(positive), condition


def conditions_of_contacts(nodes):
    for node in nodes:
        if "attribute" in node:
            yield node
        inner = [node["not"]] if "not" in node else node.get("all", []) + node.get("any", [])
        yield from conditions_of_contacts(inner)


def test_a_negative_quantifier_is_the_complement_of_its_positive(asking):
    everyone = asking.set_of(EVERYONE)
    for block in asking.blocks():
        if block["kind"] == "interaction" and block["operator"] in NEGATIVES:
            positive = {**block, "operator": NEGATIVES[block["operator"]]}
            assert asking.set_of(block) == everyone - asking.set_of(positive), block


@pytest.mark.parametrize("interaction", ["visit", "call"])
@pytest.mark.parametrize("measure", [{"kind": "count"}, {"kind": "days"}, {"kind": "distinct", "attribute": "spent"}])
def test_at_most_n_is_not_at_least_n_and_one(asking, interaction, measure):
    everyone = asking.set_of(EVERYONE)
    block = {"kind": "interaction", "interaction": interaction, "measure": measure}
    for n in range(4):
        at_most = asking.set_of({**block, "operator": "at_most", "value": n})
        at_least = asking.set_of({**block, "operator": "at_least", "value": n + 1})
        assert at_most == everyone - at_least


def test_at_most_n_records_is_not_at_least_n_and_one(asking):
    everyone = asking.set_of(EVERYONE)
    for relation in ("deals", "shop", "friend", "fans"):
        for n in range(3):
            at_most, at_least = (
                asking.where(
                    {"relation": relation, "quantifier": {"kind": "count", "operator": operator, "value": value}}
                )
                for operator, value in (("at_most", n), ("at_least", n + 1))
            )
            assert at_most == everyone - at_least


def test_none_is_not_any(asking):
    everyone = asking.set_of(EVERYONE)
    for relation in ("deals", "shop", "friend", "fans"):
        any_record, none = (
            asking.where({"relation": relation, "quantifier": {"kind": kind}}) for kind in ("any", "none")
        )
        assert none == everyone - any_record


def test_steps_are_union_intersection_and_difference(asking):
    blocks = asking.blocks()
    for one, other in zip(blocks, blocks[1:] + blocks[:1], strict=True):
        a, b = asking.set_of(one), asking.set_of(other)
        assert asking.set_of(one, ("or", other)) == a | b
        assert asking.set_of(one, ("and_also", other)) == a & b
        assert asking.set_of(one, ("but_not", other)) == a - b


def test_all_and_any_are_intersection_and_union_in_any_order(asking):
    nodes = asking.nodes()
    for one, other in zip(nodes, nodes[1:] + nodes[:1], strict=True):
        a, b = asking.where(one), asking.where(other)
        assert asking.where({"all": [one, other]}) == a & b == asking.where({"all": [other, one]})
        assert asking.where({"any": [one, other]}) == a | b == asking.where({"any": [other, one]})


def test_parentheses_around_one_thing_change_nothing(asking):
    for block in asking.blocks():
        assert asking.set_of({"kind": "group", "blocks": [{"block": block}]}) == asking.set_of(block)
    for node in asking.nodes():
        expected = asking.where(node)
        assert asking.where({"all": [node]}) == asking.where({"any": [{"not": {"not": node}}]}) == expected


def test_a_segment_is_its_definition_inlined(asking):
    for block in asking.blocks():
        file = {
            "coterie": 1,
            "segment": "s",
            "name": "S",
            "type": "dynamic",
            "definition": {"blocks": [{"block": block}]},
        }
        inlined = asking.set_of(EVERYONE, ("but_not", block))
        assert (
            asking.set_of(EVERYONE, ("but_not", {"kind": "segment", "segment": "s"}), segments={"s": file}) == inlined
        )


# --- order of data, settings of the process


def test_the_order_of_rows_and_loads_changes_nothing(asking):
    """Told apart by key or message id, so that none is said twice in different words."""
    tables = [(name, tuple(told_apart(name, rows))) for name, rows in asking.drawn.world.tables.items()]
    rng = Random(1)
    shuffled = [(name, tuple(rng.sample(rows, len(rows)))) for name, rows in rng.sample(tables, len(tables))]
    seed = asking.drawn.seed
    with ExitStack() as stack:
        drawn, other = (Asking(seed, each) for each in (tables, shuffled))
        stack.callback(drawn.engine.close)
        stack.callback(other.engine.close)
        assert drawn.answers() == other.answers()


def told_apart(name, rows):
    seen = set()
    for row in rows:
        identity = row.get("message_id") or json.dumps(row) if name in ("visit", "call") else row[name]
        if identity not in seen:
            seen.add(identity)
            yield row


def test_loading_in_pieces_changes_nothing(asking):
    """Every row with a message id may come in a file of its own."""
    whole = [
        (name, tuple(row for row in rows if name not in ("visit", "call") or row["message_id"]))
        for name, rows in asking.drawn.world.tables.items()
    ]
    pieces = [(name, piece) for name, rows in whole for piece in (rows[: len(rows) // 2], rows[len(rows) // 2 :])]
    seed = asking.drawn.seed
    with ExitStack() as stack:
        at_once, piecewise = (Asking(seed, each) for each in (whole, pieces))
        stack.callback(at_once.engine.close)
        stack.callback(piecewise.engine.close)
        assert at_once.answers() == piecewise.answers()


def test_the_number_of_threads_changes_nothing(asking):
    other = Asking(asking.drawn.seed, threads=1)
    try:
        assert other.answers() == asking.answers()
    finally:
        other.engine.close()


ANSWERS = """
import json, sys
sys.path.insert(0, sys.argv[1])
from test_metamorphic import Asking
print(json.dumps([Asking(seed).answers() for seed in range(700, 703)]))
"""


def test_the_time_zone_of_the_process_changes_nothing():
    """Rule 22: bounds are absolute, whatever TZ says."""
    printed = [
        subprocess.run(
            [sys.executable, "-c", ANSWERS, os.path.dirname(__file__)],  # noqa: PTH120
            env={**os.environ, "TZ": zone},  # noqa: TID251
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for zone in ("UTC", "Pacific/Kiritimati", "America/St_Johns")
    ]

    assert printed[0] == printed[1] == printed[2]
    assert json.loads(printed[0])


# --- explain


def test_explain_says_what_the_member_list_says(asking):
    contacts = sorted(asking.set_of(EVERYONE))
    for case in list(asking.drawn.cases())[:EXPLAINED]:
        question = {"as_of": case.as_of, "time_zone": case.zone, "segments": case.segments}
        members = set(asking.engine.members(case.definition, **question))
        for contact in contacts[::6]:
            assert asking.engine.explain(case.definition, contact, **question).member == (contact in members), case.name


def test_a_segment_that_nothing_refers_to_does_not_disturb_an_explanation(asking):
    """Among the files given beside a question may be one about interactions that the question never reads."""
    block = {"kind": "interaction", "interaction": "visit", "measure": {"kind": "last_at"}, "operator": "has_value"}
    moving = {**block, "window": {"kind": "last", "count": 1, "unit": "days"}}
    idle = {"coterie": 1, "segment": "s", "name": "S", "type": "dynamic", "definition": {"blocks": [{"block": moving}]}}
    for contact in sorted(asking.set_of(EVERYONE))[:1]:
        question = {"blocks": [{"block": EVERYONE}]}
        explanation = asking.engine.explain(question, contact, as_of=asking.as_of, segments={"s": idle})
        assert (explanation.member, explanation.changes_at) == (True, None)


def test_an_answer_changes_at_changes_at_and_not_before(asking):
    """One millisecond before it the answer is as now, at it the answer differs, and in between nothing happens."""
    rng = Random(2)
    for case in list(asking.drawn.cases())[:EXPLAINED]:
        question = {"time_zone": case.zone, "segments": case.segments}

        def members(as_of, case=case, question=question):
            return set(asking.engine.members(case.definition, as_of=as_of, **question))

        now = members(case.as_of)
        for contact in sorted(asking.set_of(EVERYONE))[:2]:
            explanation = asking.engine.explain(case.definition, contact, as_of=case.as_of, **question)
            end = explanation.changes_at or case.as_of + timedelta(days=1500)
            instants = [case.as_of + (end - MILLISECOND - case.as_of) * rng.random() for _ in range(6)]
            for instant in (*instants, end - MILLISECOND):
                assert (contact in members(instant)) == (contact in now), (case.name, contact, instant)
            if explanation.changes_at is not None:
                assert (contact in members(end)) != (contact in now), (case.name, contact, end)
