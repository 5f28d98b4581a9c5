"""When to try again, how long to wait first, and when to give up. No input or output: both clients share it."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime

import httpx

from .errors import BadInput, ConnectionFailed, IncompleteAnswer, Overloaded, TimedOut, Unavailable

CONNECT_S = 10.0
KEEP_IDLE_S = 30.0
"""Idle connections are dropped after this; the server keeps them longer (75 s), so it never closes one in use."""
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0


class Patience:
    """One call's patience: `timeout_s` in all, and `retries` broken connections in a row.

    A server that sheds load is asked again until the time is up; one that is not there only so many times.
    """

    def __init__(self, timeout_s: float, retries: int) -> None:
        self._end = time.monotonic() + timeout_s
        self._timeout_s = timeout_s
        self._retries = retries
        self._broken = 0
        self._attempts = 0

    def timeout(self) -> httpx.Timeout:
        left = max(0.05, self._end - time.monotonic())
        return httpx.Timeout(left, connect=min(CONNECT_S, left))

    def pause_s(self, failure: Unavailable, retry_after_s: float | None = None) -> float:
        """Seconds to wait before the next try. Raises `failure` where there is to be none."""
        self._attempts += 1
        self._broken = 0 if isinstance(failure, Overloaded) else self._broken + 1
        longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(self._attempts - 1, 10))
        pause = random.uniform(0.0, longest)  # full jitter: a thousand callers must not come back together
        if retry_after_s is not None:
            pause = retry_after_s + random.uniform(0.0, max(0.25, retry_after_s / 2))
        if self._broken > self._retries or isinstance(failure, TimedOut):
            raise self._told(failure)
        if time.monotonic() + pause >= self._end:
            raise self._told(failure, f" within {self._timeout_s:g} s")
        return pause

    def _told(self, failure: Unavailable, within: str = "") -> Unavailable:
        times = "once" if self._attempts == 1 else f"{self._attempts} times"
        return type(failure)(f"{failure} (tried {times}{within})")


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
    if isinstance(error, httpx.ConnectError):
        return ConnectionFailed(f"nothing answers at {url}: {error}")
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
