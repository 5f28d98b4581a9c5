"""OpenR1-Math-220k: problems of NuminaMath 1.5 with traces of DeepSeek-R1. Hub: open-r1/OpenR1-Math-220k."""

from __future__ import annotations

from typing import Any

from .numina import refuse_proofs, stated_answer
from .problem import Problem, identity
from .row import Row


def openr1(row: Any) -> Problem:
    """`problem`, `answer`; `generations` are references, and `correctness_math_verify` in `meta` says which of them
    math-verify held right. `uuid` is the id.

    Raises NoTask for proofs and answers that were not found, BadInput for a missing column.
    """
    read = Row(row, "openr1-math")
    problem = read.text("problem")
    refuse_proofs(read)
    gold = stated_answer(read)
    generations = [each for each in read.list_or_empty("generations") if isinstance(each, str) and each]
    return Problem(
        prompt=problem,
        ground_truth=gold,
        dataset="openr1-math",
        id=read.first_text("uuid") or identity("openr1-math", problem, gold),
        meta=read.meta("source", "problem_type", "question_type", "correctness_math_verify", "is_reasoning_complete"),
        references=tuple(generations),
    )
