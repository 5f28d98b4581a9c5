"""Plain numbers that the metrics read when they are scraped; the engine only ever adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from adjudge_client.types import Verdict

from .shown import Shown
from .tallies import BatchTally, DatasetTally, RunTally, plus

RESTARTS = ("died", "stuck", "memory", "recycled", "hung", "start")


@dataclass
class Counters:
    """All since the start of the process."""

    most_names: int = 100
    """Distinct runs, and distinct datasets, that are told apart."""
    items: int = 0
    verdicts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By (verifier label, status, stage); the stage is "" where a verdict has none."""
    nulls: Counter[str] = field(default_factory=Counter)
    """Items whose reward is null, by why (see `tallies.worst`), those that a trainer masks among them."""
    cache_hits: int = 0
    cache_misses: int = 0
    deduped: int = 0
    """Jobs that shared the execution of an equal one, in their batch or in flight."""
    worker_restarts: Counter[str] = field(default_factory=Counter)
    """By reason, one of RESTARTS."""
    jail_restarts: int = 0
    jail_failures: int = 0
    """How often a worker could have no jail: none that passes its canary."""
    retries: int = 0
    handed_back: int = 0
    """Jobs that a worker gave back because its jail was taken, for another worker's."""
    jobs_started: int = 0
    queue_wait_s: float = 0.0
    """Over all started jobs: from being ready to being sent to a worker."""
    on_verdict: Callable[[Verdict], None] | None = None
    """Called for each verdict that was computed (not for cache hits), for histograms. Must be quick and not raise."""

    def __post_init__(self) -> None:
        self.runs: Shown[RunTally] = Shown(RunTally, self.most_names)
        self.datasets: Shown[DatasetTally] = Shown(DatasetTally, self.most_names)

    def add(self, batch: BatchTally) -> None:
        """One batch that was answered. On the event loop; a step for each run, dataset and kind of verdict."""
        self.items += batch.of_run.items
        plus(self.nulls, batch.of_run.nulls)
        plus(self.verdicts, batch.verdicts)
        self.runs.row(batch.run).add(batch.of_run)
        for name, tally in batch.datasets.items():
            self.datasets.row(name).add(tally)
