"""The synchronous client. One may be shared by threads, pickled, and used on both sides of a fork."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpx

from ._base import NDJSON, Base, judge
from ._retry import Patience, failure_of
from ._stream import Lines, Row, Summary, new_summary
from ._wire import Part, merge, parts_of, placed, read_json, read_score
from .errors import IncompleteAnswer, RequestRefused, TimedOut, Unavailable
from .types import Item, Require, RewardSpec, ScoreResponse


class Client(Base):
    """Scores rollouts. Every call raises only from the tree in errors.py; it never makes up a reward."""

    _http: httpx.Client | None = None
    _pid = 0
    _lock = threading.Lock()

    def score(
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
        return merge(parts, [self._score(part) for part in parts])

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

        An answer that breaks off is asked for again, and the rows that had come are not given twice.
        """
        parts = parts_of(items, reward, explain=explain or None, deadline_s=deadline_s, require=require, **provenance)
        return ScoreStream(self, parts)

    def verifiers(self) -> list[dict[str, Any]]:
        """What the server can judge: name, revision, range, options as JSON schema, manual."""
        found: list[dict[str, Any]] = read_json(self._exchange("/v1/verifiers", None))
        return found

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Return once the server takes requests. Raises TimedOut with what it said last."""
        end = time.monotonic() + timeout_s
        said = "nothing"
        while time.monotonic() < end:
            try:
                response = self._pool().get(self.url + "/readyz", timeout=5.0)
                if response.status_code == 200:
                    return
                said = response.text[:300]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                said = str(failure_of(error, self.url))
            time.sleep(0.05)
        raise TimedOut(f"{self.url} was not ready within {timeout_s:g} s; last: {said}")

    def close(self) -> None:
        """Close all connections; the next call would open new ones."""
        with self._lock:
            http, self._http = self._http, None
        if http is not None and self._pid == os.getpid():
            http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _pool(self) -> httpx.Client:
        with self._lock:
            if self._http is None or self._pid != os.getpid():  # a forked child must not share its parent's sockets
                self._http = httpx.Client(headers=self._headers(), limits=self._limits(), trust_env=False)
                self._pid = os.getpid()
            return self._http

    def _score(self, part: Part) -> ScoreResponse:
        try:
            return read_score(self._exchange("/v1/score", part.body), len(part.positions))
        except RequestRefused as error:
            raise placed(error, part) from None

    def _exchange(self, path: str, body: bytes | None) -> bytes:
        patience = Patience(self._timeout_s, self._retries)
        arguments = self._request(path, body, "application/json")
        while True:
            wait_s = None
            try:
                response = self._pool().request(**arguments, timeout=patience.timeout())
                answer = judge(response, response.content)
                if answer is None:
                    return response.content
                failure: Unavailable = answer[0]
                wait_s = answer[1]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = failure_of(error, self.url)
            time.sleep(patience.pause_s(failure, wait_s))

    def _rows(self, part: Part, summary: Summary) -> Iterator[Row]:
        patience = Patience(self._timeout_s, self._retries)
        arguments = self._request("/v1/score", part.body, NDJSON)
        lines = Lines(part, summary)
        while True:
            wait_s = None
            try:
                with self._pool().stream(**arguments, timeout=patience.timeout()) as response:
                    answer = judge(response, response.read() if response.status_code != 200 else b"")
                    if answer is None:
                        lines.start_again()
                        yield from filter(None, map(lines.feed, response.iter_lines()))
                        lines.end()
                        return
                    failure: Unavailable = answer[0]
                    wait_s = answer[1]
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = failure_of(error, self.url)
            except IncompleteAnswer as error:
                failure = error
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
