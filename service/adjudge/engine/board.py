"""The board of jobs in flight: equal jobs of several requests are run once (contract §4).

Only what may be cached is shared between requests. A `timeout` holds for its own batch; the others run their job again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adjudge_client.types import Status, Verdict

from .cache import CACHEABLE, VerdictCache
from .counters import Counters
from .executors import Executor, Task
from .jobs import Need
from .loud import Loud
from .timeline import JobTimes, Timeline

SLICE = 50
"""Jobs that are posted at once; about half a millisecond."""


class Watch:
    """One request's view: a verdict for each of its needs, by and by."""

    def __init__(
        self, needs: Sequence[Need], deadline: float | None, max_wait_s: float, timeline: Timeline | None = None
    ):
        self.verdicts: list[Verdict | None] = [None] * len(needs)
        self.left = len(needs)
        self.on_settled: Callable[[int], None] | None = None
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.progress = time.monotonic()
        """When a verdict last came, or the request."""
        self.max_wait_s = max_wait_s
        self.timeline = timeline
        self._deadline = deadline
        self._needs = needs

    def settle(self, position: int, verdict: Verdict) -> None:
        if self.verdicts[position] is not None:
            return
        self.verdicts[position] = verdict
        self.progress = time.monotonic()
        self.left -= 1
        if self.on_settled is not None:
            self.on_settled(position)
        if self.left == 0:
            self.close()

    def close(self) -> None:
        if not self.finished.done():
            self.finished.set_result(None)

    def start_by(self, position: int) -> float | None:
        """The last moment at which the job may start: its limit must fit into what is left (contract §1)."""
        return None if self._deadline is None else self._deadline - self._needs[position].wall_s

    def too_late(self, position: int) -> Verdict:
        reason = "no time was left to start it before the deadline"
        return self._null(position, "expired", reason)

    def waited_too_long(self, position: int) -> Verdict:
        return self._null(position, "error", "it waited too long for a free worker; the service is overloaded")

    def _null(self, position: int, status: Status, reason: str) -> Verdict:
        return Verdict(score=None, status=status, reason=reason, verifier=self._needs[position].verifier.label)


@dataclass(slots=True, eq=False)
class Entry:
    """One job in flight. The first waiter's batch owns what must not leave its batch."""

    task: Task
    need: Need
    waiters: list[tuple[Watch, int]] = field(default_factory=list)


