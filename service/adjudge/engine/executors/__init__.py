"""Who runs the jobs. In: `Task`s. Out: one `Verdict` per task, in any order, through a callback.

An executor knows how long a task may take, how often a lost one is tried again and what to say of it then; it knows
nothing of what a verifier does, nor of items, rewards or caches. `local` keeps worker processes on this host; any
other (a broker and its workers) is one class that satisfies `Executor`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from adjudge_client.types import Verdict

from ..timeline import JobTimes


@dataclass(slots=True, eq=False)
class Task:
    """One job to be run once. Times are `time.monotonic()` seconds.

    `wall_s` is the job's total wall limit from the moment its work starts; `start_by` the last moment at which it may
    start (None: any time), which the owner may move while the task waits.
    """

    identity: bytes
    job: Any
    label: str
    work: str
    wall_s: float
    size: int
    start_by: float | None = None
    started: bool = False
    times: JobTimes | None = None
    """Filled by the executor where somebody asked for a trace."""


Done = Callable[[Task, Verdict], None]
"""Called on the event loop, once per submitted task that was not withdrawn."""


class Executor(Protocol):
    """All methods are called on one event loop."""

    async def start(self) -> None:
        """Returns at once; tasks wait until a worker is ready."""

    async def stop(self) -> None:
        """Ends the workers now. What is still there is answered `error`, null."""

    def submit(self, tasks: Sequence[Task], lane: object) -> None:
        """Takes all of them. Lanes take turns: many tasks in one lane do not hold up another lane."""

    def withdraw(self, task: Task) -> bool:
        """Takes back a task that has not started; False if it has (its verdict will come)."""

    @property
    def waiting(self) -> int:
        """Tasks that have not started."""

    @property
    def running(self) -> int:
        """Tasks that have started and not ended."""

    @property
    def ready(self) -> bool:
        """Whether a worker is there."""

    def drain_s(self) -> float:
        """A guess of how long the waiting tasks will take, in seconds."""


__all__ = ["Done", "Executor", "Task"]
