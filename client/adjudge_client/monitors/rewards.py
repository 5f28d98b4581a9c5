"""Where the rewards lie. Over the non-null ones; the nulls are counted beside them, never among them.

mean = (1/n) Σ r_i        std = sqrt((1/n) Σ (r_i - mean)²)      population, as the service's group statistics
quantile q: linear between the order statistics around (n-1)q     Hyndman and Fan 1996, definition 7 (NumPy's)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import BadInput
from ._values import known, moments, numbers


class RewardStats(NamedTuple):
    n: int
    """Rewards that are not null."""
    n_null: int
    mean: float | None
    std: float | None
    min: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    max: float | None


def reward_stats(rewards: Any) -> RewardStats:
    """Of the non-null rewards; every statistic is None where there are none."""
    read = numbers(rewards, "rewards")
    values = sorted(known(read))
    mean, std = moments(values)
    low, middle, high = (quantile(values, q) for q in (0.1, 0.5, 0.9))
    least, most = (values[0], values[-1]) if values else (None, None)
    return RewardStats(len(values), len(read) - len(values), mean, std, least, low, middle, high, most)


def quantile(ordered: Sequence[float], q: float) -> float | None:
    """The q-quantile (0 <= q <= 1) of ascending values; None for no values."""
    if not 0 <= q <= 1:
        raise BadInput(f"q is {q}: a quantile lies between 0 and 1")
    if not ordered:
        return None
    place = (len(ordered) - 1) * q
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    weight = place - below
    return ordered[below] * (1 - weight) + ordered[above] * weight  # not a + (b - a)w: b - a may overflow
