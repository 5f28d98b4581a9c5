"""What one item earned: the answer of `score_one`."""

from __future__ import annotations

from dataclasses import dataclass

from .types import Status, Verdict


@dataclass(frozen=True)
class Scored:
    """`reward` is None where no verdict was reached: mask it, never make it 0."""

    reward: float | None
    vector: list[float | None]
    """The scores by term, before weights, in the order of `terms`."""
    terms: list[str]
    verdicts: dict[str, Verdict] | None = None
    """By term, if `explain` was asked for."""

    @property
    def status(self) -> Status | None:
        """Of the term that decides: where the reward is None the first without a score, else the first term. None
        without `explain`."""
        if self.verdicts is None:
            return None
        first = self.verdicts[self.terms[0]].status
        if self.reward is not None:
            return first
        nulls = (name for name, score in zip(self.terms, self.vector, strict=True) if score is None)
        return next((self.verdicts[name].status for name in nulls), first)
