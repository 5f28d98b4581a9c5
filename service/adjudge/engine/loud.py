"""Nulls that are ours are loud: one line for each in the log, within a bound, and never a word of a trace in it."""

from __future__ import annotations

import asyncio
import logging

from adjudge_client.types import Verdict

logger = logging.getLogger("adjudge.engine")

MOST_LINES = 20
WINDOW_S = 10.0


class Loud:
    """At most MOST_LINES lines in a window; how many more there were is said at its end. On the event loop."""

    def __init__(self) -> None:
        self._said = 0
        self._unsaid = 0
        self._window: asyncio.TimerHandle | None = None

    def null(self, verdict: Verdict) -> None:
        if self._window is None:
            self._window = asyncio.get_running_loop().call_later(WINDOW_S, self._next_window)
        if self._said >= MOST_LINES:
            self._unsaid += 1
            return
        self._said += 1
        fields = {"verifier": verdict.verifier, "reason": public(verdict.reason)}
        logger.error("a verdict is null by a fault of ours", extra={"fields": fields})

    def _next_window(self) -> None:
        if self._unsaid:
            fields = {"more": self._unsaid, "within_s": WINDOW_S}
            logger.error("more verdicts were null by a fault of ours", extra={"fields": fields})
        self._said = self._unsaid = 0
        self._window = None


def public(reason: str) -> str:
    """What an exception says may quote the text that it met: of an internal error only the place and the type."""
    if reason.startswith("internal error"):
        return ": ".join(reason.split(": ")[:2])
    return reason
