"""A naive history of publications, kept in dictionaries, and random publications to keep in both it and a journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from pyroaring import BitMap

from coterie.snapshot import Cause, Change, Journal, Publication, State, Update

KEYS = ("anna", "böhm", "céline", "d", "e")
ORDINALS = (0, 1, 2, 3, 65_535, 65_536, 70_000, 2**32 - 1, *range(100, 130))

WITHOUT_SNAPSHOT = (State.STOPPED, State.WITHHELD)

Members = frozenset[int]


@dataclass
class Kept:
    """What the naive history knows of one segment."""

    state: State
    version: int
    text: bytes
    problems: bytes = b""
    members: Members | None = None
    good: tuple[int, int, int, int] | None = None
    """Definition version, publication, data version and as_of of the last good snapshot."""


@dataclass
class Moment:
    """One publication as the naive history remembers it."""

    number: int
    data_version: int
    as_of: int
    segments: dict[str, Kept]
    log: list[tuple[str, str, Members, Members]]


@dataclass
class History:
    """Everything that was ever published."""

    moments: list[Moment] = field(default_factory=list)

    def at(self, as_of: int) -> Moment | None:
        return next((moment for moment in reversed(self.moments) if moment.as_of <= as_of), None)

    def retain(self, before: int) -> None:
        base = self.at(before)
        if base is not None:
            self.moments = self.moments[self.moments.index(base) :]

    def step(self, random: Random, journal: Journal) -> Publication:
        """Publish something at random, in the journal and here."""
        before = self.moments[-1] if self.moments else Moment(0, 0, 1000, {}, [])
        as_of = before.as_of + random.choice((0, 1, 5, 5, 20, -3))
        data_version = before.data_version + random.choice((0, 1))
        segments = dict(before.segments)
        log: list[tuple[str, str, Members, Members]] = []
        updates = []
        for key in random.sample(KEYS, random.choice((0, 1, 2, len(KEYS)))):
            update, kept, changes = _random_update(random, key, segments.get(key))
            updates.append(update)
            segments[key] = kept
            log += [(key, cause, entered, left) for cause, entered, left in changes]
        publication = journal.publish(data_version, as_of, updates)
        for key, kept in list(segments.items()):
            if kept.state is State.LIVE:
                good = (kept.version, publication.number, data_version, as_of)
                segments[key] = Kept(State.LIVE, kept.version, kept.text, b"", kept.members, good)
        self.moments.append(Moment(publication.number, data_version, as_of, segments, log))
        return publication


def _random_update(
    random: Random, key: str, former: Kept | None
) -> tuple[Update, Kept, list[tuple[str, Members, Members]]]:
    new_text = former is None or random.random() < 0.3
    version = (former.version if former else 0) + new_text
    text = f"{key} {version}".encode() if new_text or former is None else former.text
    given = text if new_text or random.random() < 0.2 else None
    given_state = state = random.choice((State.LIVE,) * 6 + (State.FAILING, State.STOPPED))
    if state is State.FAILING and former is not None and former.state in WITHOUT_SNAPSHOT:
        state = State.WITHHELD
    old = former.members if former else None
    if state is not State.LIVE:
        problems = random.choice((b"", b'["no"]')) if given_state is State.FAILING else b""
        kept = Kept(state, version, text, problems, old, former.good if former else None)
        update = Update(key=key, definition_version=version, definition=given, state=given_state, problems=problems)
        return update, kept, []
    if old is not None and random.random() < 0.2:
        kept = Kept(state, version, text, b"", old)
        return Update(key=key, definition_version=version, definition=given), kept, []
    new, changes = _random_changes(random, old or frozenset())
    update = Update(
        key=key,
        definition_version=version,
        definition=given,
        members=BitMap(new),
        changes=tuple(Change(cause=Cause(c), entered=BitMap(e), left=BitMap(g)) for c, e, g in changes),
    )
    return update, Kept(state, version, text, b"", new), changes


def _random_changes(random: Random, members: Members) -> tuple[Members, list[tuple[str, Members, Members]]]:
    changes = []
    for cause in random.sample(("definition", "data", "time"), random.choice((0, 1, 1, 2, 3))):
        picked = frozenset(random.sample(ORDINALS, random.randrange(0, 12)))
        entered, left = picked - members, picked & members
        members = (members - left) | entered
        changes.append((cause, entered, left))
    return members, changes


def assert_same(journal: Journal, history: History) -> None:
    """Everything that can be asked of the journal is as the naive history says."""
    assert [issue.number for issue in journal.publications()] == [m.number for m in reversed(history.moments)]
    latest = journal.latest
    if not history.moments:
        assert latest is None
        return
    last = history.moments[-1]
    assert latest is not None
    assert (latest.number, latest.data_version, latest.as_of) == (last.number, last.data_version, last.as_of)
    _assert_latest(latest, last.segments)
    times = {moment.as_of for moment in history.moments}
    for as_of in sorted(times | {time - 1 for time in times} | {time + 1 for time in times}):
        moment = history.at(as_of)
        for key in KEYS:
            kept = moment.segments.get(key) if moment else None
            found = journal.snapshot_at(key, as_of)
            if kept is None or kept.members is None or kept.state in WITHOUT_SNAPSHOT:
                assert found is None
                assert journal.members_at(key, as_of) is None
            else:
                assert found is not None
                assert set(found.members) == kept.members
                assert (found.definition_version, found.publication, found.data_version, found.as_of) == kept.good
    for key in KEYS:
        _assert_log(journal, history, key)
        _assert_sizes(journal, history, key, times)
    _assert_entrances(journal, history)


def _assert_sizes(journal: Journal, history: History, key: str, times: set[int]) -> None:
    expected = {}
    for as_of in times | {time - 1 for time in times}:
        moment = history.at(as_of)
        kept = moment.segments.get(key) if moment else None
        if kept is not None and kept.members is not None and kept.state not in WITHOUT_SNAPSHOT:
            expected[as_of] = len(kept.members)
    assert journal.sizes(key, times | {time - 1 for time in times}) == expected


def _assert_entrances(journal: Journal, history: History) -> None:
    """Asked about all segments at once and again one by one, the journal says when each member came to stay."""
    segments = history.moments[-1].segments
    expected: dict[str, dict[int, int]] = {key: {} for key in segments}
    for moment in history.moments:
        for key in segments:
            changes = [(entered, left) for name, _, entered, left in moment.log if name == key]
            for ordinal in segments[key].members or ():
                steps = [ordinal in entered for entered, left in changes if ordinal in entered | left]
                if steps and steps[0] and steps[-1]:
                    expected[key][ordinal] = moment.as_of
    everybody = BitMap(ORDINALS)
    assert journal.entered(dict.fromkeys([*KEYS, "nothing"], everybody)).entered == expected
    for key, entered in expected.items():
        some = BitMap([*ORDINALS][::3])
        assert journal.entered({key: some}).entered == {key: {o: moment for o, moment in entered.items() if o in some}}


def _assert_latest(latest: Publication, segments: dict[str, Kept]) -> None:
    started = {key: kept for key, kept in segments.items() if kept.state is not State.STOPPED}
    published = {key: kept for key, kept in segments.items() if kept.state not in WITHOUT_SNAPSHOT}
    assert dict(latest.definitions) == {key: (kept.version, kept.text) for key, kept in started.items()}
    failing = {key: kept.problems for key, kept in started.items() if kept.state is not State.LIVE}
    assert dict(latest.failing) == failing
    snapshots = {**latest.segments, **latest.stopped}
    assert set(latest.segments) == {key for key, kept in published.items() if kept.members is not None}
    assert set(snapshots) == {key for key, kept in segments.items() if kept.members is not None}
    for key, snapshot in snapshots.items():
        assert snapshot.key == key
        assert set(snapshot.members) == segments[key].members
        assert snapshot.count == len(snapshot.members)
        good = (snapshot.definition_version, snapshot.publication, snapshot.data_version, snapshot.as_of)
        assert good == segments[key].good


def _assert_log(journal: Journal, history: History, key: str) -> None:
    expected = [
        (m.number, m.as_of, m.data_version, m.segments[key].version, cause, entered, left)
        for m in reversed(history.moments)
        for name, cause, entered, left in reversed(m.log)
        if name == key
    ]

    def told(since: int | None, limit: int) -> list[tuple[object, ...]]:
        return [
            (e.publication, e.as_of, e.data_version, e.definition_version, e.cause, set(e.entered), set(e.left))
            for e in journal.log(key, since=since, limit=limit)
        ]

    assert told(None, 1000) == expected
    assert told(None, 2) == expected[:2]
    middle = history.moments[len(history.moments) // 2].as_of
    assert told(middle, 1000) == [entry for entry in expected if entry[1] >= middle]
