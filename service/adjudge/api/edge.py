"""The outermost layer: request ids, traces, the one shape of errors, counts, logs, the short way to scoring."""

from __future__ import annotations

import logging
import time
from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from ..errors import RequestRefused
from ..logs import id_for, request_id, say_request, trace_id, trace_of
from ..metrics import Metrics
from ..tracing import Trace, Tracing
from .body import Disconnected, Headers, headers_of
from .explain import refusal
from .respond import dumps, error_bytes, send_bytes
from .score import TIMELINE, Score

_logger = logging.getLogger("adjudge.api")
SCORE = "/v1/score"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class Edge:
    """The outermost ASGI application. `score` answers its route here; everything else goes on to `app`."""

    def __init__(
        self, app: FastAPI, *, score: Score, metrics: Metrics, log_requests: bool = True, tracing: Tracing | None = None
    ) -> None:
        self._app = app
        self.state = app.state
        self._score = score
        self._metrics = metrics
        self._log_requests = log_requests
        self._tracing = tracing
        self._routes = {SCORE, *(path for route in app.routes if (path := getattr(route, "path", None)))}
        metrics.know_routes(self._routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        reply = _Reply(send, id_for(_text(headers, b"x-request-id")))
        token = request_id.set(reply.id)
        trace = None if self._tracing is None else self._trace(self._tracing, scope, headers)
        of_trace = trace_id.set(trace_of(_text(headers, b"traceparent")) if trace is None else trace.trace_id)
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
            if trace is not None:
                trace.end(reply.status, reply.id)
            request_id.reset(token)
            trace_id.reset(of_trace)

    def _trace(self, tracing: Tracing, scope: Scope, headers: Headers) -> Trace | None:
        """The trace of this request, if it is sampled; scrapes and probes have none."""
        path: str = scope["path"]
        if path in _QUIET:
            return None
        context = {name: text for name in ("traceparent", "tracestate") if (text := _text(headers, name.encode()))}
        trace = tracing.begin(scope["method"][:20], path if path in self._routes else None, context)
        if trace is not None:
            scope[TIMELINE] = trace.timeline
        return trace

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


def _text(headers: Headers, name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


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
