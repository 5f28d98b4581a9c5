"""The queue of waiting tasks: lanes take turns, so that a batch of 10,000 does not hold up a single item."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable

from . import Task


class Costs:
    """A running average of what a task costs, in seconds of a worker, by label."""

    FIRST_S = 0.002

    def __init__(self) -> None:
        self._average: dict[str, float] = {}

    def of(self, label: str) -> float:
        return self._average.get(label, self.FIRST_S)

    def learn(self, label: str, cost_s: float) -> None:
        """One explosive item among a thousand plain ones must not make all chunks tiny: outliers are cut."""
        average = self.of(label)
        self._average[label] = average + 0.05 * (min(cost_s, 20 * average) - average)


class FairQueue:
    """First in, first out within a lane; one task from each lane in turn."""

    def __init__(self) -> None:
        self._lanes: OrderedDict[object, deque[Task]] = OrderedDict()
        self._members: set[Task] = set()

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, task: Task) -> bool:
        return task in self._members

    def add(self, tasks: Iterable[Task], lane: object, front: bool = False) -> None:
        line = self._lanes.get(lane)
        if line is None:
            line = self._lanes[lane] = deque()
        added = list(tasks)
        self._members.update(added)
        if front:
            line.extendleft(reversed(added))
        else:
            line.extend(added)

    def remove(self, task: Task) -> bool:
        """The place in the line stays and is passed over when it comes up."""
        if task not in self._members:
            return False
        self._members.remove(task)
        return True

    def pop(self) -> Task | None:
        """The next task, and its lane goes to the end."""
        while self._lanes:
            lane, line = self._lanes.popitem(last=False)
            while line:
                task = line.popleft()
                if task in self._members:
                    self._members.remove(task)
                    if line:
                        self._lanes[lane] = line
                    return task
        return None

    def take(self, budget_s: float, most: int, most_bytes: int, costs: Costs) -> list[Task]:
        """A chunk: at least one task if there is any, then as many as the bounds allow."""
        chunk: list[Task] = []
        size = 0
        while budget_s > 0 and len(chunk) < most and size < most_bytes:
            task = self.pop()
            if task is None:
                break
            chunk.append(task)
            budget_s -= costs.of(task.label)
            size += task.size
        return chunk

    def drain(self) -> list[Task]:
        """All of them, in turn."""
        tasks: list[Task] = []
        while (task := self.pop()) is not None:
            tasks.append(task)
        return tasks
