"""POST /v1/score: bytes → request → plan → response, as JSON or NDJSON. It only translates.

It is a plain ASGI endpoint: a trainer sends one item a request, sixty-four at once, and then the framework's own
work per request is most of the bill. Whatever may take over a millisecond runs in a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.types import Receive, Scope, Send

from ..engine import Engine, Plan, Timeline
from ..errors import Busy
from ..metrics import Metrics
from .body import Bodies, Headers, headers_of
from .caller import while_wanted
from .decode import decode_score, is_small
from .respond import JSON, NDJSON, ndjson, score_json, send_bytes, small_json

T = TypeVar("T")
TIMELINE = "adjudge.timeline"
"""Where a request that is traced has its timeline, in its scope."""
_SMALL_ITEMS = 16
_PARSERS = 2
"""Threads for large bodies: they take turns at the interpreter lock, so more would only use more memory."""


class Score:
    """The endpoint. `draining` refuses new requests while accepted ones are answered."""

    def __init__(self, engine: Engine, bodies: Bodies, metrics: Metrics) -> None:
        self._engine = engine
        self._bodies = bodies
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(_PARSERS, thread_name_prefix="adjudge-parse")
        self.draining = False
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.draining:
            raise Busy("the service is stopping", retry_after_s=5.0)
        headers = headers_of(scope)
        self.in_flight += 1
        try:
            plan = await self._plan(headers, receive, scope.get(TIMELINE))
            self._metrics.batch_items.observe(plan.items)
            answer = self._stream if NDJSON in headers.get(b"accept", b"") else self._answer
            with while_wanted(receive):
                await answer(plan, send)
        finally:
            self.in_flight -= 1

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _plan(self, headers: Headers, receive: Receive, line: Timeline | None) -> Plan:
        held = self._bodies.hold()
        since = time.monotonic()
        try:
            body = await held.read(headers, receive)
            self._metrics.body_bytes.inc(len(body))
            if line is not None:
                since = line.part("read", since)
            if is_small(body):
                plan = self._engine.plan(decode_score(body, at_once=True))
            else:
                plan = await self.in_thread(lambda: self._engine.plan(decode_score(body)))
            if line is not None:
                line.planned(plan.provenance, plan.items, len(plan.needs), since)
                plan.timeline = line
            return plan
        finally:
            held.release()

    async def _answer(self, plan: Plan, send: Send) -> None:
        response = await self._engine.run(plan)
        if len(response.rewards) <= _SMALL_ITEMS:
            await send_bytes(send, 200, small_json(response))
            return
        pieces = await self.in_thread(lambda: list(score_json(response)))
        length = str(sum(map(len, pieces))).encode()
        head = [(b"content-type", JSON), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await _send_pieces(send, pieces)

    async def _stream(self, plan: Plan, send: Send) -> None:
        """Lines as they come. What breaks off here has no last line, and the client sends it again."""
        started = False
        async for news in self._engine.stream(plan):
            if not started:
                head = [(b"content-type", NDJSON), (b"x-accel-buffering", b"no")]
                await send({"type": "http.response.start", "status": 200, "headers": head})
                started = True
            await send({"type": "http.response.body", "body": ndjson(news), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


async def _send_pieces(send: Send, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
