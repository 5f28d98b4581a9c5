"""A worker process: `python -m adjudge.engine.worker SOCKET_FD PAGE_FD`. Started by `executors.local` only.

One thread, one event loop. It runs the jobs of a chunk in order; those that need a jail wait in line for the worker's
one slot while the others go on. Verdicts go back one by one, as they come. The engine watches from outside: what is
stuck here is killed there.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import importlib
import pickle
import signal
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Coroutine
from dataclasses import astuple
from typing import Any, cast

import orjson

from adjudge_client.types import NULL_STATUSES, Verdict

from ..errors import AdjudgeError, ConfigError, JailUnavailable
from ..jail import Box, JailPool
from ..verifiers import get, grade, known
from .box import Clock, HandBack, JobBox, NoJail, OverTime, Slot
from .fingerprint import judges
from .frames import Frames, send
from .orders import Order, WorkerConfig
from .page import Page
from .settings import MathLimits
from .timeline import JailTimes

LINE = 16
"""Jobs that may wait in a worker for its jail."""
BEAT_S = 0.25
JAIL_AGAIN_S = 5.0
IMAGES = ("math",)
FLUSH_S = 0.01
FLUSH_MOST = 32


class Worker(asyncio.Protocol):
    """Messages to the engine are lists: ["hello"], ["jail", rung, fault], ["jail_restarts", n], ["jailed", seq],
    ["back", seq], ["no_jail", seq, reason], ["overtime", seq, used_s],
    ["verdict", seq, used_s, {…}], ["broken", seq, reason], ["fatal", reason]. A verdict whose order asks for its times
    has them as a fifth part.
    """

    def __init__(self, page: Page):
        self.slot = Slot(LINE)
        self.math = MathLimits()
        self.gone = asyncio.Event()
        self._page = page
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._configured = False
        self._inbox: deque[Order] = deque()
        self._feeding = False
        self._out: list[Any] = []
        self._flushed = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._pool: asyncio.Future[Box] | None = None
        self._jail: JailPool | None = None
        self._jail_failed = 0.0
        self._rung: str | None = None

    # The socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()

    def data_received(self, data: bytes) -> None:
        for body in self._frames.feed(data):
            message = pickle.loads(body)
            if not self._configured:
                self._configured = True
                self._configure(message)
            elif isinstance(message, int):
                self.slot.send_back(message)
            else:
                self._inbox.extend(message)
                self._feed()

    def _feed(self) -> None:
        """Starts one job per turn of the loop, so that the jail is served while a chunk is worked off."""
        if self._inbox and not self._feeding:
            self._feeding = True
            self._keep(asyncio.ensure_future(self._run(self._inbox.popleft())))
            asyncio.get_running_loop().call_soon(self._feed_on)

    def _feed_on(self) -> None:
        self._feeding = False
        self._feed()

    def tell(self, *message: Any) -> None:
        """Collects what one turn of the loop says into one frame, but holds nothing back for long."""
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(message)
        if len(self._out) >= FLUSH_MOST or time.monotonic() - self._flushed > FLUSH_S:
            self._flush()

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            send(self._transport, orjson.dumps(self._out))
            self._out.clear()
        self._flushed = time.monotonic()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Starting

    def _configure(self, config: WorkerConfig) -> None:
        try:
            self.math = config.math
            known()
            for module in config.verifier_modules:
                importlib.import_module(module)
            _check_judges(config.judges)
        except Exception as error:
            self.tell("fatal", f"{type(error).__name__}: {error}")
            self._flush()
            traceback.print_exc()
            self.gone.set()
            return
        gc.collect()
        gc.freeze()
        self._page.mark(0)
        self._rung = config.jail
        self._open_jail()
        self._keep(asyncio.ensure_future(self._beat()))
        self.tell("hello")

    def _open_jail(self) -> None:
        """In the background: text, and maths that needs no jail, never wait for it."""
        self._pool = asyncio.get_running_loop().create_future()
        self._pool.add_done_callback(lambda pool: pool.cancelled() or pool.exception())  # nobody may ever ask for it
        self._keep(asyncio.ensure_future(self._start_jail(self._pool)))

    async def _start_jail(self, opened: asyncio.Future[Box]) -> None:
        jail = JailPool(IMAGES, self._rung)
        try:
            await jail.start()
        except Exception as error:
            reason = str(error) if isinstance(error, AdjudgeError) else f"{type(error).__name__}: {error}"
            self._jail_failed = time.monotonic()
            self.tell("jail", None, reason)
            opened.set_exception(JailUnavailable(reason))
        else:
            self._jail = jail
            self.tell("jail", jail.rung, "")
            opened.set_result(jail)

    async def _beat(self) -> None:
        restarts = 0
        while True:
            self._page.mark(0)
            await asyncio.sleep(BEAT_S)
            if self._jail is not None and self._jail.stats.restarts != restarts:
                self.tell("jail_restarts", self._jail.stats.restarts - restarts)
                restarts = self._jail.stats.restarts

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._jail is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._jail.close(), 5)

    # The work

    async def pool(self) -> Box:
        assert self._pool is not None
        failed = self._pool.done() and self._jail is None
        if failed and time.monotonic() - self._jail_failed > JAIL_AGAIN_S:  # the host may have come round
            self._open_jail()
        return await asyncio.shield(self._pool)

    def off_thread(self, seq: int, first: bool) -> None:
        self._page.mark(0)
        if first:
            self.tell("jailed", seq)

    def on_thread(self, seq: int) -> None:
        self._page.mark(seq)

    async def _run(self, order: Order) -> None:
        if order.seq < self._page.floor:
            return  # taken back while the thread was busy
        if order.start_by is not None and time.monotonic() > order.start_by:
            self.tell("back", order.seq)
            return
        self._page.mark(order.seq)
        box: JobBox | None = None
        clock: Clock | None = None
        jail = JailTimes() if order.timed else None
        started = time.monotonic()
        try:
            async with asyncio.timeout(order.wall_s) as timeout:
                clock = Clock(timeout, order.wall_s)
                box = JobBox(self, order.seq, clock, order.start_by, order.insist, jail)
                verdict = await grade(order.job, box)
                clock.pause()
            verdict.elapsed_ms = round(clock.used_s * 1000, 3)
            times = () if jail is None else ([started, time.monotonic(), *astuple(jail)],)
            self.tell("verdict", order.seq, clock.used_s, _plain(sound(verdict)), *times)
        except (TimeoutError, OverTime):
            self.tell("overtime", order.seq, clock.spent_s if clock is not None else 0.0)
        except NoJail as error:
            self.tell("no_jail", order.seq, str(error))
        except HandBack:
            self.tell("back", order.seq)
        except Exception as error:  # never a job without an answer
            traceback.print_exc()
            self.tell("broken", order.seq, f"{type(error).__name__}: {error}"[:500])
        finally:
            if box is not None:
                box.close()
            self._page.mark(0)


def sound(verdict: Verdict) -> Verdict:
    """A score is finite, in its verifier's range, and null exactly where the status says so; else the fault is ours."""
    spec = get(verdict.verifier.partition("@")[0])
    score = verdict.score
    if score is None:
        if verdict.status in NULL_STATUSES:
            return verdict
        fault = f"a null with status {verdict.status}"
    elif verdict.status in NULL_STATUSES:
        fault = f"a score with status {verdict.status}"
    elif verdict.status != "ok" and score != 0:
        fault = f"the score {score} with status {verdict.status}"
    elif not spec.range[0] <= score <= spec.range[1] and verdict.status == "ok":  # nan is in no range
        fault = f"the score {score}, outside {spec.range[0]:g} … {spec.range[1]:g}"
    else:
        return verdict
    return Verdict(
        score=None, status="error", reason=f"internal error: {spec.label} gave {fault}", verifier=spec.label,
        elapsed_ms=verdict.elapsed_ms,
    )  # fmt: skip


