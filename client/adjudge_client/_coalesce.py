"""Calls for one item each become requests of many: what most trainers send is one item a call.

Items that are handed over within 5 ms, and are to be judged alike (reward, explain, deadline, require, provenance), go
as one streamed request: each caller has its answer as soon as its own item is judged, so a slow neighbour costs it
nothing. A refused item is its own caller's, and the rest goes again without it, in halves, so that many bad items cost
few requests. A caller that is cancelled withdraws its own item only; a request that nobody waits for is closed.

A group is never split. Its members are held until `group_size` of them are here, at most `group_wait_s`; then they go
as they are, and the service answers terms over the group with null and says why; so it does where a member was refused.
A group without a size is refused: which of its members meet within 5 ms would be chance, and chance must not decide a
reward.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from ._stream import Row, Summary, new_summary
from ._wire import Part, body_of, encode
from .errors import AdjudgeClientError, BadInput, ConnectionFailed, RequestRefused, ServerFault
from .scored import Scored
from .types import MAX_ITEMS, Item

WINDOW_S = 0.005
MOST_ITEMS = 256
MOST_BYTES = 4_000_000
Rows = Callable[[Part, Summary], AsyncGenerator[Row, None]]
"""Sends a request and gives its rows."""


@dataclass(eq=False)
class Waiting:
    """One caller's item."""

    body: bytes
    group: str | None
    answer: asyncio.Future[Scored]


@dataclass
class Window:
    """Items to be judged alike that will leave together."""

    timer: asyncio.TimerHandle
    items: list[Waiting] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)
    size: int = 0


class Coalescer:
    """Of one client in one event loop."""

    def __init__(self, rows: Rows, group_wait_s: float) -> None:
        self._rows = rows
        self._group_wait_s = group_wait_s
        self._loop = asyncio.get_running_loop()
        self._windows: dict[bytes, Window] = {}
        self._held: dict[tuple[bytes, str, int], Window] = {}
        self._tasks: dict[asyncio.Task[None], list[Waiting]] = {}

    async def score(self, item: Item | dict[str, Any], tail: bytes) -> Scored:
        """Raises RequestRefused (of this item), Unavailable, ServerFault, BadInput."""
        group, size = group_of(item)
        waiting = Waiting(encode(item), group, self._loop.create_future())
        if group is None or size == 1:
            self._add(tail, [waiting])
        else:
            self._hold((tail, group, size), waiting)
        return await waiting.answer

    def close(self) -> None:
        """What waits still is told so."""
        for window in (*self._windows.values(), *self._held.values()):
            window.timer.cancel()
            _fail(window.items, ConnectionFailed("the client was closed before this item was sent"))
        self._windows.clear()
        self._held.clear()
        for task, items in self._tasks.items():
            _fail(items, ConnectionFailed("the client was closed before the answer came"))
            task.cancel()

    def _hold(self, key: tuple[bytes, str, int], waiting: Waiting) -> None:
        if key not in self._held:
            timer = self._loop.call_later(self._group_wait_s, self._release, key)
            self._held[key] = Window(timer)
        held = self._held[key]
        held.items = [*_wanted(held.items), waiting]
        if len(held.items) == key[2]:
            self._release(key)

    def _release(self, key: tuple[bytes, str, int]) -> None:
        held = self._held.pop(key)
        held.timer.cancel()
        if items := _wanted(held.items):
            self._add(key[0], items)

    def _add(self, tail: bytes, items: list[Waiting]) -> None:
        """A single item, or the members of a group."""
        size = sum(len(each.body) for each in items)
        window = self._windows.get(tail)
        if window is not None and (
            len(window.items) + len(items) > MOST_ITEMS
            or window.size + size > MOST_BYTES
            or items[0].group in window.groups
        ):
            self._leave(tail)
            window = None
        if window is None:
            window = self._windows[tail] = Window(self._loop.call_later(WINDOW_S, self._leave, tail))
        window.items += items
        window.size += size
        if items[0].group is not None:
            window.groups.add(items[0].group)
        if len(window.items) >= MOST_ITEMS:
            self._leave(tail)

    def _leave(self, tail: bytes) -> None:
        window = self._windows.pop(tail)
        window.timer.cancel()
        self._send(window.items, tail)

    def _send(self, items: list[Waiting], tail: bytes) -> None:
        items = _wanted(items)
        if not items:
            return
        task = self._loop.create_task(self._deliver(items, tail))
        self._tasks[task] = items
        task.add_done_callback(self._tasks.pop)

        def withdrawn(answer: asyncio.Future[Scored]) -> None:
            if answer.cancelled() and not _wanted(items):
                task.cancel()

        for each in items:
            each.answer.add_done_callback(withdrawn)

    async def _deliver(self, items: list[Waiting], tail: bytes) -> None:
        part = Part(list(range(len(items))), body_of([each.body for each in items], tail))
        summary = new_summary()
        try:
            async with aclosing(self._rows(part, summary)) as rows:
                async for row in rows:
                    if not (answer := items[row.index].answer).done():
                        answer.set_result(Scored(row.reward, row.vector, summary.terms, row.verdicts))
        except (RequestRefused, ServerFault) as error:
            self._refused(items, tail, error)
        except asyncio.CancelledError:
            _fail(items, ConnectionFailed("the request was cancelled"))
            raise
        except Exception as error:  # whatever it is, it is the callers' to see: nobody else waits for this task
            _fail(items, error)

    def _refused(self, items: list[Waiting], tail: bytes, error: RequestRefused | ServerFault) -> None:
        """Find out whose fault it is: the item that is named, or, where none is (a body too large, a fault of the
        server's), one in this half or in that. What is wrong with the request as a whole is everybody's."""
        index = error.index if isinstance(error, RequestRefused) else None
        if index is not None and 0 <= index < len(items):
            _fail([items[index]], _of_one(error))
        elif (isinstance(error, RequestRefused) and error.status != 413) or len(_halves(items)) < 2:
            _fail(items, error)
        for half in _halves(_wanted(items)):
            self._send(half, tail)


