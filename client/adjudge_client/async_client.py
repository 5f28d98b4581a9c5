"""The asynchronous client: the words of `Client`, with `await`. It may be used from one event loop after another."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx

from ._base import NDJSON, Base, judge
from ._retry import Patience, failure_of
from ._stream import Lines, Row, Summary, new_summary
from ._wire import Part, merge, parts_of, placed, read_json, read_score
from .errors import IncompleteAnswer, RequestRefused, TimedOut, Unavailable
from .types import Item, Require, RewardSpec, ScoreResponse


class AsyncClient(Base):
    """Scores rollouts. At most `max_connections` requests are under way; further calls wait their turn here, where
    waiting costs nothing, instead of at the server."""

    _http: httpx.AsyncClient | None = None
    _turns: asyncio.Semaphore
    _home: tuple[int, asyncio.AbstractEventLoop] | None = None

    async def score(
        self,
        items: Iterable[Item | dict[str, Any]],
        reward: str | RewardSpec | dict[str, Any] | None = None,
        explain: bool = False,
        *,
        deadline_s: float | None = None,
        require: Require | dict[str, Any] | None = None,
        **provenance: Any,
    ) -> ScoreResponse:
        """Rewards in the order of `items`; null where no verdict was reached.

        More than one request can hold are sent as several, groups whole. `deadline_s`, `require` and `provenance`
        (run, step, policy_version, priority) go with each. Raises RequestRefused, Unavailable, ServerFault, BadInput.
        """
        parts = parts_of(items, reward, explain=explain or None, deadline_s=deadline_s, require=require, **provenance)
        return merge(parts, [await self._score(part) for part in parts])

    def stream(
        self,
        items: Iterable[Item | dict[str, Any]],
        reward: str | RewardSpec | dict[str, Any] | None = None,
        explain: bool = False,
        *,
        deadline_s: float | None = None,
        require: Require | dict[str, Any] | None = None,
        **provenance: Any,
    ) -> AsyncScoreStream:
        """Rows as they are judged, in order of completion, the members of a group together; each item once.

        An answer that breaks off is asked for again, and the rows that had come are not given twice.
        """
        parts = parts_of(items, reward, explain=explain or None, deadline_s=deadline_s, require=require, **provenance)
        return AsyncScoreStream(self, parts)

    async def verifiers(self) -> list[dict[str, Any]]:
        """What the server can judge: name, revision, range, options as JSON schema, manual."""
        found: list[dict[str, Any]] = read_json(await self._exchange("/v1/verifiers", None))
        return found

    async def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Return once the server takes requests. Raises TimedOut with what it said last."""
        end = time.monotonic() + timeout_s
        said = "nothing"
        while time.monotonic() < end:
            try:
                response = await self._pool().get(self.url + "/readyz", timeout=5.0)
                if response.status_code == 200:
                    return
                said = response.text[:300]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                said = str(failure_of(error, self.url))
            await asyncio.sleep(0.05)
        raise TimedOut(f"{self.url} was not ready within {timeout_s:g} s; last: {said}")

    async def close(self) -> None:
        """Close all connections; the next call would open new ones."""
        http, home, self._http, self._home = self._http, self._home, None, None
        if http is not None and home == (os.getpid(), asyncio.get_running_loop()):
            await http.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def _pool(self) -> httpx.AsyncClient:
        home = (os.getpid(), asyncio.get_running_loop())
        if self._http is None or self._home != home:  # sockets belong to one process and one event loop
            self._http = httpx.AsyncClient(headers=self._headers(), limits=self._limits(), trust_env=False)
            self._turns = asyncio.Semaphore(self._max_connections)
            self._home = home
        return self._http

    async def _score(self, part: Part) -> ScoreResponse:
        try:
            return read_score(await self._exchange("/v1/score", part.body), len(part.positions))
        except RequestRefused as error:
            raise placed(error, part) from None

    async def _exchange(self, path: str, body: bytes | None) -> bytes:
        http = self._pool()
        arguments = self._request(path, body, "application/json")
        patience: Patience | None = None
        while True:
            wait_s = None
            try:
                async with self._turns:
                    patience = patience or Patience(self._timeout_s, self._retries)  # waiting for a turn is not counted
                    response = await http.request(**arguments, timeout=patience.timeout())
                answer = judge(response, response.content)
                if answer is None:
                    return response.content
                failure: Unavailable = answer[0]
                wait_s = answer[1]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = failure_of(error, self.url)
            assert patience is not None
            await asyncio.sleep(patience.pause_s(failure, wait_s))

    async def _rows(self, part: Part, summary: Summary) -> AsyncIterator[Row]:
        http = self._pool()
        arguments = self._request("/v1/score", part.body, NDJSON)
        patience = Patience(self._timeout_s, self._retries)
        lines = Lines(part, summary)
        while True:
            wait_s = None
            try:
                async with self._turns, http.stream(**arguments, timeout=patience.timeout()) as response:
                    answer = judge(response, await response.aread() if response.status_code != 200 else b"")
                    if answer is None:
                        lines.start_again()
                        async for line in response.aiter_lines():
                            if (row := lines.feed(line)) is not None:
                                yield row
                        lines.end()
                        return
                    failure: Unavailable = answer[0]
                    wait_s = answer[1]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = failure_of(error, self.url)
            except IncompleteAnswer as error:
                failure = error
            await asyncio.sleep(patience.pause_s(failure, wait_s))


class AsyncScoreStream:
    """Iterate it for rows; `summary` is whole once it is exhausted."""

    def __init__(self, client: AsyncClient, parts: list[Part]) -> None:
        self._client = client
        self._parts = parts
        self.summary = new_summary()

    async def __aiter__(self) -> AsyncIterator[Row]:
        for part in self._parts:
            async for row in self._client._rows(part, self.summary):
                yield row
