"""What a client is before it speaks: its configuration, its requests, how an answer is judged. No input or output."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx

from ._retry import Patience, retry_after_s
from ._wire import RETRIED, refusal
from .errors import BadInput, Overloaded

JSON = b"application/json"
NDJSON = b"application/x-ndjson"
PARTS_AT_ONCE = 4
"""Requests of one large batch that are under way together: one is being read while others are judged."""


class Base:
    """`url` like "http://127.0.0.1:8900". `timeout_s` bounds a whole call, tries and pauses included, the wait for a
    free connection not. `max_connections` is how many requests are under way at one time. `retries` bounds failed
    connections in a row; by default a server that is not there yet is waited for as long as `timeout_s`, and a
    connection that breaks under a request is tried 8 times again."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8900",
        api_key: str | None = None,
        *,
        timeout_s: float = 600.0,
        retries: int | None = None,
        max_connections: int = 64,
    ) -> None:
        if timeout_s <= 0 or (retries or 0) < 0 or max_connections < 1:
            raise BadInput("timeout_s must be over 0, retries at least 0, max_connections at least 1")
        self.url = url.rstrip("/")
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._retries = retries
        self._max_connections = max_connections

    def __getstate__(self) -> dict[str, Any]:
        """Only the configuration travels; connections are opened anew where it arrives."""
        names = ("url", "_api_key", "_timeout_s", "_retries", "_max_connections", "_group_wait_s")
        return {name: self.__dict__[name] for name in names if name in self.__dict__}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def _patience(self) -> Patience:
        return Patience(self.url, self._timeout_s, self._retries)

    def _build(
        self, path: str, body: bytes | None, accept: bytes, timeout: Callable[[], httpx.Timeout]
    ) -> Callable[[], httpx.Request]:
        """A pool's `build`, called for each try. From bytes, for this is part of the cost of every one-item request."""
        headers = [(b"user-agent", b"adjudge-client"), (b"accept", accept)]
        if body is not None:
            headers += [(b"content-type", JSON), (b"content-length", str(len(body)).encode())]
        if (parent := traceparent()) is not None:
            headers.append((b"traceparent", parent))

        def build() -> httpx.Request:
            url = _url(self.url + path)
            own = [(b"host", url.netloc), *self._credentials(url)]
            return httpx.Request(
                "GET" if body is None else "POST",
                url,
                headers=own + headers,
                stream=httpx.ByteStream(body or b""),
                extensions={"timeout": timeout().as_dict()},
            )

        return build

    def _credentials(self, url: httpx.URL) -> list[tuple[bytes, bytes]]:
        """The key; or what stands in the URL before the host, for a proxy in front of the server."""
        if self._api_key:
            return [(b"authorization", b"Bearer " + self._api_key.encode())]
        if url.userinfo:
            return [(b"authorization", b"Basic " + base64.b64encode(unquote_to_bytes(url.userinfo)))]
        return []


@lru_cache(maxsize=64)
def _url(text: str) -> httpx.URL:
    return httpx.URL(text)


def judge(response: httpx.Response, body: bytes) -> tuple[Overloaded, float | None] | None:
    """None for success; the failure and its Retry-After for what is worth another try. Raises for all other answers."""
    if response.status_code == 200:
        return None
    if response.status_code in RETRIED:
        failure = Overloaded(f"the server answers {response.status_code}")
        return failure, retry_after_s(response.headers.get("retry-after"))
    raise refusal(response.status_code, body, response.headers.get("x-request-id", "unknown"))


def traceparent() -> bytes | None:
    """The W3C header of the span that is current, if the trainer traces with OpenTelemetry: it is not imported here,
    for without an import there is no span."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}".encode()
