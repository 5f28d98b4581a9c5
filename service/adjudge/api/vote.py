"""POST /v1/vote: bytes → request → plan → response. It only translates; bodies are bounded as those of `/v1/score`."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..engine import Engine, VotePlan
from ..errors import Busy, RequestRefused
from ..metrics import Metrics
from .body import Bodies, Disconnected, Headers, headers_of
from .caller import while_wanted
from .decode import decode_vote, is_small
from .respond import JSON, dumps, error_bytes, send_bytes
from .score import Score

PATH = "/v1/vote"
_SMALL_VOTES = 100


def add_vote(app: FastAPI, engine: Engine, bodies: Bodies, metrics: Metrics, score: Score) -> None:
    """Put the route into the application, and the shape of its refusals."""
    app.router.routes.append(Route(PATH, _Votes(engine, bodies, metrics, score), methods=["POST"]))

    @app.exception_handler(RequestRefused)
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestRefused)
        status, body, headers = error_bytes(error)
        named = {name.decode(): text.decode() for name, text in headers}
        if status in (408, 413):  # the rest of such a body is not worth reading
            named["connection"] = "close"
        return Response(body, status, headers=named, media_type=JSON.decode())

    @app.exception_handler(Disconnected)
    async def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=499)  # nobody reads it


class _Votes:
    """The endpoint. It drains, and is counted, together with scoring."""

    def __init__(self, engine: Engine, bodies: Bodies, metrics: Metrics, score: Score) -> None:
        self._engine = engine
        self._bodies = bodies
        self._metrics = metrics
        self._score = score

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._score.draining:
            raise Busy("the service is stopping", retry_after_s=5.0)
        self._score.in_flight += 1
        try:
            plan = await self._plan(headers_of(scope), receive)
            with while_wanted(receive):
                response = await self._engine.vote(plan)
            if plan.items <= _SMALL_VOTES:
                body = dumps(response)
            else:
                body = await self._score.in_thread(lambda: dumps(response))
            await send_bytes(send, 200, body)
        finally:
            self._score.in_flight -= 1

    async def _plan(self, headers: Headers, receive: Receive) -> VotePlan:
        held = self._bodies.hold()
        try:
            body = await held.read(headers, receive)
            self._metrics.body_bytes.inc(len(body))
            if is_small(body):
                return self._engine.plan_vote(decode_vote(body, at_once=True))
            return await self._score.in_thread(lambda: self._engine.plan_vote(decode_vote(body)))
        finally:
            held.release()
