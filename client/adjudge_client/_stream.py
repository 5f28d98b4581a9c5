"""Reading an NDJSON answer. Both clients share it: they feed lines, it says which rows are new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._wire import Part, read_json
from .errors import IncompleteAnswer
from .types import EngineInfo, GroupStats, Verdict


@dataclass(frozen=True)
class Row:
    """One item's result. `index` is its place in the list that was handed to `stream`."""

    index: int
    id: str | None
    reward: float | None
    vector: list[float | None]
    verdicts: dict[str, Verdict] | None = None


@dataclass
class Summary:
    """What is known once all rows have come."""

    terms: list[str]
    groups: dict[str, GroupStats]
    errors: int
    elapsed_ms: float
    engine: EngineInfo | None


class Lines:
    """The lines of one request's answer, over all tries of it: a row that came before is not given again."""

    def __init__(self, part: Part, summary: Summary) -> None:
        self._part = part
        self._summary = summary
        self._given: set[int] = set()
        self._headed = False
        self.complete = False

    def start_again(self) -> None:
        self._headed = self.complete = False

    def feed(self, line: str) -> Row | None:
        """The row of a line, unless it is the first, the last, or known. Raises IncompleteAnswer."""
        if not line.strip():
            return None
        data = read_json(line.encode())
        try:
            return self._read(data)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise IncompleteAnswer(f"a line of the answer is not the contract's: {error!r}") from None

    def end(self) -> None:
        """Raises IncompleteAnswer where the last line has not come."""
        if not self.complete or len(self._given) != len(self._part.positions):
            raise IncompleteAnswer("the answer broke off before its last line")

    def _read(self, data: dict[str, Any]) -> Row | None:
        if not self._headed:
            self._headed = True
            self._summary.terms = list(data["terms"])
            self._summary.engine = EngineInfo.model_validate(data["engine"])
            return None
        if "index" not in data:
            self.complete = True
            self._summary.errors += int(data["errors"])
            self._summary.elapsed_ms += float(data["elapsed_ms"])
            for name, stats in data["groups"].items():
                self._summary.groups[name] = GroupStats.model_validate(stats)
            return None
        index = self._part.positions[data["index"]]
        if index in self._given:
            return None
        verdicts = data.get("verdicts")
        row = Row(
            index,
            data.get("id"),
            data["reward"],
            data["vector"],
            None if verdicts is None else {name: Verdict.model_validate(each) for name, each in verdicts.items()},
        )
        self._given.add(index)
        return row


def new_summary() -> Summary:
    return Summary(terms=[], groups={}, errors=0, elapsed_ms=0.0, engine=None)
