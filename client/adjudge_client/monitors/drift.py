"""How far a quantity has moved from where the run began, with memory that does not grow.

    change = recent / baseline - 1          z = (recent - baseline) / std of the baseline's values

baseline: mean of the first `baseline` values, frozen from then on; recent: mean of the last `recent`. z is Glass's Δ
(Glass 1976, "Primary, Secondary, and Meta-Analysis of Research", p. 7): a change counts by what was usual before.
"""

from __future__ import annotations

from collections import deque

from ..errors import BadInput
from ._values import mean, moments, number


class Drift:
    """`update` once a step with the step's value (a mean length, a mean entropy); null values are passed over.

    Keeps `baseline` + `recent` floats at most, and can be pickled with the trainer's state.
    """

    def __init__(self, baseline: int = 20, recent: int = 5) -> None:
        if baseline < 1 or recent < 1:
            raise BadInput(f"baseline is {baseline} and recent {recent}: each is a number of steps, at least 1")
        self._size = baseline
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=recent)

    def update(self, value: float | None) -> None:
        read = number(value, "value", 0)
        if read is None:
            return
        if len(self._first) < self._size:
            self._first.append(read)
        else:
            self._last.append(read)

    @property
    def baseline(self) -> float | None:
        """None until its window is full."""
        return mean(self._first) if len(self._first) == self._size else None

    @property
    def recent(self) -> float | None:
        """None until a value came after the baseline's."""
        return mean(self._last)

    @property
    def change(self) -> float | None:
        """Relative to the size of the baseline: 0.5 is half as much again. None too early, or if the baseline is 0."""
        baseline, recent = self.baseline, self.recent
        if recent is None or not baseline:
            return None
        return (recent - baseline) / abs(baseline)

    @property
    def z(self) -> float | None:
        """In standard deviations of the baseline. None too early, or if the baseline's values were all equal."""
        baseline, recent = self.baseline, self.recent
        std = moments(self._first)[1]
        if recent is None or baseline is None or not std:
            return None
        return (recent - baseline) / std
