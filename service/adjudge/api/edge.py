"""The outermost layer: request ids, the one shape of errors, counts, logs, the short way to the score endpoint."""

from __future__ import annotations

import logging
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import RequestRefused
from ..logs import id_for, request_id, say
from ..metrics import Metrics
from .body import Disconnected, header
from .explain import refusal
from .respond import dumps, error_bytes, send_bytes
from .score import Score

_logger = logging.getLogger("adjudge.api")
SCORE = "/v1/score"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class Edge:
    """ASGI middleware. `score` answers its route here; everything else goes on to the application."""

    def __init__(self, app: ASGIApp, *, score: Score, metrics: Metrics, log_requests: bool = True) -> None:
        self._app = app
        self._score = score
        self._metrics = metrics
        self._log_requests = log_requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = _Reply(send, id_for(header(scope, b"x-request-id")))
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
                say(
                    _logger,
                    level,
                    "request",
                    method=scope["method"],
                    path=scope["path"][:200],
                    status=reply.status,
                    ms=round(seconds * 1000, 3),
                )
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
        if reply.status:  # a stream that has begun can only break off
            await reply.abort()
            return
        status, body, headers = error_bytes(error)
        if status in (408, 413):  # the rest of such a body is not worth reading
            headers.append((b"connection", b"close"))
        await send_bytes(reply, status, body, headers)

    @staticmethod
    async def _fail(reply: _Reply) -> None:
        if reply.status:
            await reply.abort()
            return
        message = f"a fault of ours; the log has the details under request id {reply.id}"
        await send_bytes(reply, 500, dumps(refusal("internal", message)))


class _Reply:
    """`send`, which remembers the status and adds the request's id."""

    __slots__ = ("_send", "id", "status")

    def __init__(self, send: Send, identity: str) -> None:
        self._send = send
        self.id = identity
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: MutableMapping[Any, Any] | list[Any] = message.setdefault("headers", [])
            message["headers"] = [*headers, (b"x-request-id", self.id.encode())]
        await self._send(message)

    async def abort(self) -> None:
        """Break the connection off, so that the caller sees that the response is incomplete."""
        raise ConnectionAbortedError("the response broke off")
