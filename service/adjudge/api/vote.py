"""POST /v1/vote: bytes → request → plan → response. It only translates; bodies are bounded as those of `/v1/score`."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..engine import Engine, VotePlan
from ..errors import RequestRefused
from .body import Disconnected, headers_of
from .caller import while_wanted
from .cut import Body
from .decode import decode_vote
from .intake import Intake
from .respond import JSON, dumps, error_bytes, send_bytes

PATH = "/v1/vote"
_SMALL_VOTES = 100


def add_vote(app: FastAPI, engine: Engine, intake: Intake) -> None:
    """Put the route into the application, and the shape of its refusals."""
    app.router.routes.append(Route(PATH, _Votes(engine, intake), methods=["POST"]))

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

    def __init__(self, engine: Engine, intake: Intake) -> None:
        self._engine = engine
        self._intake = intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._intake.request():
            plan = await self._intake.planned(headers_of(scope), receive, self._plan)
            with while_wanted(receive):
                response = await self._engine.vote(plan)
            if plan.items <= _SMALL_VOTES:
                body = dumps(response)
            else:
                body = await self._intake.in_thread(lambda: dumps(response))
            await send_bytes(send, 200, body)

    def _plan(self, body: Body, small: bool) -> VotePlan:
        return self._engine.plan_vote(decode_vote(body, at_once=small))
