"""DeepMath-103K (He et al. 2025, arXiv:2504.11456): hard problems, three solutions each. Hub: zwhe99/DeepMath-103K."""

from __future__ import annotations

from typing import Any

from .problem import Problem, identity
from .row import Row


def deepmath(row: Any) -> Problem:
    """`question`, `final_answer`; in `meta`: `difficulty`, `topic`; `r1_solution_1` … `_3` are references.

    Raises BadInput for a missing column.
    """
    read = Row(row, "deepmath")
    question, gold = read.text("question"), read.text("final_answer")
    solutions = (read.first_text(f"r1_solution_{number}") for number in (1, 2, 3))
    return Problem(
        prompt=question,
        ground_truth=gold,
        dataset="deepmath",
        id=identity("deepmath", question, gold),
        meta=read.meta("difficulty", "topic"),
        references=tuple(solution for solution in solutions if solution),
    )
