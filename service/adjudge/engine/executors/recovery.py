"""What becomes of the tasks of a worker that ended, or of one that ran over its time (contract §1, null rules).

A suspect is tried again alone. Twice over its time: `timeout`, 0. Twice over its memory: `memory`, 0. Three deaths of
a worker under it: `crash`, 0. Whoever only happened to be in the same worker goes back to the queue, uncounted, and
so does everyone when we ended the worker ourselves.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adjudge_client.types import Status, Verdict

from . import Task
from .process import Flight

DEATHS = 3
TRIES = 2


@dataclass(frozen=True, slots=True)
class Retry:
    """A verdict, or another try."""

    flight: Flight
    verdict: Verdict | None = None
    alone: bool = False


def after_overtime(flight: Flight, used_s: float) -> Retry:
    """Load alone must not turn a right answer wrong: the first time is not believed, if a deadline leaves time for a
    second. Where it does not, the item has had its start and ends by its own clock."""
    flight.overtimes += 1
    flight.used_s = used_s
    if flight.overtimes < TRIES and not is_late(flight.task):
        return Retry(flight, alone=True)
    return Retry(flight, overtime(flight))


def is_late(task: Task) -> bool:
    return task.start_by is not None and time.monotonic() > task.start_by


def overtime(flight: Flight) -> Verdict:
    times = ", twice" if flight.overtimes > 1 else ""
    return _verdict(flight.task, "timeout", f"it ran over its time limit{times}", "limit", flight.used_s)


def after_end(
    flights: Iterable[tuple[int, Flight]], suspect: int, used_s: float, cause: str | None, how: str
) -> Iterator[Retry]:
    """`suspect` is the job that was on the worker's thread (0: none), for `used_s`; `cause` why we ended the worker,
    None if we did not."""
    aboard = dict(flights)
    suspects = {suspect} & aboard.keys() or {seq for seq, flight in aboard.items() if flight.jailed} or aboard.keys()
    for seq, flight in aboard.items():
        if cause == "stuck" and seq == suspect:
            yield after_overtime(flight, used_s)
        elif cause == "memory" and seq == suspect:
            yield _after_memory(flight, used_s)
        elif cause in (None, "hung") and seq in suspects:
            yield _after_death(flight, how, used_s)
        else:
            yield Retry(flight)


def _after_memory(flight: Flight, used_s: float) -> Retry:
    flight.memories += 1
    if flight.memories < TRIES:
        return Retry(flight, alone=True)
    return Retry(flight, _verdict(flight.task, "memory", "its worker ran over its memory, twice", "limit", used_s))


def _after_death(flight: Flight, how: str, used_s: float) -> Retry:
    flight.deaths += 1
    if flight.deaths < DEATHS:
        return Retry(flight, alone=True)
    reason = f"three workers died under it; the last: {how}"
    return Retry(flight, _verdict(flight.task, "crash", reason, "worker", used_s))


def ours(task: Task, reason: str) -> Verdict:
    """A fault of ours: null."""
    return Verdict(score=None, status="error", reason=reason, verifier=task.label)


def expired(task: Task) -> Verdict:
    """Its limit no longer fits into what is left of the deadline: null."""
    reason = "no time was left to start it before the deadline"
    return Verdict(score=None, status="expired", reason=reason, verifier=task.label)


def _verdict(task: Task, status: Status, reason: str, stage: str, used_s: float) -> Verdict:
    elapsed_ms = round(used_s * 1000, 3)
    return Verdict(score=0.0, status=status, reason=reason, verifier=task.label, stage=stage, elapsed_ms=elapsed_ms)
