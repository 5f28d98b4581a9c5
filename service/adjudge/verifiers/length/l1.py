"""`l1_exact` and `l1_max`: rewards for keeping to a number of tokens that the prompt names."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from adjudge_client.types import Verdict

from ..registry import Length, verifier
from ..verdicts import judged
from .tokens import MOST, SomeTokens

_FLOOR = 10.0

Target = Annotated[SomeTokens, Field(description="n_gold, tokens: give it per item, as term_options")]
Alpha = Annotated[float, Field(ge=0, le=1, description="α: what one token is worth")]


@verifier("l1_exact", revision=1, sees="trace", reads="length", work="text", kind="shaping", range=(-_FLOOR, 0.0))
def l1_exact(length: Length, gold: None, *, target: Target, alpha: Alpha = 0.0003) -> Verdict:
    """Punish every token that the trace is longer or shorter than asked for.

        -α · |target - L|        no lower than -10

    Range: -10 … 0; at the default α, -10 is 33,333 tokens off. Source: Aggarwal and Welleck 2025, L1, arXiv:2503.04697,
    section 3, L1-Exact: r = I(correct) - α · |n_gold - n_y|, α = 0.0003. That is this term with weight 1 beside
    `correct` with weight 1. The paper does not clip.

    `target` is the number that the item's prompt asks for ("Think for n tokens."), so it comes per item:
    `"term_options": {"<term>": {"target": 1024}}`; without it the request is refused. Hostile text earns what its
    length earns.
    """
    off = min(abs(target - length.tokens), MOST)
    score = 0.0 - min(alpha * off, _FLOOR)
    return judged("l1_exact", score, f"{length}: {off} off the {target} asked for", stage="length")


@verifier("l1_max", revision=1, sees="trace", reads="length", work="text", kind="shaping", range=(0.0, 1.0))
def l1_max(
    length: Length,
    gold: None,
    *,
    target: Target,
    alpha: Alpha = 0.0003,
    delta: Annotated[float, Field(ge=0, le=1, description="δ: what exactly `target` tokens earn")] = 0.5,
) -> Verdict:
    """Pay for staying below a number of tokens, the more the shorter, and still a little just above it.

        clip(α · (target - L) + δ, 0, 1)

    Range: 0 … 1. Source: Aggarwal and Welleck 2025, L1, arXiv:2503.04697, section 3, L1-Max:
    r = I(correct) · clip(α · (n_gold - n_y) + δ, 0, 1), α = 0.0003, δ = 0.5. The product is composition: this term with
    `when: correct`, and `correct` with weight 0. Their published code halves the slope (clip to -1 … 1, then scale).

    `target` comes per item, as for `l1_exact`. Alone it would pay an empty trace best: never use it without `when`.
    Hostile text earns what its length earns.
    """
    left = target - min(length.tokens, 2 * MOST)
    score = min(max(alpha * left + delta, 0.0), 1.0)
    return judged("l1_max", score, f"{length}: {abs(left)} {'over' if left < 0 else 'below'} {target}", stage="length")
