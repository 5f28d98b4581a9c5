"""What happened to one request, and when: recorded only where a trace of it was asked for.

Plain numbers, summed over jobs, so that a batch of 10,000 takes no more room than one of 10; what becomes of them
(`adjudge.tracing` makes spans) is not the engine's business. Times are `time.monotonic()` seconds, which is one clock
for all processes of a host: a worker tells them of its own doing, and nothing but numbers comes from it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from adjudge_client.types import Status

from .tallies import Provenance

MOST_STAYS = 64
"""Pairs of verifier and worker that are told apart; the rest are summed up under worker 0."""


@dataclass(slots=True)
class JobTimes:
    """One job. `ended` and what follows are told by the worker; a job that its worker did not survive has none."""

    ready: float = 0.0
    sent: float | None = None
    worker: int = 0
    """Process id."""
    tries: int = 0
    started: float | None = None
    ended: float | None = None
    jail: JailTimes | None = None

    def sent_to(self, worker: int | None, ready: float, now: float) -> None:
        """One try; of several the first wait and the last worker are told."""
        self.ready = ready if self.sent is None else self.ready
        self.sent = now if self.sent is None else self.sent
        self.worker = worker or 0
        self.tries += 1

    def told(self, times: list[float]) -> None:
        """What the worker says: started, ended, and of its jail executions, wait_s, run_s, first, last."""
        self.started, self.ended = times[:2]
        self.jail = JailTimes(int(times[2]), *times[3:])


@dataclass(slots=True)
class JailTimes:
    """The executions of one job in its worker's jail."""

    executions: int = 0
    wait_s: float = 0.0
    """For the jail to be there and to be free."""
    run_s: float = 0.0
    first: float = 0.0
    last: float = 0.0

    def ran(self, since: float) -> None:
        """One execution has ended."""
        self.last = time.monotonic()
        self.run_s += self.last - since
        self.first = self.first or since
        self.executions += 1

    def add(self, other: JailTimes) -> None:
        if other.executions:
            self.first = min(self.first, other.first) if self.executions else other.first
            self.last = max(self.last, other.last)
        self.executions += other.executions
        self.wait_s += other.wait_s
        self.run_s += other.run_s


@dataclass(slots=True)
class Stretch:
    """Of time: from the first to the last of what it covers."""

    first: float
    last: float

    def cover(self, first: float, last: float) -> None:
        self.first, self.last = min(self.first, first), max(self.last, last)


@dataclass(slots=True)
class Stay(Stretch):
    """The jobs of one verifier in one worker."""

    jobs: int = 0
    busy_s: float = 0.0
    """Summed over jobs, the wait for the jail included."""
    jail: JailTimes = field(default_factory=JailTimes)


@dataclass(slots=True)
class Jobs(Stretch):
    """The jobs of one verifier."""

    jobs: int = 0
    retries: int = 0
    statuses: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Queue(Stretch):
    """The waiting for a worker."""

    jobs: int = 0
    wait_s: float = 0.0
    longest_s: float = 0.0


class Timeline:
    """One request. `parts` are its stretches by name, in order."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.parts: dict[str, tuple[float, float]] = {}
        self.provenance: Provenance | None = None
        self.items = 0
        self.needs = 0
        self.settled = 0
        """Jobs that were answered from the cache."""
        self.queue: Queue | None = None
        self.jobs: dict[str, Jobs] = {}
        """By verifier label."""
        self.stays: dict[tuple[str, int], Stay] = {}
        """By verifier label and process id of the worker."""
        self.nulls: Mapping[str, int] = {}
        """Items whose reward is null, by why."""

    def part(self, name: str, since: float) -> float:
        """The stretch from `since` until now; returns now."""
        now = time.monotonic()
        self.parts[name] = (since, now)
        return now

    def planned(self, provenance: Provenance, items: int, needs: int) -> None:
        self.part("plan", self.parts["read"][1])
        self.provenance, self.items, self.needs = provenance, items, needs

    def job(self, label: str, times: JobTimes, status: Status) -> None:
        """One job is done. It may have been under way before this request came: only what came after is told."""
        now, posted = time.monotonic(), self.began
        started = max(times.started or times.sent or now, posted)
        ended = max(times.ended or now, started)
        if times.sent is not None:
            self._waited(max(times.ready, posted), max(times.sent, posted))
        jobs = self.jobs.setdefault(label, Jobs(started, ended))
        jobs.cover(started, ended)
        jobs.jobs += 1
        jobs.retries += max(times.tries - 1, 0)
        jobs.statuses[status] = jobs.statuses.get(status, 0) + 1
        if times.sent is not None:
            self._stayed(label, times, started, ended)

    def _waited(self, ready: float, sent: float) -> None:
        queue = self.queue = self.queue or Queue(ready, sent)
        queue.cover(ready, sent)
        queue.jobs += 1
        queue.wait_s += sent - ready
        queue.longest_s = max(queue.longest_s, sent - ready)

    def _stayed(self, label: str, times: JobTimes, started: float, ended: float) -> None:
        key = label, times.worker
        if key not in self.stays and len(self.stays) >= MOST_STAYS:
            key = label, 0
        stay = self.stays.setdefault(key, Stay(started, ended))
        stay.cover(started, ended)
        stay.jobs += 1
        stay.busy_s += ended - started
        if times.jail is not None:
            stay.jail.add(times.jail)
