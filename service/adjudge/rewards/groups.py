"""Statistics of one group of rollouts (contract §1, Groups)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from adjudge_client.types import GroupStats


@dataclass(frozen=True, slots=True)
class Member:
    """`solved`: every correctness term scored 1 (and there was one)."""

    reward: float | None
    solved: bool


def group_stats(members: Iterable[Member]) -> GroupStats:
    """`n` counts all members and `n_null` those without a reward; all else is over the others.

    The order of members never matters: sums are exact before they are rounded once.
    """
    everyone = list(members)
    rewards = [member.reward for member in everyone if member.reward is not None]
    equal = bool(rewards) and all(reward == rewards[0] for reward in rewards)
    mean, std = _mean_and_std(rewards, equal)
    return GroupStats(
        n=len(everyone),
        n_null=len(everyone) - len(rewards),
        mean=mean,
        std=std,
        solved=sum(member.solved for member in everyone if member.reward is not None),
        zero_gradient=len(rewards) < 2 or equal,
    )


def _mean_and_std(rewards: list[float], equal: bool) -> tuple[float | None, float | None]:
    if not rewards:
        return None, None
    if equal:
        return rewards[0], 0.0  # not what rounding makes of it: a trainer divides by std
    scale = math.ldexp(1.0, math.frexp(max(map(abs, rewards)))[1] - 1)  # a power of two: dividing rounds nothing
    parts = [reward / scale for reward in rewards]  # squares of huge rewards would overflow
    mean = math.fsum(parts) / len(parts)
    variance = math.fsum((part - mean) ** 2 for part in parts) / len(parts)
    return mean * scale, math.sqrt(variance) * scale