def group_of(item: Item | dict[str, Any]) -> tuple[str | None, int]:
    """The group of an item that is handed over alone, and how many members it has. Raises BadInput."""
    if not isinstance(item, (dict, Item)):
        raise BadInput(f"an Item or a dict is wanted, not a {type(item).__name__}")
    group, size = (
        (item.group, item.group_size) if isinstance(item, Item) else (item.get("group"), item.get("group_size"))
    )
    if group is None:
        return None, 1
    if not isinstance(group, str):
        raise BadInput(f"group: a text is wanted, not a {type(group).__name__} [field group]")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MAX_ITEMS:
        raise BadInput(
            f"group {group!r}: with one item at a time its group_size must be known, 1 to {MAX_ITEMS:,}; "
            "without a term over the group leave both out [field group_size]"
        )
    return group, size


def _wanted(items: list[Waiting]) -> list[Waiting]:
    return [each for each in items if not each.answer.done()]


def _fail(items: list[Waiting], error: Exception) -> None:
    for each in _wanted(items):
        own = copy.copy(error) if isinstance(error, AdjudgeClientError) else error  # a traceback grows with each raise
        each.answer.set_exception(own)


def _of_one(error: RequestRefused | ServerFault) -> Exception:
    own = copy.copy(error)
    if isinstance(own, RequestRefused):
        own.index = 0
    return own


def _halves(items: list[Waiting]) -> list[list[Waiting]]:
    """Two, or one where all are members of one group; members stand together."""
    cuts = [cut for cut in range(1, len(items)) if items[cut].group is None or items[cut].group != items[cut - 1].group]
    if not cuts:
        return [items]
    cut = min(cuts, key=lambda each: abs(each - len(items) // 2))
    return [items[:cut], items[cut:]]
