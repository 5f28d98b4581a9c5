"""The box that a worker hands to a verifier: the worker's jail pool, one item at a time, on the item's own clock."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

from ..errors import JailUnavailable
from ..jail import Box, End, Execution, Limits, Outcome
from .settings import MathLimits
from .timeline import JailTimes

POOL_NET_S = 120.0
"""A pool keeps its own limits; should it ever hang, the item becomes an error of ours, and does not hang with it."""


class HandBack(BaseException):
    """The job goes back to the engine unjudged, to be started elsewhere. No verifier may catch it."""


class NoJail(HandBack):
    """This worker cannot have a jail just now; another may. The message says why."""


class OverTime(BaseException):
    """The job has used up its total wall limit. No verifier may catch it."""


class Clock:
    """The wall time of one job. It stands still while the job waits for a jail, or for a jail to be made anew; that is
    not the job's doing. An execution is charged what the jail says it took.
    """

    def __init__(self, timeout: asyncio.Timeout, limit_s: float):
        self._timeout = timeout
        self._left = limit_s
        self._since: float | None = time.monotonic()
        self.used_s = 0.0

    def pause(self) -> None:
        if self._since is not None:
            passed = time.monotonic() - self._since
            self._since = None
            self.used_s += passed
            self._left -= passed
            self._timeout.reschedule(None)

    @property
    def left_s(self) -> float:
        return self._left - self._running_s

    @property
    def spent_s(self) -> float:
        """As `used_s`, and what runs now."""
        return self.used_s + self._running_s

    @property
    def _running_s(self) -> float:
        return 0.0 if self._since is None else time.monotonic() - self._since

    def charge(self, wall_s: float) -> None:
        self.used_s += wall_s
        self._left -= wall_s

    def resume(self) -> None:
        if self._since is None:
            self._since = time.monotonic()
            self._timeout.reschedule(asyncio.get_running_loop().time() + max(self._left, 0.0))


class Slot:
    """One jail execution at a time; those who wait are served in order, or sent back when there are too many."""

    def __init__(self, most_waiting: int):
        self._most = most_waiting
        self._taken = False
        self._line: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        return len(self._line)

    async def take(self, start_by: float | None, insist: bool) -> None:
        """Raises HandBack where the line is full (unless the job insists), or when `start_by` passes in the line."""
        if not self._taken:
            self._taken = True
            return
        if len(self._line) >= self._most and not insist:
            raise HandBack
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        late: asyncio.TimerHandle | None = None
        if start_by is not None:
            wait_s = max(start_by - time.monotonic(), 0.0)
            late = asyncio.get_running_loop().call_later(wait_s, _send_back, turn)
        try:
            await turn
        except BaseException:
            if turn in self._line:
                self._line.remove(turn)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self.free()  # the turn came in the same moment
            raise
        finally:
            if late is not None:
                late.cancel()

    def free(self) -> None:
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False

    def send_back(self, count: int) -> None:
        """The last in the line go back to the engine, which has an idle worker for them."""
        for turn in list(self._line)[-count:]:
            _send_back(turn)


def _send_back(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_exception(HandBack())


class Host(Protocol):
    """What a box needs of its worker."""

    slot: Slot
    math: MathLimits

    def pool(self) -> Awaitable[Box]:
        """The jail pool once it is ready. Raises JailUnavailable."""

    def off_thread(self, seq: int, first: bool) -> None: ...

    def on_thread(self, seq: int) -> None: ...


class JobBox:
    """A `Box` for one job. It takes the worker's slot at the first execution and keeps it until `close`."""

    def __init__(
        self, host: Host, seq: int, clock: Clock, start_by: float | None, insist: bool, times: JailTimes | None = None
    ):
        self._host, self._seq, self._clock = host, seq, clock
        self._start_by, self._insist = start_by, insist
        self._times = times
        self._pool: Box | None = None

    async def run(self, program: str, request: bytes, limits: Limits) -> Outcome:
        pool = await self._enter()
        own = self._limits(program, limits)
        left_s = self._clock.left_s
        wall_s = min(own.wall_limit_s, left_s)
        if wall_s <= 0:
            raise OverTime
        self._clock.pause()
        since = time.monotonic()
        try:
            async with asyncio.timeout(wall_s + POOL_NET_S):
                outcome = await pool.run(program, request, replace(own, wall_s=wall_s, total_s=left_s))
        except JailUnavailable as error:
            raise NoJail(str(error)) from error
        finally:
            self._host.on_thread(self._seq)
            if self._times is not None:
                self._times.ran(since)
        self._clock.charge(outcome.usage.wall_s)
        self._clock.resume()
        if outcome.end is End.TIMEOUT and wall_s < own.wall_limit_s and outcome.usage.wall_s >= 0.9 * wall_s:
            raise OverTime
        return outcome

    @asynccontextmanager
    async def open(self, program: str, limits: Limits) -> AsyncIterator[Execution]:
        pool = await self._enter()
        since = time.monotonic()
        try:
            async with pool.open(program, self._limits(program, limits)) as execution:
                yield execution
        except JailUnavailable as error:
            raise NoJail(str(error)) from error
        finally:
            if self._times is not None:
                self._times.ran(since)

    async def _enter(self) -> Box:
        self._host.off_thread(self._seq, self._pool is None)
        if self._pool is None:
            self._clock.pause()
            since = time.monotonic()
            try:
                pool = await self._host.pool()
            except JailUnavailable as error:
                raise NoJail(str(error)) from error
            await self._host.slot.take(self._start_by, self._insist)
            self._pool = pool
            if self._times is not None:
                self._times.wait_s += time.monotonic() - since
            self._clock.resume()
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool = None
            self._host.slot.free()

    def _limits(self, program: str, limits: Limits) -> Limits:
        """The settings decide what maths may use; what a verifier asks for beyond CPU and memory stays."""
        if not program.startswith("math."):
            return limits
        math = self._host.math
        cpu_s = math.decide_s if program == "math.decide" else math.cpu_s
        return replace(limits, cpu_s=cpu_s, memory_mb=math.memory_mb)


__all__ = ["Clock", "HandBack", "Host", "JobBox", "NoJail", "OverTime", "Slot"]
