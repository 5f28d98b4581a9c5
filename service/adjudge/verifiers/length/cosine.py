"""`cosine_length`: a reward that goes from one value to another along a cosine, the longer the trace."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from adjudge_client.types import Verdict

from ..registry import Length, verifier
from ..verdicts import judged
from .tokens import SomeTokens

Value = Annotated[float, Field(ge=-20, le=20)]


@verifier("cosine_length", revision=1, sees="trace", reads="length", work="text", kind="shaping", range=(-20.0, 20.0))
def cosine_length(
    length: Length,
    gold: None,
    *,
    start: Annotated[Value, Field(description="r_0: what an empty trace earns")],
    end: Annotated[Value, Field(description="r_L: what a trace just below `max_length` earns")],
    max_length: Annotated[SomeTokens, Field(description="L_max, tokens")],
    exceeded: Annotated[Value, Field(description="r_e: what a trace of `max_length` and more earns")],
) -> Verdict:
    """Pay along half a cosine from `start` to `end`, and `exceeded` where the limit is reached.

    With L = the length in tokens:

        end + (start - end) · (1 + cos(π · L / max_length)) / 2        L < max_length
        exceeded                                                       L ≥ max_length

    Range: within `start`, `end` and `exceeded`, which are -20 … 20. Source: Yeo et al. 2025, Demystifying Long
    Chain-of-Thought Reasoning in LLMs, arXiv:2502.03373, section 4.2 (the Cosine Reward and CosFn).

    The paper has one curve for right traces (r_0 = 2 down to r_L = 1), one for wrong ones (-10 up to 0) and r_e = -10
    for both. A shaping term does not know what is right, and curves add up: take the wrong traces' curve as one term
    (`start` -10, `end` 0, `exceeded` -10) and the difference as another with `when: correct` (`start` 12, `end` 1,
    `exceeded` 0). Nothing is assumed: all four options must be given. open-r1 and TRL have no `exceeded` and follow the
    cosine beyond its end, where it turns back; this does not. Hostile text earns what its length earns.
    """
    if length.tokens >= max_length:
        return judged("cosine_length", exceeded, f"{length}: {max_length} are reached", stage="length")
    value = end + (start - end) * (1 + math.cos(math.pi * length.tokens / max_length)) / 2
    value = min(max(value, min(start, end)), max(start, end))  # a last digit beyond them would be out of range
    return judged("cosine_length", value, f"{length} of {max_length}: {value:.4g}", stage="length")
