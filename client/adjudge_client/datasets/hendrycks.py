r"""MATH (Hendrycks et al. 2021, arXiv:2103.03874) and MATH-500: competition problems. Hub: EleutherAI/hendrycks_math,
HuggingFaceH4/MATH-500."""

from __future__ import annotations

from typing import Any

from ..errors import BadInput
from .boxes import boxed
from .problem import Problem, identity
from .row import Row


def hendrycks(row: Any) -> Problem:
    r"""`problem`; `solution`, whose last `\boxed` is the gold, unless there is an `answer` (MATH-500). In `meta`:
    `level`, `type` or `subject`. MATH-500's `unique_id` is the id.

    Raises BadInput for a missing column, or a solution that boxes nothing.
    """
    read = Row(row, "math")
    problem = read.text("problem")
    answer = read.first_text("answer")
    solution = read.first_text("solution") if answer else read.text("solution")
    gold = answer or boxed(solution or "")
    if gold is None:
        raise BadInput("math: column 'solution' ends without a \\boxed answer, and there is no 'answer'")
    return Problem(
        prompt=problem,
        ground_truth=gold,
        dataset="math",
        id=read.first_text("unique_id") or identity("math", problem, gold),
        meta=read.meta("level", "type", "subject"),
        references=(solution,) if solution else (),
    )
