"""The asynchronous client: the words of `Client`, with `await`. It may be used from one event loop after another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar

import httpx

from ._base import JSON, NDJSON, PARTS_AT_ONCE, Base, judge
from ._coalesce import Coalescer
from ._here import Here, Loops
from ._pool import AsyncPool
from ._progress import Progress, wanted
from ._retry import Patience, failure_of
from ._stream import Lines, Row, Summary, gathered, new_summary
from ._votes import VOTE, merge_votes, read_vote, vote_parts
from ._wire import Part, merge, parts_of, placed, read_json, read_score, tail_of
from .errors import BadInput, IncompleteAnswer, RequestRefused, TimedOut, Unavailable
from .scored import Scored
from .types import Item, Require, RewardSpec, ScoreResponse, VoteItem, VoteResponse

T = TypeVar("T")


class AsyncClient(Base):
    """Scores rollouts. At most `max_connections` requests are under way; further calls wait their turn here, where
    waiting costs nothing, instead of at the server. A call that is cancelled closes its request, and the server drops
    what it had queued for it. `group_wait_s` is how long `score_one` holds members of a group that is not whole."""

    _loops: Loops | None = None

    def __init__(
        self,
        url: str = "http://127.0.0.1:8900",
        api_key: str | None = None,
        *,
        timeout_s: float = 600.0,
        retries: int | None = None,
        max_connections: int = 64,
        group_wait_s: float = 60.0,
    ) -> None:
        super().__init__(url, api_key, timeout_s=timeout_s, retries=retries, max_connections=max_connections)
        if group_wait_s < 0:
            raise BadInput("group_wait_s must be at least 0")
        self._group_wait_s = group_wait_s

    async def score(
        self,
        items: Iterable[Item | dict[str, Any]],
        reward: str | RewardSpec | dict[str, Any] | None = None,
        explain: bool = False,
        *,
        deadline_s: float | None = None,
        require: Require | dict[str, Any] | None = None,
        progress: bool | None = None,
        **provenance: Any,
    ) -> ScoreResponse:
        """Rewards in the order of `items`; null where no verdict was reached.

        More than one request can hold are sent as several, groups whole, four at a time; if one fails the others are
        cancelled. `deadline_s`, `require` and `provenance` (run, step, policy_version, priority) go with each.
        `progress` shows a line on standard error after two seconds; by default on a terminal only.
        Raises RequestRefused, Unavailable, ServerFault, BadInput.
        """
        parts = parts_of(items, reward, explain=explain or None, deadline_s=deadline_s, require=require, **provenance)
        total = sum(len(part.positions) for part in parts)
        if wanted(progress, total):
            with Progress(total) as seen:
                return merge(parts, await self._each(parts, partial(self._watched, seen)))
        return merge(parts, await self._each(parts, self._score))

    async def score_one(
        self,
        item: Item | dict[str, Any],
        reward: str | RewardSpec | dict[str, Any] | None = None,
        explain: bool = False,
        *,
        deadline_s: float | None = None,
        require: Require | dict[str, Any] | None = None,
        **provenance: Any,
    ) -> Scored:
        """What one item earned. Calls made within 5 ms that differ in nothing but the item go as one request; each has
        its answer as soon as its own item is judged, and a refusal is its own too.

        An item with a `group` needs its `group_size`: it waits until the whole group was handed over, `group_wait_s` at
        most, and is then sent with those that are there; a term over the group is null then, and says so.
        `deadline_s` and `timeout_s` count from the sending. Raises RequestRefused, Unavailable, ServerFault, BadInput.
        """
        fields = {"explain": explain or None, "deadline_s": deadline_s, "require": require, **provenance}
        return await self._here().coalescer.score(item, tail_of(reward, **fields))

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

        An answer that breaks off is asked for again, and the rows that had come are not given twice. Leaving the loop
        early closes the request. `timeout_s` bounds the tries and each wait for the next row.
        """
        parts = parts_of(items, reward, explain=explain or None, deadline_s=deadline_s, require=require, **provenance)
        return AsyncScoreStream(self, parts)

    async def vote(
        self, items: Iterable[VoteItem | dict[str, Any]], options: dict[str, Any] | None = None
    ) -> VoteResponse:
        """The majority answer of each item's rollouts, in the order of `items`: `{"answers": […]}`, which were read out
        already, or `{"traces": […]}`, each with `weights` if they do not count alike. More than one request can hold
        are sent as several. Raises as `score` does."""
        parts = vote_parts(items, options)
        return merge_votes(parts, await self._each(parts, self._vote))

    async def verifiers(self) -> list[dict[str, Any]]:
        """What the server can judge: name, revision, range, options as JSON schema, manual."""
        found: list[dict[str, Any]] = read_json(await self._exchange("/v1/verifiers"))
        return found

    async def profiles(self) -> list[dict[str, Any]]:
        """The rewards that the server knows by name, all revisions: profile, newest, summary, source, differs, spec."""
        found: list[dict[str, Any]] = read_json(await self._exchange("/v1/profiles"))
        return found

    async def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Return once the server takes requests. Raises TimedOut with what it said last."""
        end = time.monotonic() + timeout_s
        said, pause_s = "nothing", 0.05
        while (left := end - time.monotonic()) > 0:
            timeout = Patience(self.url, min(5.0, left)).timeout
            try:
                async with self._here().pool.ask(self._build("/readyz", None, JSON, timeout)) as response:
                    await response.aread()
                if response.status_code == 200:
                    return
                said = response.text[:300]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                said = str(failure_of(error, self.url))
            await asyncio.sleep(pause_s)
            pause_s = min(1.0, pause_s * 1.5)
        raise TimedOut(f"{self.url} was not ready within {timeout_s:g} s; last: {said}")

    async def close(self) -> None:
        """Close the connections of this event loop; the next call would open new ones. It is done by itself when the
        loop of an `asyncio.run` ends."""
        if self._loops is not None:
            await self._loops.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def _here(self) -> Here:
        if self._loops is None:

            def make() -> tuple[AsyncPool, Coalescer]:
                return AsyncPool(self.url, self._max_connections), Coalescer(self._own_rows, self._group_wait_s)

            vars(self).setdefault("_loops", Loops(make))  # two threads may come at once
        assert self._loops is not None
        return self._loops.here()

    async def _each(self, parts: list[Part], ask: Callable[[Part], Coroutine[Any, Any, T]]) -> list[T]:
        """The answers in the order of `parts`, which go some at a time. The first failure cancels the others."""
        turns = asyncio.Semaphore(PARTS_AT_ONCE)

        async def one(part: Part) -> T:
            async with turns:
                return await ask(part)

        if len(parts) == 1:
            return [await ask(parts[0])]
        tasks = [asyncio.ensure_future(one(part)) for part in parts]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _score(self, part: Part) -> ScoreResponse:
        return read_score(await self._exchange("/v1/score", part), len(part.positions))

    async def _vote(self, part: Part) -> VoteResponse:
        return read_vote(await self._exchange(VOTE, part), len(part.positions))

    async def _watched(self, seen: Progress, part: Part) -> ScoreResponse:
        summary, rows = new_summary(), []
        async with aclosing(self._rows([part], summary)) as coming:
            async for row in coming:
                rows.append(row)
                seen.add()
        return gathered(part, rows, summary)

    async def _exchange(self, path: str, part: Part | None = None) -> bytes:
        pool = self._here().pool
        patience = self._patience()
        build = self._build(path, None if part is None else part.body, JSON, patience.timeout)
        while True:
            wait_s = None
            try:
                async with pool.ask(build) as response:
                    content = await response.aread()
                answer = judge(response, content)
                if answer is None:
                    return content
                failure: Unavailable = answer[0]
                wait_s = answer[1]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = failure_of(error, self.url)
            except RequestRefused as error:
                raise placed(error, part) from None
            await asyncio.sleep(patience.pause_s(failure, wait_s))

    def _own_rows(self, part: Part, summary: Summary) -> AsyncGenerator[Row, None]:
        """Rows of different callers, who need not have one judge."""
        return self._rows([part], summary, one_judge=False)

    async def _rows(self, parts: list[Part], summary: Summary, one_judge: bool = True) -> AsyncGenerator[Row, None]:
        pool = self._here().pool
        for part in parts:
            patience = self._patience()
            build = self._build("/v1/score", part.body, NDJSON, patience.timeout)
            lines = Lines(part, summary, one_judge=one_judge)
            while True:
                wait_s = None
                try:
                    async with pool.ask(build) as response:
                        if response.status_code == 200:
                            lines.start_again()
                            async for piece in response.aiter_bytes():
                                for row in lines.feed(piece):
                                    yield row
                            lines.end()
                            break
                        content = await response.aread()
                    answer = judge(response, content)
                    assert answer is not None
                    failure: Unavailable = answer[0]
                    wait_s = answer[1]
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    failure = failure_of(error, self.url)
                except IncompleteAnswer as error:
                    failure = error
                except RequestRefused as error:
                    raise placed(error, part) from None
                await asyncio.sleep(patience.pause_s(failure, wait_s))


class AsyncScoreStream:
    """Iterate it for rows; `summary` is whole once it is exhausted."""

    def __init__(self, client: AsyncClient, parts: list[Part]) -> None:
        self._client = client
        self._parts = parts
        self.summary = new_summary()

    def __aiter__(self) -> AsyncIterator[Row]:
        return self._client._rows(self._parts, self.summary)
