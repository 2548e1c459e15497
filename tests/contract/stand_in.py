"""An engine that keeps segments current the slow way: it asks the judge about each, in full, at every refresh.

With it the checks themselves are tested: true as it stands, it is found out whenever a test spoils it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from pyroaring import BitMap

from coterie.backends.reference import ReferenceEngine
from coterie.membership import Membership
from coterie.testing.standing import standing_of


@dataclass
class Directory:
    keys: list[str] = field(default_factory=list)

    def ordinal_of(self, contact_id):
        return self.keys.index(contact_id) if contact_id in self.keys else None

    def contact_ids(self, ordinals):
        return [self.keys[ordinal] for ordinal in ordinals]

    def membership(self, keys):
        self.keys += [key for key in keys if key not in self.keys]
        return Membership(BitMap(map(self.keys.index, keys)), self)


@dataclass
class Published:
    members: Membership
    data_version: int
    as_of: object
    next_evaluation: object
    problems: tuple = ()

    @property
    def count(self):
        return len(self.members)


@dataclass
class Delta:
    entered: Membership
    left: Membership


@dataclass
class Refresh:
    data_version: int
    as_of: object
    deltas: dict
    failed: set
    held: set
    next_evaluation: object


@dataclass
class Received:
    read: int
    refused: int
    made_ids: int
    data_version: int


class StandIn:
    def __init__(self, catalog):
        self.catalog = catalog
        self.judge = ReferenceEngine(catalog)
        self.directory = Directory()
        self.files = {}
        self.published = {}
        self.last = {}
        self.data_version = 0

    def load(self, name, source):
        self.data_version += 1
        self.judge.load(name, source)

    def ingest(self, records):
        self.data_version += 1
        done = self.judge.ingest(records)
        return Received(done.read, done.refused.total(), done.made_ids, self.data_version)

    def refresh(self, segments=None, *, as_of):
        self.files = self.files if segments is None else segments
        standing = standing_of(self.files, self.catalog)
        before, self.published = self.published, {}
        for key in self.files:
            if key in standing.usable:
                members = self.membership(key, standing.usable, as_of)
                self.published[key] = Published(members, self.data_version, as_of, self.next_evaluation(as_of))
            elif key in before:
                old = before[key]
                self.published[key] = Published(old.members, old.data_version, old.as_of, None, ("failed",))
        deltas = {key: self.delta(self.last.get(key), each) for key, each in self.published.items()}
        self.last.update(self.published)
        following = [each.next_evaluation for each in self.published.values() if each.next_evaluation]
        return Refresh(self.data_version, as_of, deltas, standing.failed, standing.held, min(following, default=None))

    def membership(self, key, usable, as_of):
        return self.directory.membership(self.judge.members(usable[key], as_of=as_of, segments=usable))

    def next_evaluation(self, as_of):
        return as_of + timedelta(milliseconds=1)

    def delta(self, before, now):
        old = self.directory.membership([]) if before is None else before.members
        return Delta(now.members - old, old - now.members)

    def segments_of(self, contact_id):
        return [key for key, each in self.published.items() if contact_id in each.members]

    def members(self, definition, *, as_of, segments):
        usable = standing_of(segments, self.catalog).usable
        return self.membership(definition["segment"], usable, as_of)

    def close(self):
        pass


def opener(kind=StandIn):
    """Opens stand-ins; one path is one engine, however often it is opened."""
    opened = {}

    def open_(path, catalog):
        return opened.setdefault(path, kind(catalog))

    return open_
