"""Majority voting over canonical forms (self-consistency: Wang et al. 2022, arXiv 2203.11171). Pure.

Answers with one key are one cluster. A key may have barer ones near it (x = 5 and 5, 5 apples and 5): two clusters
are joined, the heaviest first, each with its heaviest neighbour that is still alone; a key is joined with one other at
most. So the clusters are a partition, and it does not depend on the order of the votes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from adjudge_client.types import Abstention, Cluster, VoteResult


@dataclass(frozen=True, slots=True)
class Vote:
    """One rollout's vote. `by_text`: its key says only how it is written."""

    key: str
    near: tuple[str, ...]
    answer: str
    by_text: bool = False


@dataclass(frozen=True, slots=True)
class NoVote:
    """A rollout without one: it abstains, or (`ours`) a fault of ours kept its answer from being read."""

    reason: str
    ours: bool = False


Ballot = Vote | NoVote


def count(ballots: Sequence[Ballot], weights: Sequence[float] | None = None) -> VoteResult:
    """The result of one item. `weights` are finite and not negative, one per ballot; None: 1 each.

    The winner is the answer of the heaviest cluster; of equally heavy ones the one whose first member comes first. With
    faults of ours among the ballots it is named only if answers of its own key hold more than half of all weight,
    faults included: then nothing that the lost answers say could change it.
    """
    weights = [1.0] * len(ballots) if weights is None else weights
    clusters = cluster(ballots, weights)
    lost = [index for index, ballot in enumerate(ballots) if isinstance(ballot, NoVote) and ballot.ours]
    total = math.fsum([weight for weight, ballot in zip(weights, ballots, strict=True) if isinstance(ballot, Vote)])
    lost_weight = math.fsum([weights[index] for index in lost])
    winner = max(clusters, key=lambda each: each.weight, default=None)  # the first of equals
    reason = None
    if lost_weight and (winner is None or _surest(winner, ballots, weights) <= (total + lost_weight) / 2):
        winner, reason = None, f"{len(lost)} of the answers could not be read by a fault of ours, and may decide"
    elif winner is None:
        reason = "all abstain" if ballots else "there is no answer"
    elif not total:
        winner, reason = None, "all votes have the weight 0"
    return VoteResult(
        winner=winner.answer if winner else None,
        share=winner.weight / (total + lost_weight) if winner else None,
        clusters=clusters,
        abstained=_without_vote(ballots, ours=False),
        errors=_without_vote(ballots, ours=True),
        by_text=[index for index, ballot in enumerate(ballots) if isinstance(ballot, Vote) and ballot.by_text],
        reason=reason,
    )


def cluster(ballots: Sequence[Ballot], weights: Sequence[float]) -> list[Cluster]:
    """The partition of the votes, in order of first appearance."""
    members: dict[str, list[int]] = {}
    near: dict[str, set[str]] = {}
    for index, ballot in enumerate(ballots):
        if isinstance(ballot, Vote):
            members.setdefault(ballot.key, []).append(index)
            near.setdefault(ballot.key, set()).update(ballot.near)
    sizes = {key: math.fsum([weights[index] for index in those]) for key, those in members.items()}
    home = _joined(near, sizes)
    whole: dict[str, list[int]] = {}
    for key, those in members.items():
        whole.setdefault(home.get(key, key), []).extend(those)
    found = []
    for those in whole.values():
        those.sort()
        first = ballots[those[0]]
        assert isinstance(first, Vote)
        weight = math.fsum([weights[index] for index in those])
        found.append(Cluster(answer=first.answer, members=those, weight=weight))
    return sorted(found, key=lambda each: each.members[0])


def _joined(near: dict[str, set[str]], sizes: dict[str, float]) -> dict[str, str]:
    """Which key joins which: the heaviest first, each with its heaviest neighbour that is alone yet.

    Equally heavy ones go by their keys, which is no more than a rule that no order of the votes changes: whichever of
    them joins, the cluster has the same weight. (Joining none would let a few votes for y = 5 part x = 5 from 5, and a
    smaller cluster win.)
    """
    neighbours: dict[str, set[str]] = {}
    for key, barer in near.items():
        for other in barer & sizes.keys() - {key}:
            neighbours.setdefault(key, set()).add(other)
            neighbours.setdefault(other, set()).add(key)

    def rank(key: str) -> tuple[float, str]:
        return -sizes[key], key

    home: dict[str, str] = {}
    for key in sorted(neighbours, key=rank):
        alone = neighbours[key] - home.keys()
        if key not in home and alone:
            other = min(alone, key=rank)
            home[key] = home[other] = min(key, other)
    return home


def _surest(winner: Cluster, ballots: Sequence[Ballot], weights: Sequence[float]) -> float:
    """The weight of the winner's heaviest single key: what no other vote can take from it."""
    shares: dict[str, list[float]] = {}
    for index in winner.members:
        ballot = ballots[index]
        if isinstance(ballot, Vote):
            shares.setdefault(ballot.key, []).append(weights[index])
    return max(math.fsum(share) for share in shares.values())


def _without_vote(ballots: Sequence[Ballot], *, ours: bool) -> list[Abstention]:
    return [
        Abstention(index=index, reason=ballot.reason)
        for index, ballot in enumerate(ballots)
        if isinstance(ballot, NoVote) and ballot.ours is ours
    ]
