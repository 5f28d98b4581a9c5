"""The outermost layer: request ids, the one shape of errors, counts, logs, the short way to the score endpoint."""

from __future__ import annotations

import logging
import time
from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from ..errors import RequestRefused
from ..logs import id_for, request_id, say_request
from ..metrics import Metrics
from .body import Disconnected
from .explain import refusal
from .respond import dumps, error_bytes, send_bytes
from .score import Score

_logger = logging.getLogger("adjudge.api")
SCORE = "/v1/score"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class Edge:
    """The outermost ASGI application. `score` answers its route here; everything else goes on to `app`."""

    def __init__(self, app: FastAPI, *, score: Score, metrics: Metrics, log_requests: bool = True) -> None:
        self._app = app
        self.state = app.state
        self._score = score
        self._metrics = metrics
        self._log_requests = log_requests
        metrics.know_routes({SCORE, *(path for route in app.routes if (path := getattr(route, "path", None)))})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = _Reply(send, id_for(_given_id(scope)))
        token = request_id.set(reply.id)
        started = time.perf_counter()
        try:
            await self._answer(scope, receive, reply)
        except Disconnected:
            reply.status = reply.status or 499
        except RequestRefused as error:
            await self._refuse(error, reply)
        except Exception:
            _logger.exception("a request failed by a fault of ours")
            await self._fail(reply)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.observe_request(scope["path"], reply.status, seconds)
            if self._log_requests:
                level = logging.DEBUG if scope["path"] in _QUIET else logging.INFO
                milliseconds = round(seconds * 1000, 3)
                method, path = scope["method"], scope["path"][:200]
                say_request(_logger, level, method=method, path=path, status=reply.status, ms=milliseconds)
            request_id.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        if scope["path"] != SCORE:
            await self._app(scope, receive, reply)
        elif scope["method"] == "POST":
            await self._score(scope, receive, reply)
        else:
            body = dumps(refusal("method_not_allowed", f"{SCORE} takes POST"))
            await send_bytes(reply, 405, body, [(b"allow", b"POST")])

    @staticmethod
    async def _refuse(error: RequestRefused, reply: _Reply) -> None:
        if reply.status:
            reply.abort()
            return
        status, body, headers = error_bytes(error)
        if status in (408, 413):  # the rest of such a body is not worth reading
            headers.append((b"connection", b"close"))
        await send_bytes(reply, status, body, headers)

    @staticmethod
    async def _fail(reply: _Reply) -> None:
        if reply.status:
            reply.abort()
            return
        await send_bytes(reply, 500, dumps(internal()))


def internal() -> dict[str, Any]:
    """What a caller is told of a fault of ours."""
    return refusal("internal", f"a fault of ours; the log has the details under request id {request_id.get()}")


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return str(value.decode("latin-1"))
    return None


class _Reply:
    """`send`, which remembers the status and adds the request's id."""

    __slots__ = ("_complete", "_send", "id", "status")

    def __init__(self, send: Send, identity: str) -> None:
        self._send = send
        self.id = identity
        self.status = 0
        self._complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: MutableMapping[Any, Any] | list[Any] = message.setdefault("headers", [])
            message["headers"] = [*headers, (b"x-request-id", self.id.encode())]
        else:
            self._complete = not message.get("more_body", False)
        await self._send(message)

    def abort(self) -> None:
        """Break a response off that has begun, so that the caller sees that it is incomplete."""
        if not self._complete:
            raise ConnectionAbortedError("the response broke off")
