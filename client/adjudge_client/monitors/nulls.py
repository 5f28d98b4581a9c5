"""How many rollouts have no verdict, and whose doing it is.

    share = n_null / n;  by_status[s] = |{i : r_i is null and its status is s}| / n

A null is a fault of the data (`bad_task`) or ours (`error`, `expired`, `cancelled`): never the model's (docs/api.md).
A run whose infrastructure fails silently "trains away": 1,172 of 1,280 rollouts were such faults in NeMo-Gym PR 2552.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from ._values import numbers, plain, same_length, share


class NullStats(NamedTuple):
    n: int
    """All rollouts."""
    share: float | None
    """None of no rollouts."""
    by_status: dict[str, float]
    """By status of the rollouts without a reward: their share of all rollouts. Empty unless statuses are given."""


def null_stats(rewards: Any, statuses: Any = None) -> NullStats:
    """`statuses`: per rollout the status of its deciding verdict, or None."""
    read = numbers(rewards, "rewards")
    named = None if statuses is None else plain(statuses, "statuses")
    same_length(rewards=read, statuses=named)
    counts = Counter(
        str(status) for reward, status in zip(read, named or (), strict=False) if reward is None and status is not None
    )
    n = len(read)
    return NullStats(n, share(sum(reward is None for reward in read), n), {s: c / n for s, c in sorted(counts.items())})
