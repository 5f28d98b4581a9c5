"""The box that a worker hands to a verifier: the worker's jail pool, one item at a time, on the item's own clock."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

from ..jail import Box, Execution, Limits, Outcome
from .settings import MathLimits


class HandBack(BaseException):
    """The job goes back to the engine unjudged, to be started elsewhere. No verifier may catch it."""


class Clock:
    """The wall time of one job. It stands still while the job waits for a jail; that is not the job's doing."""

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

    def __init__(self, host: Host, seq: int, clock: Clock, start_by: float | None, insist: bool):
        self._host, self._seq, self._clock = host, seq, clock
        self._start_by, self._insist = start_by, insist
        self._pool: Box | None = None

    async def run(self, program: str, request: bytes, limits: Limits) -> Outcome:
        pool = await self._enter()
        try:
            return await pool.run(program, request, self._limits(program, limits))
        finally:
            self._host.on_thread(self._seq)

    @asynccontextmanager
    async def open(self, program: str, limits: Limits) -> AsyncIterator[Execution]:
        pool = await self._enter()
        async with pool.open(program, self._limits(program, limits)) as execution:
            yield execution

    async def _enter(self) -> Box:
        self._host.off_thread(self._seq, self._pool is None)
        if self._pool is None:
            self._clock.pause()
            pool = await self._host.pool()
            await self._host.slot.take(self._start_by, self._insist)
            self._pool = pool
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


__all__ = ["Clock", "HandBack", "Host", "JobBox", "Slot"]
