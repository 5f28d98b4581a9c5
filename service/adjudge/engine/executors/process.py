"""One worker process as its parent sees it: start, send, watch, kill. Policy is `local`'s."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import orjson

from ..frames import Frames, send
from ..orders import Order, WorkerConfig
from ..page import SIZE, Page
from . import Task


@dataclass(slots=True, eq=False)
class Flight:
    """A task on its way, with what has befallen it."""

    task: Task
    lane: object
    ready: float
    """When it last began to wait for a worker."""
    deaths: int = 0
    overtimes: int = 0
    memories: int = 0
    jailless: int = 0
    """How often a worker gave it back because it could have no jail."""
    used_s: float = 0.0
    """What it had used when it last ran over its time."""
    alone: bool = False
    sent_back: bool = False
    cost_s: float = 0.0
    sent: float = 0.0
    jailed: bool = False
    """It has left the thread of its worker for the jail, or for the line before it."""


class Listener(Protocol):
    def heard(self, worker: WorkerProcess, message: list[Any]) -> None: ...

    def turned(self, worker: WorkerProcess) -> None:
        """All messages of one read are told."""

    def lost(self, worker: WorkerProcess) -> None: ...


@dataclass(slots=True)
class Aboard:
    """The flights in one worker, and sums over them that the scheduler asks for all the time."""

    flights: dict[int, Flight] = field(default_factory=dict)
    jailed: int = 0
    thread_s: float = 0.0
    """Foreseen work on the thread."""

    def add(self, seq: int, flight: Flight, cost_s: float) -> None:
        flight.cost_s, flight.sent, flight.jailed = cost_s, time.monotonic(), False
        self.flights[seq] = flight
        self.thread_s += cost_s

    def jail(self, seq: int) -> None:
        flight = self.flights.get(seq)
        if flight is not None and not flight.jailed:
            flight.jailed = True
            self.jailed += 1
            self.thread_s -= flight.cost_s

    def drop(self, seq: int) -> Flight | None:
        flight = self.flights.pop(seq, None)
        if flight is None:
            return None
        if flight.jailed:
            self.jailed -= 1
        else:
            self.thread_s -= flight.cost_s
        return flight


class WorkerProcess(asyncio.Protocol):
    """`state` goes starting → ready → retiring (finishes what it has) → gone."""

    def __init__(self, config: WorkerConfig, listener: Listener):
        self.state = "starting"
        self.aboard = Aboard()
        self.reserved = False
        self.stuck = False
        """Its thread has been on one job for longer than a chunk should take."""
        self.cause: str | None = None
        """Why we ended it; None if it died by itself."""
        self.fatal: str | None = None
        self.said_hello = False
        self.done = 0
        self.started = time.monotonic()
        self.progress = self.started
        """When a job last came back from its jail."""
        self.rung: str | None = None
        """What its jail last stood on."""
        self.jailed = False
        """Its jail passed its canary when it was last asked for."""
        self.jailless_until = 0.0
        """It has said that it can have no jail; until then others are asked first."""
        self.replaces: WorkerProcess | None = None
        self.replaced = False
        self._closing = False
        self._config = config
        self._listener = listener
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._page: Page | None = None

    async def start(self) -> None:
        """Raises OSError where no process can be made."""
        ours = self._launch()
        self.started = time.monotonic()
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=ours)

    def _launch(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as shared:
            shared.truncate(SIZE)
            self._page = Page(shared.fileno())
            fds = (theirs.fileno(), shared.fileno())
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "adjudge.engine.worker", *map(str, fds)],
                    stdin=subprocess.DEVNULL,
                    stdout=2,  # what a library prints must not end up in the output of the CLI
                    pass_fds=fds,
                    env=_environment(),
                    start_new_session=True,
                )
            except OSError:
                ours.close()
                raise
        return ours

    @property
    def idle(self) -> bool:
        return self.state == "ready" and not self.aboard.flights and not self.reserved

    @property
    def jailless(self) -> bool:
        return time.monotonic() < self.jailless_until

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    # The socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # not an isinstance: uvloop has its own
        self._transport = transport
        send(transport, pickle.dumps(self._config))

    def data_received(self, data: bytes) -> None:
        for body in self._frames.feed(data):
            for message in orjson.loads(body):
                self._listener.heard(self, message)
        self._listener.turned(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.state = "gone"
        if not self._closing:
            self._kill_group()
        self._listener.lost(self)

    def send(self, orders: Sequence[Order] | int) -> None:
        if self._transport is not None:
            send(self._transport, pickle.dumps(orders, protocol=pickle.HIGHEST_PROTOCOL))

    # Watching and ending

    def on_thread(self) -> tuple[int, float]:
        """The job on the thread (0: none), and since when; with none, when the event loop last turned."""
        return self._page.read() if self._page is not None else (0, self.started)

    def reclaim(self, sent_before: float) -> list[Flight]:
        """Takes back what has waited for the thread since then. A job that starts in this very moment runs twice."""
        current = self.on_thread()[0]
        waiting = [seq for seq, flight in self.aboard.flights.items() if seq > current > 0 and not flight.jailed]
        if not waiting or self.aboard.flights[waiting[0]].sent > sent_before:
            return []
        if self._page is not None:
            self._page.raise_floor(max(waiting) + 1)
        return [flight for seq in waiting if (flight := self.aboard.drop(seq)) is not None]

    def memory_mb(self) -> float:
        """Resident memory; 0 where the system does not tell."""
        with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{self.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        return 0.0

    def kill(self, cause: str) -> None:
        """Now, with all it started."""
        self.cause = self.cause or cause
        self._kill_group()

    def close(self, cause: str) -> None:
        """Lets it end by itself: it sees its socket closed and puts its jails away."""
        self.cause = self.cause or cause
        self._closing = True
        self.state = "retiring"
        if self._transport is not None:
            self._transport.close()
        else:
            self._kill_group()

    def _kill_group(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def reap(self, patience_s: float) -> str:
        """Waits for the end, kills after `patience_s`; says how it ended."""
        if self._process is None:
            return "it was never started"
        process = self._process
        try:
            code = await asyncio.to_thread(process.wait, patience_s)
        except subprocess.TimeoutExpired:
            self._kill_group()
            code = await asyncio.to_thread(process.wait)
        if self._page is not None:
            self._page.close()
            self._page = None
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _environment() -> dict[str, str]:
    """The same for every worker: verdicts must not depend on where the service was started."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_"))}
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return {**kept, "PYTHONPATH": path, "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
