"""How long the rollouts are, how many were cut off, and whether the wrong ones are the long ones.

    gap = mean(length | wrong) / mean(length | right) - 1

Wrong rollouts that grow while right ones do not are GRPO's length bias: dividing by |o_i| makes a long wrong rollout
cheap (Liu et al. 2025, "Understanding R1-Zero-Like Training", arXiv:2503.20783, §3.1). Cut-off rollouts carry reward
noise (Yu et al. 2025, DAPO, arXiv:2503.14476, §3.4). Drift against the run's beginning: `Drift`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ._values import known, mean, moments, numbers, plain, same_length, share
from .rewards import quantile


class LengthStats(NamedTuple):
    n: int
    """Lengths that are not null."""
    mean: float | None
    std: float | None
    p50: float | None
    p95: float | None
    max: float | None
    truncated_share: float | None
    """Of the rollouts of which it is known; None if it is known of none."""
    right_mean: float | None
    wrong_mean: float | None
    gap: float | None
    """wrong_mean / right_mean - 1; None unless there are both and the right ones have a length."""


def length_stats(lengths: Any, *, scores: Any = None, truncated: Any = None, right: float = 1.0) -> LengthStats:
    """Lengths in any unit (tokens, best). `scores` of correctness: at least `right` is right, null is neither.

    `truncated`: true or false per rollout, None where it is not known.
    """
    read = numbers(lengths, "lengths")
    correct = None if scores is None else numbers(scores, "scores")
    cut = None if truncated is None else plain(truncated, "truncated")
    same_length(lengths=read, scores=correct, truncated=cut)
    values = sorted(known(read))
    average, std = moments(values)
    rights, wrongs = _split(read, correct, right)
    right_mean, wrong_mean = mean(rights), mean(wrongs)
    flags = [bool(flag) for flag in cut or () if flag is not None]
    return LengthStats(
        n=len(values),
        mean=average,
        std=std,
        p50=quantile(values, 0.5),
        p95=quantile(values, 0.95),
        max=values[-1] if values else None,
        truncated_share=share(sum(flags), len(flags)),
        right_mean=right_mean,
        wrong_mean=wrong_mean,
        gap=wrong_mean / right_mean - 1 if right_mean and wrong_mean is not None else None,
    )


def _split(
    lengths: list[float | None], scores: list[float | None] | None, right: float
) -> tuple[list[float], list[float]]:
    rights: list[float] = []
    wrongs: list[float] = []
    for length, score in zip(lengths, scores or (), strict=False):
        if length is not None and score is not None:
            (rights if score >= right else wrongs).append(length)
    return rights, wrongs
