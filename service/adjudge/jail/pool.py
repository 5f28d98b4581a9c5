"""The pool of warm agents in one worker process, and the rules of death, retry and recycling (contract §1).

An agent runs one execution at a time, so its death costs that execution only and a retry is alone in its jail.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adjudge_sandboxes import table

from ..errors import JailUnavailable
from . import cgroups
from .agents import PATIENCE, Agent, AgentDied, AgentFailed, Running
from .probe import Canary, choose, probe, start_agent
from .types import End, JailLost, Limits, Outcome, Usage

COUNTED_DEATHS = 3
_OUR_DEATHS = 5
"""A bound on retries after deaths that we caused ourselves: a loop of them is a fault of ours, not the program's."""


@dataclass
class Stats:
    """Counters since the start; the metrics read them."""

    executions: int = 0
    restarts: int = 0
    deaths: int = 0
    recycled: int = 0
    reruns: int = 0
    by_end: Counter[str] = field(default_factory=Counter)


class _Slots:
    """The agents of one image: at most `most` in use at once, started when first needed."""

    def __init__(self, most: int):
        self.most = most
        self.started = 0
        self.free = asyncio.Semaphore(most)
        self.idle: list[Agent] = []
        self.all: set[Agent] = set()


class JailPool:
    """Implements `Box` in one asyncio process, on the thread that starts it (its jails die with that thread).

    `concurrency` executions per image at once; more wait. `rung` None probes the host and takes what maths may use.
    `cgroup` names a folder below which memory groups may be made; without it a delegated one is used if there is one.
    Raises JailUnavailable from `start`, `run` and `open` where no jail passes its canary.
    """

    def __init__(
        self,
        images: Sequence[str],
        rung: str | None = None,
        *,
        concurrency: int = 1,
        recycle_after: int = 5_000,
        cgroup: str | None = None,
    ):
        self.images = tuple(images)
        self.rung = rung
        self.stats = Stats()
        self._concurrency = concurrency
        self._recycle_after = recycle_after
        self._cgroup_named = cgroup
        self._cgroup: Path | None = None
        self._slots: dict[str, _Slots] = {}
        self._canary: Canary | None = None
        self._reserved = asyncio.Semaphore(1)
        self._background: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self) -> None:
        """Start one agent per image and pass its canary; the others come when they are needed."""
        if self.rung is None:
            self.rung = choose("math", None, await probe(()))
        self._cgroup = cgroups.parent(self._cgroup_named)
        self._canary = Canary()
        for image in self.images:
            self._slots[image] = _Slots(self._concurrency)
        try:
            fresh = await asyncio.gather(*(self._fresh(image) for image in self.images))
        except BaseException:
            await self.close()
            raise
        for agent in fresh:
            self._slots[agent.image].idle.append(agent)

    async def close(self) -> None:
        """Kill every jail. What is still running ends as a death of ours: JailUnavailable for its caller."""
        self._closing = True
        agents = [agent for slots in self._slots.values() for agent in slots.all]
        await asyncio.gather(*(agent.close() for agent in agents))
        if self._background:
            await asyncio.gather(*self._background, return_exceptions=True)
        if self._canary is not None:
            self._canary.close()
            self._canary = None

    async def run(self, program: str, request: bytes, limits: Limits) -> Outcome:
        """One fresh execution: one request frame in, at most one reply frame out."""
        outcome, running = await self._attempts(program, request, limits)
        first_s = outcome.usage.wall_s
        left_s = math.inf if limits.total_s is None else limits.total_s - first_s
        if running is not None and left_s >= limits.wall_limit_s and _load_explains(running, outcome):
            self.stats.reruns += 1
            async with self._reserved:
                patience_s = min(PATIENCE * limits.wall_limit_s, left_s)
                outcome, _ = await self._attempts(program, request, limits, patience_s)
            outcome = replace(outcome, usage=replace(outcome.usage, wall_s=first_s + outcome.usage.wall_s))
        self.stats.by_end[outcome.end] += 1
        return outcome

    async def _attempts(
        self, program: str, request: bytes, limits: Limits, patience_s: float = 0.0
    ) -> tuple[Outcome, Running | None]:
        counted = 0
        for _ in range(COUNTED_DEATHS + _OUR_DEATHS):
            agent = await self._acquire(program)
            running: Running | None = None
            try:
                running = self._begin(agent, program, limits)
                running.patience_s = patience_s
                await running.channel.send(request)
                return await running.outcome(), running
            except AgentDied as death:
                agent.kill("an execution could not be run in it")
                if running is not None and running.reason is not None:
                    return _stopped(running), running
                counted += not death.ours
                self.stats.deaths += 1
                if counted == COUNTED_DEATHS:
                    detail = f"its jail died {COUNTED_DEATHS} times: {death}"
                    return Outcome(End.CRASH, None, _stopped_usage(running), detail), None
            finally:
                self._release(agent, running)
        raise JailUnavailable("jails are killed again and again on this host; the log of the kernel may say by whom")

    @asynccontextmanager
    async def open(self, program: str, limits: Limits) -> AsyncIterator[Talk]:
        """One fresh execution that is talked to; leaving the context kills it. Raises JailLost if its jail dies."""
        agent = await self._acquire(program)
        running: Running | None = None
        try:
            running = self._begin(agent, program, limits)
            yield Talk(running)
        except AgentDied as death:
            raise JailLost(str(death), ours=death.ours) from death
        finally:
            if running is not None:
                running.stop(End.EXITED, "no longer needed")
                running.channel.stop()
            self._release(agent, running)

    def _begin(self, agent: Agent, program: str, limits: Limits) -> Running:
        self.stats.executions += 1
        return agent.run(program, limits)

    async def _acquire(self, program: str) -> Agent:
        slots = self._slots.get(table.PROGRAMS[program].image)
        if slots is None or self._closing:
            raise JailUnavailable(f"this pool has no jail for {program}")
        await slots.free.acquire()
        try:
            while slots.idle:
                agent = slots.idle.pop()
                if agent.dead is None:
                    return agent
                slots.all.discard(agent)
            return await self._fresh(table.PROGRAMS[program].image)
        except BaseException:
            slots.free.release()
            raise

    async def _fresh(self, image: str) -> Agent:
        """A new jail that has passed its canary; three tries, for a host may be short of something for a moment."""
        assert self.rung is not None and self._canary is not None
        failure: AgentFailed | None = None
        for _ in range(3):
            if self._closing:
                break
            try:
                agent = await start_agent(image, self.rung, self._canary, self._cgroup)
            except AgentFailed as error:
                failure = error
                continue
            if self._closing:
                await agent.close()
                break
            slots = self._slots[image]
            slots.all.add(agent)
            slots.started += 1
            self.stats.restarts += slots.started > slots.most
            return agent
        raise JailUnavailable(f"no jail passes its canary on rung {self.rung} (image {image}): {failure}")

    def _release(self, agent: Agent, running: Running | None) -> None:
        """Give the slot back once the execution is dead: at once if it is, else when the agent has said so."""
        if running is None or running.ended.done():
            self._give_back(agent)
            return
        running.stop(End.CRASH, "its caller went away")
        self._later(self._give_back_later(agent, running))

    async def _give_back_later(self, agent: Agent, running: Running) -> None:
        try:
            await asyncio.wait([running.ended])
        finally:
            running.channel.stop()
            self._give_back(agent)

    def _give_back(self, agent: Agent) -> None:
        slots = self._slots[agent.image]
        if agent.dead is not None or agent.retired or self._closing:
            self._discard(agent)
        else:
            slots.idle.append(agent)
            if agent.used >= self._recycle_after and not agent.retiring:
                agent.retiring = True
                self._later(self._replace(agent))
        slots.free.release()

    async def _replace(self, agent: Agent) -> None:
        """Recycle: warm a successor first, so that nobody waits for it."""
        slots = self._slots[agent.image]
        try:
            successor = await self._fresh(agent.image)
        except JailUnavailable:
            agent.retiring = False  # better an old jail than none; it is tried again after the next execution
            return
        self.stats.recycled += 1
        slots.idle.append(successor)
        if agent in slots.idle:
            slots.idle.remove(agent)
            self._discard(agent)
        else:
            agent.retired = True

    def _discard(self, agent: Agent) -> None:
        self._slots[agent.image].all.discard(agent)
        self._later(agent.close())

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


