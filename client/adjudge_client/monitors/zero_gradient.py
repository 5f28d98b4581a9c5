"""Groups that teach nothing: all their rewards are equal, so every advantage is 0.

DAPO's dynamic sampling keeps the groups with  0 < |{i : o_i is right}| < G  and samples more in place of the others
(Yu et al. 2025, arXiv:2503.14476, §3.2, eq. 11). A group counts here as the service counts it: fewer than two non-null
members, or all non-null ones equal. Why they are equal says what to do: too easy, too hard, or a fault.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ._values import Groups, known, members, numbers, share


class ZeroGradient(NamedTuple):
    n_groups: int
    share: float | None
    """The share of groups that teach nothing: the sum of the next four. None without groups, as they are."""
    all_right: float | None
    """All equal, at `right` or above: too easy for the policy now."""
    all_wrong: float | None
    """All equal, at `wrong` or below: too hard, or a ground truth that cannot be met."""
    all_alike: float | None
    """All equal, in between."""
    too_few: float | None
    """Fewer than two non-null members: nulls ate the group. Look at the statuses."""


def zero_gradient(rewards: Any, groups: Groups, *, right: float = 1.0, wrong: float = 0.0) -> ZeroGradient:
    """Shares of all groups. `right` and `wrong` say which equal rewards are full and which are none."""
    read = numbers(rewards, "rewards")
    counts = {"all_right": 0, "all_wrong": 0, "all_alike": 0, "too_few": 0}
    by_group = members(groups, len(read), "rewards")
    for indices in by_group.values():
        kind = _kind(known(read[index] for index in indices), right, wrong)
        if kind:
            counts[kind] += 1
    n = len(by_group)
    parts = {kind: share(count, n) for kind, count in counts.items()}
    return ZeroGradient(n, share(sum(counts.values()), n), **parts)


def _kind(rewards: list[float], right: float, wrong: float) -> str | None:
    if len(rewards) < 2:
        return "too_few"
    if any(reward != rewards[0] for reward in rewards):
        return None
    if rewards[0] >= right:
        return "all_right"
    return "all_wrong" if rewards[0] <= wrong else "all_alike"
