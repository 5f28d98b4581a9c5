"""The engine's settings, as plain values; where they come from (environment, CLI) is not its business."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any


def _cores() -> int:
    """The cores this process may use (an affinity mask counts: SLURM and containers set one)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _wall() -> dict[str, float]:
    return {"text": 10.0, "math": 60.0, "program": 300.0, "network": 120.0}


@dataclass(frozen=True)
class MathLimits:
    """What the executions of the maths verifier may use. CPU seconds and resident megabytes.

    `cpu_s` and `memory_mb` hold for reading one text, `decide_s` (with the same memory) for the decision.
    """

    cpu_s: float = 2.0
    memory_mb: int = 512
    decide_s: float = 5.0

    def canonical(self) -> dict[str, Any]:
        return {"cpu_s": self.cpu_s, "decide_s": self.decide_s, "memory_mb": self.memory_mb}


@dataclass(frozen=True)
class EngineSettings:
    """All bounds of the engine. Times in seconds, sizes in the unit that the name says."""

    workers: int = field(default_factory=_cores)
    queue_items: int = 50_000
    """Jobs waiting to start; more are refused with `Busy` (503)."""
    max_wait_s: float = 300.0
    """How long the jobs of a request may wait for others' work without any progress; after that `error`, null."""
    cache_verdicts: int = 200_000
    cache_mb: int = 400
    text_limit: int = 1_000_000
    """Bytes of one text in UTF-8."""
    jail: str | None = None
    """A rung by name, or None for the best that this host has."""
    math: MathLimits = field(default_factory=MathLimits)
    wall_s: dict[str, float] = field(default_factory=_wall)
    """Total wall limit of one item by kind of work: the last net under the CPU limits inside."""
    thread_s: float = 10.0
    """The longest that an item of any kind may keep the thread of its worker without a pause."""
    grace_s: float = 1.0
    """What a worker may be late before it is killed (a verifier stuck in C code)."""
    chunk_ms: float = 50.0
    """How much work is handed to a worker at once, as far as it can be foreseen."""
    worker_memory_mb: int = 1024
    """Resident memory of one worker process, its executions apart."""
    recycle_items: int = 100_000
    """A worker is replaced by a fresh one after so many jobs."""
    start_timeout_s: float = 30.0
    """A worker that has not said it is ready by then has failed to start."""
    metric_names: int = 100
    """Distinct runs, and distinct datasets, that the counters tell apart; the rest are counted together."""
    verifier_modules: tuple[str, ...] = ()
    """Modules to import beside the built-in verifiers: your own `@verifier` functions."""
