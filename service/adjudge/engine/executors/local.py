"""Worker processes on this host, one per core: who gets what next, and who is still alive."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from adjudge_client.types import Verdict

from ..counters import Counters
from ..orders import Order, WorkerConfig
from ..settings import EngineSettings
from . import Done, Task
from .fair import Costs, FairQueue
from .process import Flight, WorkerProcess
from .recovery import Retry, after_end, after_overtime, expired, is_late, ours, overtime

logger = logging.getLogger("adjudge.engine")

TICK_S = 0.05
HUNG_S = 20.0
FROZEN_S = 2.0
CHUNK_BYTES = 500_000
CHUNK_MOST = 50
JAILLESS_S = 5.0
"""For so long a worker that could have no jail is passed over."""
JAILLESS_MOST = 2
"""So often a job is given to another worker because its own had no jail."""
RESTART_MOST_S = 30.0
"""The longest pause between two tries to start a worker."""
CROWDED = 8
"""Jobs in or before the jail of one worker, from which on it is fed new ones only if its jail is stuck."""
STUCK_S = 0.15
"""A thread that has been on one job for so long is fed no more, and what has waited for it so long is taken back."""


class LocalExecutor:
    """See `Executor`. Jobs go out in chunks of foreseen cost; each worker has at most one and a half chunks on its
    thread, so a new arrival waits for about one. A job whose turn at the jail does not come is sent back and goes
    to whichever worker's jail is free first.
    """

    def __init__(self, settings: EngineSettings, judges: dict[str, str], done: Done, counters: Counters):
        self.jail: str | None = None
        self.jail_fault: str | None = None
        self._settings = settings
        self._done = done
        self._counters = counters
        self._config = WorkerConfig(settings.jail, settings.math, settings.verifier_modules, judges)
        self._workers: list[WorkerProcess] = []
        self._flights: dict[Task, Flight] = {}
        self._fresh = FairQueue()
        self._sent_back = FairQueue()
        self._alone: deque[Flight] = deque()
        self._costs = Costs()
        self._seq = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self.one_ready = asyncio.Event()
        """Set at the first worker's hello, for good."""
        self._pump_due = False
        self._stopping = False
        self.fault: str | None = None
        """Why no worker can start, as long as none can."""
        self._failures = 0
        self._spawn_again = 0.0

    # Executor

    async def start(self) -> None:
        for _ in range(self._settings.workers):
            self._spawn()
        self._keep(self._watch())

    async def stop(self) -> None:
        self._stopping = True
        workers = list(self._workers)
        for worker in workers:
            worker.close("stop")
        self._fail_all("the service was stopped")
        await asyncio.gather(*(worker.reap(5.0) for worker in workers))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def submit(self, tasks: Sequence[Task], lane: object) -> None:
        now = time.monotonic()
        for task in tasks:
            self._flights[task] = Flight(task, lane, ready=now)
        self._fresh.add(tasks, lane)
        if self._stopping:
            self._fail_all("the service was stopped")
        elif self.fault is not None and self._failures >= 2 and not self._workers:
            self._fail_all(self.fault)
        elif not self._pump_due:  # requests of one turn of the loop go out in one frame
            self._pump_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def withdraw(self, task: Task) -> bool:
        if task.started or task not in self._flights:
            return False
        self._fresh.remove(task)
        self._sent_back.remove(task)
        self._alone = deque(flight for flight in self._alone if flight.task is not task)
        del self._flights[task]
        return True

    @property
    def waiting(self) -> int:
        return len(self._fresh) + len(self._sent_back) + len(self._alone)

    @property
    def running(self) -> int:
        return len(self._flights) - self.waiting

    @property
    def ready(self) -> bool:
        return any(worker.state == "ready" for worker in self._workers)

    @property
    def workers_ready(self) -> int:
        return sum(worker.state == "ready" for worker in self._workers)

    @property
    def workers_jailed(self) -> int:
        """Ready workers whose jail passed its canary when it was last asked for."""
        return sum(worker.state == "ready" and worker.jailed for worker in self._workers)

    @property
    def pids(self) -> list[int]:
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def drain_s(self) -> float:
        labels = [task.label for task in itertools.islice(self._flights, 200)]
        each = sum(map(self._costs.of, labels)) / len(labels) if labels else 0.0
        return each * len(self._flights) / max(len(self._workers), 1)

    # Giving out work

    def _pump(self) -> None:
        self._pump_due = False
        ready = [worker for worker in self._workers if worker.state == "ready"]
        if not ready or not self._flights:
            return
        self._pump_alone(ready)
        ready = sorted((worker for worker in ready if not worker.reserved), key=lambda worker: worker.aboard.thread_s)
        self._pump_sent_back(ready)
        half_s = self._settings.chunk_ms / 2000
        for worker in ready:
            share = math.ceil(len(self._fresh) / len(ready))
            while len(self._fresh) and worker.aboard.thread_s < half_s and not self._crowded(worker):
                most = min(max(share, 1), CHUNK_MOST)
                self._send(worker, self._fresh.take(2 * half_s, most, CHUNK_BYTES, self._costs))

    def _pump_sent_back(self, ready: list[WorkerProcess]) -> None:
        """To the jail that is free first. While any worker may have one, none goes where there is none."""
        if any(not worker.jailless for worker in self._workers):
            ready = [worker for worker in ready if not worker.jailless]
        while len(self._sent_back):
            free = [worker for worker in ready if worker.aboard.jailed < 2 and not worker.stuck]
            if not free:
                return
            worker = min(free, key=lambda worker: worker.aboard.jailed)
            task = self._sent_back.pop()
            if task is not None and self._send(worker, [task]):
                worker.aboard.jail(max(worker.aboard.flights))  # it goes to the jail again

    def _pump_alone(self, ready: list[WorkerProcess]) -> None:
        """Suspects run in a worker that has nothing else; one is emptied for them if need be."""
        for flight in [flight for flight in self._alone if flight.overtimes and is_late(flight.task)]:
            self._alone.remove(flight)  # its second run would end after the deadline: the first one counts
            self._finish(flight, overtime(flight))
        while self._alone:
            empty = min(
                (worker for worker in ready if not worker.aboard.flights), key=lambda w: w.jailless, default=None
            )
            if empty is None:
                break
            ready.remove(empty)
            empty.reserved = self._send(empty, [self._alone.popleft().task])
        emptying = [worker for worker in ready if worker.reserved]
        if self._alone and not emptying:
            chosen = min(ready, key=lambda worker: len(worker.aboard.flights), default=None)
            if chosen is not None:
                chosen.reserved = True
                chosen.send(chosen.aboard.jailed)
        elif not self._alone:
            for worker in emptying:
                worker.reserved = any(flight.alone for flight in worker.aboard.flights.values())

    def _crowded(self, worker: WorkerProcess) -> bool:
        return worker.stuck or (worker.aboard.jailed >= CROWDED and time.monotonic() - worker.progress < STUCK_S)

    def _send(self, worker: WorkerProcess, tasks: list[Task]) -> bool:
        """Whether anything was sent; what can no longer start in time is answered instead."""
        orders: list[Order] = []
        now = time.monotonic()
        for task in tasks:
            flight = self._flights[task]
            if task.start_by is not None and now > task.start_by and not flight.alone:
                self._finish(flight, expired(task))
                continue
            task.started = True
            self._counters.jobs_started += 1
            self._counters.queue_wait_s += now - flight.ready
            seq = next(self._seq)
            worker.aboard.add(seq, flight, self._costs.of(task.label))
            insist = flight.sent_back or flight.alone
            in_line_until = min(task.start_by or math.inf, now + self._settings.max_wait_s)
            start_by = None if flight.alone else in_line_until
            orders.append(Order(seq, task.job, task.wall_s, start_by, insist, task.times is not None))
            if task.times is not None:
                task.times.sent_to(worker.pid, flight.ready, now)
        if orders:
            worker.send(orders)
        return bool(orders)

    def _finish(self, flight: Flight, verdict: Verdict) -> None:
        if self._flights.pop(flight.task, None) is not None:
            self._done(flight.task, verdict)

    # Hearing from workers

    def heard(self, worker: WorkerProcess, message: list[Any]) -> None:
        kind = message[0]
        if kind == "verdict":
            self._verdict(worker, *message[1:])
        elif kind == "jailed":
            worker.aboard.jail(message[1])
        elif kind == "back":
            flight = worker.aboard.drop(message[1])
            if flight is not None:
                self._send_back(flight)
        elif kind == "overtime":
            flight = worker.aboard.drop(message[1])
            if flight is not None:
                self._follow(after_overtime(flight, message[2]))
        elif kind == "no_jail":
            self._no_jail(worker, *message[1:])
        elif kind == "broken":
            flight = worker.aboard.drop(message[1])
            if flight is not None:
                self._finish(flight, ours(flight.task, f"internal error in a worker: {message[2]}"))
        elif kind == "hello":
            self._hello(worker)
        elif kind == "jail":
            self._jail(worker, *message[1:])
        elif kind == "jail_restarts":
            self._counters.jail_restarts += message[1]
        elif kind == "fatal":
            worker.fatal = message[1]

    def turned(self, worker: WorkerProcess) -> None:
        worker.stuck = False
        if worker.state == "retiring" and not worker.aboard.flights:
            worker.close("recycled")
        self._pump()

    def _hello(self, worker: WorkerProcess) -> None:
        worker.state = "ready"
        worker.said_hello = True
        self.one_ready.set()
        self._failures = 0
        self.fault = None
        if worker.replaces is not None:
            worker.replaces.state = "retiring"
            self.turned(worker.replaces)
            worker.replaces = None

    def _verdict(
        self, worker: WorkerProcess, seq: int, cost_s: float, fields: dict[str, Any], times: list[float] | None = None
    ) -> None:
        flight = worker.aboard.drop(seq)
        if flight is None:
            return
        if times is not None and flight.task.times is not None:
            flight.task.times.told(times)
        if flight.jailed:
            worker.progress = time.monotonic()
            worker.jailed = True
            if worker.rung is not None and (worker.jailless or self.jail is None):  # it has come round
                self._jail(worker, worker.rung, "")
        worker.done += 1
        if worker.done >= self._settings.recycle_items:
            self._recycle(worker)
        self._costs.learn(flight.task.label, cost_s)
        try:
            verdict = Verdict(**fields)
        except ValueError as error:
            verdict = ours(flight.task, f"internal error in a worker's verdict: {type(error).__name__}: {error}")
        self._finish(flight, verdict)

    def _jail(self, worker: WorkerProcess, rung: str | None, fault: str) -> None:
        if rung is not None:
            worker.rung, worker.jailless_until, worker.jailed = rung, 0.0, True
            self.jail, self.jail_fault = rung, None
            return
        self._counters.jail_failures += 1
        worker.jailed = False
        worker.jailless_until = time.monotonic() + JAILLESS_S
        if all(other.jailless for other in self._workers if other.state == "ready"):
            self.jail, self.jail_fault = None, fault

    def _no_jail(self, worker: WorkerProcess, seq: int, reason: str) -> None:
        """To a worker that has a jail; only where none has, or thrice, it is null."""
        self._jail(worker, None, reason)
        flight = worker.aboard.drop(seq)
        if flight is None:
            return
        flight.jailless += 1
        if flight.jailless > JAILLESS_MOST or all(other.jailless for other in self._workers):
            self._finish(flight, ours(flight.task, reason))
        elif flight.alone:
            self._alone.append(flight)
        else:
            self._send_back(flight)

    def _send_back(self, flight: Flight) -> None:
        """To whichever worker's jail is free first."""
        self._counters.handed_back += 1
        flight.task.started, flight.sent_back, flight.ready = False, True, time.monotonic()
        self._sent_back.add([flight.task], flight.lane)

    # Life and death of workers

    def _spawn(self, replaces: WorkerProcess | None = None) -> None:
        worker = WorkerProcess(self._config, self)
        worker.replaces = replaces
        self._workers.append(worker)
        self._keep(self._start(worker))

    async def _start(self, worker: WorkerProcess) -> None:
        try:
            await worker.start()
        except OSError as error:
            worker.fatal = str(error)
            worker.kill("start")
            self.lost(worker)

    def lost(self, worker: WorkerProcess) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
            suspect, since = worker.on_thread()
            self._keep(self._bury(worker, suspect, time.monotonic() - since))

    async def _bury(self, worker: WorkerProcess, suspect: int, used_s: float) -> None:
        was_ready = worker.said_hello
        how = await worker.reap(5.0 if worker.cause == "recycled" else 1.0)
        if self._stopping:
            return
        if worker.replaces is not None:
            worker.replaces.replaced = False
        if worker.cause != "recycled":
            self._counters.worker_restarts[worker.cause or "died"] += 1
            fields = {"reason": worker.cause or "died", "end": how, "jobs": len(worker.aboard.flights)}
            logger.warning("a worker was replaced", extra={"fields": fields})
        flights = list(worker.aboard.flights.items())
        for retry in after_end(flights, suspect, used_s, worker.cause, how):
            self._follow(retry)
        if not was_ready:
            self._failed_to_start(worker.fatal or how)
        if len(self._workers) < self._settings.workers:
            await asyncio.sleep(max(self._spawn_again - time.monotonic(), 0.0) if self._failures else 0)
            if not self._stopping and len(self._workers) < self._settings.workers:
                self._spawn()
        self._pump()

    def _failed_to_start(self, why: str) -> None:
        """Each failure in a row doubles the time until the next try."""
        self._failures += 1
        wait_s = min(0.5 * 2 ** min(self._failures - 1, 20), RESTART_MOST_S)
        self._spawn_again = time.monotonic() + wait_s
        fields = {"reason": why, "failures": self._failures, "again_in_s": wait_s}
        logger.error("a worker cannot start", extra={"fields": fields})
        if not self.ready:
            self.fault = f"no worker can start: {why}"
            if self._failures >= 2:
                self._fail_all(self.fault)

    def _follow(self, retry: Retry) -> None:
        flight = retry.flight
        if retry.verdict is not None:
            self._finish(flight, retry.verdict)
            return
        self._counters.retries += 1
        flight.ready = time.monotonic()
        flight.task.started = retry.alone  # a suspect has had its start: no deadline takes its retry away
        if retry.alone:
            flight.alone = True
            self._alone.append(flight)
        else:
            self._fresh.add([flight.task], flight.lane, front=True)

    def _recycle(self, worker: WorkerProcess) -> None:
        if not worker.replaced and not self._stopping and time.monotonic() >= self._spawn_again:
            worker.replaced = True
            self._counters.worker_restarts["recycled"] += 1
            self._spawn(replaces=worker)

    def _fail_all(self, reason: str) -> None:
        for flight in list(self._flights.values()):
            self._finish(flight, ours(flight.task, reason))
        self._fresh, self._sent_back = FairQueue(), FairQueue()
        self._alone.clear()
        for worker in self._workers:
            worker.aboard.flights.clear()

    async def _watch(self) -> None:
        seen = lenient_until = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S if self._flights else 5 * TICK_S)
            now = time.monotonic()
            if now - seen > FROZEN_S:  # we were stopped ourselves, and the workers with us: a clock proves nothing
                lenient_until = now + FROZEN_S
            seen = now
            for worker in list(self._workers) if now >= lenient_until else ():
                self._look_at(worker, now)
            self._balance()
            self._pump()

    def _look_at(self, worker: WorkerProcess, now: float) -> None:
        if worker.state == "starting":
            if now - worker.started > self._settings.start_timeout_s:
                worker.fatal = f"it was not ready within {self._settings.start_timeout_s:g} s"
                worker.kill("start")
            return
        seq, since = worker.on_thread()
        flight = worker.aboard.flights.get(seq)
        worker.stuck = flight is not None and now - since > STUCK_S
        for waiting in reversed(worker.reclaim(now - STUCK_S)):
            waiting.task.started, waiting.ready = False, now
            self._fresh.add([waiting.task], waiting.lane, front=True)
        limit = HUNG_S
        if flight is not None:
            limit = min(flight.task.wall_s, self._settings.thread_s) + self._settings.grace_s
        if now - (since if flight is not None else max(since, worker.started)) > limit:
            worker.kill("hung" if flight is None else "stuck")
        elif worker.memory_mb() > self._settings.worker_memory_mb:
            if flight is not None:
                worker.kill("memory")
            else:
                self._recycle(worker)

    def _balance(self) -> None:
        """An idle worker, nothing waiting here, a line before another's jail: half of the line comes back."""
        if self.waiting or not any(w.idle and not w.jailless for w in self._workers):
            return
        longest = max(self._workers, key=lambda worker: worker.aboard.jailed)
        if longest.state == "ready" and longest.aboard.jailed > 1:
            longest.send(longest.aboard.jailed // 2)

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
