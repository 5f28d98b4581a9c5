"""POST /v1/score: bytes → request → plan → response, as JSON or NDJSON. It only translates.

It is a plain ASGI endpoint: a trainer sends one item a request, sixty-four at once, and then the framework's own
work per request is most of the bill.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Receive, Scope, Send

from ..engine import Engine, Plan
from ..metrics import Metrics
from .body import headers_of
from .caller import while_wanted
from .cut import Body
from .decode import decode_score
from .intake import Intake
from .respond import JSON, NDJSON, ndjson, score_json, send_bytes, small_json

TIMELINE = "adjudge.timeline"
"""Where a request that is traced has its timeline, in its scope."""
_SMALL_ITEMS = 16


class Score:
    """The endpoint."""

    def __init__(self, engine: Engine, intake: Intake, metrics: Metrics) -> None:
        self._engine = engine
        self._intake = intake
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        with self._intake.request():
            plan = await self._intake.planned(headers, receive, self._plan, line := scope.get(TIMELINE))
            if line is not None:
                line.planned(plan.provenance, plan.items, len(plan.needs))
                plan.timeline = line
            self._metrics.batch_items.observe(plan.items)
            answer = self._stream if NDJSON in headers.get(b"accept", b"") else self._answer
            with while_wanted(receive):
                await answer(plan, send)

    def _plan(self, body: Body, small: bool) -> Plan:
        return self._engine.plan(decode_score(body, at_once=small))

    async def _answer(self, plan: Plan, send: Send) -> None:
        response = await self._engine.run(plan)
        if len(response.rewards) <= _SMALL_ITEMS:
            await send_bytes(send, 200, small_json(response))
            return
        pieces = await self._intake.in_thread(lambda: list(score_json(response)))
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


async def _send_pieces(send: Send, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
