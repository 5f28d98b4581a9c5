"""What the engine sends to a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from .settings import MathLimits


@dataclass(frozen=True)
class WorkerConfig:
    """The first frame; all others are lists of `Order`, or a number of jobs to send back."""

    jail: str | None
    math: MathLimits
    verifier_modules: tuple[str, ...]
    judges: dict[str, str]
    """What the engine plans with; a worker that has other verifiers, or other libraries, must not judge."""


class Order(NamedTuple):
    """One job. `insist`: it has been sent back before and waits for its jail here, as long as it takes. `timed`: its
    verdict is to come with its times."""

    seq: int
    job: Any
    wall_s: float
    start_by: float | None
    insist: bool
    timed: bool
