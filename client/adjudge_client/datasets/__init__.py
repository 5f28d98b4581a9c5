"""Data mappers: rows of the usual data sets, as they come from the hub, to problems that can be scored.

In: a row (any mapping). Out: a `Problem` with prompt and ground truth, to which the traces are added later:
`gsm8k(row).item(trace, group="p1")`. `mapper("openai/gsm8k")` finds the function by the data set's hub id, `problems`
maps many rows. A missing column raises BadInput that names it; a row that nobody can judge (a proof, an instruction to
follow) raises NoTask: it never becomes a wrong item. One module per data set; docs/datasets.md has the shapes.
"""

from __future__ import annotations

from ..errors import NoTask
from .dapo import dapo
from .deepmath import deepmath
from .gsm8k import gsm8k
from .hendrycks import hendrycks
from .lookup import MAPPERS, mapper, problems
from .numina import numina
from .openr1 import openr1
from .problem import Problem
from .tulu3 import tulu3

__all__ = [
    "MAPPERS",
    "NoTask",
    "Problem",
    "dapo",
    "deepmath",
    "gsm8k",
    "hendrycks",
    "mapper",
    "numina",
    "openr1",
    "problems",
    "tulu3",
]
