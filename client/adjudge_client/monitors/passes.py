"""pass@k: whether one of k tries succeeds; pass^k: whether all k do. Both unbiased, from n >= k tries.

    pass@k = E over problems of  1 - C(n-c, k) / C(n, k)      n tries, c of them right
    pass^k = E over problems of      C(c, k)   / C(n, k)

Sources: Chen et al. 2021, "Evaluating Large Language Models Trained on Code", arXiv:2107.03374, eq. 1;
Yao et al. 2024, "τ-bench", arXiv:2406.12045 (pass^k). 1 - (1 - c/n)^k, which is often seen, is biased downwards.
The majority of k (maj@k) needs to know which answers are the same: the service's `/v1/vote` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import BadInput
from ._values import Groups, known, mean, members, numbers


def pass_at_k(n: int, c: int, k: int) -> float:
    """The chance that at least one of k tries, drawn from n of which c were right, is right.

    A product of ratios instead of binomials: no number in it is larger than 1. Raises BadInput unless
    0 <= c <= n and 1 <= k <= n: from fewer than k tries there is no unbiased estimate.
    """
    _check(n, c, k)
    return 1.0 - _all_from(n, n - c, k)


def pass_hat_k(n: int, c: int, k: int) -> float:
    """The chance that all of k tries, drawn from n of which c were right, are right. Raises as `pass_at_k`."""
    _check(n, c, k)
    return _all_from(n, c, k)


def mean_pass_at_k(scores: Any, groups: Groups, k: int, *, right: float = 1.0) -> float | None:
    """pass@k, averaged over groups: a score of at least `right` is a success.

    Nulls are no tries: neither right nor wrong. Groups with fewer than k non-null scores are left out; None if no
    group is left. Use scores of correctness, not rewards with shaping in them.
    """
    return _mean(scores, groups, k, right, pass_at_k)


def mean_pass_hat_k(scores: Any, groups: Groups, k: int, *, right: float = 1.0) -> float | None:
    """pass^k, averaged over groups, by the same rules."""
    return _mean(scores, groups, k, right, pass_hat_k)


def _mean(
    scores: Any, groups: Groups, k: int, right: float, estimate: Callable[[int, int, int], float]
) -> float | None:
    read = numbers(scores, "scores")
    estimates = []
    for indices in members(groups, len(read), "scores").values():
        tries = known(read[index] for index in indices)
        if len(tries) >= k:
            estimates.append(estimate(len(tries), sum(score >= right for score in tries), k))
    return mean(estimates)


def _all_from(n: int, good: int, k: int) -> float:
    """C(good, k) / C(n, k): the chance that k drawn without putting back are all good."""
    if good < k:
        return 0.0
    product = 1.0
    for drawn in range(k):
        product *= (good - drawn) / (n - drawn)
    return product


def _check(n: int, c: int, k: int) -> None:
    if not 0 <= c <= n:
        raise BadInput(f"c is {c}: of n = {n} tries between 0 and {n} can be right")
    if not 1 <= k <= n:
        raise BadInput(f"k is {k}: from n = {n} tries k can be estimated between 1 and {n}")
