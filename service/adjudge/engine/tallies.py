"""What one batch adds to the counters: worked out over the whole batch at once (in a thread for a large one), then
added on the event loop in a few steps, however many items there were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from adjudge_client.types import NULL_STATUSES, GroupStats, ScoreRequest, Status

from .shown import OTHER, shown_name

K = TypeVar("K")

MASKED = "masked"
"""A null that the trainer asked for (`truncated: "mask"`)."""
MOST = 10**9
"""Larger rewards, lengths and steps are counted as this: a caller's 1e300 must not make a sum infinite for good."""
_WORST: tuple[Status, ...] = ("error", "expired", "cancelled", "bad_task")
"""A null item is counted under the first of these that one of its verdicts has."""


@dataclass(slots=True)
class Provenance:
    """Whose batch it is. It never changes a verdict; the metrics tell it apart. None where no item says."""

    run: str | None = None
    step: int | None = None
    datasets: list[str | None] | None = None
    tokens: list[int | None] | None = None

    @classmethod
    def of(cls, request: ScoreRequest) -> Provenance:
        datasets = [item.dataset for item in request.items]
        tokens = [item.tokens for item in request.items]
        return cls(
            request.run,
            request.step,
            datasets if any(datasets) else None,
            tokens if tokens.count(None) < len(tokens) else None,
        )


@dataclass(slots=True)
class RunTally:
    """Sums only, so that means and deviations of any window can be had: E[x] and E[x²] over `rewards`."""

    items: int = 0
    rewards: int = 0
    """Those that are not null."""
    gained: float = 0.0
    lost: float = 0.0
    """Rewards over 0 and below 0 apart, both as positive sums: a counter must never fall."""
    squares: float = 0.0
    nulls: dict[str, int] = field(default_factory=dict)
    truncated: int = 0
    tokens: int = 0
    tokens_told: int = 0
    """Items that say how many tokens they have."""
    groups: int = 0
    flat: dict[str, int] = field(default_factory=dict)
    """Groups without a gradient, by why: solved, unsolved, equal, null."""
    step: int | None = None
    """The last that was told; no sum."""

    def add(self, other: RunTally) -> None:
        self.items += other.items
        self.rewards += other.rewards
        self.gained += other.gained
        self.lost += other.lost
        self.squares += other.squares
        plus(self.nulls, other.nulls)
        self.truncated += other.truncated
        self.tokens += other.tokens
        self.tokens_told += other.tokens_told
        self.groups += other.groups
        plus(self.flat, other.flat)
        self.step = self.step if other.step is None else other.step


@dataclass(slots=True)
class DatasetTally:
    items: int = 0
    graded: int = 0
    """Items whose correctness terms all have a score (and there is one)."""
    solved: int = 0
    """Items whose correctness terms all score 1."""
    statuses: dict[str, int] = field(default_factory=dict)
    """Verdicts of correctness terms."""

    def add(self, other: DatasetTally) -> None:
        self.items += other.items
        self.graded += other.graded
        self.solved += other.solved
        plus(self.statuses, other.statuses)


@dataclass(slots=True)
class BatchTally:
    """All that `Counters.add` needs of one batch."""

    run: str
    of_run: RunTally
    datasets: dict[str, DatasetTally]
    verdicts: Mapping[tuple[str, str, str], int]
    """By (verifier label, status, stage)."""


def plus(into: dict[K, int], more: Mapping[K, int]) -> None:
    """What `Counter.update` does, in a fifth of its time for few keys."""
    for key, count in more.items():
        into[key] = into.get(key, 0) + count


Marks = tuple[Status, ...]
"""The statuses of an item's correctness terms."""


def worst(statuses: Iterable[str]) -> str:
    """Under which status a null item is counted."""
    have = set(statuses)
    return next((status for status in _WORST if status in have), "error")


def run_tally(
    provenance: Provenance,
    rewards: Sequence[float | None],
    nulls: dict[str, int],
    truncated: int,
    groups: Iterable[GroupStats],
) -> RunTally:
    tally = RunTally(items=len(rewards), nulls=nulls, truncated=truncated)
    if provenance.step is not None:
        tally.step = max(-MOST, min(provenance.step, MOST))
    for reward, count in Counter(rewards).items():  # there are few different rewards, and C counts them
        if reward is None:
            continue
        tally.rewards += count
        size = min(abs(reward), MOST)
        if reward > 0:
            tally.gained += count * size
        else:
            tally.lost += count * size
        tally.squares += count * size * size
    if provenance.tokens is not None:
        told = [min(each, MOST) for each in provenance.tokens if each is not None]
        tally.tokens, tally.tokens_told = sum(told), len(told)
    for stats in groups:
        tally.groups += 1
        if stats.zero_gradient:
            plus(tally.flat, {_why_flat(stats): 1})
    return tally


def _why_flat(stats: GroupStats) -> str:
    judged = stats.n - stats.n_null
    if judged < 2:
        return "null" if stats.n > 1 else "single"
    if stats.solved in (0, judged):
        return "solved" if stats.solved else "unsolved"
    return "equal"


def dataset_tallies(
    provenance: Provenance, marks: Sequence[Marks], solved: Sequence[bool], most: int
) -> dict[str, DatasetTally]:
    """At most `most` names and OTHER, the commonest first to be kept."""
    names: Iterable[str | None] = provenance.datasets or [None] * len(marks)
    kinds = Counter(zip(names, marks, solved, strict=True))  # in C: many items, few kinds
    tallies: dict[str, DatasetTally] = {}
    for (name, statuses, right), count in kinds.most_common() if len(kinds) > most else kinds.items():
        label = shown_name(name)
        if label not in tallies and len(tallies) >= most:
            label = OTHER
        tally = tallies.setdefault(label, DatasetTally())
        tally.items += count
        tally.solved += count * right
        tally.graded += count * (bool(statuses) and NULL_STATUSES.isdisjoint(statuses))
        for status in statuses:
            tally.statuses[status] = tally.statuses.get(status, 0) + count
    return tallies
