"""Tables of numbers by a name that callers give (a run, a dataset): bounded, whatever they send.

A metric's label may not be a door to the memory of the service or of its Prometheus. So at most `most` names are shown
at a time, the rest are counted together as `other`; each is cut and cleaned. Where all places are taken, a new name
gets that of the one which has been idle longest, if that is an hour or more: its series end (Prometheus calls them
stale), and if it ever comes back they start at 0, which `rate` and `increase` read as a restart. No series ever falls
while it is shown.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

NONE = "none"
"""The name of what has none."""
OTHER = "other"
IDLE_S = 3600.0
LONGEST = 64
"""Characters of a name that are shown."""


def shown_name(given: str | None) -> str:
    """What a label may hold: at most LONGEST characters, none of them a control character or half a surrogate."""
    if not given:
        return NONE
    name = given[:LONGEST]
    return name if name.isprintable() else "".join(each if each.isprintable() else "?" for each in name)


class Shown(Generic[T]):
    """Rows by name. On the event loop; `rows` may be called from any thread."""

    def __init__(self, make: Callable[[], T], most: int, clock: Callable[[], float] = time.monotonic):
        self._make = make
        self._most = most
        self._clock = clock
        self._rows: OrderedDict[str, T] = OrderedDict()
        self._used: dict[str, float] = {}
        self._beside: dict[str, T] = {}
        """The rows of NONE and OTHER, which take no place."""

    def row(self, name: str) -> T:
        """The row of a name that `shown_name` made; that of OTHER where no place is free."""
        if name in (NONE, OTHER):
            return self._aside(name)
        now = self._clock()
        row = self._rows.get(name)
        if row is None:
            if not self._has_room(now):
                return self._aside(OTHER)
            row = self._rows[name] = self._make()
        self._rows.move_to_end(name)
        self._used[name] = now
        return row

    def rows(self) -> Iterable[tuple[str, T]]:
        return [*list(self._rows.items()), *list(self._beside.items())]

    def _aside(self, name: str) -> T:
        row = self._beside.get(name)
        if row is None:
            row = self._beside[name] = self._make()
        return row

    def _has_room(self, now: float) -> bool:
        if len(self._rows) < self._most:
            return True
        idlest = next(iter(self._rows), None)
        if idlest is None or now - self._used[idlest] < IDLE_S:
            return False
        del self._rows[idlest], self._used[idlest]
        return True