class Board:
    """Lives on the event loop."""

    def __init__(self, cache: VerdictCache, counters: Counters):
        self._cache = cache
        self._counters = counters
        self._entries: dict[bytes, Entry] = {}
        self._timers: dict[Watch, list[asyncio.TimerHandle]] = {}
        self._patience: dict[Watch, asyncio.TimerHandle] = {}
        self._loud = Loud()
        self.executor: Executor

    def __len__(self) -> int:
        return len(self._entries)

    async def post(self, needs: Sequence[Need], watch: Watch) -> None:
        """Settles from the cache what is known, joins what is in flight, submits the rest; in slices: others wait."""
        self._set_timers(needs, watch)
        for start in range(0, len(needs), SLICE):
            if start:
                await asyncio.sleep(0)
            new: list[Task] = []
            for position in range(start, min(start + SLICE, len(needs))):
                task = self._post(needs[position], watch, position)
                if task is not None:
                    new.append(task)
            if new:
                self.executor.submit(new, watch)

    def _post(self, need: Need, watch: Watch, position: int) -> Task | None:
        known = self._cache.get(need.identity)
        if known is None:
            self._counters.cache_misses += 1
            return self._join(need, watch, position)
        self._counters.cache_hits += 1
        if watch.timeline is not None:
            watch.timeline.settled += 1
        watch.settle(position, known)
        return None

    def _join(self, need: Need, watch: Watch, position: int) -> Task | None:
        start_by = watch.start_by(position)
        entry = self._entries.get(need.identity)
        if entry is not None:
            self._counters.deduped += 1
            entry.waiters.append((watch, position))
            current = entry.task.start_by
            entry.task.start_by = None if current is None or start_by is None else max(current, start_by)
            if watch.timeline is not None and entry.task.times is None:
                entry.task.times = JobTimes()
            return None
        spec = need.verifier
        task = Task(need.identity, need.job, spec.label, spec.work, need.wall_s, need.size, start_by)
        if watch.timeline is not None:
            task.times = JobTimes()
        self._entries[need.identity] = Entry(task, need, [(watch, position)])
        return task

    def done(self, task: Task, verdict: Verdict) -> None:
        """The executor's callback."""
        entry = self._entries.pop(task.identity)
        if self._counters.on_verdict is not None:
            self._counters.on_verdict(verdict)
        if verdict.status == "error":
            self._loud.null(verdict)
        if task.times is not None:
            for watch, _ in entry.waiters:
                if watch.timeline is not None:
                    watch.timeline.job(task.label, task.times, verdict.status)
        if verdict.status in CACHEABLE:
            self._cache.put(task.identity, verdict.model_copy(update={"cached": True}))
            for watch, position in entry.waiters:
                watch.settle(position, verdict)
            return
        if verdict.status == "expired":
            now = time.monotonic()
            for watch, position in entry.waiters:
                start_by = watch.start_by(position)
                if start_by is not None and start_by <= now:
                    watch.settle(position, watch.too_late(position))
            rest = [(watch, position) for watch, position in entry.waiters if watch.verdicts[position] is None]
        else:
            owner = entry.waiters[0][0] if entry.waiters else None
            for watch, position in entry.waiters:
                if watch is owner:
                    watch.settle(position, verdict)
            rest = [(watch, position) for watch, position in entry.waiters if watch is not owner]
        self._again(entry.need, rest)

    def _again(self, need: Need, waiters: list[tuple[Watch, int]]) -> None:
        for watch, position in waiters:
            task = self._join(need, watch, position)
            if task is not None:
                self.executor.submit([task], watch)

    def _set_timers(self, needs: Sequence[Need], watch: Watch) -> None:
        """One timer for each moment at which something of this request may no longer start: one for each limit.

        And one that looks whether the request makes progress.
        """
        loop, now = asyncio.get_running_loop(), time.monotonic()
        one_of_each = {need.wall_s: position for position, need in enumerate(needs)}
        moments = {watch.start_by(position) for position in one_of_each.values()}
        self._timers[watch] = [
            loop.call_later(max(moment - now, 0.0), self._give_up, needs, watch, moment)
            for moment in moments
            if moment is not None
        ]
        self._patience[watch] = loop.call_later(watch.max_wait_s, self._look_at, needs, watch)

    def _look_at(self, needs: Sequence[Need], watch: Watch) -> None:
        """Waiting behind the request's own items, however many, is no overload: only standing still is."""
        again_s = watch.progress + watch.max_wait_s - time.monotonic()
        waiting = [position for position, verdict in enumerate(watch.verdicts) if verdict is None]
        entries = [self._entries.get(needs[position].identity) for position in waiting]
        if again_s <= 0 and any(entry is not None and entry.task.started for entry in entries):
            again_s = min(1.0, watch.max_wait_s)
        if again_s <= 0:
            for position, entry in zip(waiting, entries, strict=True):
                if entry is not None:
                    self._detach(entry, watch, position)
                verdict = watch.waited_too_long(position)
                self._loud.null(verdict)
                watch.settle(position, verdict)
        elif waiting:
            self._patience[watch] = asyncio.get_running_loop().call_later(again_s, self._look_at, needs, watch)

    def _give_up(self, needs: Sequence[Need], watch: Watch, moment: float) -> None:
        for position, verdict in enumerate(watch.verdicts):
            start_by = watch.start_by(position)
            if verdict is not None or start_by is None or start_by > moment:
                continue
            entry = self._entries.get(needs[position].identity)
            if entry is not None and entry.task.started:
                continue
            if entry is not None:
                self._detach(entry, watch, position)
            watch.settle(position, watch.too_late(position))

    def _detach(self, entry: Entry, watch: Watch, position: int) -> None:
        if (watch, position) in entry.waiters:  # a long request may not have come to it yet
            entry.waiters.remove((watch, position))
        if not entry.waiters and self.executor.withdraw(entry.task):
            del self._entries[entry.task.identity]

    def leave(self, needs: Sequence[Need], watch: Watch) -> None:
        """The request is answered, or given up: what only it waited for and has not started is withdrawn."""
        for timer in self._timers.pop(watch, ()):
            timer.cancel()
        if watch in self._patience:
            self._patience.pop(watch).cancel()
        if not watch.left:
            return
        for position, need in enumerate(needs):
            entry = self._entries.get(need.identity)
            if watch.verdicts[position] is None and entry is not None and (watch, position) in entry.waiters:
                self._detach(entry, watch, position)

    def count_new(self, needs: Sequence[Need]) -> int:
        """How many jobs a request would add."""
        return sum(need.identity not in self._entries and need.identity not in self._cache for need in needs)
