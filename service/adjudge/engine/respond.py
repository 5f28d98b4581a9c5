"""Verdicts become the response: rewards, vectors, groups. Pure; may run in a thread."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from adjudge_client.types import GroupStats, ScoreResponse, Verdict

from ..rewards import Member, Reward, compose, group_stats
from .plan import Plan
from .shown import shown_name
from .tallies import MASKED, BatchTally, Marks, dataset_tallies, plus, run_tally, worst


class Composer:
    """Composes the items of one plan, in any order; `verdicts` are those of the plan's needs."""

    def __init__(self, plan: Plan, verdicts: Sequence[Verdict | None]):
        self._plan = plan
        self._verdicts = verdicts
        self.rewards: list[float | None] = [None] * plan.items
        self.errors = 0
        self._solved = [False] * plan.items
        self._marks: list[Marks] = [()] * plan.items
        self._kinds: list[tuple[str, str, str]] = []
        self._nulls: dict[str, int] = {}

    def row(self, index: int) -> list[Verdict]:
        """The verdicts of one item, term by term. All its needs are settled."""
        row: list[Verdict] = []
        for cell in self._plan.cells[index]:
            verdict = self._verdicts[cell] if isinstance(cell, int) else cell
            assert verdict is not None
            row.append(verdict)
        return row

    def compose(self, index: int) -> list[Verdict]:
        """Works out one item's reward and returns its verdicts."""
        row = self.row(index)
        reward: Reward = compose(self._plan.spec, [verdict.score for verdict in row], self._plan.truncated[index])
        self.rewards[index] = reward.value
        if reward.value is None:
            self.errors += not reward.masked
            plus(self._nulls, {MASKED if reward.masked else worst(verdict.status for verdict in row): 1})
        right = self._plan.correctness[index]
        self._solved[index] = bool(right) and all(row[position].score == 1.0 for position in right)
        self._marks[index] = tuple([row[position].status for position in right])
        self._kinds += [(verdict.verifier, verdict.status, verdict.stage or "") for verdict in row]
        return row

    def groups(self) -> dict[str, GroupStats]:
        """Once all items are composed."""
        members: dict[str, list[Member]] = {}
        for index, group in enumerate(self._plan.groups):
            if group is not None:
                members.setdefault(group, []).append(Member(self.rewards[index], self._solved[index]))
        return {group: group_stats(those) for group, those in members.items()}

    def tally(self, groups: dict[str, GroupStats], most_names: int) -> BatchTally:
        """Once all items are composed: what the counters add."""
        plan = self._plan
        truncated = sum(plan.truncated)
        return BatchTally(
            run=shown_name(plan.provenance.run),
            of_run=run_tally(plan.provenance, self.rewards, self._nulls, truncated, groups.values()),
            datasets=dataset_tallies(plan.provenance, self._marks, self._solved, most_names),
            verdicts=Counter(self._kinds),
        )

    def named(self, row: Iterable[Verdict]) -> dict[str, Verdict]:
        return dict(zip(self._plan.terms, row, strict=True))


def respond(plan: Plan, verdicts: Sequence[Verdict | None], most_names: int) -> tuple[ScoreResponse, BatchTally]:
    """Linear in the plan. The types are right by construction, so nothing is validated again."""
    composer = Composer(plan, verdicts)
    vectors: list[list[float | None]] = []
    explained: list[dict[str, Verdict]] | None = [] if plan.explain else None
    for index in range(plan.items):
        row = composer.compose(index)
        vectors.append([verdict.score for verdict in row])
        if explained is not None:
            explained.append(composer.named(row))
    groups = composer.groups()
    response = ScoreResponse.model_construct(
        rewards=composer.rewards,
        terms=plan.terms,
        vectors=vectors,
        verdicts=explained,
        groups=groups,
        errors=composer.errors,
        elapsed_ms=elapsed_ms(plan),
        engine=plan.engine,
    )
    return response, composer.tally(groups, most_names)


def elapsed_ms(plan: Plan) -> float:
    return round((time.monotonic() - plan.received) * 1000, 3)
