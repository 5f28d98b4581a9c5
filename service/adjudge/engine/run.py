"""The engine: plans, runs and streams, with bounds and a graceful end."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Literal, ParamSpec, TypeVar

from adjudge_client.types import ScoreRequest, ScoreResponse, Verdict, VoteRequest, VoteResponse

from ..errors import Busy, ConfigError
from ..verifiers import Verifier, known
from .board import Board, Watch
from .cache import VerdictCache
from .counters import Counters
from .executors import Executor
from .executors.local import LocalExecutor
from .fingerprint import fingerprint, judges
from .jobs import Memory, Need
from .plan import Plan, make_plan
from .respond import Composer, elapsed_ms, respond
from .settings import EngineSettings
from .stream import Head, Row, Rows, Tail
from .vote import FORM, VotePlan, plan_votes

P = ParamSpec("P")
T = TypeVar("T")
State = Literal["new", "running", "draining", "stopped"]

BUILT_IN = "adjudge.verifiers"
SMALL = 100
"""Items that are composed on the event loop; more go to a thread."""


class Engine:
    """All methods but `plan` are called on one event loop."""

    def __init__(self, settings: EngineSettings | None = None):
        self.settings = settings or EngineSettings()
        self.counters = Counters(self.settings.metric_names)
        self.state: State = "new"
        table = _load(self.settings.verifier_modules)
        self.verifiers = {name: spec for name, spec in table.items() if spec.kind != "form"}
        self._form = table[FORM]
        self.cache = VerdictCache(self.settings.cache_verdicts, self.settings.cache_mb)
        self._board = Board(self.cache, self.counters)
        self._local = LocalExecutor(self.settings, judges(table), self._board.done, self.counters)
        self._executor: Executor = self._local
        self._board.executor = self._executor
        self._memory = Memory()
        self._requests = 0
        self._idle = asyncio.Event()
        self._idle.set()

    # Life

    async def start(self) -> None:
        """Starts the workers and returns; jobs wait until one is ready."""
        self.state = "running"
        await self._executor.start()

    async def wait_ready(self, timeout_s: float = 30.0) -> bool:
        """Whether a worker was ready within the time."""
        try:
            await asyncio.wait_for(self._local.one_ready.wait(), timeout_s)
        except TimeoutError:
            pass
        return self.ready

    async def stop(self, drain: bool = True, timeout_s: float | None = None) -> None:
        """New requests are refused at once; with `drain` what was accepted is answered first (within `timeout_s`)."""
        if self.state == "stopped":
            return
        self.state = "draining"
        if drain:
            try:
                await asyncio.wait_for(self._idle.wait(), timeout_s)
            except TimeoutError:
                pass
        await self._executor.stop()
        self.state = "stopped"

    @property
    def ready(self) -> bool:
        """Whether requests would be accepted and a worker is there to serve them."""
        return self.state == "running" and self._executor.ready

    @property
    def jail(self) -> str | None:
        """The rung that the workers stand on; None while it starts, or where there is none (see `jail_fault`)."""
        return self._local.jail

    @property
    def jail_fault(self) -> str | None:
        """Why there is no jail, or no worker that could have one."""
        return self._local.fault or self._local.jail_fault

    @property
    def queue_depth(self) -> int:
        return self._executor.waiting

    @property
    def in_flight(self) -> int:
        return self._executor.running

    @property
    def workers_ready(self) -> int:
        return self._local.workers_ready

    @property
    def workers_jailed(self) -> int:
        """Of those, how many have a jail that passed its canary when it was last asked for."""
        return self._local.workers_jailed

    def fingerprints(self) -> dict[str, str]:
        """By kind of work, of all verifiers."""
        return {work: fingerprint(work) for work in sorted({spec.work for spec in self.verifiers.values()})}

    # Requests

    def check_room(self, jobs: int) -> None:
        """Raises Busy (503) where so many more jobs cannot be taken. A request of any size is taken when none waits."""
        if self.state != "running":
            raise Busy("the service is shutting down" if self.state != "new" else "the service is starting")
        waiting = self._executor.waiting
        if waiting and waiting + jobs > self.settings.queue_items:
            wait_s = min(max(self._executor.drain_s(), 1.0), 60.0)
            raise Busy(f"{waiting} jobs are waiting already", retry_after_s=round(wait_s, 1))

    def plan(self, request: ScoreRequest) -> Plan:
        """Raises RequestRefused. Pure; for a large request call it in a thread."""
        return make_plan(request, self.verifiers, self.settings, self._memory)

    async def run(self, plan: Plan) -> ScoreResponse:
        """Raises Busy. A cancelled call withdraws what has not started."""
        watch = self._accept(plan)
        line = plan.timeline
        since = time.monotonic()
        try:
            if watch.left:
                await self._board.post(plan.needs, watch)
                await watch.finished
            if line is not None:
                since = line.part("judge", since)
            response, tally = await _off_loop(plan, respond, plan, watch.verdicts, self.settings.metric_names)
            self.counters.add(tally)
            if line is not None:
                line.part("compose", since)
                line.nulls = tally.of_run.nulls
            return response
        finally:
            self._release(plan, watch)

    async def stream(self, plan: Plan) -> AsyncIterator[Head | list[Row] | Tail]:
        """The head, then rows as they complete (those of one moment in one list), then the tail. Raises Busy."""
        watch = self._accept(plan)
        settled: list[int] = []
        news = asyncio.Event()
        posting: asyncio.Future[None] | None = None
        since = time.monotonic()

        def on_settled(need: int) -> None:
            settled.append(need)
            news.set()

        try:
            composer = Composer(plan, watch.verdicts)
            rows = await _off_loop(plan, Rows, plan, composer)
            watch.on_settled = on_settled
            yield Head(plan.terms, plan.engine)
            async for some in _slices(rows.first()):
                yield some
            posting = asyncio.ensure_future(self._board.post(plan.needs, watch))
            posting.add_done_callback(lambda _: news.set())
            left = len(plan.needs)
            while left:
                await news.wait()
                news.clear()
                if posting.done():
                    posting.result()
                now, settled[:] = list(settled), ()
                left -= len(now)
                async for some in _slices(row for need in now for row in rows.settled(need)):
                    yield some
            await posting
            groups = await _off_loop(plan, composer.groups)
            tally = await _off_loop(plan, composer.tally, groups, self.settings.metric_names)
            self.counters.add(tally)
            if plan.timeline is not None:
                plan.timeline.part("judge", since)
                plan.timeline.nulls = tally.of_run.nulls
            yield Tail(composer.errors, groups, elapsed_ms(plan))
        finally:
            if posting is not None:
                posting.cancel()
            self._release(plan, watch)

    def plan_vote(self, request: VoteRequest) -> VotePlan:
        """Raises RequestRefused. Pure; for a large request call it in a thread."""
        return plan_votes(request, self._form, self.settings, self._memory)

    async def vote(self, plan: VotePlan) -> VoteResponse:
        """Raises Busy. A cancelled call withdraws what has not started."""
        watch = self._accept(plan)
        try:
            if watch.left:
                await self._board.post(plan.needs, watch)
                await watch.finished
            plan.first.verdicts = watch.verdicts
            second = await _off_loop(plan, plan.second)
            if second.needs:
                second.verdicts = await self._settle(second.needs)
            return await _off_loop(plan, plan.respond, second)
        finally:
            self._release(plan, watch)

    async def _settle(self, needs: list[Need]) -> list[Verdict | None]:
        """More jobs of a request that was accepted."""
        watch = Watch(needs, None, self.settings.max_wait_s)
        try:
            await self._board.post(needs, watch)
            await watch.finished
            return watch.verdicts
        finally:
            self._board.leave(needs, watch)

    def _accept(self, plan: Plan | VotePlan) -> Watch:
        try:
            self.check_room(len(plan.needs))
        except Busy:
            self.check_room(self._board.count_new(plan.needs))
        self._requests += 1
        self._idle.clear()
        return Watch(plan.needs, plan.deadline, self.settings.max_wait_s, plan.timeline)

    def _release(self, plan: Plan | VotePlan, watch: Watch) -> None:
        self._board.leave(plan.needs, watch)
        self._requests -= 1
        if not self._requests:
            self._idle.set()


def _load(modules: tuple[str, ...]) -> dict[str, Verifier]:
    """The built-in verifiers and those of the named modules; what else is registered here, the workers do not have.

    Raises ConfigError for a module that cannot be imported.
    """
    known()
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            hint = "is it installed or on PYTHONPATH?"
            raise ConfigError(f"ADJUDGE_VERIFIER_MODULES: cannot import {module} ({error}); {hint}") from error
    homes = (BUILT_IN, *modules)
    return {
        name: spec
        for name, spec in known().items()
        if any(f"{spec.function.__module__}.".startswith(f"{home}.") for home in homes)
    }


async def _off_loop(plan: Plan | VotePlan, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs what is linear in the plan: here for a small one, in a thread for a large one."""
    if plan.items <= SMALL:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


async def _slices(rows: Iterator[Row]) -> AsyncIterator[list[Row]]:
    """Lists of at most SMALL rows, with a turn of the event loop between them."""
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) >= SMALL:
            yield some
            some = []
            await asyncio.sleep(0)
    if some:
        yield some
