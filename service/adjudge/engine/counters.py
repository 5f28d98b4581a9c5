"""Plain numbers that the metrics read when they are scraped; the engine only ever adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from adjudge_client.types import Verdict


@dataclass
class Counters:
    """All since the start of the process."""

    items: int = 0
    verdicts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By (verifier label, status, stage); the stage is "" where a verdict has none."""
    cache_hits: int = 0
    cache_misses: int = 0
    deduped: int = 0
    """Jobs that shared the execution of an equal one, in their batch or in flight."""
    null_rewards: int = 0
    worker_restarts: Counter[str] = field(default_factory=Counter)
    """By reason: died, stuck, memory, recycled, hung, start."""
    jail_restarts: int = 0
    retries: int = 0
    handed_back: int = 0
    """Jobs that a worker gave back because its jail was taken, for another worker's."""
    on_verdict: Callable[[Verdict], None] | None = None
    """Called for each verdict that was computed (not for cache hits), for histograms. Must be quick and not raise."""

    def verdict(self, verdict: Verdict, computed: bool) -> None:
        """One verdict given to one item."""
        self.verdicts[verdict.verifier, verdict.status, verdict.stage or ""] += 1
        if computed and self.on_verdict is not None:
            self.on_verdict(verdict)
