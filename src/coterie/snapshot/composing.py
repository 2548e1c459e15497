"""Turns the updates of a publication into entries of its file, and into how the segments stand after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from coterie.snapshot.checksum import checksums
from coterie.snapshot.layout import ChangeRefs, Entry, Good, Ref
from coterie.snapshot.publication import Issue, Publication, Standing, Standings
from coterie.snapshot.snapshot import Change, State, Update
from coterie.snapshot.staggering import chosen, lateness
from coterie.snapshot.writing import FileWriter

__all__ = ["check_updates", "composed"]


@dataclass(slots=True)
class _Draft:
    """An update on its way into the file."""

    update: Update
    former: Standing | None
    members: BitMap | None
    checksum: int
    changes: tuple[ChangeRefs, ...] = ()
    delta_bytes: int = 0
    full: Ref | None = None


def check_updates(updates: Sequence[Update], standings: Standings) -> None:
    """Raise ValueError where updates contradict themselves or what they follow."""
    if len({update.key for update in updates}) < len(updates):
        raise ValueError("a segment is updated twice in one publication")
    for update in updates:
        reason = _contradiction(update, standings.get(update.key))
        if reason:
            raise ValueError(f"segment {update.key!r}: {reason}")


def _contradiction(update: Update, former: Standing | None) -> str | None:
    if update.definition is None and former is None:
        return "a new segment needs its definition"
    if update.definition is None and former and former.entry.definition_version != update.definition_version:
        return "a new version of the definition needs its text"
    if update.state is State.WITHHELD:
        return "it is withheld by itself, where it fails"
    if update.state is not State.LIVE and update.members is not None:
        return "only a live segment has new members"
    if update.problems and update.state is not State.FAILING:
        return "only a failing segment has problems"
    if update.members is None:
        if update.changes:
            return "changes lead to new members"
        if update.state is State.LIVE and (former is None or former.members is None):
            return "a live segment needs members"
        return None
    count = former.entry.size if former else 0
    count += sum(len(change.entered) - len(change.left) for change in update.changes)
    if count != len(update.members):
        return f"its changes lead to {count} members, not to {len(update.members)}"
    if not _leads(former.members if former else None, update.changes, update.members):
        return "its changes lead to other members than its own"
    return None


def _leads(former: BitMap | None, changes: Sequence[Change], members: BitMap) -> bool:
    """Whether the changes lead from the former members to these: each who entered was outside, who left was inside.

    Of whom nothing changed it is only counted in how many the two sets differ, for they may be large.
    """
    before = BitMap() if former is None else former
    differing = before.symmetric_difference_cardinality(members)
    if len(changes) == 1 and differing == len(changes[0].entered) + len(changes[0].left):
        # As many as differ: then these are they, if each is where one who enters or leaves is, before and after.
        entered, left = changes[0].entered, changes[0].left
        is_outside, is_inside = entered.isdisjoint(before), left <= before
        return is_outside and is_inside and entered <= members and left.isdisjoint(members)
    changed = BitMap.union(BitMap(), *(part for change in changes for part in (change.entered, change.left)))
    reached = begun = before & changed
    for change in changes:
        if not change.entered.isdisjoint(reached) or not change.left <= reached:
            return False
        reached = (reached | change.entered) - change.left
    return reached == members & changed and differing == begun.symmetric_difference_cardinality(reached)


def composed(
    writer: FileWriter, issue: Issue, updates: Sequence[Update], latest: Publication | None
) -> Mapping[str, Standing]:
    """Write an entry for each update; how those segments stand then."""
    drafts = _drafts(updates, latest.standings if latest else {})
    for draft in drafts:
        _write_changes(writer, draft)
    _write_full(writer, drafts)
    standings: dict[str, Standing] = {}
    for draft in drafts:
        entry = _entry(writer, draft, issue, latest)
        writer.entry(draft.update.key, entry)
        standings[draft.update.key] = _standing(draft, entry, issue)
    return standings


def _drafts(updates: Sequence[Update], standings: Standings) -> list[_Draft]:
    sets = [members for update in updates for change in update.changes for members in (change.entered, change.left)]
    sums = iter(checksums(sets))
    drafts: list[_Draft] = []
    for update in updates:
        former = standings.get(update.key)
        total = former.entry.checksum if former else 0
        for _ in update.changes:
            total += next(sums) - next(sums)
        kept = former.members if former and not update.changes else None
        drafts.append(_Draft(update, former, update.members if kept is None else kept, total % (1 << 64)))
    return drafts


def _write_changes(writer: FileWriter, draft: _Draft) -> None:
    """Write who entered and left. Where all members entered, this is the full one too."""
    refs: list[ChangeRefs] = []
    members = draft.update.members
    for change in draft.update.changes:
        if members is not None and len(change.entered) == len(members) and change.entered == members:
            entered = draft.full = writer.full(members)
        else:
            entered = writer.bitmap(change.entered)
        left = writer.bitmap(change.left)
        draft.delta_bytes += entered.length + left.length
        refs.append(ChangeRefs(change.cause, entered, left))
    draft.changes = tuple(refs)


def _write_full(writer: FileWriter, drafts: Sequence[_Draft]) -> None:
    """Write in full the members that were never written, and of those that are due as many as is reasonable."""
    due: dict[str, tuple[float, int]] = {}
    delta_bytes = 0
    for draft in drafts:
        if draft.full is not None or draft.members is None:
            continue
        if draft.former is None or draft.former.members is None:
            draft.full = writer.full(draft.members)
            continue
        size = draft.delta_bytes
        delta_bytes += size
        late = lateness(draft.update.key, draft.former, size) if draft.changes else 0
        if late >= 1:
            due[draft.update.key] = late, draft.former.full_bytes
    keys = chosen(((late, size, key) for key, (late, size) in due.items()), delta_bytes)
    for draft in drafts:
        if draft.update.key in keys:
            assert draft.members is not None
            draft.full = writer.full(draft.members)


def _entry(writer: FileWriter, draft: _Draft, issue: Issue, latest: Publication | None) -> Entry:
    update, former, members = draft.update, draft.former, draft.members
    is_live = update.state is State.LIVE
    text = update.definition
    if former and text == former.definition and update.definition_version == former.entry.definition_version:
        text = None
    if is_live:
        version: int | None = update.definition_version
    else:
        version = former.entry.snapshot_version if former else None
    return Entry(
        state=_state(update, former),
        previous=former.number if former else 0,
        defined_in=former.entry.defined_in if former and text is None else issue.number,
        definition_version=update.definition_version,
        snapshot_version=version,
        size=len(members) if members is not None else 0,
        checksum=draft.checksum,
        definition=None if text is None else writer.blob(text),
        problems=writer.blob(update.problems),
        members=draft.full,
        good=None if is_live or members is None or former is None else _good(former, latest),
        changes=draft.changes,
    )


def _state(update: Update, former: Standing | None) -> State:
    """As the update says; but one that fails when it is started again, and ever since, is withheld."""
    was_stopped = former is not None and not former.entry.state.is_published
    return State.WITHHELD if was_stopped and update.state is State.FAILING else update.state


def _good(former: Standing, latest: Publication | None) -> Good:
    """The last publication in which a segment that is not live from now on was."""
    assert latest is not None
    return former.entry.good or Good(latest.number, latest.data_version, latest.as_of)


def _standing(draft: _Draft, entry: Entry, issue: Issue) -> Standing:
    update, former = draft.update, draft.former
    kept = former if draft.full is None else None
    return Standing(
        entry=entry,
        number=issue.number,
        definition=former.definition if former and update.definition is None else update.definition or b"",
        problems=update.problems,
        members=draft.members,
        deltas=(kept.deltas + bool(draft.changes)) if kept else 0,
        delta_bytes=(kept.delta_bytes + draft.delta_bytes) if kept else 0,
        full_bytes=kept.full_bytes if kept else (draft.full.length if draft.full else 0),
    )
