"""Advantages within groups, as GRPO and Dr. GRPO compute them, and what they look like over a batch.

    GRPO       A_i = (r_i - mean(r)) / (std(r) + epsilon)     Shao et al. 2024, DeepSeekMath, arXiv:2402.03300, §4.1.2
    Dr. GRPO   A_i =  r_i - mean(r)                           Liu et al. 2025, arXiv:2503.20783, §3.2

mean and std (population) run over the group's non-null members only: a null is masked out of the baseline and has no
advantage itself. Taken for a zero it would push every sibling up, and be punished for a fault that is not the model's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ._values import Groups, known, mean, members, moments, numbers


def group_advantages(
    rewards: Any, groups: Groups, *, normalize: bool = True, epsilon: float = 0.0
) -> list[float | None]:
    """One advantage per reward, in their order; None for nulls and for rewards of no group.

    `normalize`: divide by the group's std (GRPO), or not (Dr. GRPO). `epsilon` as your trainer has it. A group whose
    rewards are all equal, or with a single non-null one, has advantages of exactly 0.
    """
    read = numbers(rewards, "rewards")
    advantages: list[float | None] = [None] * len(read)
    for indices in members(groups, len(read), "rewards").values():
        baseline, std = moments(known(read[index] for index in indices))
        for index in indices:
            reward = read[index]
            if reward is None or baseline is None or std is None:
                continue
            advantages[index] = (reward - baseline) / (std + epsilon) if normalize and std else reward - baseline
    return advantages


class AdvantageStats(NamedTuple):
    n: int
    """Advantages that are not null."""
    mean_abs: float | None
    """How hard the batch pulls."""
    std: float | None
    max_abs: float | None
    zero_share: float | None
    """Rollouts whose advantage is exactly 0: they teach nothing."""
    positive_share: float | None


def advantage_stats(advantages: Any) -> AdvantageStats:
    """Of the non-null advantages, whoever computed them; every statistic is None where there are none."""
    values = known(numbers(advantages, "advantages"))
    if not values:
        return AdvantageStats(0, None, None, None, None, None)
    sizes = [abs(value) for value in values]
    n = len(values)
    zero, positive = sum(value == 0 for value in values) / n, sum(value > 0 for value in values) / n
    return AdvantageStats(n, mean(sizes), moments(values)[1], max(sizes), zero, positive)
