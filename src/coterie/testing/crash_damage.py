"""What may befall the files of a store, and how it comes back: by itself, rebuilt of its archive, or by `repair`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from coterie.testing.crash_rounds import Broken, Life, Refused
from coterie.testing.steps import Ingest, Load

__all__ = ["DAMAGES", "Damage", "suffer"]

Hurt = Callable[[Path, Random], None]
"""Damages a file, or what is in a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """`hurt` befalls what `of` names beside the store. `opens`: the store must come back without being asked to.

    Else it may say that it is damaged, and is then rebuilt; or repaired, where the snapshots are hurt (`forgets`).
    """

    hurt: Hurt
    of: str = ""
    opens: bool = False
    forgets: bool = False


def suffer(life: Life, damage: Damage) -> str:
    """Damage the store of `life`, bring it back, send something again, compare. How it came back. Raises Broken."""
    rng = life.rng
    closes = damage.of != ".wal"  # only what was killed leaves a log
    life.look(None, checks=False, closes=closes, repeated=_something_new(life) if not closes else None)
    damage.hurt(life.store.with_name(f"{life.store.name}{damage.of}"), rng)
    repeated = _something_made(life)
    try:
        life.look(None, repeated=repeated, forgot=damage.forgets)
    except Refused as refused:
        if damage.opens:
            raise Broken(f"not without being asked to: {refused}") from refused
    else:
        return "by itself"
    if not damage.forgets:
        life.remake()
    life.look(None, repeated=repeated, forgot=damage.forgets, repair=damage.forgets)
    return "repaired" if damage.forgets else "rebuilt"


def _something_made(life: Life) -> Ingest | Load | None:
    made = [call for call, _ in life.script.calls[: life.next] if isinstance(call, Ingest | Load)]
    return life.rng.choice(made) if made else None


def _something_new(life: Life) -> Ingest:
    """A batch that changes something, so that there is a log."""
    record = {"contact": "c1", "city": f"City {life.rng.random()}"}
    return Ingest(({"type": "upsert", "entity": "contact", "record": record},))


# --- ways to be hurt --------------------------------------------------------------------------------------------------


def _deleted(path: Path, _: Random) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _deleted_with_its_log(path: Path, rng: Random) -> None:
    _deleted(path, rng)
    _deleted(path.with_name(f"{path.name}.wal"), rng)


def _emptied(path: Path, _: Random) -> None:
    path.write_bytes(b"")


def _truncated(path: Path, rng: Random) -> None:
    if path.exists():
        with path.open("rb+") as file:
            file.truncate(rng.randrange(path.stat().st_size))


def _garbled(path: Path, rng: Random) -> None:
    path.write_bytes(rng.randbytes(path.stat().st_size))


def _beginning_overwritten(path: Path, rng: Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:4096] + rng.randbytes(8192) + data[12288:])


def _a_bit_flipped(path: Path, rng: Random) -> None:
    data = bytearray(path.read_bytes())
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)


def _one(hurt: Hurt) -> Hurt:
    """Hurts one file of a folder."""

    def chosen(folder: Path, rng: Random) -> None:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        if files:
            hurt(rng.choice(files), rng)

    return chosen


DAMAGES: Mapping[str, Damage] = {
    "store deleted": Damage(hurt=_deleted_with_its_log, opens=True),
    "store deleted, its log left": Damage(hurt=_deleted, opens=True),
    "store emptied": Damage(hurt=_emptied),
    "store truncated": Damage(hurt=_truncated),
    "store is garbage": Damage(hurt=_garbled),
    "headers of the store overwritten": Damage(hurt=_beginning_overwritten),
    "log deleted": Damage(hurt=_deleted, of=".wal", opens=True),
    "log truncated": Damage(hurt=_truncated, of=".wal"),
    "log is garbage": Damage(hurt=_garbled, of=".wal"),
    "a bit of the log flipped": Damage(hurt=_a_bit_flipped, of=".wal"),
    "messages deleted": Damage(hurt=_deleted, of=".messages", opens=True),
    "a run deleted": Damage(hurt=_one(_deleted), of=".messages", opens=True),
    "a run truncated": Damage(hurt=_one(_truncated), of=".messages", opens=True),
    "a bit of a run flipped": Damage(hurt=_one(_a_bit_flipped), of=".messages", opens=True),
    "snapshots deleted": Damage(hurt=_deleted, of=".segments", opens=True, forgets=True),
    "a publication deleted": Damage(hurt=_one(_deleted), of=".segments", forgets=True),
    "a publication truncated": Damage(hurt=_one(_truncated), of=".segments", forgets=True),
    "a bit of a publication flipped": Damage(hurt=_one(_a_bit_flipped), of=".segments", forgets=True),
}
"""By what happens."""
