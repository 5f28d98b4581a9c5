"""Each statistic against values worked out by hand; the working stands beside the case."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from adjudge_client.errors import BadInput
from adjudge_client.monitors import (
    Drift,
    advantage_stats,
    entropy_stats,
    gold_gap,
    group_advantages,
    length_stats,
    mean_pass_at_k,
    mean_pass_hat_k,
    null_stats,
    pass_at_k,
    pass_hat_k,
    quantile,
    reward_stats,
    zero_gradient,
)

NAN = float("nan")
approx = pytest.approx


@pytest.mark.parametrize(
    ("n", "c", "k", "at", "hat"),
    [
        (4, 1, 1, 1 / 4, 1 / 4),
        (4, 1, 2, 1 / 2, 0.0),  # 1 - C(3,2)/C(4,2) = 1 - 3/6
        (4, 2, 2, 5 / 6, 1 / 6),  # 1 - C(2,2)/C(4,2); C(2,2)/C(4,2)
        (5, 3, 2, 9 / 10, 3 / 10),  # 1 - C(2,2)/C(5,2); C(3,2)/C(5,2)
        (10, 3, 5, 11 / 12, 0.0),  # 1 - C(7,5)/C(10,5) = 1 - 21/252
        (10, 9, 8, 1.0, 1 / 5),  # C(9,8)/C(10,8) = 9/45
        (4, 4, 4, 1.0, 1.0),
        (4, 0, 4, 0.0, 0.0),
    ],
)
def test_pass_at_k_is_the_chance_that_one_of_k_is_right_and_pass_hat_k_that_all_are(n, c, k, at, hat):
    assert pass_at_k(n, c, k) == approx(at, abs=1e-15)
    assert pass_hat_k(n, c, k) == approx(hat, abs=1e-15)


@pytest.mark.parametrize(("n", "k"), [(7, 3), (12, 12), (30, 11)])
def test_pass_at_k_agrees_with_the_binomials_of_the_paper(n, k):
    for c in range(n + 1):
        assert pass_at_k(n, c, k) == approx(1 - math.comb(n - c, k) / math.comb(n, k), abs=1e-14)
        assert pass_hat_k(n, c, k) == approx(math.comb(c, k) / math.comb(n, k), abs=1e-14)


def test_pass_at_k_of_a_million_tries_neither_overflows_nor_strays():
    assert pass_at_k(1_000_000, 1, 1_000) == approx(0.001)  # one right: the chance that it is drawn
    assert pass_hat_k(1_000_000, 999_999, 1_000) == approx(0.999)
    assert pass_at_k(1_000_000, 500_000, 1_000_000) == 1.0


def test_pass_at_k_is_averaged_over_groups_and_nulls_are_no_tries():
    scores = [1, 0, 0, 0, None, NAN, 1, 1, 0, 0]
    groups = ["a", "a", "a", "a", "b", "b", "b", "b", "c", "c"]
    # a: 1 of 4; b: 2 of 2, its nulls left out; c: 0 of 2. pass@2 = (1/2 + 1 + 0)/3; pass^2 = (0 + 1 + 0)/3
    assert mean_pass_at_k(scores, groups, 2) == approx(0.5)
    assert mean_pass_hat_k(scores, groups, 2) == approx(1 / 3)
    assert mean_pass_at_k(scores, groups, 3) == approx(3 / 4)  # a alone has three tries: 1 - C(3,3)/C(4,3)
    assert mean_pass_at_k(scores, groups, 5) is None


@pytest.mark.parametrize(("n", "c", "k", "names"), [(4, 5, 1, "c is 5"), (4, 1, 5, "k is 5"), (4, 1, 0, "k is 0")])
def test_an_impossible_pass_at_k_says_what_is_possible(n, c, k, names):
    with pytest.raises(BadInput, match=names):
        pass_at_k(n, c, k)


def test_reward_statistics_are_over_what_is_not_null():
    stats = reward_stats([1, None, 0, NAN, 2, 5, float("inf")])
    assert (stats.n, stats.n_null) == (4, 3)
    assert stats.mean == 2.0
    assert stats.std == approx(math.sqrt(14 / 4))  # deviations -1, -2, 0, 3
    assert (stats.min, stats.max) == (0, 5)
    assert stats.p50 == 1.5
    assert stats.p10 == approx(0.3)  # place 0.3 between 0 and 1
    assert stats.p90 == approx(4.1)  # place 2.7 between 2 and 5


def test_equal_rewards_have_a_std_of_exactly_zero():
    assert reward_stats([0.1] * 7).std == 0.0


def test_rewards_near_the_end_of_floats_do_not_overflow():
    stats = reward_stats([1e308, -1e308, 1e308, -1e308])
    assert (stats.mean, stats.std) == (0.0, approx(1e308))


def test_quantiles_lie_where_numpy_has_them():
    assert [quantile([1.0, 2.0, 4.0, 8.0], q) for q in (0, 0.25, 0.5, 1)] == [1.0, 1.75, 3.0, 8.0]
    with pytest.raises(BadInput, match=r"q is 1\.5"):
        quantile([1.0], 1.5)


def test_grpo_divides_by_the_groups_std_and_dr_grpo_does_not():
    rewards, groups = [1, 1, 0, 0, 3, 0], ["a", "a", "a", "a", "b", "b"]
    assert group_advantages(rewards, groups) == [1, 1, -1, -1, 1, -1]  # a: mean 1/2, std 1/2; b: 3/2, 3/2
    assert group_advantages(rewards, groups, normalize=False) == [0.5, 0.5, -0.5, -0.5, 1.5, -1.5]
    assert group_advantages([1, 0], 2, epsilon=0.5) == [0.5, -0.5]  # 0.5 / (0.5 + 0.5)


def test_a_null_is_masked_out_of_the_baseline_and_not_a_zero_in_it():
    assert group_advantages([1, None, 0, NAN], 4, normalize=False) == [0.5, None, -0.5, None]
    # were the nulls zeros, the baseline would be 1/4 and the first advantage 3/4


def test_a_group_without_differences_or_with_one_reward_has_no_advantage():
    assert group_advantages([0.1, 0.1, 0.1, None, 7], ["a", "a", "a", "b", "b"]) == [0, 0, 0, None, 0]
    assert group_advantages([1, 5], [None, None]) == [None, None]


def test_advantage_statistics():
    stats = advantage_stats([2, -1, 0, None, 0, -1])
    assert stats.n == 5
    assert stats.mean_abs == approx(4 / 5)
    assert stats.std == approx(math.sqrt(6 / 5))
    assert (stats.max_abs, stats.zero_share, stats.positive_share) == (2, 2 / 5, 1 / 5)


def test_zero_gradient_groups_are_split_by_what_is_wrong_with_them():
    rewards = [1, 1, 0, 0, 1, 0, None, 1, 0.5, 0.5, 1, 1, None, None]
    groups = ["ok", "easy", "hard", "hard", "easy", "ok", "few", "few", "like", "like", "top", "top", "gone", "gone"]
    stats = zero_gradient(rewards, groups)
    assert stats.n_groups == 7
    assert stats.share == approx(6 / 7)
    assert stats.all_right == approx(2 / 7)
    assert (stats.all_wrong, stats.all_alike, stats.too_few) == (approx(1 / 7), approx(1 / 7), approx(2 / 7))


def test_rewards_of_minus_one_and_one_are_wrong_and_right_too():
    assert zero_gradient([-1, -1, 1, 1], 2)[1:] == (1.0, 0.5, 0.5, 0.0, 0.0)


def test_lengths_by_right_and_wrong():
    stats = length_stats(
        [100, 200, 300, None, 400], scores=[1, 0, 0, 1, None], truncated=[False, True, None, False, True]
    )
    assert (stats.n, stats.mean, stats.p50, stats.max) == (4, 250, 250, 400)
    assert stats.p95 == approx(385)  # place 2.85 between 300 and 400
    assert stats.std == approx(math.sqrt(12_500))
    assert stats.truncated_share == 0.5  # two of the four of which it is known
    assert (stats.right_mean, stats.wrong_mean) == (100, 250)
    assert stats.gap == approx(1.5)


def test_drift_is_the_change_against_the_runs_beginning():
    drift = Drift(baseline=2, recent=2)
    for value, change, z in [(90, None, None), (110, None, None), (150, 0.5, 5.0), (None, 0.5, 5.0), (170, 0.6, 6.0)]:
        drift.update(value)  # baseline: mean 100, std 10
        assert (drift.change, drift.z) == (approx(change), approx(z))
    drift.update(190)
    assert (drift.baseline, drift.recent) == (100, 180)  # the last two only


def test_drift_from_zero_or_from_what_never_moved_has_no_ratio():
    drift = Drift(baseline=1, recent=1)
    for value in (0, 5):
        drift.update(value)
    assert (drift.recent, drift.change, drift.z) == (5, None, None)
    with pytest.raises(BadInput, match="baseline is 0"):
        Drift(baseline=0)


def test_a_negative_baseline_that_rises_is_a_change_upwards():
    drift = Drift(baseline=1, recent=1)
    for value in (-2, -1):
        drift.update(value)
    assert drift.change == 0.5


def test_entropies_and_how_many_have_collapsed():
    stats = entropy_stats([0.05, 0.3, None, [0.0, 0.1, None], 0.6])
    assert (stats.n, stats.mean) == (4, approx(0.25))  # the third is a rollout of tokens: 0.05
    assert stats.collapsed_share == 0.5
    assert entropy_stats([0.05, 0.3], floor=0.01).collapsed_share == 0.0
    assert entropy_stats([0.1, 0.15]).collapsed_share == 0.0


def test_nulls_by_status():
    stats = null_stats([1, None, None, NAN, 0], ["ok", "bad_task", "error", "error", "timeout"])
    assert (stats.n, stats.share) == (5, approx(0.6))
    assert stats.by_status == {"bad_task": approx(0.2), "error": approx(0.4)}


def test_gold_against_proxy():
    stats = gold_gap(proxy=[1, 1, 1, 0, None, 1], gold=[1, 0, 0, 0, 1, None])
    assert stats.n == 4
    assert (stats.proxy_mean, stats.gold_mean, stats.gap) == (0.75, 0.25, 0.5)
    assert (stats.agreement, stats.overpaid, stats.underpaid) == (0.5, 0.5, 0.0)
    assert stats.correlation == approx(1 / 3)  # cov 1/16, both variances 3/16
    assert gold_gap([1, 1], [0, 1]).correlation is None  # the proxy is constant
    assert gold_gap([1, 2, 3], [-2, -4, -6]).correlation == approx(-1)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: mean_pass_at_k([], [], 1), None),
        (lambda: reward_stats([]), (0, 0, *[None] * 7)),
        (lambda: reward_stats([None, NAN]), (0, 2, *[None] * 7)),
        (lambda: group_advantages([], []), []),
        (lambda: group_advantages([], 8), []),
        (lambda: advantage_stats([None]), (0, *[None] * 5)),
        (lambda: zero_gradient([], []), (0, *[None] * 5)),
        (lambda: length_stats([]), (0, *[None] * 9)),
        (lambda: length_stats([0, 0], scores=[1, 0]).gap, None),
        (lambda: entropy_stats([]), (0, *[None] * 5)),
        (lambda: null_stats([]), (0, None, {})),
        (lambda: gold_gap([], []), (0, *[None] * 7)),
        (lambda: Drift().change, None),
    ],
)
def test_of_nothing_there_is_a_defined_result(call, expected):
    assert call() == expected


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: group_advantages([1, 0], ["a"]), "groups has 1 entries, rewards has 2"),
        (lambda: group_advantages([1, 0, 1], 2), "groups of 2 do not divide the 3 entries of rewards"),
        (lambda: zero_gradient([1], [["a"]]), r"groups\[0\] is a list"),
        (lambda: length_stats([1], scores=[1, 0]), "scores has 2 entries, lengths has 1"),
        (lambda: length_stats([1], truncated=[]), "truncated has 0 entries, lengths has 1"),
        (lambda: null_stats([1], ["ok", "ok"]), "statuses has 2 entries, rewards has 1"),
        (lambda: gold_gap([1], []), "gold has 0 entries, proxy has 1"),
        (lambda: reward_stats(["1"]), r"rewards\[0\] is a str"),
        (lambda: reward_stats([[1]]), r"rewards\[0\] is a list"),
        (lambda: reward_stats("abc"), "rewards is one text"),
        (lambda: reward_stats(5), "rewards is a int"),
    ],
)
def test_what_does_not_fit_is_named(call, names):
    with pytest.raises(BadInput, match=names):
        call()


class Tensor:
    """What the monitors need of an array: `.tolist()`; and, of a single number, `.item()` and `float()`."""

    def __init__(self, values):
        self.values = values
        self.ndim = 1 if isinstance(values, list) else 0

    def tolist(self):
        return self.values

    def item(self):
        return self.values

    def __float__(self):
        return float(self.values)


def test_tensors_are_taken_as_lists_are():
    assert reward_stats(Tensor([1.0, NAN, 0.0])) == reward_stats([1, None, 0])
    assert reward_stats([Tensor(1), Decimal("0"), True]).mean == approx(2 / 3)
    assert entropy_stats([Tensor([0.0, 1.0])]).mean == 0.5
    # two tensors of the same number have different hashes; they name the same group
    assert zero_gradient([1, 0], [Tensor(3), Tensor(3)]).n_groups == 1
    assert zero_gradient([1, 0], [NAN, NAN]).n_groups == 0
