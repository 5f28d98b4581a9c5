"""Whether the policy still explores. The entropies are the trainer's: H = -Σ p log p per token, in nats.

exp(H) is between how many tokens the policy chooses: `floor` = 0.1 nats is 1.1 of them. Performance is bought with
entropy, R = -a exp(H) + b, and the purse is empty at H = 0 (Cui et al. 2025, "The Entropy Mechanism of Reinforcement
Learning for Reasoning Language Models", arXiv:2505.22617, §1); clip-higher is one answer
(Yu et al. 2025, DAPO, arXiv:2503.14476, §3.1).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ._values import known, mean, moments, number, numbers, plain, share
from .rewards import quantile


class EntropyStats(NamedTuple):
    n: int
    """Entropies that are not null."""
    mean: float | None
    std: float | None
    p10: float | None
    p90: float | None
    collapsed_share: float | None
    """Of those below `floor`."""


def entropy_stats(entropies: Any, *, floor: float = 0.1) -> EntropyStats:
    """Per rollout or per token, in nats. Where an entry is itself a list (a rollout's tokens), its mean counts.

    Entropies of padding must be null or left out. Every statistic is None where there are no entropies.
    """
    values = sorted(known(per_rollout(entropies)))
    average, std = moments(values)
    below = sum(value < floor for value in values)
    low, high = quantile(values, 0.1), quantile(values, 0.9)
    return EntropyStats(len(values), average, std, low, high, share(below, len(values)))


def per_rollout(entropies: Any) -> list[float | None]:
    """One entropy per entry: a number, or the mean of a list's non-null ones."""
    return [
        mean(known(numbers(entry, f"entropies[{index}]"))) if _holds_many(entry) else number(entry, "entropies", index)
        for index, entry in enumerate(plain(entropies, "entropies"))
    ]


def _holds_many(entry: Any) -> bool:
    return isinstance(entry, (list, tuple)) or getattr(entry, "ndim", None) not in (None, 0)
