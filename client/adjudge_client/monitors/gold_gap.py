"""Whether the reward that is trained on still means what a better judge says: proxy against held-out gold.

    gap = mean(proxy) - mean(gold)      agreement = share of pairs on which both say right, or both say not
    correlation = Pearson's r           overpaid = share right by the proxy only; underpaid = right by gold only

Pushed far enough, the proxy's reward keeps rising while gold's turns: R(d) = d (α - β log d) under RL, with d the root
of the KL divergence from the start (Gao, Schulman and Hilton 2022, "Scaling Laws for Reward Model Overoptimization",
arXiv:2210.10760, §1). Judge a sample of rollouts with a second, stricter or slower verifier.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ._values import mean, moments, numbers, same_length, share


class GoldGap(NamedTuple):
    n: int
    """Pairs of which neither is null; the others are left out."""
    proxy_mean: float | None
    gold_mean: float | None
    gap: float | None
    agreement: float | None
    overpaid: float | None
    """The share that only the proxy holds right: what a policy learns to exploit."""
    underpaid: float | None
    correlation: float | None
    """None for fewer than two pairs, or where one of the two is constant."""


def gold_gap(proxy: Any, gold: Any, *, right: float = 1.0) -> GoldGap:
    """Both judged the same rollouts, in the same order; a score of at least `right` is right."""
    proxies, golds = numbers(proxy, "proxy"), numbers(gold, "gold")
    same_length(proxy=proxies, gold=golds)
    pairs = [(p, g) for p, g in zip(proxies, golds, strict=True) if p is not None and g is not None]
    if not pairs:
        return GoldGap(0, None, None, None, None, None, None, None)
    n = len(pairs)
    ours, theirs = [p for p, _ in pairs], [g for _, g in pairs]
    verdicts = [(p >= right, g >= right) for p, g in pairs]
    proxy_mean, gold_mean = mean(ours), mean(theirs)
    return GoldGap(
        n=n,
        proxy_mean=proxy_mean,
        gold_mean=gold_mean,
        gap=mean([p - g for p, g in pairs]),
        agreement=share(sum(p == g for p, g in verdicts), n),
        overpaid=share(sum(p and not g for p, g in verdicts), n),
        underpaid=share(sum(g and not p for p, g in verdicts), n),
        correlation=_pearson(ours, theirs),
    )


def _pearson(xs: list[float], ys: list[float]) -> float | None:
    x_mean, x_std = moments(xs)
    y_mean, y_std = moments(ys)
    if x_mean is None or y_mean is None or not x_std or not y_std:
        return None
    products = ((x - x_mean) / x_std * ((y - y_mean) / y_std) for x, y in zip(xs, ys, strict=True))
    return max(-1.0, min(1.0, math.fsum(products) / len(xs)))
