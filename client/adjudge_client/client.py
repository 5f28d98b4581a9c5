"""The synchronous client. One may be shared by threads, pickled, and used on both sides of a fork."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

from ._base import JSON, NDJSON, Base, judge
from ._coalesce import group_of
from ._pool import Pool
from ._progress import Progress, wanted
from ._retry import Patience, failure_of
from ._stream import Lines, Row, Summary, gathered, new_summary
from ._votes import VOTE, merge_votes, read_vote, vote_parts
from ._wire import Part, merge, parts_of, placed, read_json, read_score
from .errors import IncompleteAnswer, RequestRefused, TimedOut, Unavailable
from .scored import Scored
from .types import Item, Require, RewardSpec, ScoreResponse, VoteItem, VoteResponse


class Client(Base):
    """Scores rollouts. Every call raises only from the tree in errors.py; it never makes up a reward."""

    _pools: dict[int, Pool] | None = None

    def score(
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

        More than one request can hold are sent as several, groups whole. `deadline_s`, `require` and `provenance`
        (run, step, policy_version, priority) go with each. `progress` shows a line on standard error after two seconds;
        by default on a terminal only. Raises RequestRefused, Unavailable, ServerFault, BadInput.
        """
        parts = parts_of(items, reward, explain=explain or None, deadline_s=deadline_s, require=require, **provenance)
        total = sum(len(part.positions) for part in parts)
        if wanted(progress, total):
            with Progress(total) as seen:
                return merge(parts, [self._watched(part, seen) for part in parts])
        return merge(parts, [self._score(part) for part in parts])

    def score_one(
        self,
        item: Item | dict[str, Any],
        reward: str | RewardSpec | dict[str, Any] | None = None,
        explain: bool = False,
        *,
        deadline_s: float | None = None,
        require: Require | dict[str, Any] | None = None,
        **provenance: Any,
    ) -> Scored:
        """What one item earned, in a request of its own; `AsyncClient.score_one` sends many callers' items together.

        A blocked thread cannot wait for a group's other members: a term over the group is null here, and says so.
        Raises as `score` does.
        """
        group_of(item)
        fields = {"deadline_s": deadline_s, "require": require, "progress": False, **provenance}
        answer = self.score([item], reward, explain, **fields)
        verdicts = None if answer.verdicts is None else answer.verdicts[0]
        return Scored(answer.rewards[0], answer.vectors[0], answer.terms, verdicts)

    def stream(
        self,
        items: Iterable[Item | dict[str, Any]],
        reward: str | RewardSpec | dict[str, Any] | None = None,
        explain: bool = False,
        *,
        deadline_s: float | None = None,
        require: Require | dict[str, Any] | None = None,
        **provenance: Any,
    ) -> ScoreStream:
        """Rows as they are judged, in order of completion, the members of a group together; each item once.

        An answer that breaks off is asked for again, and the rows that had come are not given twice. Leaving the loop
        early closes the request. `timeout_s` bounds the tries and each wait for the next row.
        """
        parts = parts_of(items, reward, explain=explain or None, deadline_s=deadline_s, require=require, **provenance)
        return ScoreStream(self, parts)

    def vote(self, items: Iterable[VoteItem | dict[str, Any]], options: dict[str, Any] | None = None) -> VoteResponse:
        """The majority answer of each item's rollouts, in the order of `items`: `{"answers": […]}`, which were read out
        already, or `{"traces": […]}`, each with `weights` if they do not count alike. More than one request can hold
        are sent as several. Raises as `score` does."""
        parts = vote_parts(items, options)
        return merge_votes(parts, [read_vote(self._exchange(VOTE, part), len(part.positions)) for part in parts])

    def verifiers(self) -> list[dict[str, Any]]:
        """What the server can judge: name, revision, range, options as JSON schema, manual."""
        found: list[dict[str, Any]] = read_json(self._exchange("/v1/verifiers"))
        return found

    def profiles(self) -> list[dict[str, Any]]:
        """The rewards that the server knows by name, all revisions: profile, newest, summary, source, differs, spec."""
        found: list[dict[str, Any]] = read_json(self._exchange("/v1/profiles"))
        return found

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Return once the server takes requests. Raises TimedOut with what it said last."""
        end = time.monotonic() + timeout_s
        said, pause_s = "nothing", 0.05
        while (left := end - time.monotonic()) > 0:
            timeout = Patience(self.url, min(5.0, left)).timeout
            try:
                with self._pool().ask(self._build("/readyz", None, JSON, timeout)) as response:
                    response.read()
                if response.status_code == 200:
                    return
                said = response.text[:300]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                said = str(failure_of(error, self.url))
            time.sleep(pause_s)
            pause_s = min(1.0, pause_s * 1.5)
        raise TimedOut(f"{self.url} was not ready within {timeout_s:g} s; last: {said}")

    def close(self) -> None:
        """Close all connections; the next call would open new ones."""
        pool = (self._pools or {}).pop(os.getpid(), None)
        if pool is not None:
            pool.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _pool(self) -> Pool:
        """By process: a forked child must not share its parent's sockets. Without a lock, which a fork might find
        taken; `setdefault` lets one of two threads win."""
        pools: dict[int, Pool] = vars(self).setdefault("_pools", {})
        pid = os.getpid()
        return pools.get(pid) or pools.setdefault(pid, Pool(self.url, self._max_connections))

    def _score(self, part: Part) -> ScoreResponse:
        return read_score(self._exchange("/v1/score", part), len(part.positions))

    def _watched(self, part: Part, seen: Progress) -> ScoreResponse:
        summary, rows = new_summary(), []
        for row in self._rows(part, summary):
            rows.append(row)
            seen.add()
        return gathered(part, rows, summary)

    def _exchange(self, path: str, part: Part | None = None) -> bytes:
        patience = self._patience()
        build = self._build(path, None if part is None else part.body, JSON, patience.timeout)
        while True:
            wait_s = None
            try:
                with self._pool().ask(build) as response:
                    content = response.read()
                answer = judge(response, content)
                if answer is None:
                    return content
                failure: Unavailable = answer[0]
                wait_s = answer[1]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = failure_of(error, self.url)
            except RequestRefused as error:
                raise placed(error, part) from None
            time.sleep(patience.pause_s(failure, wait_s))

    def _rows(self, part: Part, summary: Summary) -> Iterator[Row]:
        patience = self._patience()
        build = self._build("/v1/score", part.body, NDJSON, patience.timeout)
        lines = Lines(part, summary)
        while True:
            wait_s = None
            try:
                with self._pool().ask(build) as response:
                    if response.status_code == 200:
                        lines.start_again()
                        for piece in response.iter_bytes():
                            yield from lines.feed(piece)
                        lines.end()
                        return
                    content = response.read()
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
            time.sleep(patience.pause_s(failure, wait_s))


class ScoreStream:
    """Iterate it for rows; `summary` is whole once it is exhausted."""

    def __init__(self, client: Client, parts: list[Part]) -> None:
        self._client = client
        self._parts = parts
        self.summary = new_summary()

    def __iter__(self) -> Iterator[Row]:
        for part in self._parts:
            yield from self._client._rows(part, self.summary)
