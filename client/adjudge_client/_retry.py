"""When to try again, how long to wait first, and when to give up. No input or output: both clients share it."""

from __future__ import annotations

import logging
import random
import time
from email.utils import parsedate_to_datetime

import httpx

from .errors import BadInput, ConnectionFailed, IncompleteAnswer, NoServer, Overloaded, TimedOut, Unavailable

CONNECT_S = 10.0
KEEP_IDLE_S = 30.0
"""Idle connections are dropped after this; the server keeps them longer (75 s), so it never closes one in use."""
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0
_BROKEN_IN_A_ROW = 8
_SAY_EVERY_S = 60.0
_logger = logging.getLogger("adjudge_client")
_said_at: dict[tuple[str, type[Unavailable]], float] = {}


class Patience:
    """One call's patience: `timeout_s` in all, counted from its first try.

    A server that sheds load, or that is not there yet, is asked again until the time is up: a trainer may start before
    its reward server does. A connection that breaks under a request is tried `retries` times again in a row. `retries`,
    if it is given, bounds the wait for a server that is not there, too.
    """

    def __init__(self, url: str, timeout_s: float, retries: int | None = None) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._retries = retries
        self._end: float | None = None
        self._broken = 0
        self._attempts = 0

    def timeout(self) -> httpx.Timeout:
        """Of the next try. The first call starts the clock."""
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._timeout_s
        left = max(0.05, self._end - now)
        return httpx.Timeout(left, connect=min(CONNECT_S, left))

    def pause_s(self, failure: Unavailable, retry_after_s: float | None = None) -> float:
        """Seconds to wait before the next try. Raises `failure` where there is to be none."""
        self._attempts += 1
        if isinstance(failure, Overloaded) or (self._retries is None and isinstance(failure, NoServer)):
            self._broken = 0
        else:
            self._broken += 1
        longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(self._attempts - 1, 10))
        pause = random.uniform(0.0, longest)  # full jitter: a thousand callers must not come back together
        if retry_after_s is not None:
            pause = retry_after_s + random.uniform(0.0, max(0.25, retry_after_s / 2))
        most = _BROKEN_IN_A_ROW if self._retries is None else self._retries
        if self._broken > most or isinstance(failure, TimedOut):
            raise self._told(failure)
        if self._end is not None and time.monotonic() + pause >= self._end:
            raise self._told(failure, f" within {self._timeout_s:g} s")
        if isinstance(failure, NoServer) or self._attempts > 3:
            self._say(failure)
        return pause

    def _told(self, failure: Unavailable, within: str = "") -> Unavailable:
        times = "once" if self._attempts == 1 else f"{self._attempts} times"
        return type(failure)(f"{failure} (tried {times}{within})")

    def _say(self, failure: Unavailable) -> None:
        """A line in the trainer's log, one a minute however many callers wait: a silent job looks like a hung one."""
        now, key = time.monotonic(), (self._url, type(failure))
        if now - _said_at.get(key, -_SAY_EVERY_S) >= _SAY_EVERY_S:
            _said_at[key] = now
            _logger.warning("%s; trying again, %g s at most", failure, self._timeout_s)


def failure_of(error: httpx.HTTPError | httpx.InvalidURL, url: str) -> Unavailable:
    """The failure behind a transport error. Raises BadInput for a URL that cannot be one."""
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
        raise BadInput(f"{url!r} is not a URL like http://127.0.0.1:8900") from None
    if isinstance(error, (httpx.ReadTimeout, httpx.WriteTimeout)):
        return TimedOut(f"no answer from {url}")
    if isinstance(error, httpx.PoolTimeout):
        return TimedOut(f"no free connection to {url}")
    if isinstance(error, httpx.DecodingError):
        return IncompleteAnswer(f"an answer of {url} could not be decoded: {error}")
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return NoServer(f"nothing answers at {url}: {error}".rstrip(": "))
    return ConnectionFailed(f"the connection to {url} broke: {type(error).__name__} {error}".strip())


def retry_after_s(value: str | None) -> float | None:
    """Seconds from a Retry-After header, which may be a number or a date; None where it is neither."""
    if not value:
        return None
    try:
        return min(max(0.0, float(value)), 3600.0)
    except ValueError:
        pass
    try:
        return min(max(0.0, parsedate_to_datetime(value).timestamp() - time.time()), 3600.0)
    except (ValueError, TypeError):
        return None
