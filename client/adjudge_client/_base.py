"""What a client is before it speaks: its configuration, its headers, how an answer is judged. No input or output."""

from __future__ import annotations

from typing import Any

import httpx

from ._retry import KEEP_IDLE_S, retry_after_s
from ._wire import RETRIED, refusal
from .errors import BadInput, Overloaded

NDJSON = "application/x-ndjson"


class Base:
    """`url` like "http://127.0.0.1:8900". `timeout_s` bounds a whole call, tries and pauses included; `retries` the
    broken connections in a row; `max_connections` how many requests are under way at one time."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8900",
        api_key: str | None = None,
        *,
        timeout_s: float = 600.0,
        retries: int = 8,
        max_connections: int = 64,
    ) -> None:
        if timeout_s <= 0 or retries < 0 or max_connections < 1:
            raise BadInput("timeout_s must be over 0, retries at least 0, max_connections at least 1")
        self.url = url.rstrip("/")
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._retries = retries
        self._max_connections = max_connections

    def __getstate__(self) -> dict[str, Any]:
        """Only the configuration travels; connections are opened anew where it arrives."""
        names = ("url", "_api_key", "_timeout_s", "_retries", "_max_connections")
        return {name: self.__dict__[name] for name in names}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def _headers(self) -> dict[str, str]:
        headers = {"user-agent": "adjudge-client"}
        if self._api_key:
            headers["authorization"] = f"Bearer {self._api_key}"
        return headers

    def _limits(self) -> httpx.Limits:
        return httpx.Limits(
            max_connections=self._max_connections,
            max_keepalive_connections=self._max_connections,
            keepalive_expiry=KEEP_IDLE_S,
        )

    def _request(self, path: str, body: bytes | None, accept: str) -> dict[str, Any]:
        """Arguments of httpx's `build_request`, less the time-out."""
        headers = {"accept": accept}
        if body is not None:
            headers["content-type"] = "application/json"
        return {
            "method": "GET" if body is None else "POST",
            "url": self.url + path,
            "content": body,
            "headers": headers,
        }


def judge(response: httpx.Response, body: bytes) -> tuple[Overloaded, float | None] | None:
    """None for success; the failure and its Retry-After for what is worth another try. Raises for all other answers."""
    if response.status_code == 200:
        return None
    if response.status_code in RETRIED:
        failure = Overloaded(f"the server answers {response.status_code}")
        return failure, retry_after_s(response.headers.get("retry-after"))
    raise refusal(response.status_code, body, response.headers.get("x-request-id", "unknown"))