def _check_judges(wanted: dict[str, str]) -> None:
    """The packages may have been upgraded under a running service; one batch is never judged by two revisions."""
    have = judges(known())
    other = sorted(label for label, mark in wanted.items() if have.get(label) != mark)
    if other:
        raise ConfigError(f"{', '.join(other)} changed on disk since this service started; restart it")


def _plain(verdict: Verdict) -> dict[str, Any]:
    fields = {name: value for name, value in verdict.__dict__.items() if value is not None or name == "score"}
    if verdict.tests is not None:
        fields["tests"] = [test.model_dump() for test in verdict.tests]
    return fields


def _die_with_parent() -> None:
    """Even stuck in C code, a worker must not outlive its engine (Linux; elsewhere the closed socket ends it)."""
    with contextlib.suppress(OSError, AttributeError):
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)


def _run(main: Coroutine[Any, Any, None]) -> None:
    """On uvloop where it is installed (it is left out on Windows): a fifth less CPU a job."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


async def _main(socket_fd: int, page_fd: int) -> None:
    loop = asyncio.get_running_loop()
    worker = Worker(Page(page_fd))
    await loop.create_unix_connection(lambda: worker, sock=socket.socket(fileno=socket_fd))
    await worker.gone.wait()
    await worker.close()


if __name__ == "__main__":
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what is imported stays; verdicts are freed by reference counts, so the collector may be rare
    gc.set_threshold(50_000, 20, 20)
    _run(_main(int(sys.argv[1]), int(sys.argv[2])))
