"""Tülu 3's RLVR mix (Lambert et al. 2024, arXiv:2411.15124): GSM8K, MATH, and constraints as IFEval has them. Hub:
allenai/RLVR-GSM-MATH-IF-Mixed-Constraints, allenai/RLVR-GSM, allenai/RLVR-MATH."""

from __future__ import annotations

from typing import Any

from ..errors import BadInput, NoTask
from .problem import Problem, identity
from .row import Row

_MATHS = {"gsm8k": "gsm8k", "math": "math"}


def tulu3(row: Any) -> Problem:
    """`messages` (worked examples in front, as the paper prompts), `ground_truth`, `dataset` ("gsm8k" or "MATH").

    Raises NoTask for "ifeval": whether a constraint is followed has no verifier here yet, and its `ground_truth` is
    the arguments of a function, which must not be compared with an answer. Raises BadInput for a missing column or
    another data set.
    """
    read = Row(row, "tulu3")
    kind = read.text("dataset").lower()
    if kind == "ifeval":
        constraint = read.first_text("constraint_type", "constraint") or "a constraint"
        raise NoTask(f"tulu3: no task: 'ifeval' rows ({constraint}) cannot be judged yet")
    if kind not in _MATHS:
        raise BadInput(f"tulu3: column 'dataset' is {kind!r}; known: gsm8k, math, ifeval")
    prompt, gold = read.messages("messages"), read.text("ground_truth")
    name = f"tulu3-{_MATHS[kind]}"
    return Problem(prompt=prompt, ground_truth=gold, dataset=name, id=identity(name, prompt, gold))