class Talk:
    """The `Execution` that `open` hands out."""

    def __init__(self, running: Running):
        self._running = running

    @property
    def pid(self) -> int | None:
        """Its process number on the host, once it has said hello; for diagnosis and tests."""
        return self._running.channel.pid

    async def send(self, frame: bytes) -> None:
        await self._running.channel.send(frame)

    async def recv(self, timeout_s: float | None = None) -> bytes | None:
        """The next frame, or None once the execution has ended. Raises TimeoutError, JailLost."""
        frame = await asyncio.wait_for(self._running.channel.recv(), timeout_s)
        if frame is None and self._running.agent.dead is not None:
            death = self._running.agent.dead
            raise JailLost(str(death), ours=death.ours)
        return frame

    async def end(self) -> Outcome:
        """Wait until it ends by itself or by its limits; close it first by leaving the context if it would not."""
        return await self._running.outcome(wants_reply=False)


def _stopped(running: Running) -> Outcome:
    """The outcome of an execution that was being stopped when its agent went: the reason stands."""
    assert running.reason is not None
    end, why = running.reason
    return Outcome(end, None, _stopped_usage(running), why)


def _stopped_usage(running: Running | None) -> Usage:
    if running is None:
        return Usage()
    return Usage(wall_s=time.monotonic() - running.started, peak_mb=running.peak_mb)


def _load_explains(running: Running, outcome: Outcome) -> bool:
    """A wall timeout of a process that mostly waited for a core, not for itself: a sleeper does not wait to run."""
    if outcome.end is not End.TIMEOUT or running.waited_s == 0.0:
        return False
    idle = max(outcome.usage.wall_s - outcome.usage.cpu_s, 0.001)
    return running.waited_s >= idle / 2
