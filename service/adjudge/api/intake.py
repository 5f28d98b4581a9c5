"""What every endpoint with a large body shares: requests are counted, refused while the service drains, and read within
bounds; whatever may take over a millisecond runs in a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from starlette.types import Receive

from ..engine import Timeline
from ..errors import Busy
from ..metrics import Metrics
from .body import Bodies, Headers
from .cut import Body
from .decode import is_small

T = TypeVar("T")
_PARSERS = 2
"""Threads for large bodies: they take turns at the interpreter lock, so more would only use more memory."""


class Intake:
    """`draining` refuses new requests while accepted ones are answered."""

    def __init__(self, bodies: Bodies, metrics: Metrics) -> None:
        self._bodies = bodies
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(_PARSERS, thread_name_prefix="adjudge-parse")
        self.draining = False
        self.in_flight = 0

    @contextmanager
    def request(self) -> Iterator[None]:
        """One request, from its head to the end of its answer. Raises Busy."""
        if self.draining:
            raise Busy("the service is stopping", retry_after_s=5.0)
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    async def planned(
        self, headers: Headers, receive: Receive, plan: Callable[[Body, bool], T], line: Timeline | None = None
    ) -> T:
        """What `plan` makes of the body; it is told whether the body is small. Raises RequestRefused, Disconnected."""
        held = self._bodies.hold()
        since = time.monotonic()
        try:
            body = await held.read(headers, receive)
            self._metrics.body_bytes.inc(len(body))
            if line is not None:
                line.part("read", since)
            if is_small(body):
                return plan(body, True)
            return await self.in_thread(lambda: plan(body, False))
        finally:
            held.release()

    async def in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
