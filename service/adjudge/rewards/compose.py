"""Composition of one item's reward (contract §1), in exactly the order that the contract gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from adjudge_client.types import RewardSpec, Term


@dataclass(frozen=True, slots=True)
class Reward:
    """`value` is null where a term that decides is null, or by `mask`; only `mask` sets `masked`."""

    value: float | None
    masked: bool = False


def compose(spec: RewardSpec, scores: Sequence[float | None], truncated: bool = False) -> Reward:
    """The reward of one item from the scores of all its terms, in the order of `spec.terms`.

    A null gate or a null term that a `when` names makes it null; then a failed gate gives the floor, whatever else is
    null; then a null among the counting terms makes it null; then the weighted sum is clipped to the range. A gate
    counts with its weight like any other term (weight 0 makes it a mere gate). A term whose `when` does not hold does
    not count, so its own null costs nothing.
    """
    if truncated and spec.truncated == "mask":
        return Reward(None, masked=True)
    if truncated and spec.truncated == "zero":
        return Reward(_clip(0.0, spec.range))
    by_name = {term.name: score for term, score in zip(spec.terms, scores, strict=True)}
    if any(_decider(term, by_name) is None for term in spec.terms if term.gate or term.when is not None):
        return Reward(None)
    if any(term.gate and not _holds(term, by_name) for term in spec.terms):
        return Reward(_clip(spec.range[0] if spec.range else 0.0, spec.range))
    parts: list[float] = []
    for term in spec.terms:
        if term.when is not None and not _holds(term, by_name):
            continue
        score = by_name[term.name]
        if score is None:
            return Reward(None)
        parts.append(term.weight * score)
    return Reward(_clip(math.fsum(parts), spec.range))


def _decider(term: Term, by_name: dict[str, float | None]) -> float | None:
    """The score that a gate or a `when` looks at: the gate's own, or the named term's."""
    return by_name[term.name if term.when is None else term.when]


def _holds(term: Term, by_name: dict[str, float | None]) -> bool:
    score = _decider(term, by_name)
    return score is not None and score >= term.min


def _clip(value: float, bounds: tuple[float, float] | None) -> float:
    if bounds is not None:
        value = min(max(value, bounds[0]), bounds[1])
    return value + 0.0  # never -0.0
