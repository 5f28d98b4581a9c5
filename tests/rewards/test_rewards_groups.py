from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudge.rewards import Member, group_stats

ROWS = [
    # what, rewards, n, n_null, mean, std, zero_gradient
    ("population, not sample, deviation", [0.0, 1.0], 2, 0, 0.5, 0.5, False),
    ("nulls are counted and left out", [0.0, 1.0, None], 3, 1, 0.5, 0.5, False),
    ("all equal: no gradient, and no rounding in std", [0.1] * 3, 3, 0, 0.1, 0.0, True),
    ("fewer than two: no gradient", [1.0], 1, 0, 1.0, 0.0, True),
    ("one beside nulls: no gradient", [1.0, None], 2, 1, 1.0, 0.0, True),
    ("none at all: nothing to say", [None, None], 2, 2, None, None, True),
    ("zeros", [0.0, 0.0], 2, 0, 0.0, 0.0, True),
    ("scaling rounds nothing", [200.0, 300.0], 2, 0, 250.0, 50.0, False),
    ("tiny rewards do not vanish", [5e-324, 1.5e-323], 2, 0, 1e-323, 5e-324, False),
    ("huge rewards do not overflow", [1e300, -1e300], 2, 0, 0.0, 1e300, False),
]


@pytest.mark.parametrize(
    ("rewards", "n", "n_null", "mean", "std", "flat"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_statistics(rewards, n, n_null, mean, std, flat):
    stats = group_stats(Member(reward, False) for reward in rewards)
    assert (stats.n, stats.n_null, stats.mean, stats.std, stats.zero_gradient) == (n, n_null, mean, std, flat)


def test_solved_counts_members_that_have_a_reward():
    stats = group_stats([Member(1.0, True), Member(0.5, False), Member(None, True)])
    assert stats.solved == 1


REWARDS = st.lists(st.one_of(st.none(), st.floats(-100, 100)), min_size=1, max_size=12)


@given(REWARDS, st.data())
def test_the_order_of_members_does_not_matter(rewards, data):
    members = [Member(reward, bool(reward and reward > 1)) for reward in rewards]
    assert group_stats(data.draw(st.permutations(members))) == group_stats(members)


@given(REWARDS)
def test_mean_and_std_are_what_the_library_says(rewards):
    stats = group_stats(Member(reward, False) for reward in rewards)
    real = [reward for reward in rewards if reward is not None]
    if not real:
        assert stats.mean is None and stats.std is None
        return
    assert math.isclose(stats.mean, statistics.fmean(real), rel_tol=1e-12, abs_tol=1e-9)
    assert math.isclose(stats.std, statistics.pstdev(real), rel_tol=1e-9, abs_tol=1e-6)
    assert stats.zero_gradient == (len(real) < 2 or len(set(real)) == 1)
