"""Counting votes: a partition that no order changes, weights, ties, abstentions, faults of ours."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from adjudge.rewards import Ballot, NoVote, Vote, count

KEYS = st.sampled_from("abcde")
BALLOTS = st.lists(
    st.one_of(
        st.builds(lambda key, near: Vote(key, tuple(near), key), KEYS, st.lists(KEYS, max_size=3)),
        st.just(NoVote("it hedges")),
    ),
    max_size=30,
)
WEIGHTS = st.floats(0, 1e6)


def votes(keys: str) -> list[Ballot]:
    return [Vote(key, (), key) if key != "-" else NoVote("abstains") for key in keys]


def lost() -> NoVote:
    return NoVote("a worker died", ours=True)


def named(value: str) -> Vote:
    return Vote(f"x={value}", (value,), f"x = {value}")


def test_the_heaviest_cluster_wins_and_its_share_leaves_abstentions_out() -> None:
    result = count(votes("ab-ba-b"))
    assert result.winner == "b"
    assert result.share == 3 / 5
    assert [(each.answer, each.members, each.weight) for each in result.clusters] == [
        ("a", [0, 4], 2.0),
        ("b", [1, 3, 6], 3.0),
    ]
    assert [each.index for each in result.abstained] == [2, 5]
    assert result.reason is None


def test_weights_decide_and_of_equals_the_first_to_appear() -> None:
    assert count(votes("abb"), [3, 1, 1]).winner == "a"
    assert count(votes("abb"), [2, 1, 1]).winner == "a"
    assert count(votes("baab")).winner == "b"
    assert count(votes("ab"), [0.1 + 0.2, 0.3]).winner == "a"


def test_without_votes_there_is_no_winner_and_it_says_why() -> None:
    for ballots, weights, why in (
        (votes("--"), None, "all abstain"),
        (votes("ab"), [0, 0], "all votes have the weight 0"),
        ([lost()], None, "1 of the answers could not be read by a fault of ours, and may decide"),
    ):
        result = count(ballots, weights)
        assert (result.winner, result.share, result.reason) == (None, None, why)


def test_a_named_value_joins_the_bare_one_but_never_one_of_another_name() -> None:
    other = Vote("y=5", ("5",), "y = 5")
    five = Vote("5", (), "5")
    assert [each.members for each in count([named("5"), five]).clusters] == [[0, 1]]
    tied = [each.members for each in count([named("5"), five, other]).clusters]
    assert sorted(map(len, tied)) == [1, 2]
    assert [0, 2] not in tied
    assert [each.members for each in count([named("5"), five, other, named("5")]).clusters] == [[0, 1, 3], [2]]
    assert [each.members for each in count([named("5"), other]).clusters] == [[0], [1]]


def test_a_tie_of_neighbours_parts_no_majority() -> None:
    other = Vote("y=5", ("5",), "y = 5")
    five = Vote("5", (), "5")
    ballots = [*[named("5")] * 3, *[five] * 3, *votes("bbbb"), *[other] * 3]
    result = count(ballots)
    assert result.winner in ("x = 5", "5")
    assert sorted(each.weight for each in result.clusters) == [3.0, 4.0, 6.0]


def test_a_key_whose_heaviest_neighbour_is_taken_joins_the_next() -> None:
    degrees, thirty, sixth = Vote("30°", ("30", "π/6"), "30°"), Vote("30", (), "30"), Vote("π/6", (), "π/6")
    theta = Vote("θ=π/6", ("π/6",), "θ=π/6")
    result = count([*[degrees] * 4, *[thirty] * 3, *[sixth] * 2, theta])
    assert sorted(each.weight for each in result.clusters) == [3.0, 7.0]


def test_faults_of_ours_never_change_a_majority_silently() -> None:
    sure = count([*votes("aaab"), lost()])
    assert (sure.winner, sure.share) == ("a", 3 / 5)
    assert [each.index for each in sure.errors] == [4]
    unsure = count([*votes("aab"), lost()])
    assert (unsure.winner, unsure.share) == (None, None)
    assert unsure.reason is not None
    assert [each.weight for each in unsure.clusters] == [2.0, 1.0]
    assert count([*votes("aab"), lost()], [1, 1, 1, 0]).winner == "a"


def test_a_joined_cluster_is_no_surer_than_its_larger_half() -> None:
    """What was lost may be "y = 5", and then x = 5 and 5 are two clusters."""
    assert count([named("5"), Vote("5", (), "5"), *votes("b"), lost()]).winner is None


@given(BALLOTS, st.randoms(use_true_random=False))
def test_the_order_of_answers_never_changes_the_partition(ballots: list[Ballot], shuffle: random.Random) -> None:
    order = list(range(len(ballots)))
    shuffle.shuffle(order)
    moved = count([ballots[index] for index in order])
    here = {frozenset(each.members) for each in count(ballots).clusters}
    assert {frozenset(order[index] for index in each.members) for each in moved.clusters} == here


@given(BALLOTS, st.data())
def test_clusters_are_a_partition_in_order_whatever_the_weights(ballots: list[Ballot], data: st.DataObject) -> None:
    weights = data.draw(st.lists(WEIGHTS, min_size=len(ballots), max_size=len(ballots)))
    result = count(ballots, weights)
    members = [index for each in result.clusters for index in each.members]
    assert sorted(members) == [index for index, ballot in enumerate(ballots) if isinstance(ballot, Vote)]
    assert [each.members[0] for each in result.clusters] == sorted(each.members[0] for each in result.clusters)
    for each in result.clusters:
        assert each.members == sorted(each.members)
        assert math.isclose(each.weight, math.fsum(weights[index] for index in each.members))
    if result.winner is not None and result.share is not None:
        assert 0 < result.share <= 1


@given(BALLOTS)
def test_equal_keys_are_always_together_and_joined_ones_are_near(ballots: list[Ballot]) -> None:
    home = {index: place for place, each in enumerate(count(ballots).clusters) for index in each.members}
    for i, a in enumerate(ballots):
        for j, b in enumerate(ballots):
            if isinstance(a, Vote) and isinstance(b, Vote):
                if a.key == b.key:
                    assert home[i] == home[j]
                elif home[i] == home[j]:
                    nears = {(v.key, near) for v in ballots if isinstance(v, Vote) for near in v.near}
                    assert (a.key, b.key) in nears or (b.key, a.key) in nears


@given(BALLOTS)
def test_no_two_neighbours_are_both_left_alone(ballots: list[Ballot]) -> None:
    alone = {}
    for each in count(ballots).clusters:
        keys = {ballot.key for index in each.members if isinstance(ballot := ballots[index], Vote)}
        assert len(keys) <= 2
        if len(keys) == 1:
            alone[keys.pop()] = each
    for ballot in ballots:
        if isinstance(ballot, Vote) and ballot.key in alone:
            assert not (set(ballot.near) - {ballot.key}) & alone.keys()


@given(BALLOTS, st.floats(0.001, 1e3))
def test_scaling_all_weights_changes_no_winner(ballots: list[Ballot], factor: float) -> None:
    assert count(ballots, [factor] * len(ballots)).winner == count(ballots).winner
