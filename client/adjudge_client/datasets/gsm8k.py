"""GSM8K (Cobbe et al. 2021, arXiv:2110.14168): grade-school word problems. Hub: openai/gsm8k."""

from __future__ import annotations

import re
from typing import Any

from ..errors import BadInput
from .problem import Problem, identity
from .row import Row

_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def gsm8k(row: Any) -> Problem:
    """`question`; `answer`: the solution, with `#### 18` at its end. Thousands' commas of the gold are left out.

    Raises BadInput for a missing column, or an answer without `####`.
    """
    read = Row(row, "gsm8k")
    question, solution = read.text("question"), read.text("answer")
    _, marked, gold = solution.rpartition("####")
    gold = gold.strip()
    if not marked or not gold:
        raise BadInput("gsm8k: column 'answer' does not end in '#### <number>'")
    if _THOUSANDS.fullmatch(gold):
        gold = gold.replace(",", "")
    return Problem(
        prompt=question,
        ground_truth=gold,
        dataset="gsm8k",
        id=identity("gsm8k", question, gold),
        references=(solution,),
    )
