"""Two people, or two tabs, edit one draft: what one has typed into an older page is put on the draft as it is now."""

from __future__ import annotations

from dataclasses import replace

from coterie_web.segments.designer.editing import changed
from coterie_web.segments.designer.tree import (
    Behavior,
    Condition,
    Group,
    Held,
    Parentheses,
    Part,
    Profile,
    Reference,
    Related,
    Step,
    Tree,
    parts_of,
)

__all__ = ["layout", "merged"]


def merged(base: Tree, theirs: Tree, current: Tree) -> Tree:
    """`current` with what `theirs` says otherwise than `base`, of which it was made by filling in inputs alone."""
    for part in parts_of(theirs.steps):
        before = base.find(part.id)
        if before is not None and _own(before) != _own(part):
            current = changed(current, part.id, lambda now, part=part: _with_own(now, part))  # type: ignore[misc]
    joints = {step.block.id: step.combine for step in _steps(theirs)}
    former = {step.block.id: step.combine for step in _steps(base)}
    changed_joints = {key: joint for key, joint in joints.items() if former.get(key) != joint}
    return replace(
        current,
        steps=_with_joints(current.steps, changed_joints),
        keep_in=_merged_keys(base.keep_in, theirs.keep_in, current.keep_in),
        keep_out=_merged_keys(base.keep_out, theirs.keep_out, current.keep_out),
        _by_id={},
    )


def _merged_keys(base: tuple[str, ...], theirs: tuple[str, ...], current: tuple[str, ...]) -> tuple[str, ...]:
    """`current` without those that were taken out, and with those that were added."""
    left = tuple(key for key in current if key in theirs or key not in base)
    return (*left, *(key for key in theirs if key not in base and key not in left))


def _own(part: Part) -> Part:
    """A part without those in it."""
    match part:
        case Behavior() | Related():
            return replace(part, where=None)
        case Group():
            return replace(part, nodes=())
        case Parentheses():
            return replace(part, steps=())
        case Profile(where=where):
            return replace(part, where=replace(where, nodes=()))
        case _:
            return part


def _with_own(now: Part, typed: Part) -> Part:
    """`now` with the inputs of `typed`, and what is in it now."""
    match now, typed:
        case Behavior(where=where), Behavior():
            return replace(typed, where=where)
        case Related(where=where), Related():
            return replace(typed, where=where)
        case Group(), Group(kind=kind):
            return replace(now, kind=kind)
        case (Condition(), Condition()) | (Reference(), Reference()):
            return typed
        case _:
            return now


def _steps(tree: Tree) -> list[Step]:
    """All steps, those in parentheses too."""
    inside = [part.steps for part in parts_of(tree.steps) if isinstance(part, Parentheses)]
    return [step for steps in (tree.steps, *inside) for step in steps]


def _with_joints(steps: tuple[Step, ...], joints: dict[str, str]) -> tuple[Step, ...]:
    def joined(step: Step, *, is_first: bool) -> Step:
        block = step.block
        if isinstance(block, Parentheses):
            block = replace(block, steps=_with_joints(block.steps, joints))
        combine = "" if is_first else joints.get(block.id) or step.combine
        return Step(block=block, combine=combine)

    return tuple(joined(step, is_first=index == 0) for index, step in enumerate(steps))


def layout(tree: Tree) -> tuple[object, ...]:
    """Equal for trees, made of one another by filling in inputs, whose pages differ in nothing but what is typed."""
    return (*map(_layout_of, parts_of(tree.steps)), len(tree.keep_in), len(tree.keep_out))


def _layout_of(part: Part) -> object:
    match part:
        case Condition(attribute=attribute, comparison=comparison):
            return part.id, attribute, _inputs(comparison.operator, comparison.held), bool(comparison.held)
        case Behavior():
            comparison = part.comparison
            inputs = _inputs(comparison.operator, comparison.held)
            return part.id, part.interaction, part.measure, part.window, inputs, _is_one(part.span)
        case Related():
            return part.id, part.relation, part.quantifier, _inputs(part.comparison.operator, part.comparison.held)
        case Reference(segment=key):
            return part.id, key
        case _:
            return part.id


def _inputs(operator: str, inputs: Held) -> object:
    """The operator, the lengths of lists, and which anniversary it is: what decides which inputs there are.

    Of one of something it is spoken in the singular.
    """
    lengths = tuple((part, len(texts)) for part, texts in sorted(inputs.items()) if part in _SEVERAL)
    return operator, lengths, inputs.get("anniversary"), _is_one(inputs)


def _is_one(inputs: Held) -> bool:
    return ("1",) in (inputs.get("value"), inputs.get("count"))


_SEVERAL = ("values", "days", "weekdays", "months", "years")
