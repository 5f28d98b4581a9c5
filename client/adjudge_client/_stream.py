"""Reading an NDJSON answer. Both clients share it: they feed pieces, it says which rows are new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ._wire import Part, read_json, same_judge
from .errors import IncompleteAnswer
from .types import EngineInfo, GroupStats, ScoreResponse, Verdict


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
    """The lines of one request's answer, over all tries of it: a row that came before is not given again.

    `one_judge`: whether all rows must be judged by the same revisions, those of earlier parts and tries included.
    """

    def __init__(self, part: Part, summary: Summary, *, one_judge: bool = True) -> None:
        self._part = part
        self._summary = summary
        self._one_judge = one_judge
        self._given: set[int] = set()
        self._rest = b""
        self._headed = False
        self.complete = False

    def start_again(self) -> None:
        self._rest = b""
        self._headed = self.complete = False

    def feed(self, piece: bytes) -> Iterator[Row]:
        """The new rows that `piece` completes. Raises IncompleteAnswer.

        Lines end at a line feed and nowhere else: a model's text may hold U+2028 and its like.
        """
        *lines, self._rest = (self._rest + piece).split(b"\n") if b"\n" in piece else (self._rest + piece,)
        for line in lines:
            if line.strip() and (row := self._checked(line)) is not None:
                yield row

    def end(self) -> None:
        """Raises IncompleteAnswer where the last line has not come."""
        if not self.complete or len(self._given) != len(self._part.positions):
            raise IncompleteAnswer("the answer broke off before its last line")

    def _checked(self, line: bytes) -> Row | None:
        data = read_json(line)
        try:
            return self._read(data)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise IncompleteAnswer(f"a line of the answer is not the contract's: {error!r}") from None

    def _read(self, data: dict[str, Any]) -> Row | None:
        if not self._headed:
            self._head(data)
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

    def _head(self, data: dict[str, Any]) -> None:
        self._headed = True
        engine = EngineInfo.model_validate(data["engine"])
        known = self._summary.engine
        if self._one_judge and known is not None and not same_judge([known, engine]):
            raise IncompleteAnswer("the rows of one batch would be judged by different revisions")
        self._summary.terms = list(data["terms"])
        self._summary.engine = engine


def new_summary() -> Summary:
    return Summary(terms=[], groups={}, errors=0, elapsed_ms=0.0, engine=None)


def gathered(part: Part, rows: list[Row], summary: Summary) -> ScoreResponse:
    """All rows of one request, as the answer that it would have had without streaming."""
    assert summary.engine is not None
    by_index = {row.index: row for row in rows}
    ordered = [by_index[position] for position in part.positions]
    told = [row.verdicts for row in ordered if row.verdicts is not None]
    return ScoreResponse(
        rewards=[row.reward for row in ordered],
        terms=summary.terms,
        vectors=[row.vector for row in ordered],
        verdicts=told if len(told) == len(ordered) else None,
        groups=summary.groups,
        errors=summary.errors,
        elapsed_ms=summary.elapsed_ms,
        engine=summary.engine,
    )
