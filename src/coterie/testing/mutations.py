"""From one integer: a small world, live segments, and all that may happen to both while the clock moves on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from coterie.planning.clock import ELAPSED
from coterie.testing.conditions import Mapped
from coterie.testing.definitions import Author
from coterie.testing.operations import Sender
from coterie.testing.pools import Pools, draw_pools, moved_pools
from coterie.testing.steps import Declare, History, Load, NextChange, Refresh, Reopen, Step
from coterie.testing.worlds import draw_world
from coterie.values.times import local_day, midnight

__all__ = ["draw_history", "history"]

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_SEGMENTS = 8


def history(seed: int, refreshes: int = 50) -> History:
    """The history of that seed: the same on every machine and in every process."""
    return draw_history(Random(seed), refreshes, seed=seed)  # noqa: S311 - reproducible, not secret


def draw_history(rng: Random, refreshes: int, *, seed: int | None = None) -> History:
    """A loaded world with live segments, then `refreshes` times a change, of the clock alone perhaps, and a refresh."""
    pools = draw_pools(rng)
    world = draw_world(rng, pools)
    changes = _Changes(rng, pools, Sender(rng, pools.as_of), back=rng.random() < 0.08)
    steps: list[Step] = [Load(name, rows) for name, rows in world.tables.items()]
    steps += [changes.declared(), Refresh(pools.as_of)]
    done = 0
    while done < refreshes:
        more = list(changes.round())
        done += sum(isinstance(step, Refresh) for step in more)
        steps += more
    return History(seed=seed, catalog=world.catalog, steps=tuple(steps))


@dataclass(slots=True)
class _Changes:
    """Draws rounds. `back`: the clock is set back now and then."""

    rng: Random
    pools: Pools
    sender: Sender
    back: bool
    files: dict[str, Mapped] = field(default_factory=dict)
    _made: int = 0

    def round(self) -> Iterator[Step]:
        """Changes of data, segments or nothing, perhaps a restart; then a refresh, the clock moved or not."""
        chance = self.rng.random()
        if chance < 0.62:
            yield from (self.sender.batch(self.pools) for _ in range(self.rng.choice((1, 1, 1, 1, 1, 2, 3))))
        elif chance < 0.78:
            yield self._edited()
        # Else time passes, and nothing else.
        if self.rng.random() < 0.03:
            yield Reopen()
        # When nothing else happened the clock moves; after a change it stands still half of the time.
        if chance >= 0.78 or self.rng.random() < 0.5:
            yield from self._moves()
        else:
            yield Refresh(self.pools.as_of)

    # --- segments

    def declared(self) -> Declare:
        """The segments that are live at first, each of which may refer to those before it."""
        for _ in range(self.rng.randrange(3, _SEGMENTS)):
            self._add()
        return self._declare()

    def _declare(self) -> Declare:
        return Declare(dict(self.files))

    def _edited(self) -> Declare:
        acts: list[Callable[[], None]] = [self._edit, self._edit, self._edit, self._break, self._repair]
        acts += [self._add, self._add] if len(self.files) < _SEGMENTS else [self._stop]
        acts += [self._stop] if self.files else []
        for _ in range(self.rng.choice((1, 1, 2))):
            self.rng.choice(acts)()
        return self._declare()

    def _add(self) -> None:
        """A new segment, or one that was stopped is live again; now and then it fails at once."""
        number = self._made if self._made < 3 or self.rng.random() < 0.6 else self.rng.randrange(self._made)
        starts_again = number < self._made
        self._made = max(self._made, number + 1)
        self._write(f"l{number:02d}")
        if starts_again and self.rng.random() < 0.3:
            self._spoil(f"l{number:02d}")

    def _edit(self) -> None:
        if self.files:
            self._write(self.rng.choice(list(self.files)))

    def _write(self, key: str) -> None:
        """A file that may refer to segments of lower keys: those that are live, now and then others or a higher one."""
        others = sorted(other for other in self.files if other < key)
        if self.rng.random() < 0.03:
            others = [other for other in sorted(self.files) if other != key] or ["missing"]
        file = Author.of(self.rng, self.pools).segment(key, others)
        if others and self.rng.random() < 0.5 and file["type"] == "dynamic":
            combine = self.rng.choice(("or", "and_also", "but_not"))
            block = {"kind": "segment", "segment": self.rng.choice(others)}
            _blocks(file).append({"combine": combine, "block": block})
        self.files[key] = file

    def _stop(self) -> None:
        if self.files:
            del self.files[self.rng.choice(list(self.files))]

    def _break(self) -> None:
        """A segment cannot be used any more."""
        if self.files:
            self._spoil(self.rng.choice(list(self.files)))

    def _spoil(self, key: str) -> None:
        """It refers to what is not there, asks what the catalog does not have, or its file cannot even be read."""
        file = dict(self.files[key])
        if file["type"] != "dynamic" or self.rng.random() < 0.25:
            self.files[key] = {**file, "colour": "shoe_size"}  # no file has one
            return
        unknown = {"attribute": "shoe_size", "operator": "is", "value": "9"}
        block: Mapped = {"kind": "profile", "where": unknown}
        if self.rng.random() < 0.4:
            block = {"kind": "segment", "segment": self.rng.choice(("missing", key))}
        self.files[key] = {**file, "definition": {"blocks": [*_blocks(file), {"combine": "or", "block": block}]}}

    def _repair(self) -> None:
        """A broken file is written anew; and so is one that is not, when none is."""
        broken = [key for key, file in self.files.items() if "shoe_size" in str(file) or "'missing'" in str(file)]
        if broken:
            self._write(self.rng.choice(broken))
        else:
            self._edit()

    # --- the clock

    def _moves(self) -> Iterator[Step]:
        """One refresh at another instant; or on the way there one to three around changes that time alone makes."""
        if self.back and self.rng.random() < 0.25:
            earlier = self.pools.as_of - self.rng.choice((1, _HOUR, _DAY, 40 * _DAY))
            self.pools = moved_pools(self.pools, earlier)
            yield Refresh(earlier, back=True)
            return
        self.pools = moved_pools(self.pools, self._instant())
        if self.rng.random() < 0.5:
            yield Refresh(self.pools.as_of)
            return
        segment = self.rng.choice((None, None, 0, 1, 2, 3, 4))
        for shift in self.rng.choice(((0,), (-1,), (1,), (-1, 0), (0, 0), (-1, 0, 1))):
            yield Refresh(self.pools.as_of, NextChange(segment, shift))

    def _instant(self) -> int:
        """A later instant: soon, in hours, at a midnight, in weeks, or when an edge passes a record."""
        now = self.pools.as_of
        match self.rng.randrange(10):
            case 0 | 1:
                return now + self.rng.choice((1, 2, 1000, 60_000, 5 * 60_000))
            case 2 | 3:
                return now + _HOUR * self.rng.randrange(1, 30) + self.rng.choice((0, 0, 1, -1))
            case 4 | 5:
                zone = ZoneInfo(self.rng.choice(self.pools.zones))
                day = local_day(now, zone) + timedelta(days=self.rng.choice((1, 1, 1, 2, 7)))
                return max(midnight(day, zone) + self.rng.choice((-1, 0, 1)), now)
            case 6:
                return now + _DAY * self.rng.choice((1, 7, 30, 31, 92, 365))
            case _:
                # An edge passes a record: one of the future becomes the past, or one leaves a window of elapsed time.
                return self.rng.choice([instant for instant in self._passings() if instant > now][:12] or [now + 1])

    def _passings(self) -> list[int]:
        elapsed = [each.count * ELAPSED[each.unit] for each in self.pools.durations if each.unit in ELAPSED]
        passed = {instant + length for instant in self.pools.past for length in elapsed}
        shifted = {instant + shift for instant in passed for shift in (-1, 0, 1)}
        return sorted({*self.pools.future, *shifted})


def _blocks(file: Mapped) -> list[object]:
    definition = file["definition"]
    assert isinstance(definition, Mapping)
    blocks = definition["blocks"]
    assert isinstance(blocks, list)
    return blocks
