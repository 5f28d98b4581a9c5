r"""NuminaMath (Li et al. 2024): CoT has the answer boxed in its solution, 1.5 has it in a column. Hub:
AI-MO/NuminaMath-CoT, AI-MO/NuminaMath-1.5."""

from __future__ import annotations

from typing import Any

from ..errors import NoTask
from .boxes import boxed
from .problem import Problem, identity
from .row import Row

_NO_ANSWERS = {"proof": "the row asks for a proof", "notfound": "its final answer was not found by the data's makers"}


def numina(row: Any) -> Problem:
    r"""`problem`; the gold is `answer` (1.5), or the last `\boxed` of `solution` (CoT). In `meta`: `source`,
    `problem_type`, `question_type`, `problem_is_valid`, `solution_is_valid`, `synthetic`: rows of which the data's
    makers say that they are not valid are mapped; filter by `meta` if you do not want them.

    Raises NoTask where there is nothing to compare with: the answer is "proof" or "notfound", the question is a
    proof, or a CoT solution boxes nothing. Raises BadInput for a missing column.
    """
    read = Row(row, "numina")
    problem = read.text("problem")
    refuse_proofs(read)
    of_15 = read.has("answer") or read.has("question_type")
    gold = stated_answer(read) if of_15 else boxed(read.text("solution"))
    if gold is None:
        raise NoTask("numina: no task: the solution ends without a \\boxed answer (a proof, most likely)")
    return Problem(
        prompt=problem,
        ground_truth=gold,
        dataset="numina",
        id=identity("numina", problem, gold),
        meta=read.meta("source", "problem_type", "question_type", "problem_is_valid", "solution_is_valid", "synthetic"),
        references=tuple(filter(None, [read.first_text("solution")])),
    )


def refuse_proofs(read: Row) -> None:
    if read.first_text("question_type") == "proof":
        raise NoTask(f"{read.dataset}: no task: {_NO_ANSWERS['proof']}")


def stated_answer(read: Row) -> str:
    """The column `answer` of NuminaMath 1.5 and what was made from it. Raises NoTask where it is none."""
    gold = read.optional_text("answer")
    if gold is None or gold.lower() in _NO_ANSWERS:
        raise NoTask(f"{read.dataset}: no task: {_NO_ANSWERS.get((gold or '').lower(), 'its answer is empty')}")
    return gold
