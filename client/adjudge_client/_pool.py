"""Connections, kept alive and taken in turns: `Pool` for threads, `AsyncPool` for one event loop.

httpx's own pool looks at all its connections on every request, and asks the kernel about each idle one: with 64 of them
that is 7 ms of CPU a request. Here each connection has a transport of its own, and the one used last is taken first, so
that a request costs the same with 1 connection as with 1,500, and surplus ones grow old and are closed.

The server may close an idle connection in the very moment in which it is taken. Such a request is sent again at once on
a fresh one: judging twice is judging once, so it is safe, and no caller hears of it.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import httpx

from ._retry import KEEP_IDLE_S

_STALE = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
T = TypeVar("T", httpx.HTTPTransport, httpx.AsyncHTTPTransport)


class _Idle(Generic[T]):
    """Idle connections, the one used last on top. Its methods are atomic, so that threads need no lock."""

    def __init__(self) -> None:
        self._stack: deque[tuple[T, float]] = deque()

    def take(self) -> T | None:
        try:
            return self._stack.pop()[0]
        except IndexError:
            return None

    def put(self, transport: T) -> None:
        self._stack.append((transport, time.monotonic()))

    def too_old(self) -> Iterator[T]:
        """Take out those at the bottom that nobody needed for so long."""
        while self._stack and time.monotonic() - self._stack[0][1] > KEEP_IDLE_S:
            try:
                yield self._stack.popleft()[0]
            except IndexError:  # another thread was faster
                return

    def all(self) -> Iterator[T]:
        while (transport := self.take()) is not None:
            yield transport


def _options(url: str) -> dict[str, Any]:
    """Of a transport. Certificates are read once a pool, and only where they are needed."""
    secure = url.lower().startswith("https:")
    return {
        "verify": httpx.create_ssl_context(trust_env=False) if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        "trust_env": False,
        "limits": httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_IDLE_S),
    }


class Pool:
    """At most `most` connections of one process."""

    def __init__(self, url: str, most: int) -> None:
        self._options = _options(url)
        self._turns = threading.Semaphore(most)
        self._idle = _Idle[httpx.HTTPTransport]()
        self._closed = False

    @contextmanager
    def ask(self, build: Callable[[], httpx.Request]) -> Iterator[httpx.Response]:
        """The response to the request, which is built once it is this caller's turn. A block that is left before the
        response was read to its end closes the connection. Raises httpx.HTTPError."""
        with self._turns:
            request = build()
            used = self._idle.take()
            transport = used or httpx.HTTPTransport(**self._options)
            try:
                try:
                    response = transport.handle_request(request)
                except _STALE:
                    if used is None:
                        raise
                    transport.close()
                    transport = httpx.HTTPTransport(**self._options)
                    response = transport.handle_request(request)
                try:
                    yield response
                finally:
                    response.close()
            except BaseException:
                transport.close()
                raise
            self._idle.put(transport)
            for old in self._idle.all() if self._closed else self._idle.too_old():
                old.close()

    def close(self) -> None:
        """Close the idle connections; those in use are closed when they are given back."""
        self._closed = True
        for transport in self._idle.all():
            transport.close()


class AsyncPool:
    """At most `most` connections of one event loop."""

    def __init__(self, url: str, most: int) -> None:
        self._options = _options(url)
        self._turns = asyncio.Semaphore(most)
        self._idle = _Idle[httpx.AsyncHTTPTransport]()
        self._open: set[httpx.AsyncHTTPTransport] = set()
        self._closed = False

    def ask(self, build: Callable[[], httpx.Request]) -> _Asked:
        """As of `Pool`."""
        return _Asked(self, build)

    async def close(self) -> None:
        """Close all connections, those in use too: where the loop ends, nobody will give them back. A call that still
        is under way sees a broken connection, and tries again on one that lasts for that try only."""
        self._closed = True
        for transport in tuple(self._open):
            await self._drop(transport)

    async def _enter(self, build: Callable[[], httpx.Request]) -> tuple[httpx.AsyncHTTPTransport, httpx.Response]:
        request = build()
        found = None if self._closed else self._idle.take()
        transport = found or self._new()
        try:
            try:
                return transport, await transport.handle_async_request(request)
            except _STALE:
                if found is None:
                    raise
                await self._drop(transport)
                transport = self._new()
                return transport, await transport.handle_async_request(request)
        except BaseException:
            await self._drop(transport)
            raise

    async def _leave(self, transport: httpx.AsyncHTTPTransport, reusable: bool) -> None:
        if self._closed or not reusable:
            await self._drop(transport)
            return
        self._idle.put(transport)
        for old in self._idle.too_old():
            await self._drop(old)

    def _new(self) -> httpx.AsyncHTTPTransport:
        transport = httpx.AsyncHTTPTransport(**self._options)
        self._open.add(transport)
        return transport

    async def _drop(self, transport: httpx.AsyncHTTPTransport) -> None:
        self._open.discard(transport)
        await transport.aclose()


class _Asked:
    """The block of `AsyncPool.ask`. No generator: when a loop ends asyncio closes all open generators at once, and one
    that is inside of another cannot be closed by both."""

    def __init__(self, pool: AsyncPool, build: Callable[[], httpx.Request]) -> None:
        self._pool = pool
        self._build = build

    async def __aenter__(self) -> httpx.Response:
        await self._pool._turns.acquire()
        try:
            self._transport, self._response = await self._pool._enter(self._build)
        except BaseException:
            self._pool._turns.release()
            raise
        return self._response

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            try:
                await self._response.aclose()
            finally:
                await self._pool._leave(self._transport, reusable=kind is None)
        finally:
            self._pool._turns.release()
