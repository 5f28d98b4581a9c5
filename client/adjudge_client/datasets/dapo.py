"""DAPO-Math-17k (Yu et al. 2025, arXiv:2503.14476): integers as golds. Hub: BytedTsinghua-SIA/DAPO-Math-17k,
open-r1/DAPO-Math-17k-Processed."""

from __future__ import annotations

from typing import Any

from .problem import Problem, identity
from .row import Row


def dapo(row: Any) -> Problem:
    """`prompt`: messages (the processed set: a text); `reward_model.ground_truth`; `extra_info.index` is the id.

    The original file repeats every problem about a hundred times under different ids: take the processed one, or
    drop repeats of (prompt, ground truth). Raises BadInput for a missing column.
    """
    read = Row(row, "dapo-math")
    prompt = read.prompt("prompt")
    gold = read.inner("reward_model", "ground_truth")
    return Problem(
        prompt=prompt,
        ground_truth=gold,
        dataset="dapo-math",
        id=read.inner_or_none("extra_info", "index") or identity("dapo-math", prompt, gold),
        meta=read.meta("data_source", "ability"),
    )
