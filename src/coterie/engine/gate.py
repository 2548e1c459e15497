"""Who may look at the data, and who may change them: many at once, or one alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

__all__ = ["Gate"]

_PATIENCE = 0.2


class Gate:
    """Any number of threads read at the same time; one changes what they read, while nobody does.

    A question is short, a refresh is long: questions come and go beside it. A writer waits until no long reading is
    under way, then a little for a moment in which nobody reads at all (`patience`, in seconds), and then keeps
    newcomers out until those inside are done. A long reading lets a writer that waits go first. Whoever was kept out
    while one wrote comes in before another does. So everybody has a turn, whatever the others do.

    A thread that is inside must not enter again.
    """

    def __init__(self, *, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._moved = Condition()
        # Everyone is an object of their own: entering and leaving may be broken off anywhere, and be repeated.
        self._short: set[object] = set()
        self._long: set[object] = set()
        self._waiting: set[object] = set()
        self._outside: dict[object, int] = {}  # readers, and how many had written when they came
        self._writer: object | None = None
        self._written = 0

    @contextmanager
    def reading(self, *, long: bool = False) -> Iterator[None]:
        """While inside, nobody changes the data; `long` where that may take longer than a question."""
        mine, inside = object(), self._long if long else self._short
        try:
            with self._moved:
                self._outside[mine] = self._written
                self._moved.wait_for(lambda: self._may_read(mine, long))
                inside.add(mine)
                del self._outside[mine]
                self._moved.notify_all()
            yield
        finally:
            with self._moved:
                self._outside.pop(mine, None)
                inside.discard(mine)
                self._moved.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While inside, nobody reads the data, and nobody else changes them."""
        mine = object()
        try:
            with self._moved:
                self._waiting.add(mine)
                self._wait_for_quiet()
                self._writer = mine
                self._waiting.discard(mine)
                self._moved.wait_for(lambda: not self._short)
            yield
        finally:
            with self._moved:
                self._waiting.discard(mine)
                if self._writer is mine:
                    self._writer = None
                    self._written += 1
                self._moved.notify_all()

    # --- with the condition held

    def _may_read(self, mine: object, long: bool) -> bool:
        if self._writer is not None:
            return False
        return not long or not self._waiting or self._was_kept_out(mine)

    def _wait_for_quiet(self) -> None:
        """Until nobody reads for long, and then for a moment in which nobody reads, but not for ever."""
        while True:
            self._moved.wait_for(self._may_write)
            self._moved.wait_for(lambda: not (self._short and self._may_write()), timeout=self._patience)
            if self._may_write():
                return

    def _may_write(self) -> bool:
        """Whether a writer may keep newcomers out."""
        return self._writer is None and not self._long and not any(map(self._was_kept_out, self._outside))

    def _was_kept_out(self, reader: object) -> bool:
        return self._outside[reader] < self._written
