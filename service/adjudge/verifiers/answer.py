"""Where the answer stands in a trace (contract §2): after the thinking, in the last <answer> if any."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The text in which the model commits itself. `missing` says why there is none."""

    text: str
    missing: str | None = None


def read_answer(trace: str, *, open_think: bool, truncated: bool, search_thinking: bool) -> Answer:
    """Placeholder signature; see contract §2."""
    raise NotImplementedError
