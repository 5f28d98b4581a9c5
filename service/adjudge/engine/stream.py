"""The rows of a streamed response (contract §5, NDJSON), in order of completion, the members of a group together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adjudge_client.types import EngineInfo, GroupStats, Verdict

from .plan import Plan
from .respond import Composer


@dataclass(frozen=True, slots=True)
class Head:
    """The first line."""

    terms: list[str]
    engine: EngineInfo


@dataclass(frozen=True, slots=True)
class Row:
    """One item."""

    index: int
    id: str | None
    reward: float | None
    vector: list[float | None]
    verdicts: dict[str, Verdict] | None


@dataclass(frozen=True, slots=True)
class Tail:
    """The last line; a stream without it is incomplete."""

    errors: int
    groups: dict[str, GroupStats]
    elapsed_ms: float


class Rows:
    """Which items are complete once a need is settled."""

    def __init__(self, plan: Plan, composer: Composer):
        self._plan = plan
        self._composer = composer
        self._open_needs: list[int] = []
        self._waiting: dict[int, list[int]] = {}
        self._group_open: dict[str, list[int]] = {}
        self._group_left: dict[str, int] = {}
        for index, cells in enumerate(plan.cells):
            needs = {cell for cell in cells if isinstance(cell, int)}
            self._open_needs.append(len(needs))
            for need in needs:
                self._waiting.setdefault(need, []).append(index)
            group = plan.groups[index]
            if group is not None:
                self._group_left[group] = self._group_left.get(group, 0) + 1
        self._ready = [index for index, open_needs in enumerate(self._open_needs) if not open_needs]

    def first(self) -> Iterator[Row]:
        """Items that need nothing."""
        for index in self._ready:
            yield from self._complete(index)

    def settled(self, need: int) -> Iterator[Row]:
        for index in self._waiting.get(need, ()):
            self._open_needs[index] -= 1
            if not self._open_needs[index]:
                yield from self._complete(index)

    def _complete(self, index: int) -> Iterator[Row]:
        group = self._plan.groups[index]
        if group is None:
            yield self._row(index)
            return
        self._group_open.setdefault(group, []).append(index)
        self._group_left[group] -= 1
        if not self._group_left[group]:
            for member in sorted(self._group_open.pop(group)):
                yield self._row(member)

    def _row(self, index: int) -> Row:
        row = self._composer.compose(index)
        return Row(
            index,
            self._plan.ids[index],
            self._composer.rewards[index],
            [verdict.score for verdict in row],
            self._composer.named(row) if self._plan.explain else None,
        )
